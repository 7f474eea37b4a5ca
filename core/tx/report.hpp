// What a transaction did, and what one would do.
//
//   WEFT_TRY(auto report, with(db, request));          // nothing happens to the database
//   WEFT_TRY(auto next, with(report, another));        // on top of it
//   for (const datom& d : report.datoms) use(d);
//   const std::optional<entity_id> ada = report.entity("ada");
//
// A report owns what it says and its views keep their facts alive: it may outlive the database.
// const is thread-safe.
#pragma once

#include "weft/core/tx/plan.hpp"

namespace weft {

struct tx_report {
  tx_number t;
  instant when;
  datom_list datoms;                    ///< in stream order
  std::vector<resolved_tempid> tempids; ///< in order of their names
  view before;
  view after;
  allocators next; ///< after

  /// What a tempid of the request stands for; nothing when it named no such tempid. Cost: O(log
  /// tempids).
  [[nodiscard]] std::optional<entity_id> entity(std::string_view tempid) const;
};

/// How `with` runs: what a view does not know.
struct with_options {
  instant when = {};
  shard_id shard = shard_id(0);
  allocators next = {}; ///< of the database the view was opened on
  schema_mode mode = schema_mode::flexible;
  const tx_functions* functions = nullptr;
  const monotonic_us* clock = nullptr;
};

/// What the request would do to `before`, a view of one moment (the present or as_of, not history
/// or since): the same report that transacting it would give, if nothing came between. The views of
/// the report stay valid on their own. Cost: that of plan, and of encoding the record, whose size
/// is limited; O(datoms log datoms) for the view after.
/// @errors as plan and encode_record
[[nodiscard]] result<tx_report> with(const view& before, const tx_request& request,
                                     const with_options& options = {});

/// The same on top of another report: options.next is taken from it. Cost and @errors likewise; its
/// views read through one more layer for each report below.
[[nodiscard]] result<tx_report> with(const tx_report& before, const tx_request& request,
                                     with_options options = {});

} // namespace weft
