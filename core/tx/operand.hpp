// Operands: what a caller writes where an entity or a value belongs. They stay neutral until the
// attribute's type is known: "ada" is a string for a string attribute and a tempid for a ref.
//
//   operand("Ada")                         a string, or a tempid where an entity belongs
//   operand(42)                            a long; a double or an entity id where one belongs
//   tempid("ada")                          a new entity, or the one its identity stands for
//   lookup("user/email", "ada@x.org")      the entity that holds the unique value
//   ident("color/red")                     the entity called :color/red, or the keyword
//   named("user/1")                        the entity whose :weft/name is "user/1"
//   this_transaction()                     the transaction itself
//   list_of({1, 2, 3})                     several values, a tuple or a vector
//   map_of({{"line/sku", "A7"}})           a nested entity
//
// Values, not references: an operand owns everything it says. const is thread-safe.
#pragma once

#include "weft/core/datom/text.hpp"
#include "weft/core/datom/value.hpp"

#include <concepts>
#include <initializer_list>
#include <variant>
#include <vector>

namespace weft {

struct map_entry;

class operand {
 public:
  /// The numbers are part of the canonical form of requests (docs/formats/transaction.md).
  enum class kind : std::uint8_t {
    nil = 0,
    scalar = 1,           ///< a value
    tempid = 2,           ///< certainly a tempid, never a string
    named = 3,            ///< the entity of a :weft/name
    this_transaction = 4, ///< the entity of this transaction
    list = 5,             ///< several values, a tuple, a vector of float, or a lookup ref
    map = 6,              ///< a nested entity
  };

  operand() noexcept; ///< nil
  operand(const operand&);
  operand(operand&&) noexcept;
  operand& operator=(const operand&);
  operand& operator=(operand&&) noexcept;
  ~operand();
  // NOLINTBEGIN(google-explicit-constructor): a request reads like the facts it states
  operand(value v);
  operand(value_view v) : operand(value(v)) {}
  operand(std::string_view text) : operand(value::string(text)) {}
  operand(const std::string& text) : operand(value::string(text)) {}
  operand(const char* text) : operand(value::string(text)) {}
  operand(entity_id e) : operand(value::of(e)) {}
  operand(instant x) : operand(value::of(x)) {}
  operand(uuid x) : operand(value::of(x)) {}
  operand(std::same_as<bool> auto x) : operand(value::of(x)) {}
  operand(std::floating_point auto x) : operand(value::of(static_cast<double>(x))) {}
  template <std::integral Int>
  requires(!std::same_as<Int, bool> && (std::signed_integral<Int> || sizeof(Int) < 8))
      operand(Int x)
      : operand(value::of(static_cast<std::int64_t>(x))) {}
  // NOLINTEND(google-explicit-constructor)

  [[nodiscard]] kind what() const noexcept;
  [[nodiscard]] bool is_nil() const noexcept { return what() == kind::nil; }
  /// Requires kind::scalar.
  [[nodiscard]] const value& scalar() const noexcept { return std::get<value>(of_); }
  /// The value of a scalar of this type, else nothing.
  [[nodiscard]] std::optional<value_view> scalar_of(value_type type) const noexcept;
  /// The name of a tempid or named entity.
  [[nodiscard]] const std::string& text() const noexcept;
  /// Requires kind::list.
  [[nodiscard]] const std::vector<operand>& items() const noexcept {
    return std::get<std::vector<operand>>(of_);
  }
  /// Requires kind::map.
  [[nodiscard]] const std::vector<map_entry>& entries() const noexcept {
    return std::get<std::vector<map_entry>>(of_);
  }

  bool operator==(const operand&) const;

 private:
  struct tempid_name {
    std::string text;
    bool operator==(const tempid_name&) const = default;
  };
  struct entity_name {
    std::string text;
    bool operator==(const entity_name&) const = default;
  };
  struct current_transaction {
    bool operator==(const current_transaction&) const = default;
  };
  std::variant<std::monostate, value, tempid_name, entity_name, current_transaction,
               std::vector<operand>, std::vector<map_entry>>
      of_; // in the order of `kind`

  friend operand tempid(std::string_view name);
  friend operand named(std::string_view name);
  friend operand this_transaction();
  friend operand list_of(std::vector<operand> items);
  friend operand map_of(std::vector<map_entry> entries);
};

/// One attribute of a map form. `attribute` is "ns/name", without the colon; "ns/_name" turns the
/// fact around: the operand is then the entity that points here.
struct map_entry {
  std::string attribute;
  operand value;
  text_position at = {}; ///< where the value was written, if it was text

  /// Wherever they were written.
  bool operator==(const map_entry& other) const {
    return attribute == other.attribute && value == other.value;
  }
};

/// Stands for one entity within a transaction: a new one, unless a fact about it says the value of
/// a :db.unique/identity attribute that an entity already holds.
[[nodiscard]] operand tempid(std::string_view name);
/// The entity that holds `v` as its unique attribute, in the view before the transaction.
[[nodiscard]] operand lookup(std::string_view attribute, operand v);
/// The entity called by :db/ident; a keyword where one belongs.
[[nodiscard]] operand ident(std::string_view keyword);
/// The entity whose :weft/name is `name`; made when a transaction says something about it.
[[nodiscard]] operand named(std::string_view name);
/// The entity of the transaction itself: for who did it, and why.
[[nodiscard]] operand this_transaction();
/// Whether a string of this text stands for it, too: "db/current-tx", "datomic.tx".
[[nodiscard]] bool names_this_transaction(std::string_view text) noexcept;
[[nodiscard]] operand list_of(std::vector<operand> items);
[[nodiscard]] operand map_of(std::vector<map_entry> entries);

} // namespace weft
