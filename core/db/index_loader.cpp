#include "weft/core/db/index_loader.hpp"

#include "weft/core/db/memory_source.hpp"

#include <fmt/format.h>

#include <utility>

namespace weft {

namespace {

bool same_fact(const tree_entry& a, const tree_entry& b) noexcept {
  return a.first == b.first && a.second == b.second && a.fact->attribute() == b.fact->attribute() &&
         a.fact->value() == b.fact->value();
}

} // namespace

index_loader::index_loader(memory_index& into)
    : into_(&into), tables_(std::make_shared<memory_tables>(into.shard_, into.schema_)),
      schema_(into.schema_) {
  WEFT_ASSERT(into.head() == tx_number(0));
  for (const auto& d : bootstrap_datoms())
    keep(view_of(d));
}

index_loader::~index_loader() = default;

void index_loader::add(tx_number t, instant when, std::span<const datom_view> datoms,
                       std::shared_ptr<const schema> schema_after) {
  WEFT_ASSERT(t == head_.next() && schema_after != nullptr);
  schema_ = std::move(schema_after);
  for (const auto& d : datoms) {
    WEFT_ASSERT(d.t == t);
    keep(d);
  }
  const auto self = entity::of_transaction(into_->shard_, t);
  keep({self, builtin::tx_instant, value_view::of(when), t, true});
  head_ = t;
  last_ = when;
}

void index_loader::keep(const datom_view& d) {
  const auto* a = schema_->find(d.attribute);
  WEFT_ASSERT(a != nullptr && a->type == d.value.type());
  const auto* fact = stored_fact::create(d.added ? tables_->facts : retractions_, d,
                                         !d.added && schema_->forgets(*a));
  auto& events = entity::is_transaction(d.entity) ? of_transactions_ : events_;
  events.push_back(entry_of(index_order::eavt, *fact, tables_->current.origin()));
}

/// Sorts the events and finds out what became of each fact.
result<index_loader::outcome> index_loader::settle() {
  sort_entries(index_order::eavt, events_);
  sort_entries(index_order::eavt, of_transactions_);
  events_.insert(events_.end(), of_transactions_.begin(), of_transactions_.end());
  of_transactions_ = {};
  sort_entries(index_order::eavt, events_); // they are, but for what other shards may have
  outcome out;
  out.live.reserve(events_.size());
  const std::span<tree_entry> all(events_);
  for (std::size_t begin = 0, end = 0; begin < all.size(); begin = end) {
    for (end = begin + 1; end < all.size() && same_fact(all[begin], all[end]);)
      ++end;
    WEFT_CHECK(settle_one(all.subspan(begin, end - begin), out));
  }
  events_ = {};
  return out;
}

/// All that was said about one entity, attribute and value, the newest first.
result<void> index_loader::settle_one(std::span<tree_entry> events, outcome& into) const {
  tree_entry* live = nullptr;
  for (auto i = events.size(); i-- > 0;) {
    // At one t, what was not live before is asserted first.
    if (live == nullptr && !events[i].fact->added() && i > 0 &&
        events[i - 1].fact->t() == events[i].fact->t())
      std::swap(events[i], events[i - 1]);
    const auto* event = events[i].fact;
    if (event->added() != (live == nullptr))
      return fail(impossible(*event));
    if (event->added()) {
      live = &events[i];
      continue;
    }
    // Constant for readers, and there are none yet.
    const_cast<stored_fact*>(live->fact)->set_retracted_at(event->t());
    if (event->forgets())
      live->fact = event; // which says no more than that
    live = nullptr;
  }
  for (const auto& entry : events)
    if (entry.fact->added())
      (entry.fact->retracted_at() == stored_fact::never ? into.live : into.ended).push_back(entry);
  return {};
}

error index_loader::impossible(const stored_fact& event) const {
  const auto d = event.view();
  return {errc::log_corrupt,
          fmt::format("transaction {} {}: :{} of entity {}", d.t.get(),
                      d.added ? "asserts what is live" : "retracts what is not live",
                      schema_->find(d.attribute)->ident, d.entity.get()),
          {{"t", std::to_string(d.t.get())},
           {"entity", std::to_string(d.entity.get())},
           {"attribute", std::to_string(d.attribute.get())}}};
}

result<void> index_loader::finish(const std::function<void(std::size_t, std::size_t)>& progress) {
  constexpr std::size_t passes = 4; // over all facts: sorted, settled, placed twice
  std::size_t done = 0;
  const auto total = passes * (events_.size() + of_transactions_.size());
  const auto tell = [&](std::size_t more) {
    done += more;
    if (progress)
      progress(done, total);
  };
  WEFT_TRY(const auto out, settle());
  tell(2 * total / passes);
  tables_->current.build(tables_->nodes, out.live, *schema_, tell);
  tables_->history.build(tables_->nodes, out.ended, *schema_, tell);
  into_->tables_ = std::move(tables_);
  into_->schema_ = schema_;
  into_->facts_live_ = out.live.size();
  into_->facts_history_ = out.ended.size();
  into_->publish(head_, last_, schema_);
  return {};
}

} // namespace weft
