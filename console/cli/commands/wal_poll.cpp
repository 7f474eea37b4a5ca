#include "weft/console/cli/commands/commands.hpp"
#include "weft/console/cli/commands/facts.hpp"
#include "weft/console/cli/session.hpp"
#include "weft/persistence/poller/change_poller.hpp"

namespace weft::console {

namespace {

constexpr std::string_view poll_command = "weft wal poll";

result<change_poller> begin(const std::string& folder, const wal_poll_options& how) {
  change_poller out(folder);
  if (how.after) {
    WEFT_TRY(const auto place, parse_position(*how.after));
    out = place.exact ? change_poller::from_cursor(folder, *place.exact)
                      : change_poller::from_sequence(folder, place.t);
  }
  if (!how.numbers)
    out = std::move(out).with_names();
  return std::move(out).with_batch_limit(how.count);
}

/// One row for each datom, and one without a fact for a transaction that has none.
result<grid> rows_of(const std::vector<wal_batch>& events) {
  grid out{{"t", "instant", "e", "a", "v", "added"}, {}};
  for (const auto& event : events) {
    WEFT_TRY(const auto datoms, event.datoms());
    if (datoms.empty())
      out.rows.push_back({event.t(), event.when(), {}, {}, {}, {}});
    for (const auto& d : datoms)
      out.rows.push_back({event.t(), event.when(), d.entity,
                          attribute_cell(*event.schema(), d.attribute), d.value, d.added});
  }
  return out;
}

} // namespace

result<void> wal_poll(session& in, const wal_poll_options& options) {
  WEFT_TRY(auto* at, in.place());
  WEFT_TRY(const auto folder, at->folder(poll_command));
  WEFT_TRY(auto poller, begin(folder, options));
  WEFT_TRY(const auto found, poller.poll());
  WEFT_TRY(auto rows, rows_of(found.events));
  const auto next = found.next_cursor.to_token();
  if (in.output() == format::csv || in.output() == format::raw) { // rows and nothing else
    const auto out = in.print(rows.columns);
    for (const auto& row : rows.rows)
      out->row(row);
    out->finish();
    in.say((found.more ? "there is more; next cursor: " : "next cursor: ") + next);
    return {};
  }
  document shown;
  shown.fields.push_back({"next_cursor", cell(next)});
  shown.fields.push_back({"t", cell(poller.last_sequence())});
  shown.fields.push_back({"head", cell(found.head)});
  shown.fields.push_back({"more", cell(found.more)});
  shown.fields.push_back({"transactions", cell(std::uint64_t{found.events.size()})});
  shown.fields.push_back({"datoms", std::move(rows)});
  const auto out = in.print({}, amount::one);
  out->put(shown);
  out->finish();
  return {};
}

} // namespace weft::console
