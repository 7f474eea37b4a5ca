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

wal_batch::wal_batch(const stream_origin& of, record_ptr record, matched_runs matched,
                     std::shared_ptr<const weft::schema> names)
    : content_(std::make_shared<const content>(of, std::move(record), std::move(matched),
                                               std::move(names))) {
  WEFT_ASSERT(content_->record != nullptr && content_->names != nullptr);
}

shard_id wal_batch::shard() const noexcept {
  return content_ ? content_->of.shard : shard_id(0);
}

tx_number wal_batch::t() const noexcept {
  return content_ ? content_->record->t() : tx_number(0);
}

instant wal_batch::when() const noexcept {
  return content_ ? content_->record->when() : instant(0);
}

hash128 wal_batch::chain() const noexcept {
  return content_ ? content_->record->chain() : hash128{};
}

cursor wal_batch::cursor() const {
  weft::cursor out;
  if (content_) {
    out.database = content_->of.database;
    out.lineage = content_->of.lineage;
    out.shards.push_back({shard(), t(), short_hash(chain())});
  }
  return out;
}

result<std::span<const datom_view>> wal_batch::datoms() const {
  if (!content_)
    return std::span<const datom_view>();
  const auto& all = content_->record->decoded();
  if (!content_->matched) {
    if (!all)
      return fail(all.error());
    return std::span<const datom_view>(all->datoms());
  }
  std::call_once(content_->once, [&] { content_->chosen = choose(all, *content_->matched); });
  if (!content_->chosen)
    return fail(content_->chosen.error());
  return std::span<const datom_view>(*content_->chosen);
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
  return content_ ? content_->names : nothing;
}

bool wal_batch::is_filtered() const noexcept {
  return content_ && content_->matched != nullptr;
}

const record_ptr& wal_batch::record() const noexcept {
  static const record_ptr nothing;
  return content_ ? content_->record : nothing;
}

bytes_view wal_batch::payload() const noexcept {
  return content_ ? content_->record->payload() : bytes_view();
}

} // namespace weft
