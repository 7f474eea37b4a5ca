#include "weft/core/datom/record.hpp"

#include "support/generators.hpp"
#include "support/property.hpp"

#include <random>

using namespace weft;
using namespace weft::test;

namespace {

constexpr std::size_t codec_at = 2; // behind version and flags

datom fact(value v) {
  return {entity_id(1), attribute_id(1), std::move(v), tx_number(1), true};
}

record record_of(datom_list datoms) {
  record r{.t = tx_number(1), .when = instant(0), .shard = shard_id(0)};
  r.datoms = std::move(datoms);
  return r;
}

/// Octets that cannot be compressed.
bytes noise(std::size_t size) {
  std::mt19937_64 random(size);
  bytes out;
  byte_writer writer(out);
  while (out.size() < size)
    writer.fixed(random());
  out.resize(size);
  return out;
}

/// A record of five values whose plain form has exactly `size` bytes; only one can be compressed.
record record_of_size(std::size_t size) {
  const auto value_bytes = size / 5 - 60;
  auto r = record_of(datom_list(5, fact(value::bytes(noise(value_bytes)))));
  r.datoms[0].value = value::bytes(noise(value_bytes + size - encode_record(r)->size()));
  r.datoms[1].value = value::bytes(bytes(value_bytes, 'a'));
  return r;
}

errc refused_with(const record& r) {
  const auto encoded = encode_record(r);
  return encoded ? errc{} : encoded.error().code;
}

} // namespace

TEST_CASE("a record decodes to what was encoded") {
  rc::prop("any record", [](const record& r) {
    const auto payload = encode_record(r);
    RC_ASSERT(payload.has_value());
    RC_ASSERT(*encode_record(r) == *payload);
    const auto view = record_view::decode(*payload);
    RC_ASSERT(view.has_value());
    RC_ASSERT(view->to_record() == r);
    RC_ASSERT(*peek_t(*payload) == r.t);
  });
}

TEST_CASE("a decoded record is read without copying") {
  auto r = record_of({fact(value::string("Ada"))});
  r.request = request_id{{{1, 2, 3}}};
  r.request_hash = {4, 5};
  r.tempids = {{"ada", entity_id(1)}};
  const auto payload = *encode_record(r);
  const auto view = *record_view::decode(payload);
  CHECK(view.t() == r.t);
  CHECK(view.when() == r.when);
  CHECK(view.shard() == r.shard);
  CHECK(view.request() == r.request);
  CHECK(view.request_hash() == r.request_hash);
  CHECK(view.next() == r.next);
  CHECK(view.tempids() == r.tempids);
  REQUIRE(view.datoms().size() == 1);
  CHECK(view.datoms()[0] == view_of(r.datoms[0]));
  const auto text = view.datoms()[0].value.as_bytes();
  CHECK(std::less_equal<>()(payload.data(), text.data()));
  CHECK(std::less<>()(text.data(), payload.data() + payload.size()));
}

TEST_CASE("a compressed record keeps its facts alive in every copy") {
  const auto r = record_of(datom_list(100, fact(value::string("a reading of a sensor"))));
  auto payload = *encode_record(r);
  REQUIRE(payload[codec_at] == 1);
  std::optional<record_view> copy;
  {
    const auto view = *record_view::decode(payload);
    payload.assign(payload.size(), '\xEE');
    copy = view;
  }
  CHECK(copy->to_record() == r);
}

TEST_CASE("bodies are compressed from limits::compression_bytes_min on, when it helps") {
  const auto codec_of = [](std::size_t value_bytes, bool compressible) {
    const auto text = compressible ? bytes(value_bytes, 'a') : noise(value_bytes);
    return (*encode_record(record_of({fact(value::bytes(text))})))[codec_at];
  };
  const auto body_without_value = [] {
    const auto payload = *encode_record(record_of({fact(value::bytes(bytes(200, 'a')))}));
    return payload.size() - 12 - 200; // the head has 12 bytes
  }();
  const auto just_enough = limits::compression_bytes_min - body_without_value;
  CHECK(codec_of(just_enough - 1, true) == 0);
  CHECK(codec_of(just_enough, true) == 1);
  CHECK(codec_of(just_enough, false) == 0);
}

TEST_CASE("a record has at most limits::record_bytes_max bytes, compressed or not") {
  const auto largest = record_of_size(limits::record_bytes_max);
  const auto payload = encode_record(largest);
  REQUIRE(payload.has_value());
  CHECK((*payload)[codec_at] == 1);
  CHECK(record_view::decode(*payload)->to_record() == largest);
  CHECK(refused_with(record_of_size(limits::record_bytes_max + 1)) == errc::transaction_too_large);
}

TEST_CASE("a record has at most limits::transaction_datoms_max datoms") {
  auto r = record_of(datom_list(limits::transaction_datoms_max, fact(value::of(true))));
  const auto payload = encode_record(r);
  REQUIRE(payload.has_value());
  CHECK(record_view::decode(*payload)->datoms().size() == limits::transaction_datoms_max);
  r.datoms.push_back(r.datoms.back());
  CHECK(refused_with(r) == errc::transaction_too_large);
}

TEST_CASE("encoding refuses what decoding would refuse") {
  auto r = record_of({fact(value::of(true))});
  REQUIRE(encode_record(r).has_value());
  errc expected = errc::invalid_argument;
  SECTION("no t") {
    r.t = r.datoms[0].t = tx_number(0);
  }
  SECTION("t beyond limits::transactions_max") {
    r.t = r.datoms[0].t = tx_number(limits::transactions_max);
    REQUIRE(encode_record(r).has_value());
    r.t = r.datoms[0].t = r.t.next();
  }
  SECTION("a shard beyond limits::shards_max") {
    r.shard = shard_id(limits::shards_max);
  }
  SECTION("a local id beyond the users'") {
    r.next.next_local = entity::transaction_bit + 1;
  }
  SECTION("an attribute beyond the attributes'") {
    r.next.next_attribute = limits::first_user_local + 1;
  }
  SECTION("a request hash without a request") {
    r.request_hash.low = 1;
  }
  SECTION("a tempid's name beyond limits::tempid_bytes_max") {
    r.tempids = {{std::string(limits::tempid_bytes_max, 'a'), entity_id(1)}};
    REQUIRE(encode_record(r).has_value());
    r.tempids[0].name += 'a';
  }
  SECTION("a tempid's name that is not UTF-8") {
    r.tempids = {{"\xFF", entity_id(1)}};
  }
  SECTION("a tempid of no entity") {
    r.tempids = {{"a", entity_id(0)}};
  }
  SECTION("a datom of another t") {
    r.datoms[0].t = tx_number(2);
  }
  SECTION("a datom of no entity") {
    r.datoms[0].entity = entity_id(0);
  }
  SECTION("a datom of a negative entity") {
    r.datoms[0].entity = entity_id(1ULL << 63U);
  }
  SECTION("a datom of no attribute") {
    r.datoms[0].attribute = attribute_id(0);
  }
  SECTION("a value that is not allowed") {
    r.datoms[0].value = value::keyword("a b");
    expected = errc::invalid_value;
  }
  SECTION("a value that is too large") {
    r.datoms[0].value = value::bytes(bytes(limits::value_bytes_max + 1, 'a'));
    expected = errc::value_too_large;
  }
  CHECK(refused_with(r) == expected);
}

TEST_CASE("a record knows when its request was made") {
  const request_id id{{{0x01, 0x8B, 0xCF, 0xE5, 0x68, 0x00, 0x70, 0xFF}}};
  CHECK(id.made_at() == instant(1'700'000'000'000'000));
  CHECK(request_id{{{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}}}.made_at().get() > 0);
}
