// The transaction engine: a request and the view before it become the datoms of one transaction,
// once, on the leader. Pure: everything timed or configured is an argument, a refused request has
// no effect.
//
//   WEFT_TRY(auto done, plan(request, {.before = db, .t = db.basis().next(), .next = ids}));
//   write(record{.t = t, .next = done.next, .tempids = done.tempids, .datoms = done.datoms});
//
// The meaning of transactions, sentence by sentence: docs/formats/transaction.md. In short: the
// operations are a set, all of them are resolved against the view before, and what the database
// holds afterwards satisfies the schema afterwards.
#pragma once

#include "weft/core/datom/record.hpp"
#include "weft/core/tx/functions.hpp"

namespace weft {

/// What happens to attributes nobody declared.
enum class schema_mode : std::uint8_t {
  flexible, ///< they are declared by their first use, in the same transaction
  strict,   ///< they are unknown_attribute
};

struct tx_context {
  const view& before; ///< of one moment; may be an overlay; facts of t and later are not in it
  tx_number t;        ///< of this transaction
  shard_id shard = shard_id(0);
  allocators next = {}; ///< before this transaction
  schema_mode mode = schema_mode::flexible;
  const tx_functions* functions = nullptr; ///< null: there are none
  const monotonic_us* clock = nullptr;     ///< limits functions in time; null: no limit
};

struct tx_plan {
  datom_list datoms = {};                    ///< in stream order, all with t; may be empty
  std::vector<resolved_tempid> tempids = {}; ///< those the request names, in order of their names
  std::shared_ptr<const weft::schema> schema = {}; ///< after; the one before when nothing changed
  allocators next = {};                            ///< after
};

/// What the request does, or why it is refused. No effect either way.
/// Cost: O(n log n) in operations and datoms, plus O(log facts) for each fact about an entity that
/// existed; a schema change that existing facts could violate also reads all facts of the
/// attribute.
/// @errors each with the fields that say where (attribute, value, entity, holder, tempid, line
/// ...): unknown_attribute, unknown_entity, type_mismatch, invalid_value, value_too_large,
/// nesting_too_deep, malformed_transaction; unique_conflict, datoms_conflict, tempid_conflict,
/// tempid_unused, cas_failed, check_failed, tuple_read_only, reserved_attribute, invalid_argument
/// (of `history` and `since` views, too, which show no one moment);
/// schema_invalid, schema_violation; transaction_too_large; unknown_function, function_failed,
/// function_timeout. Of a view whose facts are not in memory, also what its storage answers when it
/// fails, whatever came of the rest. @source docs/formats/transaction.md
[[nodiscard]] result<tx_plan> plan(const tx_request& request, const tx_context& context);

} // namespace weft
