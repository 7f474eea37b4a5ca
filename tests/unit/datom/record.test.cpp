#include "weft/core/datom/record.hpp"

#include "support/generators.hpp"
#include "support/property.hpp"

using namespace weft;
using namespace weft::test;

namespace {

constexpr std::size_t codec_at = 2; // behind version and flags

record record_of(datom_list datoms) {
  record r{.t = tx_number(1), .when = instant(0), .shard = shard_id(0)};
  r.datoms = std::move(datoms);
  return r;
}

datom fact(value v) {
  return {entity_id(1), attribute_id(1), std::move(v), tx_number(1), true};
}

/// As many facts as the format allows, or one more.
record record_of_facts(std::size_t count) {
  return record_of(datom_list(count, fact(value::of(true))));
}

/// Text that zstd cannot make smaller.
std::string noise(std::size_t size) {
  std::string out;
  for (std::uint64_t i = 0; out.size() < size; ++i) {
    const auto hash = to_bytes(hash_of(std::to_string(i)));
    out.append(hash.data(), hash.size());
  }
  out.resize(size);
  return out;
}

/// A plain record of exactly `size` bytes.
record record_of_size(std::size_t size) {
  auto r = record_of({});
  while (size > limits::value_bytes_max) {
    const auto chunk = std::min<std::size_t>(limits::value_bytes_max - 64, size / 2);
    r.datoms.push_back(fact(value::bytes(noise(chunk))));
    size -= chunk;
  }
  return r;
}

errc code_of(const record& r) {
  const auto encoded = encode_record(r);
  REQUIRE_FALSE(encoded.has_value());
  return encoded.error().code;
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
