// What the writer and the reader of records share: numbers of the format, and the rules that hold
// on both sides. A part of record.hpp, which is what others use.
// @source docs/formats/record.md
#pragma once

#include "weft/core/base/limits.hpp"
#include "weft/core/datom/record.hpp"

namespace weft::record_format {

inline constexpr std::uint8_t version = 1;

/// Flags of the head; a reader refuses all others.
inline constexpr std::uint8_t has_request = 1;
inline constexpr std::uint8_t known_flags = has_request;

/// How the body is stored.
inline constexpr std::uint8_t plain = 0;
inline constexpr std::uint8_t zstd = 1;

/// Flags of an extension that a reader who does not know it may skip; with any other flags (1 is
/// "critical") it must refuse the record.
inline constexpr std::uint8_t skippable = 0;

/// The fewest bytes of a tempid, a datom and an extension: counts are checked against them.
inline constexpr std::size_t tempid_bytes_min = 2;
inline constexpr std::size_t datom_bytes_min = 4;
inline constexpr std::size_t extension_bytes_min = 3;

/// Entities are written as distances; the first is from the next one to be allocated, because what
/// a transaction creates is just below it.
[[nodiscard]] constexpr entity_id base_entity(shard_id shard, const allocators& next) noexcept {
  return entity::make(shard, next.next_local);
}

[[nodiscard]] constexpr bool allows(tx_number t) noexcept {
  return t.get() != 0 && t.get() <= limits::transactions_max;
}
[[nodiscard]] constexpr bool allows(shard_id shard) noexcept {
  return shard.get() < limits::shards_max;
}
[[nodiscard]] constexpr bool allows(const allocators& next) noexcept {
  return next.next_local <= entity::transaction_bit &&
         next.next_attribute <= limits::first_user_local;
}
[[nodiscard]] inline bool allows_tempid(std::string_view name, entity_id e) noexcept {
  return name.size() <= limits::tempid_bytes_max && is_utf8(name) && entity::is_id(e);
}

} // namespace weft::record_format
