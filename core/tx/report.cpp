#include "weft/core/tx/report.hpp"

#include "weft/core/db/overlay.hpp"

#include <algorithm>

namespace weft {

std::optional<entity_id> tx_report::entity(std::string_view tempid) const {
  const auto found = std::find_if(tempids.begin(), tempids.end(),
                                  [&](const auto& resolved) { return resolved.name == tempid; });
  if (found == tempids.end())
    return std::nullopt;
  return found->entity;
}

result<tx_report> with(const view& before, const tx_request& request, const with_options& options) {
  const auto t = before.basis().next();
  WEFT_TRY(auto made, plan(request, {.before = before,
                                     .t = t,
                                     .shard = options.shard,
                                     .next = options.next,
                                     .mode = options.mode,
                                     .functions = options.functions,
                                     .clock = options.clock}));
  overlay speculation(options.shard);
  speculation.append(t, options.when, views_of(made.datoms), std::move(made.schema));
  return tx_report{.t = t,
                   .when = options.when,
                   .datoms = std::move(made.datoms),
                   .tempids = std::move(made.tempids),
                   .before = before,
                   .after = speculation.over(before),
                   .next = made.next};
}

result<tx_report> with(const tx_report& before, const tx_request& request, with_options options) {
  options.next = before.next;
  return with(before.after, request, options);
}

} // namespace weft
