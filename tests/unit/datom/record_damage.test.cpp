// What decoding refuses: cuts, changed bytes, newer formats, and every single rule broken by hand.
#include "support/generators.hpp"
#include "support/property.hpp"
#include "support/record_parts.hpp"

#include "weft/core/base/compression.hpp"
#include "weft/core/datom/record.hpp"

using namespace weft;
using namespace weft::test;

namespace {

/// The section that cannot be read, or what it is that is not supported.
std::string refusal(bytes_view payload) {
  const auto view = record_view::decode(payload);
  if (view)
    return "none";
  const auto& e = view.error();
  if (e.code == errc::malformed_record)
    return std::string(e.field("section"));
  CHECK(e.code == errc::unsupported_version);
  return e.fields.at(0).name + " " + e.fields.at(0).value;
}

} // namespace

TEST_CASE("a record is refused wherever it is cut, and when something follows it") {
  rc::prop("any record", [](const record& r) {
    const auto payload = *encode_record(r);
    const auto size = *rc::gen::inRange<std::size_t>(0, payload.size());
    RC_ASSERT_FALSE(record_view::decode(bytes_view(payload).substr(0, size)).has_value());
    RC_ASSERT_FALSE(record_view::decode(payload + '\0').has_value());
  });
}

TEST_CASE("a changed record is refused or is another record's one encoding") {
  rc::prop("any record", [](const record& r) {
    auto payload = *encode_record(r);
    const auto changes = *rc::gen::inRange(1, 4);
    for (int i = 0; i < changes; ++i)
      payload[*rc::gen::inRange<std::size_t>(0, payload.size())] = *rc::gen::arbitrary<char>();
    const auto view = record_view::decode(payload);
    if (!view)
      return;
    RC_ASSERT(*peek_t(payload) == view->t());
    const auto again = encode_record(view->to_record());
    RC_ASSERT(again.has_value());
    RC_ASSERT(payload[2] == '\1' || (*again)[2] == '\1' || *again == payload);
  });
}

TEST_CASE("arbitrary bytes are no record and do no harm") {
  rc::prop("any bytes", [](const std::string& in) {
    static_cast<void>(record_view::decode(in));
    static_cast<void>(record_view::decode("\1" + in));
    static_cast<void>(peek_t(in));
  });
  CHECK(refusal("") == "head");
  CHECK(peek_t("").error().code == errc::malformed_record);
}

TEST_CASE("the record that the other tests here damage is well") {
  const auto view = record_view::decode(record_parts().payload());
  REQUIRE(view.has_value());
  CHECK(view->shard() == shard_id(3));
  CHECK(view->datoms()[0].entity == entity::make(shard_id(3), limits::first_user_local - 1));
}

TEST_CASE("newer formats are refused by name") {
  record_parts p;
  SECTION("version") {
    p.head[0] = 2;
    CHECK(refusal(p.payload()) == "version 2");
    CHECK(peek_t(p.payload()).error().code == errc::unsupported_version);
  }
  SECTION("flags") {
    p.head[1] = 2;
    CHECK(refusal(p.payload()) == "flags 2");
  }
  SECTION("codec") {
    p.head[2] = 2;
    CHECK(refusal(p.payload()) == "codec 2");
  }
  SECTION("a critical extension") {
    p.extensions = varints({2, 1, 0, 0, 9, 1, 0});
    CHECK(refusal(p.payload()) == "extension 9");
  }
}

TEST_CASE("extensions that may be skipped are skipped") {
  record_parts p;
  p.extensions = varints({2, 1, 0, 3, 'a', 'b', 'c', 200, 0, 0});
  const auto view = record_view::decode(p.payload());
  REQUIRE(view.has_value());
  CHECK(view->to_record() == record_view::decode(record_parts().payload())->to_record());
}

TEST_CASE("heads with a wrong t are refused") {
  record_parts p;
  for (const std::uint64_t t : {std::uint64_t{0}, limits::transactions_max + 1}) {
    p.head = bytes("\1\0\0", 3) + varints({t}) + bytes(8, '\0');
    CHECK(refusal(p.payload()) == "head");
    CHECK_FALSE(peek_t(p.payload()).has_value());
  }
  p.head = bytes("\1\0\0", 3) + varints({limits::transactions_max}) + bytes(8, '\0');
  CHECK(refusal(p.payload()) == "none");
  CHECK(refusal(bytes("\1\0\0\x81\0", 5) + bytes(8, '\0') + p.body()) == "head");
}

TEST_CASE("fields out of range are refused") {
  record_parts p;
  p.fields = varints({limits::shards_max, 1, 1});
  CHECK(refusal(p.payload()) == "shard");
  p.fields = varints({0, entity::transaction_bit + 1, 1});
  CHECK(refusal(p.payload()) == "allocators");
  p.fields = varints({0, limits::first_user_local, limits::first_user_local + 1});
  CHECK(refusal(p.payload()) == "allocators");
}

TEST_CASE("a record that ends within its request is refused") {
  record_parts p;
  p.head[1] = 1;
  for (std::size_t missing = 1; missing <= 32; ++missing)
    CHECK(refusal(p.head + p.fields.substr(0, 1) + bytes(32 - missing, '\1')) == "allocators");
}

TEST_CASE("damaged tempids are refused") {
  record_parts p;
  p.tempids = varints({1'000'000'000});
  CHECK(refusal(p.payload()) == "tempids");
  p.tempids = varints({1, 1, 0xFF}).substr(0, 2) + "\xFF" + varints({1});
  CHECK(refusal(p.payload()) == "tempids");
  p.tempids = varints({1, limits::tempid_bytes_max + 1}) +
              bytes(limits::tempid_bytes_max + 1, 'a') + varints({1});
  CHECK(refusal(p.payload()) == "tempids");
  p.tempids = varints({1, 1, 'a', limits::first_user_local * 2 - 1, 1}).substr(0, 6);
  CHECK(refusal(p.payload()) == "none");
}

TEST_CASE("damaged datoms are refused") {
  record_parts p;
  const auto refused = [&p](bytes datoms) {
    p.datoms = std::move(datoms);
    return refusal(p.payload());
  };
  CHECK(refused(datoms_of(1, -1, 2, true_value)) == "none");
  CHECK(refused(datoms_of(2, -1, 2, true_value)) == "datoms");
  CHECK(refused(varints({~0ULL})) == "datoms");
  CHECK(refused(datoms_of(1, -1, 1, true_value)) == "datom 0");
  CHECK(refused(datoms_of(1, -1, 2ULL << 32U, true_value)) == "datom 0");
  CHECK(refused(datoms_of(1, -1, (2ULL << 32U) - 1, true_value)) == "none");
  const auto base =
      static_cast<std::int64_t>(entity::make(shard_id(3), limits::first_user_local).get());
  CHECK(refused(datoms_of(1, -base, 2, true_value)) == "datom 0");
  CHECK(refused(datoms_of(1, -base + 1, 2, true_value)) == "none");
  CHECK(refused(datoms_of(1, -base - 1, 2, true_value)) == "datom 0");
  CHECK(refused(datoms_of(1, -1, 2,
                          bytes("\x06\x03"
                                "a b"))) == "datom 0");
  CHECK(refused(datoms_of(1, -1, 2, bytes("\x0C\x01"))) == "datom 0");
}

TEST_CASE("more than limits::transaction_datoms_max datoms are refused") {
  record_parts p;
  bytes one = datoms_of(1, 0, 2, true_value).substr(1);
  p.datoms = varints({limits::transaction_datoms_max + 1});
  for (std::size_t i = 0; i <= limits::transaction_datoms_max; ++i)
    p.datoms += one;
  CHECK(refusal(p.payload()) == "datoms");
}

TEST_CASE("damaged extensions are refused") {
  record_parts p;
  p.extensions = varints({1});
  CHECK(refusal(p.payload()) == "extensions");
  p.extensions = varints({1, 0, 0, 0});
  CHECK(refusal(p.payload()) == "extensions");
  p.extensions = varints({2, 5, 0, 0, 5, 0, 0});
  CHECK(refusal(p.payload()) == "extensions");
  p.extensions = varints({1, 5, 0, 1});
  CHECK(refusal(p.payload()) == "extensions");
  p.extensions = varints({0, 0});
  CHECK(refusal(p.payload()) == "end");
}

TEST_CASE("a compressed body is one frame that says its size, within limits::record_bytes_max") {
  record_parts p;
  p.head[2] = 1;
  const auto with_body = [&p](bytes_view plain) {
    bytes out = p.head;
    compress(out, plain);
    return out;
  };
  CHECK(refusal(with_body(p.body())) == "none");
  CHECK(refusal(with_body(p.body()) + '\0') == "compressed body");
  CHECK(refusal(p.payload()) == "compressed body");
  CHECK(refusal(with_body("")) == "allocators");
  CHECK(refusal(with_body(bytes(64U << 20U, '\0'))) == "compressed body");
  const auto room = limits::record_bytes_max - p.head.size();
  CHECK(refusal(with_body(bytes(room, '\0'))) == "end");
  CHECK(refusal(with_body(bytes(room + 1, '\0'))) == "compressed body");
  CHECK(refusal(bytes(limits::record_bytes_max + 1, '\1')) == "size");
}
