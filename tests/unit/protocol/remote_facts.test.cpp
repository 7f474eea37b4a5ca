// Views of another process: what they say is what the node's view says, chunk by chunk.
#include "weft/core/protocol/remote_facts.hpp"

#include "unit/db/contract.hpp"

#include "weft/core/db/memory_index.hpp"
#include "weft/core/protocol/read_chunk.hpp"

using namespace weft;
using namespace weft::test;
using namespace weft::protocol;

namespace {

/// Through the bytes of both messages; an answer has at most so many bytes of datoms.
result<datoms_answer> ask(const view& node, read_request what, std::size_t bytes_max) {
  what.bytes = std::min(what.bytes, bytes_max);
  const auto asked = decode(std::make_shared<const bytes>(encode(request_message{1, what})));
  if (!asked)
    return fail(asked.error());
  const auto& request = std::get<read_request>(std::get<request_message>(*asked).what);
  const auto wire =
      std::make_shared<const bytes>(encode(answer_message{1, read_chunk(node, request)}));
  auto answered = decode(wire);
  if (!answered)
    return fail(answered.error());
  return std::get<datoms_answer>(std::get<answer_message>(*answered).what);
}

class remote_subject final : public subject {
 public:
  explicit remote_subject(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  void apply(tx_number t, instant when, std::span<const datom_view> datoms,
             const std::shared_ptr<const schema>& schema_after) override {
    index_.apply(t, when, datoms, schema_after);
  }
  [[nodiscard]] view open() const override {
    const auto node = index_.open();
    const auto most = bytes_max_;
    return {std::make_shared<remote_facts>(
                1, [node, most](const read_request& r) { return ask(node, r, most); }),
            node.shared_schema(), node.basis()};
  }

 private:
  std::size_t bytes_max_;
  memory_index index_{people_schema()};
};

/// A node's database of three users.
view some_view() {
  static memory_index index(people_schema());
  if (index.open().basis() == tx_number(0)) {
    datom_list all;
    for (unsigned n = 1; n <= 3; ++n)
      all.push_back(add(user(n), person_name, value::string(std::string(n, 'n')), 1));
    std::vector<datom_view> seen;
    for (const auto& d : all)
      seen.push_back(view_of(d));
    index.apply(tx_number(1), instant(5), seen, people_schema());
  }
  return index.open();
}

} // namespace

TEST_CASE("a remote view keeps the contract of fact sources, whatever a chunk holds") {
  rc::prop("as the node's view", [] {
    const auto bytes_max = *rc::gen::element<std::size_t>(1, 60, limits::read_chunk_bytes_max);
    check_contract([bytes_max] { return std::make_unique<remote_subject>(bytes_max); });
  });
}

TEST_CASE("a remote view knows the schema, and says when nobody reads it any more") {
  const auto node = some_view();
  attribute name = *people_schema()->find(person_name);
  bool ended = false;
  {
    const auto remote = open_remote_view(
        {.view = 7, .basis = node.basis(), .schema = {name}},
        [&](const read_request& r) {
          CHECK(r.view == 7);
          return ask(node, r, 100);
        },
        [&] { ended = true; });
    CHECK(remote.basis() == node.basis());
    REQUIRE(remote.schema().find(person_name) != nullptr);
    auto range = remote.datoms(index_order::eavt, {.entity = user(2)});
    REQUIRE(range);
    REQUIRE_FALSE(range->empty());
    CHECK(range->front().value == value_view::string("nn"));
    CHECK_FALSE(ended);
  }
  CHECK(ended);
}

TEST_CASE("values stay as long as the view, also when the walk has gone on") {
  const auto node = some_view();
  const remote_facts remote(1, [&](const read_request& r) { return ask(node, r, 1); });
  std::vector<datom_view> seen;
  for (const auto at = remote.scan({.order = index_order::eavt}, {}); at->valid(); at->next())
    seen.push_back(at->get());
  REQUIRE(seen.size() > 3);
  std::size_t names = 0;
  for (const auto& d : seen)
    names += d.entity == user(3) && d.value == value_view::string("nnn") ? 1 : 0;
  CHECK(names == 1);
}

TEST_CASE("a view keeps the last of what was read, and where a walk stands") {
  const std::string large(limits::value_bytes_max, 'x');
  std::uint64_t next = 0;
  std::vector<std::weak_ptr<const bytes>> wires;
  const remote_facts remote(1, [&](const read_request&) -> result<datoms_answer> {
    datoms_answer out;
    auto wire = std::make_shared<const bytes>(large);
    wires.push_back(wire);
    out.datoms.push_back({user(static_cast<unsigned>(++next)), person_name,
                          value_view::string(*wire), tx_number(1), true});
    out.wire = std::move(wire);
    return out;
  });
  const auto held = [&] {
    return static_cast<std::size_t>(
        std::ranges::count_if(wires, [](const auto& w) { return !w.expired(); }));
  };
  const auto first = remote.scan({}, {});
  const auto walk = remote.scan({}, {});
  const auto most = remote_facts::kept_bytes_max / limits::value_bytes_max;
  for (std::size_t i = 0; i < 4 * most; ++i) {
    const datom_view before = walk->get();
    walk->next();
    CHECK(before.value.as_bytes().back() == 'x'); // its chunk is the one before
  }
  CHECK(wires.size() == 4 * most + 2);
  CHECK(held() <= most + 1);                              // what the first walk stands at
  CHECK(first->get().value == value_view::string(large)); // is there, however old
}

TEST_CASE("a read that fails ends walks, and the reason is kept") {
  const auto node = some_view();
  int reads = 0;
  const remote_facts remote(1, [&](const read_request& r) -> result<datoms_answer> {
    if (++reads == 3)
      return fail(errc::unreachable, "gone");
    return ask(node, r, 1);
  });
  std::size_t seen = 0;
  for (const auto at = remote.scan({}, {}); at->valid(); at->next())
    ++seen;
  CHECK(seen == 2);
  CHECK(remote.failure()->code == errc::unreachable);
  CHECK_FALSE(remote.scan({}, {})->valid());
  CHECK(reads == 3); // nobody is asked again
}

TEST_CASE("a node that answers with nothing and promises more is not asked for ever") {
  const remote_facts remote(1, [](const read_request&) { return datoms_answer{}; });
  CHECK_FALSE(remote.scan({}, {})->valid());
  CHECK(remote.failure()->code == errc::malformed_frame);
}

TEST_CASE("one who reads on gets larger chunks") {
  const auto node = some_view();
  std::vector<std::size_t> asked;
  const remote_facts remote(1, [&](const read_request& r) {
    asked.push_back(r.bytes);
    return ask(node, r, 1);
  });
  for (const auto at = remote.scan({}, {}); at->valid(); at->next()) {
  }
  REQUIRE(asked.size() > 4);
  CHECK(asked[0] < asked[1]);
  CHECK(asked.back() == limits::read_chunk_bytes_max);
}
