// What tests of the log share: options with repeatable randomness, payloads that carry their t,
// and a log that appends them.
#pragma once

#include "support/catch.hpp"

#include "weft/persistence/wal/segment_log.hpp"

namespace weft::test {

using namespace persistence;

/// The payload of transaction `t`: t in 8 bytes, then `size` bytes made from it.
inline bytes payload_of(std::uint64_t t, std::size_t size = 20) {
  bytes out;
  byte_writer to(out);
  to.fixed(t);
  for (std::size_t i = 0; i < size; ++i)
    to.u8(static_cast<std::uint8_t>(t * 31 + i * 7));
  return out;
}

inline result<tx_number> peek_test_t(bytes_view payload) {
  byte_reader from(payload);
  const auto t = from.fixed<std::uint64_t>();
  if (!from.ok())
    return fail(errc::malformed_record, "no t");
  return tx_number(t);
}

inline constexpr database_id test_database{{0x0123456789abcdefU, 0xfedcba9876543210U}};

/// Options of a log with small segments; incarnations follow from `seed`.
inline log_options small_log(std::uint64_t seed = 1, std::size_t segment_bytes = 8192) {
  log_options out;
  out.database = test_database;
  out.shard = shard_id(3);
  out.random = [state = seed]() mutable {
    state = (state + 0x9E3779B97F4A7C15U) * 0xBF58476D1CE4E5B9U;
    return state ^ (state >> 29U);
  };
  out.now = [] { return instant(1'700'000'000'000'000); };
  out.peek_t = peek_test_t;
  out.segment_bytes_min = segment_bytes;
  out.segment_bytes_max = 4 * segment_bytes;
  out.disk_reserve_bytes = 0;
  return out;
}

/// One transaction that continues `after`.
struct test_entry {
  bytes payload;
  log_entry entry;

  test_entry(const log_position& after, std::size_t size)
      : payload(payload_of(after.t.get() + 1, size)), entry{entry_kind::transaction, after.term,
                                                            after.index.next(), after.t.next(),
                                                            payload} {}
  test_entry(const test_entry&) = delete;
  test_entry& operator=(const test_entry&) = delete;
};

/// Appends one transaction. @errors those of append.
inline result<void> append_one(segment_log& log, std::size_t size = 20) {
  const test_entry one(log.last(), size);
  return log.append({&one.entry, 1});
}

/// Appends `count` transactions, each synced and published.
inline void commit(segment_log& log, std::size_t count, std::size_t size = 20) {
  for (std::size_t i = 0; i < count; ++i) {
    REQUIRE(append_one(log, size));
    REQUIRE(log.sync());
    REQUIRE(log.publish_committed(log.durable().index));
  }
}

} // namespace weft::test
