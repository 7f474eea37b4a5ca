#include "weft/core/stream/schema_history.hpp"

#include "publisher_fixture.hpp"

#include "weft/core/stream/subscriber.hpp"

using namespace weft;
using namespace weft::test;

namespace {

std::shared_ptr<const schema> with_attributes(const std::shared_ptr<const schema>& to,
                                              std::uint32_t from, std::uint32_t count) {
  std::vector<attribute> more;
  for (std::uint32_t i = from; i < from + count; ++i) {
    attribute a;
    a.id = attribute_id(1024 + i);
    a.ident = "family" + std::to_string(i % 7) + "/" + std::string(200, 'n') + std::to_string(i);
    a.check_text = "[:length 1 80]";
    more.push_back(a);
  }
  return to->with(more);
}

std::size_t count_of(const std::vector<attribute_part>& parts) {
  std::size_t count = 0;
  for (const auto& part : parts)
    count += part->size();
  return count;
}

} // namespace

TEST_CASE("who knows nothing is told everything, in parts that fit a frame") {
  schema_history names(with_attributes(schema::bootstrap(), 0, 5000));
  const auto& parts = names.since(0);
  CHECK(parts.size() > 1);
  CHECK(count_of(parts) == 5000);
  for (const auto& part : parts) {
    const auto wire = encode(schema_frame{{1, 1}, 1, part});
    CHECK(wire.size() <= limits::frame_bytes_max);
    CHECK(decode(std::make_shared<const bytes>(wire)));
    CHECK(part->front().check_text.empty());
  }
  CHECK(names.since(1).empty());
}

TEST_CASE("who knows the version before is told what changed, others everything") {
  const auto first = with_attributes(schema::bootstrap(), 0, 3);
  schema_history names(first);
  auto changed = *first->find(attribute_id(1025));
  changed.ident = "other/name";
  names.change(with_attributes(first, 3, 1)->with(changed));
  CHECK(names.version() == 2);
  CHECK(count_of(names.since(1)) == 2);
  CHECK(names.since(1)[0]->front().ident == "other/name");
  CHECK(count_of(names.since(0)) == 4);
  names.change(with_attributes(names.newest(), 4, 1));
  CHECK(count_of(names.since(1)) == 5);
  CHECK(count_of(names.since(2)) == 1);
  CHECK(count_of(names.since(2)) == 1);
}

TEST_CASE("a subscriber hears of attributes before the first record that uses them") {
  publisher_fixture f;
  f.log.add({{"a/x"}});
  f.start();
  f.open(1, start_at::newest());
  CHECK(f.sent<schema_frame>(1).empty());
  f.log.add({{"a/x"}});
  f.commit();
  REQUIRE(f.out.sends.size() == 2);
  CHECK(std::holds_alternative<schema_frame>(f.out.sends[0].what));
  f.log.add({{"a/x"}});
  f.commit();
  CHECK(f.out.sends.size() == 1);
  f.log.add({{"b/y"}, {"a/x"}});
  f.commit();
  REQUIRE(f.out.sends.size() == 2);
  const auto change = f.sent<schema_frame>(1)[0];
  REQUIRE(change.attributes->size() == 1);
  CHECK(change.attributes->front().ident == "b/y");
  CHECK(seq_of(f.out.sends[1].what) == change.seq + 1);
}

TEST_CASE("a large record is sent in fragments that fit") {
  publisher_fixture f;
  f.start();
  f.open(1, start_at::newest(), 1U << 20U, 1, f.filter_of("big/*"));
  std::vector<some_facts> facts;
  facts.push_back({"big/one", 3, 1'000'000});
  for (int i = 0; i < 3000; ++i)
    facts.push_back({i % 2 == 0 ? "a/x" : "big/two", 1, 1});
  f.log.add(facts);
  f.commit();
  const auto parts = f.sent<fragment_frame>(1);
  CHECK(parts.size() > 11);
  CHECK(parts.size() < 14);
  std::size_t bytes_in_all = 0;
  for (const auto& part : parts) {
    const auto wire = encode(server_frame(part));
    CHECK(wire.size() <= limits::frame_bytes_max);
    CHECK(decode(std::make_shared<const bytes>(wire)));
    bytes_in_all += part.part.view.size();
  }
  CHECK(bytes_in_all == f.log.record(1)->payload().size());
  CHECK(parts[0].head->matched->size() > 1000);
}
