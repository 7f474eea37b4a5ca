#include "weft/console/cli/commands/arguments.hpp"
#include "weft/console/cli/commands/commands.hpp"
#include "weft/console/cli/commands/facts.hpp"
#include "weft/console/cli/session.hpp"
#include "weft/console/cli/transfer/fact_writer.hpp"

namespace weft::console {

namespace {

/// Every assertion and retraction, with its t.
result<void> export_history(session& in, const view& db) {
  WEFT_TRY(const auto everything, db.history());
  WEFT_TRY(auto all, everything.datoms(index_order::eavt));
  const auto out = in.print(fact_columns());
  for (const auto& d : all) {
    if (!in.out().ok())
      break;
    if (d.t.get() != 0) // what every database begins with
      out->row(fact_row(db.schema(), d));
  }
  out->finish();
  return all.check();
}

} // namespace

result<void> export_facts(session& in, const export_options& options) {
  WEFT_TRY(const auto db, in.open_reading());
  WEFT_TRY(const auto now, db->view());
  WEFT_TRY(const auto then, in_time(now, {options.as_of, "", false}));
  if (options.history)
    return export_history(in, then);
  const auto out = make_fact_writer(in.output_for_files(format::jsonl), in.out(), in.where(), then);
  WEFT_CHECK(write_declarations(*out, then));
  WEFT_TRY(auto all, then.datoms(index_order::eavt));
  for (const auto& d : all) {
    if (!in.out().ok())
      break;
    if (is_exported(then.schema(), d) && !is_declaration(then.schema(), d))
      out->fact(d);
  }
  out->finish();
  return all.check();
}

} // namespace weft::console
