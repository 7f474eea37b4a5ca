// From a request to raw facts: calls are answered, maps taken apart, reverse attributes turned
// round, entities named. Attributes may still be unknown and values unread.
#pragma once

#include "weft/core/tx/resolve.hpp"

namespace weft::tx {

/// A fact as the request says it.
struct raw_fact {
  enum class kind : std::uint8_t { add, retract, retract_all, cas };
  kind what = kind::add;
  entity_id entity = {};             ///< may be provisional
  std::string_view name = {};        ///< of the attribute
  const attribute* about = nullptr;  ///< by the schema before; null when it is not there
  const operand* value = nullptr;    ///< null: `target`
  entity_id target = {};             ///< what the fact refers to, may be provisional
  const operand* nested = nullptr;   ///< the map that `target` is, when it has no :db/id
  const operand* expected = nullptr; ///< of cas
  bool in_list = false;              ///< one of several that were written as a list
  text_position at = {};
};

/// An entity whose facts are all taken back.
struct removal {
  entity_id entity = {};
  text_position at = {};
};

struct expansion {
  std::vector<raw_fact> facts;
  std::vector<removal> removals;
  std::list<tx_request> answers; ///< of functions; facts point into them
  std::list<std::string> names;  ///< of reverse attributes, turned round; likewise
};

/// Takes a request apart. The expansion points into it.
/// @errors those of resolver::entity; malformed_transaction, nesting_too_deep, unknown_function,
/// function_failed, function_timeout; transaction_too_large{operations, limit} when it has more
/// facts, entities and calls than a transaction has datoms. All with line and column if known.
/// Cost: O(size), that of each lookup ref, and that of the functions.
[[nodiscard]] result<expansion> expand(const tx_request& request, const tx_context& context,
                                       resolver& resolve, tempid_table& tempids);

/// Whether a map has a unique attribute of `s`, by which what it describes can be found again.
[[nodiscard]] bool says_who(const operand& map, const schema& s) noexcept;

} // namespace weft::tx
