// A transaction as its caller wants it: a SET of operations against the view before it. Order has
// no meaning; nothing is resolved yet.
//
//   auto request = tx_request{}
//                      .add(tempid("ada"), "user/name", "Ada")
//                      .add(tempid("ada"), "user/friend", lookup("user/email", "bob@x.org"))
//                      .put({{"user/name", "Eve"}, {"user/age", 36}})
//                      .add(this_transaction(), "audit/by", "import");
//
// Attribute names are written without the colon. What the operations mean: docs/formats/
// transaction.md. Building never fails and costs a copy of what is given; `plan` says what is
// wrong. const is thread-safe.
// @source docs/formats/transaction.md
#pragma once

#include "weft/core/base/checksum.hpp"
#include "weft/core/datom/text.hpp"
#include "weft/core/tx/operand.hpp"

namespace weft {

class edn_view;

/// One operation. Which members count depends on `what`.
struct operation {
  /// The numbers are part of the canonical form (docs/formats/transaction.md).
  enum class kind : std::uint8_t {
    add = 1,            ///< entity, attribute, value
    retract = 2,        ///< entity, attribute, value; value nil: all values of the attribute
    retract_entity = 3, ///< entity
    cas = 4,            ///< entity, attribute, value: the new one, arguments[0]: the expected one
    call = 5,           ///< attribute: the function's name, arguments
    put = 6,            ///< entity (nil: a new one), value: a map
  };
  kind what = kind::add;
  operand entity = {};
  std::string attribute = {};
  operand value = {};
  std::vector<operand> arguments = {};
  text_position at = {}; ///< where it was written, if it was text

  bool operator==(const operation&) const = default;
};

class tx_request {
 public:
  /// States a fact. Stating a live fact again changes nothing.
  tx_request& add(operand entity, std::string_view attribute, operand v);
  /// Takes a fact back; with nil, all values. Taking back what is not there changes nothing.
  tx_request& retract(operand entity, std::string_view attribute, operand v);
  /// Takes back all values of one attribute.
  tx_request& retract(operand entity, std::string_view attribute);
  /// Takes back all facts of an entity and all references to it; its components likewise.
  tx_request& retract_entity(operand entity);
  /// Replaces `expected` (nil: nothing) by `next`, or refuses the transaction with cas_failed.
  tx_request& cas(operand entity, std::string_view attribute, operand expected, operand next);
  /// Calls a transaction function; its operations join this transaction.
  tx_request& call(std::string_view function, std::vector<operand> arguments);
  /// States several facts of a new entity (or, by an identity among them, of a known one).
  tx_request& put(std::vector<map_entry> facts);
  tx_request& put(operand entity, std::vector<map_entry> facts); ///< without db/id among them
  tx_request& append(operation op);

  [[nodiscard]] const std::vector<operation>& operations() const noexcept { return operations_; }
  [[nodiscard]] bool empty() const noexcept { return operations_.empty(); }
  void reserve(std::size_t operations) { operations_.reserve(operations); }

  bool operator==(const tx_request&) const = default;

 private:
  std::vector<operation> operations_;
};

/// Reads a transaction from an EDN tree (JSON text gives the same tree): a vector of list forms
/// ([:db/add e a v] ...) and map forms. Checks the shape, and of scalars what a value may be.
/// @errors malformed_transaction; type_mismatch, invalid_value and value_too_large for a tagged or
/// plain value that is none. All with line and column when the tree was text. Cost: O(size).
[[nodiscard]] result<tx_request> parse_transaction(edn_view text);

/// The same from text. Cost: O(size), O(n log n) for maps of n keys.
/// @errors malformed_edn or malformed_json{line, column}, nesting_too_deep, input_too_large, and
/// those of parse_transaction.
[[nodiscard]] result<tx_request> parse_edn_transaction(std::string_view text);
[[nodiscard]] result<tx_request> parse_json_transaction(std::string_view text);

/// Reads one operation: a list form or a map form. Cost and @errors as parse_transaction
[[nodiscard]] result<operation> parse_operation(edn_view form);

/// Lists and maps nest no deeper than text may: who walks an operand from here on may recurse.
/// @errors nesting_too_deep, with line and column of the operation if known. Cost: O(size).
[[nodiscard]] result<void> check_depth(const operation& op);
[[nodiscard]] result<void> check_depth(const tx_request& request);

/// The bytes that stand for a request wherever two requests are compared: equal for requests that
/// differ only in the order of operations and of map entries. Stable across releases.
/// Requires check_depth. @source docs/formats/transaction.md, canonical form. Cost: O(n log n).
[[nodiscard]] bytes canonical_bytes(const tx_request& request);

/// hash_of(canonical_bytes(request)). Requires check_depth. Cost: as canonical_bytes.
[[nodiscard]] hash128 canonical_hash(const tx_request& request);

} // namespace weft
