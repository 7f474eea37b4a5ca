// The formats are promises: the bytes in docs/formats are the bytes of the code, in both
// directions, and a compressed record of today can be read for ever.
#include "support/documented.hpp"
#include "support/generators.hpp"

#include "weft/core/datom/key.hpp"
#include "weft/core/datom/record.hpp"

using namespace weft;
using namespace weft::test;

namespace {

const std::string keys_document = std::string(WEFT_FORMATS) + "/keys.md";
const std::string record_document = std::string(WEFT_FORMATS) + "/record.md";

constexpr uuid an_id{{0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xAA, 0xBB, 0xCC,
                      0xDD, 0xEE, 0xFF}};

value tuple(std::vector<std::optional<value>> elements) {
  return value::tuple(elements);
}
value vector(std::vector<float> components) {
  return value::vector(components);
}
value of_long(std::int64_t x) {
  return value::of(x);
}

using table = std::map<std::string, value>;

/// Values that both documents show.
table common_values() {
  return {{"false", value::of(false)},
          {"true", value::of(true)},
          {"long -9223372036854775808", of_long(std::numeric_limits<std::int64_t>::min())},
          {"long -1", of_long(-1)},
          {"long 0", of_long(0)},
          {"long 9223372036854775807", of_long(std::numeric_limits<std::int64_t>::max())},
          {"double 1.5", value::of(1.5)},
          {"instant 1970-01-01T00:00:01Z", value::of(instant(1'000'000))},
          {"string \"\"", value::string("")},
          {"uuid 00112233-4455-6677-8899-aabbccddeeff", value::of(an_id)},
          {"vector [1.5 -1.5]", vector({1.5F, -1.5F})}};
}

table values_of_keys() {
  constexpr auto infinity = std::numeric_limits<double>::infinity();
  auto t = common_values();
  t.merge(table{{"double -infinity", value::of(-infinity)},
                {"double -1.5", value::of(-1.5)},
                {"double 0", value::of(-0.0)},
                {"double infinity", value::of(infinity)},
                {"ref to entity 1", value::of(entity_id(1))},
                {"keyword :a", value::keyword("a")},
                {"keyword :b/y", value::keyword("b/y")},
                {"keyword :b-/y", value::keyword("b-/y")},
                {"string \"abcdefgh\"", value::string("abcdefgh")},
                {"string \"abcdefghi\"", value::string("abcdefghi")},
                {"string of 400 \"a\"", value::string(std::string(400, 'a'))},
                {"string of 401 \"a\"", value::string(std::string(401, 'a'))},
                {"bytes 00 FF 00", value::bytes(bytes("\0\xFF\0", 3))},
                {"tuple [true nil]", tuple({value::of(true), {}})},
                {"tuple [true nil nil]", tuple({value::of(true), {}, {}})},
                {"vector of 101 zeros", vector(std::vector<float>(101, 0.0F))}});
  return t;
}

table values_of_records() {
  auto t = common_values();
  t.merge(table{{"long 64", of_long(64)},
                {"ref to entity 300", value::of(entity_id(300))},
                {"keyword :a/b", value::keyword("a/b")},
                {"string \"Ada\"", value::string("Ada")},
                {"bytes 00 FF", value::bytes(bytes("\0\xFF", 2))},
                {"tuple [nil 7]", tuple({{}, of_long(7)})}});
  return t;
}

template <class Encode>
void check_table(const std::map<std::string, bytes>& documented, const table& values,
                 Encode encoded) {
  CHECK(documented.size() == values.size());
  for (const auto& [name, v] : values) {
    INFO(name);
    REQUIRE(documented.count(name) == 1);
    CHECK(to_hex(encoded(v)) == to_hex(documented.at(name)));
  }
}

void check_key(index_order order, const datom& fact, const std::string& example) {
  bytes key;
  encode_key(key, order, view_of(fact));
  CHECK(to_hex(key) == to_hex(documented_example(keys_document, example)));
}

record smallest_record() {
  return {.t = tx_number(1), .when = instant(0), .shard = shard_id(0)};
}

record transaction() {
  const shard_id shard(2);
  const tx_number t(300);
  const auto ada = entity::make(shard, 1048576);
  const auto b = entity::make(shard, 1048577);
  const attribute_id name(1024);
  return {.t = t,
          .when = instant(1'761'955'200'000'000),
          .shard = shard,
          .request = request_id{{{0x01, 0x9A, 0x3C, 0xB6, 0xBC, 0x00, 0x70, 0x00, 0x80, 0, 0, 0, 0,
                                  0, 0, 0x01}}},
          .request_hash = {0x0011223344556677, 0x8899AABBCCDDEEFF},
          .next = {1048578, 1026},
          .tempids = {{"ada", ada}, {"b", b}},
          .datoms = {{ada, name, value::string("Ada"), t, true},
                     {ada, name.next(), value::of(b), t, true},
                     {b, name, value::string(""), t, true},
                     {ada, name, of_long(7), t, false}}};
}

} // namespace

TEST_CASE("keys are as docs/formats/keys.md shows them") {
  check_key(index_order::eavt,
            {entity_id(1048581), attribute_id(1024), value::string("Ada"), tx_number(42), true},
            "eavt, the string \"Ada\" asserted at t 42");
  check_key(index_order::aevt,
            {entity::make(shard_id(2), 1048576), attribute_id(1025),
             tuple({{}, of_long(7), value::string("b")}), tx_number(1), true},
            "aevt, the tuple [nil, 7, \"b\"] asserted at t 1");
  check_key(
      index_order::avet,
      {entity_id(1048581), attribute_id(1026), value::keyword("status/ok"), tx_number(300), false},
      "avet, the keyword :status/ok retracted at t 300");
  check_key(index_order::vaet,
            {entity_id(1048581), attribute_id(1027),
             value::of(entity::of_transaction(shard_id(0), tx_number(41))), tx_number(42), true},
            "vaet, a ref to the entity of transaction 41, asserted at t 42");
}

TEST_CASE("values in keys are as docs/formats/keys.md shows them") {
  check_table(documented_table(keys_document, "form"), values_of_keys(), [](const value& v) {
    bytes out;
    encode_key_value(out, v.view());
    return out;
  });
}

TEST_CASE("values in records are as docs/formats/record.md shows them") {
  check_table(documented_table(record_document, "bytes"), values_of_records(), [](const value& v) {
    bytes out;
    byte_writer writer(out);
    encode(writer, v.view());
    return out;
  });
}

TEST_CASE("records are as docs/formats/record.md shows them") {
  const auto check_record = [](const record& r, const std::string& example) {
    const auto documented = documented_example(record_document, example);
    CHECK(to_hex(*encode_record(r)) == to_hex(documented));
    CHECK(record_view::decode(documented)->to_record() == r);
  };
  check_record(smallest_record(), "the smallest record");
  check_record(transaction(), "a transaction");
}

TEST_CASE("a record with extensions is read as docs/formats/record.md shows it") {
  const auto documented =
      documented_example(record_document, "a record with extensions (read, never written)");
  const auto view = record_view::decode(documented);
  REQUIRE(view.has_value());
  CHECK(view->to_record() == smallest_record());
}

TEST_CASE("a compressed record is read as docs/formats/record.md shows it") {
  const auto documented = documented_example(
      record_document,
      "a compressed record (other versions of zstd may write other bytes, all read these)");
  record r{.t = tx_number(7), .when = instant(0), .shard = shard_id(0)};
  r.next.next_local = 1048676;
  for (std::uint64_t e = 1048576; e < r.next.next_local; ++e)
    r.datoms.push_back({entity_id(e), attribute_id(1024), value::string("reading"), r.t, true});
  const auto view = record_view::decode(documented);
  REQUIRE(view.has_value());
  CHECK(view->to_record() == r);
}
