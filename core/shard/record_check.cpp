#include "weft/core/shard/record_check.hpp"

#include "weft/core/tx/schema/fold.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weft {

namespace {

auto corrupt(tx_number t, std::string what) {
  return fail(errc::log_corrupt, std::move(what), {{"t", std::to_string(t.get())}});
}

auto corrupt(const datom_view& d, std::string_view what) {
  return fail(errc::log_corrupt,
              fmt::format("a fact of transaction {} about entity {} and attribute {} {}", d.t.get(),
                          d.entity.get(), d.attribute.get(), what),
              {{"t", std::to_string(d.t.get())},
               {"entity", std::to_string(d.entity.get())},
               {"attribute", std::to_string(d.attribute.get())}});
}

} // namespace

result<record_view> record_check::next(bytes_view payload) {
  auto rec = record_view::decode(payload);
  const auto expected = head_.next();
  if (!rec)
    return fail(rec.error().code == errc::unsupported_version ? errc::unsupported_version
                                                              : errc::log_corrupt,
                fmt::format("the record of transaction {} cannot be read: {}", expected.get(),
                            rec.error().to_string()),
                {{"t", std::to_string(expected.get())}});
  WEFT_CHECK(follows(*rec));
  WEFT_CHECK(learn_schema(*rec));
  for (const auto& d : rec->datoms())
    WEFT_CHECK(allows(*rec, d));
  if (!dedup_.add(rec->t(), rec->request(), rec->request_hash()))
    return corrupt(
        expected,
        fmt::format("transaction {} answers a request that was executed before", expected.get()));
  head_ = rec->t();
  last_ = rec->when();
  ids_ = rec->next();
  return rec;
}

result<void> record_check::follows(const record_view& rec) const {
  const auto t = rec.t();
  if (t != head_.next())
    return corrupt(
        t, fmt::format("transaction {} stands where {} should", t.get(), head_.next().get()));
  if (rec.shard() != shard_)
    return corrupt(t, fmt::format("transaction {} is of shard {}, the log of shard {}", t.get(),
                                  rec.shard().get(), shard_.get()));
  if (rec.when() <= last_)
    return corrupt(
        t, fmt::format("the instant of transaction {} is not after the one before", t.get()));
  if (rec.next().next_local < ids_.next_local || rec.next().next_attribute < ids_.next_attribute)
    return corrupt(t, fmt::format("transaction {} would give ids away a second time", t.get()));
  return {};
}

result<void> record_check::learn_schema(const record_view& rec) {
  auto after = fold_schema(schema_, rec.datoms());
  if (!after)
    return corrupt(rec.t(), fmt::format("the facts of transaction {} give no schema: {}",
                                        rec.t().get(), after.error().to_string()));
  if (*after == schema_)
    return {};
  for (const auto* a : schema_->attributes())
    if ((*after)->find(a->id)->type != a->type)
      return corrupt(
          rec.t(), fmt::format("transaction {} changes the type of :{}", rec.t().get(), a->ident));
  schema_ = std::move(*after);
  return {};
}

result<void> record_check::allows(const record_view& rec, const datom_view& d) const {
  const auto* a = schema_->find(d.attribute);
  if (a == nullptr)
    return corrupt(d, "is of an attribute that nobody declared");
  if (a->type != d.value.type())
    return corrupt(d, "has a value that is not of its attribute's type");
  if (a->id == builtin::tx_instant)
    return corrupt(d, "says when a transaction was, which no fact does");
  if (!was_made(rec, d.entity))
    return corrupt(d, "is about an entity that was never made");
  return {};
}

/// Ids that are still to be given away have no facts: who gets one finds nothing.
bool record_check::was_made(const record_view& rec, entity_id e) const noexcept {
  if (const auto a = entity::to_attribute(e))
    return a->get() < rec.next().next_attribute;
  if (entity::shard_of(e) != shard_)
    return false;
  if (entity::is_transaction(e))
    return entity::transaction_of(e) <= rec.t();
  return entity::local_of(e) < rec.next().next_local;
}

} // namespace weft
