#include "weft/persistence/embedded/replay.hpp"

#include "weft/core/datom/record.hpp"
#include "weft/core/tx/schema/fold.hpp"

#include <fmt/format.h>

namespace weft::embedded {

result<void> replay::entry(entry_kind kind, bytes_view payload) {
  if (kind != entry_kind::transaction)
    return {};
  auto rec = record_view::decode(payload);
  const auto expected = load_.head().next();
  if (!rec)
    return fail(rec.error().code == errc::unsupported_version ? errc::unsupported_version
                                                              : errc::log_corrupt,
                fmt::format("the record of transaction {} cannot be read: {}", expected.get(),
                            rec.error().to_string()),
                {{"t", std::to_string(expected.get())}});
  if (rec->t() != expected)
    return fail(
        errc::log_corrupt,
        fmt::format("transaction {} stands where {} should", rec->t().get(), expected.get()),
        {{"t", std::to_string(rec->t().get())}});
  auto schema = fold_schema(schema_, rec->datoms());
  if (!schema)
    return fail(errc::log_corrupt,
                fmt::format("the facts of transaction {} give no schema: {}", expected.get(),
                            schema.error().to_string()),
                {{"t", std::to_string(expected.get())}});
  schema_ = std::move(*schema);
  load_.add(rec->t(), rec->when(), rec->datoms(), schema_);
  dedup_.add(rec->t(), rec->request(), rec->request_hash());
  next_ = rec->next();
  last_ = rec->when();
  datoms_ += rec->datoms().size();
  return {};
}

transactor::state
replay::finish(const std::function<void(std::size_t done, std::size_t total)>& progress) {
  load_.finish(progress);
  return {.committed = index_->open(), .next = next_, .last = last_, .dedup = std::move(dedup_)};
}

result<tx_report> report_from(bytes_view payload, const view& now) {
  WEFT_TRY(const auto rec, record_view::decode(payload));
  auto owned = rec.to_record();
  WEFT_TRY(auto before, now.as_of(tx_number(owned.t.get() - 1)));
  WEFT_TRY(auto after, now.as_of(owned.t));
  return tx_report{.t = owned.t,
                   .when = owned.when,
                   .datoms = std::move(owned.datoms),
                   .tempids = std::move(owned.tempids),
                   .before = std::move(before),
                   .after = std::move(after),
                   .next = owned.next};
}

} // namespace weft::embedded
