// A fact as an index keeps it: one object in an arena, from its assertion to its retraction, shared
// by all orders. Everything but retracted_at is constant; the value lies behind the object.
#pragma once

#include "weft/core/base/assert.hpp"
#include "weft/core/datom/key.hpp"
#include "weft/core/db/arena.hpp"

#include <atomic>
#include <limits>

namespace weft {

class stored_fact {
 public:
  /// retracted_at of what is not retracted.
  static constexpr tx_number never{std::numeric_limits<std::uint64_t>::max()};

  /// A copy of `d` in the arena: 32 bytes and the value, in multiples of 8. `forgets` marks a
  /// retraction that leaves no history.
  [[nodiscard]] static stored_fact* create(arena& memory, const datom_view& d,
                                           bool forgets = false);

  [[nodiscard]] entity_id entity() const noexcept { return entity_; }
  [[nodiscard]] attribute_id attribute() const noexcept {
    return attribute_id(attribute_and_flags_ >> flag_bits);
  }
  [[nodiscard]] tx_number t() const noexcept { return t_; }
  [[nodiscard]] bool added() const noexcept { return (attribute_and_flags_ & added_flag) != 0; }
  [[nodiscard]] bool forgets() const noexcept { return (attribute_and_flags_ & forgets_flag) != 0; }
  [[nodiscard]] value_type type() const noexcept {
    return static_cast<value_type>(type_and_size_ & type_mask);
  }
  [[nodiscard]] value_view value() const noexcept;
  [[nodiscard]] datom_view view() const noexcept {
    return {entity_, attribute(), value(), t_, added()};
  }

  /// Transaction of the retraction, or never. A reader whose basis has reached the retraction sees
  /// it; another one may or may not, and must not care (memory_index.hpp).
  [[nodiscard]] tx_number retracted_at() const noexcept {
    return tx_number(retracted_at_.load(std::memory_order_relaxed));
  }
  void set_retracted_at(tx_number t) noexcept {
    retracted_at_.store(t.get(), std::memory_order_relaxed);
  }

 private:
  static constexpr std::uint32_t type_mask = 0xF;
  static constexpr unsigned type_bits = 4;
  static constexpr std::uint32_t added_flag = 1;
  static constexpr std::uint32_t forgets_flag = 2;
  static constexpr unsigned flag_bits = 2;

  stored_fact(const datom_view& d, bool forgets, std::size_t value_bytes) noexcept;
  [[nodiscard]] const char* payload() const noexcept {
    return reinterpret_cast<const char*>(this + 1);
  }
  [[nodiscard]] std::uint64_t word() const noexcept;

  entity_id entity_;
  tx_number t_;
  std::atomic<std::uint64_t> retracted_at_{never.get()};
  std::uint32_t attribute_and_flags_;
  std::uint32_t type_and_size_;
};

static_assert(sizeof(stored_fact) == 32);

} // namespace weft
