// Entity ids carry their shard: sign bit 0, 11 bits shard, 52 bits local. The top local bit marks
// the entity of a transaction (local = t). Attributes live in shard 0 below
// limits::first_user_local, so that an attribute id is its entity's local id.
// @source docs/formats/keys.md
#pragma once

#include "weft/core/base/limits.hpp"
#include "weft/core/base/strong.hpp"

#include <optional>

namespace weft {

/// Identity of an entity. 0 is no entity.
using entity_id = strong<struct entity_id_tag, std::uint64_t>;

namespace entity {

inline constexpr std::uint64_t transaction_bit = 1ULL << (limits::local_bits - 1);
inline constexpr std::uint64_t local_mask = (1ULL << limits::local_bits) - 1;

/// Whether the number is an id at all: not 0, sign bit 0.
[[nodiscard]] constexpr bool is_id(entity_id e) noexcept {
  return e.get() != 0 && e.get() >> 63U == 0;
}
[[nodiscard]] constexpr entity_id make(shard_id shard, std::uint64_t local) noexcept {
  return entity_id((static_cast<std::uint64_t>(shard.get()) << limits::local_bits) |
                   (local & local_mask));
}
[[nodiscard]] constexpr shard_id shard_of(entity_id e) noexcept {
  return shard_id(static_cast<std::uint16_t>(e.get() >> limits::local_bits));
}
[[nodiscard]] constexpr std::uint64_t local_of(entity_id e) noexcept {
  return e.get() & local_mask;
}

/// The entity of transaction t: holder of :db/txInstant and of facts about the transaction.
[[nodiscard]] constexpr entity_id of_transaction(shard_id shard, tx_number t) noexcept {
  return make(shard, transaction_bit | t.get());
}
[[nodiscard]] constexpr bool is_transaction(entity_id e) noexcept {
  return (e.get() & transaction_bit) != 0;
}
/// t of a transaction entity.
[[nodiscard]] constexpr tx_number transaction_of(entity_id e) noexcept {
  return tx_number(e.get() & (transaction_bit - 1));
}

/// The entity of an attribute, and back: nothing for entities that cannot be attributes.
[[nodiscard]] constexpr entity_id of_attribute(attribute_id a) noexcept {
  return entity_id(a.get());
}
[[nodiscard]] constexpr std::optional<attribute_id> to_attribute(entity_id e) noexcept {
  if (e.get() == 0 || e.get() >= limits::first_user_local)
    return std::nullopt;
  return attribute_id(static_cast<std::uint32_t>(e.get()));
}

} // namespace entity
} // namespace weft
