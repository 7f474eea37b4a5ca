// Records made by hand, so that a test can break one rule at a time:
//
//     record_parts p;
//     p.datoms = datoms_of(1, -1, 2, true_value);
//     record_view::decode(p.payload());
#pragma once

#include "weft/core/datom/record.hpp"

namespace weft::test {

/// A record of one datom as its parts, so that a test can replace one.
struct record_parts {
  bytes head;             // version, flags, codec, t, instant
  bytes fields;           // shard and allocators
  bytes tempids = {'\0'}; // none
  bytes datoms;           // their count and the datoms
  bytes extensions = {'\0'};

  record_parts() {
    byte_writer h(head);
    h.raw(bytes_view("\1\0\0\1", 4));
    h.fixed(std::int64_t{0});
    byte_writer f(fields);
    f.varint(3);
    f.varint(limits::first_user_local);
    f.varint(limits::first_user_attribute);
    byte_writer d(datoms);
    d.varint(1);
    d.zigzag(-1); // the entity just below the next one
    d.varint(7 << 1U | 1U);
    encode(d, value_view::of(true));
  }
  [[nodiscard]] bytes body() const { return fields + tempids + datoms + extensions; }
  [[nodiscard]] bytes payload() const { return head + body(); }
};

inline bytes datoms_of(std::uint64_t count, std::int64_t distance, std::uint64_t attribute,
                       bytes value) {
  bytes out;
  byte_writer writer(out);
  writer.varint(count);
  writer.zigzag(distance);
  writer.varint(attribute);
  writer.raw(value);
  return out;
}

inline bytes varints(std::initializer_list<std::uint64_t> numbers) {
  bytes out;
  byte_writer writer(out);
  for (const auto x : numbers)
    writer.varint(x);
  return out;
}

/// An encoded value.
inline const bytes true_value("\1\1", 2);

} // namespace weft::test
