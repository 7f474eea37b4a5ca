#include "weft/actors/credit.hpp"

#include "support/catch.hpp"

#include "weft/actors/call.hpp"

#include <utility>

using namespace weft;
using actors::byte_credit;
using actors::call;
using actors::permit;
using actors::take_credit;

TEST_CASE("credit: is taken, refused beyond its limit, and comes back") {
  const auto credit = std::make_shared<byte_credit>(100);
  auto first = take_credit(credit, 60).value();
  CHECK(credit->in_use() == 60);
  const auto refused = take_credit(credit, 41);
  REQUIRE(!refused);
  CHECK(refused.error().code == errc::overloaded);
  CHECK(refused.error().field("in_use") == "60");
  CHECK(refused.error().field("limit") == "100");
  CHECK(credit->refusals() == 1);
  {
    const auto second = take_credit(credit, 40).value();
    CHECK(credit->in_use() == 100);
  }
  CHECK(credit->in_use() == 60);
  auto moved = std::move(first);
  CHECK(credit->in_use() == 60);
  moved = permit{};
  CHECK(credit->in_use() == 0);
}

TEST_CASE("credit: what is larger than the limit is let in alone") {
  const auto credit = std::make_shared<byte_credit>(100);
  const auto large = take_credit(credit, 1000).value();
  CHECK(!take_credit(credit, 1));
}

namespace {

struct heard {
  std::vector<result<transacted>> outcomes;

  [[nodiscard]] std::shared_ptr<call> ask(const std::shared_ptr<byte_credit>& credit) {
    return std::make_shared<call>(
        std::make_shared<const tx_request>(), std::nullopt, take_credit(credit, 10).value(),
        [this](result<transacted> outcome) { outcomes.push_back(std::move(outcome)); });
  }
};

} // namespace

TEST_CASE("call: the first answer counts, and gives back the credit") {
  const auto credit = std::make_shared<byte_credit>(100);
  heard to;
  const auto asked = to.ask(credit);
  asked->answer(transacted{.t = tx_number(7), .when = {}, .tempids = {}, .payload = {}});
  CHECK(credit->in_use() == 0);
  asked->answer(fail(errc::closed, "late"));
  REQUIRE(to.outcomes.size() == 1);
  CHECK(to.outcomes[0]->t == tx_number(7));
}

TEST_CASE("call: nobody who asked is left without an outcome") {
  const auto credit = std::make_shared<byte_credit>(100);
  heard to;
  to.ask(credit).reset();
  auto proposed = to.ask(credit);
  proposed->was_proposed();
  proposed.reset();
  auto dropped = to.ask(credit);
  dropped->was_proposed();
  dropped->was_dropped();
  dropped.reset();
  REQUIRE(to.outcomes.size() == 3);
  CHECK(to.outcomes[0].error().code == errc::no_leader);
  CHECK(to.outcomes[1].error().code == errc::outcome_unknown);
  CHECK(to.outcomes[2].error().code == errc::no_leader);
  CHECK(credit->in_use() == 0);
}

TEST_CASE("call: the size of a request grows with what it holds") {
  tx_request small;
  small.add(tempid("a"), "user/name", "x");
  tx_request large;
  large.add(tempid("a"), "user/name", std::string(10'000, 'x'));
  CHECK(actors::approximate_bytes(large) >= actors::approximate_bytes(small) + 9'999);
  tx_request nested;
  nested.put({{"user/tags", list_of({std::string(5'000, 'y'), std::string(5'000, 'z')})}});
  CHECK(actors::approximate_bytes(nested) > 10'000);
}
