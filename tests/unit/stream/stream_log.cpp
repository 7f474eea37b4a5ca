#include "stream_log.hpp"

#include "weft/core/base/assert.hpp"

namespace weft::test {

namespace {

/// Bytes that no compression makes smaller.
std::string noise_of(std::size_t size, std::uint64_t seed) {
  std::string out;
  while (out.size() < size) {
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    out += static_cast<char>(seed >> 56U);
  }
  return out;
}

} // namespace

const stream_origin stream_log::origin{database_id{{0x0123456789ABCDEFULL, 0xFEDCBA9876543210ULL}},
                                       first_lineage, shard_id(0)};

stream_log::stream_log() : names_(schema::bootstrap()) {}

void stream_log::add(const std::vector<some_facts>& facts, std::uint64_t noise) {
  weft::record r;
  r.t = head().next();
  r.when = instant(static_cast<std::int64_t>(1000 * (size() + 1)));
  std::shared_ptr<const schema> changed;
  for (const auto& some : facts) {
    if (names_->find(some.ident) == nullptr) {
      attribute a;
      a.id = attribute_id(
          static_cast<std::uint32_t>(limits::first_user_attribute + names_->attributes().size()));
      a.ident = some.ident;
      a.type = value_type::bytes_;
      names_ = changed = names_->with(a);
    }
    for (std::size_t i = 0; i < some.count; ++i)
      r.datoms.push_back({entity_id(limits::first_user_local + i), names_->find(some.ident)->id,
                          value::bytes(noise_of(some.bytes, ++noise)), r.t, true});
  }
  const auto payload = encode_record(r);
  WEFT_ASSERT(payload.has_value());
  const auto before = records_.empty() ? hash128{} : records_.back()->chain();
  records_.push_back(std::make_shared<const stream_record>(
      record_stamp{r.t, r.when}, before, chain(before, hash_of(*payload)),
      shared_bytes(std::make_shared<const bytes>(*payload))));
  schema_after_.push_back(changed);
}

void stream_log::add_many(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    add({{"a/x"}});
}

stream::stream_point stream_log::point(std::uint64_t t) const {
  if (t == 0)
    return {};
  return {record(t)->place(), record(t)->when()};
}

datom_list stream_log::passing(std::uint64_t t, const attribute_filter& filter) const {
  datom_list out;
  const auto decoded = record_view::decode(record(t)->payload());
  WEFT_ASSERT(decoded.has_value());
  for (const auto& d : decoded->datoms())
    if (filter.passes(names_->find(d.attribute)->ident))
      out.push_back(d.to_datom());
  return out;
}

stream::publisher::state stream_log::state(std::uint64_t t) const {
  auto names = schema::bootstrap();
  for (std::uint64_t i = 0; i < t; ++i)
    if (schema_after_[i])
      names = schema_after_[i];
  return {.origin = origin, .head = point(t), .schema = names};
}

std::vector<stream::publisher::committed_record> stream_log::committed(std::uint64_t from,
                                                                       std::uint64_t to) const {
  std::vector<stream::publisher::committed_record> out;
  for (auto t = from; t <= to; ++t) {
    const auto& r = record(t);
    out.push_back({r->t(), r->when(), r->chain(),
                   std::static_pointer_cast<const bytes>(r->shared_payload().owner),
                   schema_after_[t - 1]});
  }
  return out;
}

stream::publisher::log_read stream_log::read(tx_number after, std::size_t bytes) const {
  stream::publisher::log_read out{point(after.get()).place, {}};
  std::size_t taken = 0;
  for (auto t = after.get() + 1; t <= size() && (out.records.empty() || taken < bytes); ++t) {
    taken += record(t)->payload().size();
    out.records.push_back(record(t));
  }
  return out;
}

} // namespace weft::test
