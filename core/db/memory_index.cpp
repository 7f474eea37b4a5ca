#include "weft/core/db/memory_index.hpp"

#include "weft/core/db/memory_source.hpp"

#include <algorithm>

namespace weft {

namespace {

bool same_fact(const stored_fact& a, const datom_view& b) noexcept {
  return a.entity() == b.entity && a.attribute() == b.attribute && a.value() == b.value;
}

} // namespace

memory_index::memory_index(std::shared_ptr<const schema> initial, shard_id shard)
    : tables_(std::make_shared<memory_tables>(shard, initial)), schema_(initial), shard_(shard) {
  for (const auto& d : bootstrap_datoms())
    assert_fact(view_of(d));
  publish(tx_number(0), instant(0), std::move(initial));
}

memory_index::~memory_index() = default;

// -- the writer ---

void memory_index::apply(tx_number t, instant when, std::span<const datom_view> datoms,
                         std::shared_ptr<const schema> schema_after) noexcept {
  WEFT_ASSERT(t == head().next() && schema_after != nullptr);
  tables_->nodes.set_first_safe(t);
  if (schema_after != schema_) {
    schema_ = schema_after;
    tables_->current.learn(tables_->nodes, *schema_);
    tables_->history.learn(tables_->nodes, *schema_);
  }
  for (auto rest = datoms; !rest.empty();) {
    const auto group = rest.first(std::min(rest.size(), datoms_per_warming));
    warm(group);
    for (const auto& d : group) {
      WEFT_ASSERT(d.t == t);
      d.added ? assert_fact(d) : retract_fact(d);
    }
    rest = rest.subspan(group.size());
  }
  datoms_.fetch_add(datoms.size(), std::memory_order_relaxed);
  const auto self = entity::of_transaction(shard_, t);
  assert_fact({self, builtin::tx_instant, value_view::of(when), t, true});
  publish(t, when, std::move(schema_after));
  remove_ended(datoms.size() + removals_per_apply);
}

void memory_index::warm(std::span<const datom_view> datoms) const {
  tree_warming warming;
  for (const auto& d : datoms) {
    tables_->current.warm(warming, d);
    if (!d.added)
      tables_->history.warm(warming, d);
  }
  warming.run();
}

void memory_index::assert_fact(const datom_view& d) {
  const auto* a = schema_->find(d.attribute);
  WEFT_ASSERT(a != nullptr && a->type == d.value.type());
  const auto* fact = stored_fact::create(tables_->facts, d);
  const auto* behind = tables_->current.insert(tables_->nodes, *fact, a->in_avet());
  // Newest first: if it were live already, that would be the next one.
  WEFT_ASSERT(behind == nullptr || behind->retracted_at() != stored_fact::never ||
              !same_fact(*behind, d));
  facts_live_.fetch_add(1, std::memory_order_relaxed);
}

void memory_index::retract_fact(const datom_view& d) {
  const auto* a = schema_->find(d.attribute);
  auto* fact = find_live(d);
  WEFT_ASSERT(a != nullptr && fact != nullptr);
  fact->set_retracted_at(d.t);
  ended_.push_back(fact);
  facts_kept_.fetch_add(1, std::memory_order_relaxed);
  facts_live_.fetch_sub(1, std::memory_order_relaxed);
  if (schema_->forgets(*a))
    return;
  tables_->history.insert(tables_->nodes, *fact, a->in_avet());
  facts_history_.fetch_add(1, std::memory_order_relaxed);
}

stored_fact* memory_index::find_live(const datom_view& d) const {
  const components exactly{.entity = d.entity, .attribute = d.attribute, .value = d.value};
  const tree_bound bound(index_order::eavt, exactly, tables_->current.origin(), d.value.type());
  auto at = tables_->current.eavt().seek(
      [&](const tree_node& node, unsigned slot) { return bound(node, slot) < 0; });
  at.settle_forward();
  if (!at.valid() || !same_fact(*at.fact(), d) || at.fact()->retracted_at() != stored_fact::never)
    return nullptr;
  return const_cast<stored_fact*>(at.fact()); // constant for readers, not for the writer
}

void memory_index::publish(tx_number t, instant when, std::shared_ptr<const schema> schema_after) {
  const auto oldest = tables_->bases.publish(t, std::move(schema_after));
  last_instant_.store(when.get(), std::memory_order_release);
  head_.store(t.get(), std::memory_order_release);
  tables_->nodes.recycle(oldest);
  tables_->nodes.set_first_safe(t.next()); // whoever opens now may read what is replaced next
  bytes_.store(tables_->facts.bytes() + tables_->nodes.bytes(), std::memory_order_relaxed);
}

// -- what ended ---

void memory_index::remove_ended(std::size_t most) {
  if (!ended_.empty())
    place({head(), std::exchange(ended_, {})});
  for (auto& released : tables_->bases.take_released())
    place(std::move(released));
  for (; most != 0 && !removals_.empty(); --most) {
    tables_->current.erase(tables_->nodes, *removals_.back());
    removals_.pop_back();
    facts_kept_.fetch_sub(1, std::memory_order_relaxed);
  }
}

/// Splits what ended into what an open view still sees, which waits with the newest of these, and
/// what nobody does.
void memory_index::place(ended_facts ended) {
  while (!ended.facts.empty()) {
    const auto newest = tables_->bases.newest_below(ended.retracted_at);
    const auto unseen =
        std::partition(ended.facts.begin(), ended.facts.end(),
                       [&](const auto* fact) { return newest && fact->t() <= *newest; });
    removals_.insert(removals_.end(), unseen, ended.facts.end());
    ended.facts.erase(unseen, ended.facts.end());
    if (ended.facts.empty() || tables_->bases.keep(*newest, ended))
      return;
  }
}

// -- any thread ---

view memory_index::open() const {
  const auto opened = tables_->bases.open();
  return view(std::make_shared<memory_source>(tables_, opened), opened.schema, opened.basis);
}

memory_index::statistics memory_index::stats() const noexcept {
  return {facts_live_.load(std::memory_order_relaxed),
          facts_history_.load(std::memory_order_relaxed),
          facts_kept_.load(std::memory_order_relaxed), bytes_.load(std::memory_order_relaxed),
          datoms_.load(std::memory_order_relaxed)};
}

} // namespace weft
