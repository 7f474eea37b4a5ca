#include "weft/persistence/shard/replay.hpp"

#include "weft/core/datom/record.hpp"

namespace weft::persistence {

result<void> replay::entry(entry_kind kind, bytes_view payload) {
  if (kind == entry_kind::cursor)
    return cursors_.apply(payload).map([](const auto&) {});
  if (kind != entry_kind::transaction)
    return {};
  WEFT_TRY(const auto rec, check_.next(payload));
  load_.add(rec.t(), rec.when(), rec.datoms(), check_.schema());
  datoms_ += rec.datoms().size();
  return {};
}

result<record_check>
replay::finish_check(const std::function<void(std::size_t done, std::size_t total)>& progress) {
  WEFT_CHECK(load_.finish(progress));
  return std::move(check_);
}

result<transactor::state>
replay::finish(const std::function<void(std::size_t done, std::size_t total)>& progress) {
  WEFT_TRY(auto check, finish_check(progress));
  return transactor::state{.committed = index_->open(),
                           .next = check.ids(),
                           .last = check.last(),
                           .dedup = check.take_dedup()};
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

} // namespace weft::persistence
