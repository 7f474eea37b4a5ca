// Entities that have no id yet. While a transaction is resolved, each is called by a provisional
// id: it fits where an entity id belongs (statements, values of refs) and never leaves the engine.
//
// Two provisional ids that turn out to be one entity are merged, one that turns out to be an
// entity of the database is bound to it; `find` says what an id stands for as far as is known.
#pragma once

#include "weft/core/base/result.hpp"
#include "weft/core/datom/entity_id.hpp"
#include "weft/core/datom/record.hpp"
#include "weft/core/datom/text.hpp"

#include <string_view>
#include <unordered_map>
#include <vector>

namespace weft::tx {

namespace provisional {

/// Entity ids have the sign bit 0; provisional ones have it 1.
inline constexpr std::uint64_t bit = 1ULL << 63U;

[[nodiscard]] constexpr entity_id make(std::size_t index) noexcept {
  return entity_id(bit | index);
}
[[nodiscard]] constexpr bool is(entity_id e) noexcept {
  return (e.get() & bit) != 0;
}
[[nodiscard]] constexpr std::size_t index_of(entity_id e) noexcept {
  return static_cast<std::size_t>(e.get() & ~bit);
}

} // namespace provisional

/// Where a provisional id comes from.
enum class origin : std::uint8_t {
  tempid,    ///< a name of the request
  name,      ///< a :weft/name
  anonymous, ///< a map without :db/id
};

/// Two provisional ids became one: what was known about `gone` now belongs to `kept`.
struct merger {
  entity_id kept;
  entity_id gone;
};

class tempid_table {
 public:
  struct entry {
    entity_id stands_for; ///< itself, or a step towards what it stands for
    std::uint32_t members = 1;
    origin from = origin::anonymous;
    bool asserted = false;   ///< some fact is stated about it
    bool referred = false;   ///< some fact refers to it as a map
    std::string_view name{}; ///< of the tempid, the :weft/name, or the attribute that nests it
    text_position at{};      ///< of its first mention
  };

  /// The provisional id of a name: the same each time. `name` must outlive the table.
  [[nodiscard]] entity_id of(origin from, std::string_view name, text_position at);
  /// A new provisional id.
  [[nodiscard]] entity_id anonymous(std::string_view nested_by, text_position at);

  void mark_asserted(entity_id e) noexcept {
    if (provisional::is(e))
      entries_[provisional::index_of(e)].asserted = true;
  }

  void mark_referred(entity_id e) noexcept {
    if (provisional::is(e))
      entries_[provisional::index_of(e)].referred = true;
  }

  /// What `e` stands for: an id of the database, or the provisional id that speaks for all that
  /// were merged with it. Amortised O(log members).
  [[nodiscard]] entity_id find(entity_id e) noexcept;

  /// Says that `p` stands for the entity `e`. Returns whether that was news.
  /// @errors tempid_conflict{tempid, entity, other} when it already stands for another.
  /// Cost: that of find.
  [[nodiscard]] result<bool> bind(entity_id p, entity_id e);

  /// Says that two unbound representatives (of `find`) are one entity.
  [[nodiscard]] merger merge(entity_id a, entity_id b) noexcept;

  [[nodiscard]] const std::vector<entry>& entries() const noexcept { return entries_; }
  [[nodiscard]] const entry& operator[](entity_id p) const noexcept {
    return entries_[provisional::index_of(p)];
  }

  /// How `e` is called in messages: its name in quotes, or its number.
  [[nodiscard]] std::string describe(entity_id e) const;

  /// How an entity that this transaction made is called: by its tempid if it has one.
  [[nodiscard]] std::optional<std::string> name_of(entity_id e);

  /// The names of the request and what they stand for, in order of the names.
  [[nodiscard]] std::vector<resolved_tempid> resolved();

 private:
  std::vector<entry> entries_;
  std::unordered_map<std::string_view, entity_id> by_tempid_;
  std::unordered_map<std::string_view, entity_id> by_name_;
  entity_id last_ = entity_id(0); ///< found last: facts about one entity stand together
};

} // namespace weft::tx
