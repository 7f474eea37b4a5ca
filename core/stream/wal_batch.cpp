#include "weft/core/stream/wal_batch.hpp"

#include "weft/core/base/assert.hpp"

namespace weft {

namespace {

/// The datoms at `runs`, which may come from a peer that lies.
result<std::vector<datom_view>> choose(const result<record_view>& from, const position_runs& runs) {
  if (!from)
    return fail(from.error());
  const auto& all = from->datoms();
  std::vector<datom_view> out;
  for (const auto& run : runs) {
    if (run.begin > all.size() || run.count > all.size() - run.begin)
      return fail(errc::malformed_record, "a filter chose datoms that the record does not have",
                  {{"section", "positions"}});
    out.insert(out.end(), all.begin() + run.begin, all.begin() + run.begin + run.count);
  }
  return out;
}

} // namespace

cursor stream_origin::cursor_at(const stream_place& place) const {
  return {database, lineage, {{shard, place.t, short_hash(place.chain)}}};
}

wal_batch::wal_batch(stream_context_ptr of, record_ptr record, matched_runs matched)
    : of_(std::move(of)), record_(std::move(record)),
      chosen_(matched ? std::make_shared<choice>(std::move(matched)) : nullptr) {
  WEFT_ASSERT(of_ != nullptr && of_->names != nullptr && record_ != nullptr);
}

shard_id wal_batch::shard() const noexcept {
  return of_ ? of_->of.shard : shard_id(0);
}

tx_number wal_batch::t() const noexcept {
  return record_ ? record_->t() : tx_number(0);
}

instant wal_batch::when() const noexcept {
  return record_ ? record_->when() : instant(0);
}

hash128 wal_batch::chain() const noexcept {
  return record_ ? record_->chain() : hash128{};
}

cursor wal_batch::cursor() const {
  return of_ ? of_->of.cursor_at({t(), chain()}) : weft::cursor{};
}

result<std::span<const datom_view>> wal_batch::datoms() const {
  if (!record_)
    return std::span<const datom_view>();
  const auto& all = record_->decoded();
  if (!chosen_) {
    if (!all)
      return fail(all.error());
    return std::span<const datom_view>(all->datoms());
  }
  const auto& some = chosen_->datoms.get([&] { return choose(all, *chosen_->matched); });
  if (!some)
    return fail(some.error());
  return std::span<const datom_view>(*some);
}

result<datom_list> wal_batch::to_list() const {
  WEFT_TRY(const auto views, datoms());
  datom_list out;
  out.reserve(views.size());
  for (const auto& d : views)
    out.push_back(d.to_datom());
  return out;
}

std::string_view wal_batch::name_of(attribute_id a) const noexcept {
  const auto* found = schema()->find(a);
  return found != nullptr ? std::string_view(found->ident) : std::string_view();
}

const std::shared_ptr<const schema>& wal_batch::schema() const noexcept {
  static const std::shared_ptr<const weft::schema> nothing = weft::schema::bootstrap();
  return of_ ? of_->names : nothing;
}

bool wal_batch::is_filtered() const noexcept {
  return chosen_ != nullptr;
}

const record_ptr& wal_batch::record() const noexcept {
  return record_;
}

bytes_view wal_batch::payload() const noexcept {
  return record_ ? record_->payload() : bytes_view();
}

} // namespace weft
