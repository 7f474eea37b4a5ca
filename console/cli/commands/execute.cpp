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

void print(session& in, const transaction_report& report) {
  const auto out = in.print(fact_columns(), amount::one);
  out->put(transaction_document(report));
  out->finish();
}

result<void> try_out(session& in, const tx_request& request) {
  WEFT_TRY(const auto db, in.open_reading());
  WEFT_TRY(const auto report, db->with(request));
  print(in, report);
  in.say("dry run: nothing was written");
  return {};
}

/// The transaction stands, whatever becomes of its report.
result<void> report_written(session& in, tx_number t) {
  auto written = in.out().flush();
  if (written)
    return written;
  auto problem = std::move(written).error();
  const auto number = std::to_string(t.get());
  problem.detail =
      "transaction " + number + " is durable, only its report was not printed: " + problem.detail;
  problem.fields = {{"meaning", "standard output does not take what is printed"},
                    {"try", "do not run it again; `weft tx show " + number + "` prints it"}};
  return fail(std::move(problem));
}

} // namespace

result<void> execute(session& in, const tx_request& request, const execution& how) {
  WEFT_TRY(const auto id, request_id_of(how.id));
  if (how.dry_run)
    return try_out(in, request);
  WEFT_TRY(const auto db, in.open_writing());
  const auto report = db->transact(request, id);
  auto closed = db->close();
  if (!report) // what became of the transaction comes first
    return fail(report.error());
  print(in, *report);
  WEFT_CHECK(report_written(in, report->t));
  return closed;
}

} // namespace weft::console
