#include "weft/console/cli/commands/execute.hpp"

#include "weft/console/cli/commands/facts.hpp"
#include "weft/core/datom/text.hpp"

namespace weft::console {

namespace {

result<std::optional<request_id>> request_id_of(const std::string& text) {
  if (text.empty())
    return std::optional<request_id>();
  const auto id = parse_uuid(text);
  if (!id)
    return fail(errc::usage, "--id " + text + " is no uuid",
                {{"try", "a version 7 uuid, such as 018f3b6e-7c1a-7000-8000-0242ac120002"}});
  return std::optional(request_id{*id});
}

result<tx_report> report_of(session& in, const tx_request& request, const execution& how) {
  WEFT_TRY(const auto id, request_id_of(how.id));
  if (how.dry_run) {
    WEFT_TRY(const auto db, in.open_reading());
    return db.with(request);
  }
  WEFT_TRY(auto db, in.open_writing());
  auto report = db.transact(request, id);
  WEFT_CHECK(db.close());
  return report;
}

} // namespace

result<void> execute(session& in, const tx_request& request, const execution& how) {
  WEFT_TRY(const auto report, report_of(in, request, how));
  const auto out = in.print(fact_columns(), amount::one);
  out->put(transaction_document(report));
  out->finish();
  if (how.dry_run)
    in.say("dry run: nothing was written");
  return {};
}

} // namespace weft::console
