#include "weft/core/tx/report.hpp"

#include "weft/core/db/overlay.hpp"

#include <algorithm>

namespace weft {

namespace {

/// `before` and the datoms of `done`; it keeps what it needs of both.
view after(const view& before, const tx_plan& done, tx_number t, const with_options& options) {
  std::vector<datom_view> datoms;
  datoms.reserve(done.datoms.size());
  for (const auto& d : done.datoms)
    datoms.push_back(view_of(d));
  overlay layer(options.shard);
  layer.append(t, options.when, datoms, done.schema);
  return layer.over(before);
}

} // namespace

std::optional<entity_id> tx_report::entity(std::string_view tempid) const {
  const auto it = std::lower_bound(
      tempids.begin(), tempids.end(), tempid,
      [](const resolved_tempid& known, std::string_view name) { return known.name < name; });
  if (it == tempids.end() || it->name != tempid)
    return std::nullopt;
  return it->entity;
}

result<tx_report> with(const view& before, const tx_request& request, const with_options& options) {
  const auto t = before.basis().next();
  WEFT_TRY(auto done, plan(request, {.before = before,
                                     .t = t,
                                     .shard = options.shard,
                                     .next = options.next,
                                     .mode = options.mode,
                                     .functions = options.functions,
                                     .clock = options.clock}));
  record rec;
  rec.t = t;
  rec.when = options.when;
  rec.shard = options.shard;
  rec.next = done.next;
  rec.tempids = std::move(done.tempids);
  rec.datoms = std::move(done.datoms);
  WEFT_CHECK(encode_record(rec)); // what cannot be written is refused here, too
  done.tempids = std::move(rec.tempids);
  done.datoms = std::move(rec.datoms);
  auto then = after(before, done, t, options);
  return tx_report{.t = t,
                   .when = options.when,
                   .datoms = std::move(done.datoms),
                   .tempids = std::move(done.tempids),
                   .before = before,
                   .after = std::move(then),
                   .next = done.next};
}

result<tx_report> with(const tx_report& before, const tx_request& request, with_options options) {
  options.next = before.next;
  return with(before.after, request, options);
}

} // namespace weft
