// Strong integer types: an entity id is not a transaction number, and the compiler knows.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace weft {

/// An integer with a name. Ordered, hashable, explicit both ways; no arithmetic but next().
template <class Tag, class Rep>
class strong {
 public:
  using rep = Rep;
  constexpr strong() noexcept = default;
  constexpr explicit strong(Rep value) noexcept : value_(value) {}
  [[nodiscard]] constexpr Rep get() const noexcept { return value_; }
  [[nodiscard]] constexpr strong next() const noexcept { return strong(value_ + 1); }
  friend constexpr auto operator<=>(strong, strong) noexcept = default;

 private:
  Rep value_ = 0;
};

/// t: the number of a transaction in its shard. Dense from 1; 0 is "before the first".
using tx_number = strong<struct tx_number_tag, std::uint64_t>;
/// Position in the Raft log of a shard. Dense from 1; 0 is "before the first".
using log_index = strong<struct log_index_tag, std::uint64_t>;
/// Raft term.
using term = strong<struct term_tag, std::uint64_t>;
/// One part of the keyspace, 0 .. limits::shards_max - 1.
using shard_id = strong<struct shard_id_tag, std::uint16_t>;
/// A member of a cluster; used once, 0 is "none".
using node_id = strong<struct node_id_tag, std::uint64_t>;
/// Attribute: the local id of its entity in shard 0 (docs/formats/keys.md).
using attribute_id = strong<struct attribute_id_tag, std::uint32_t>;

} // namespace weft

template <class Tag, class Rep>
struct std::hash<weft::strong<Tag, Rep>> {
  std::size_t operator()(weft::strong<Tag, Rep> x) const noexcept {
    // Fibonacci hashing: consecutive ids spread over the table.
    return static_cast<std::size_t>(static_cast<std::uint64_t>(x.get()) * 0x9E3779B97F4A7C15ULL);
  }
};
