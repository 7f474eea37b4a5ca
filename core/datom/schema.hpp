// Schema: what each attribute means. Declared by facts (docs/formats/record.md, bootstrap), read
// from an immutable value: a transaction that changes the schema makes a new one.
//
// Idents of entities that are not attributes (enums) are ordinary facts of :db/ident and are looked
// up in the index; idents of attributes are here.
#pragma once

#include "weft/core/datom/datom.hpp"

#include <memory>
#include <unordered_map>

namespace weft {

enum class cardinality : std::uint8_t { one, many };
enum class uniqueness : std::uint8_t { none, value, identity };

/// A declarative constraint on single values, written as the EDN of :weft/check:
/// [:range 0 150]  [:enum :red :green]  [:regex "[a-z]+"]  [:length 1 80]  (nil = open end)
class value_check {
 public:
  virtual ~value_check() = default;
  /// Cost: O(size of the value). @errors check_failed naming the constraint and the value
  [[nodiscard]] virtual result<void> operator()(value_view v) const = 0;
};

/// One attribute. Immutable once it is in a schema.
struct attribute {
  attribute_id id;
  std::string ident; ///< "user/name", without the colon
  value_type type = value_type::string;
  weft::cardinality cardinality = weft::cardinality::one;
  uniqueness unique = uniqueness::none;
  bool indexed = true;                           ///< in avet
  bool component = false;                        ///< the ref's target belongs to the entity
  bool no_history = false;                       ///< superseded values are not kept
  std::vector<attribute_id> tuple_of = {};       ///< composite tuple: its attributes, else empty
  std::vector<value_type> tuple_types = {};      ///< heterogeneous or homogeneous tuple, else empty
  std::string check_text = {};                   ///< EDN of :weft/check, or ""
  std::shared_ptr<const value_check> check = {}; ///< compiled check_text, or null

  /// Whether avet holds it: a unique attribute is always looked up by value.
  [[nodiscard]] bool in_avet() const noexcept { return indexed || unique != uniqueness::none; }

  /// By what is declared: the compiled check follows from its text.
  bool operator==(const attribute& other) const;
};

/// Whether `v` is a value of a composite `a` that lacks a part: such a one is not unique, and
/// nothing is looked up by it. Cost: O(parts).
[[nodiscard]] bool lacks_parts(const attribute& a, value_view v) noexcept;

/// Ids of the built-in attributes: fixed for ever, they are in every key and record.
namespace builtin {
inline constexpr attribute_id ident{1};        // :db/ident         keyword, unique identity
inline constexpr attribute_id value_type_{2};  // :db/valueType     keyword :db.type/*
inline constexpr attribute_id cardinality{3};  // :db/cardinality   keyword :db.cardinality/*
inline constexpr attribute_id unique{4};       // :db/unique        keyword :db.unique/*
inline constexpr attribute_id index{5};        // :db/index         boolean
inline constexpr attribute_id is_component{6}; // :db/isComponent   boolean
inline constexpr attribute_id doc{7};          // :db/doc           string
inline constexpr attribute_id no_history{8};   // :db/noHistory     boolean
inline constexpr attribute_id tuple_attrs{9};  // :db/tupleAttrs    string, EDN vector of idents
inline constexpr attribute_id tuple_types{10}; // :db/tupleTypes    string, EDN vector of types
inline constexpr attribute_id tuple_type{11};  // :db/tupleType     keyword, homogeneous tuple
inline constexpr attribute_id check{12};       // :weft/check       string, EDN of a constraint
inline constexpr attribute_id tx_instant{13};  // :db/txInstant     instant
inline constexpr attribute_id name{14};        // :weft/name        string, unique identity
} // namespace builtin

/// Immutable set of attributes. const is thread-safe; copying is O(attributes).
class schema {
 public:
  /// The built-in attributes alone. Cost: O(1), one for the whole process.
  [[nodiscard]] static std::shared_ptr<const schema> bootstrap();

  /// nullptr when unknown. Pointers live as long as the schema. Cost: O(1).
  [[nodiscard]] const attribute* find(attribute_id id) const noexcept;
  [[nodiscard]] const attribute* find(std::string_view ident) const noexcept;
  /// The known ident nearest to a misspelt one, for "did you mean"; "" when none is near: more
  /// than 1 + size / 4 letters would have to change. Cost: O(attributes * size^2), for errors.
  [[nodiscard]] std::string nearest(std::string_view ident) const;
  /// All attributes by id, built-in ones first. Cost: O(attributes).
  [[nodiscard]] std::vector<const attribute*> attributes() const;
  /// Composite tuples that have `part` among their attributes, by id. Cost: O(1).
  [[nodiscard]] std::span<const attribute_id> composites_of(attribute_id part) const noexcept;

  /// Whether superseded values of `a` are forgotten: it is :db/noHistory, or a composite of which a
  /// part is. Cost: O(parts).
  [[nodiscard]] bool forgets(const attribute& a) const noexcept;

  /// Whether both say the same of the same attributes. Cost: O(attributes that are not shared).
  bool operator==(const schema& other) const;

  /// A copy with `a` added or replaced; a replaced attribute's old ident is free again. Judges
  /// nothing. Cost: O(attributes).
  [[nodiscard]] std::shared_ptr<const schema> with(attribute a) const;
  /// A copy with all of `some` added or replaced, in their order. Cost: O(attributes), once.
  [[nodiscard]] std::shared_ptr<const schema> with(std::vector<attribute> some) const;

 private:
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };

  void put(attribute a);

  std::vector<std::shared_ptr<const attribute>> by_id_; // index = id, null where undeclared
  std::unordered_map<std::string, attribute_id, text_hash, std::equal_to<>> by_ident_;
  std::unordered_map<attribute_id, std::vector<attribute_id>> composites_;
};

/// The facts every database begins with, t = 0: the built-in attributes describe themselves. The
/// same on every node, in no log.
[[nodiscard]] const datom_list& bootstrap_datoms();

} // namespace weft
