#include "weft/core/db/fact_forest.hpp"

#include <algorithm>
#include <bit>

namespace weft {

// -- readers ---

const attribute_trees* fact_forest::find(attribute_id a) const noexcept {
  const auto& trees = published().trees;
  return a.get() < trees.size() ? trees[a.get()].load(std::memory_order_acquire) : nullptr;
}

const attribute_trees* fact_forest::at_or_behind(attribute_id a) const noexcept {
  const auto& trees = published().trees;
  for (std::size_t i = a.get(); i < trees.size(); ++i)
    if (const auto* found = trees[i].load(std::memory_order_acquire))
      return found;
  return nullptr;
}

const attribute_trees* fact_forest::at_or_before(attribute_id a) const noexcept {
  const auto& trees = published().trees;
  for (auto i = std::min<std::size_t>(a.get(), trees.size() - 1) + 1; i-- > 0;)
    if (const auto* found = trees[i].load(std::memory_order_acquire))
      return found;
  return nullptr;
}

// -- the writer ---

void fact_forest::warm(tree_warming& warming, const datom_view& d) const noexcept {
  const auto add = [&](const fact_tree& tree) {
    const auto words = words_of(tree.order(), d.entity, d.attribute, d.value, origin_);
    warming.add(tree, words.first, words.second);
  };
  add(eavt_);
  if (const auto* trees = find(d.attribute)) {
    add(trees->aevt);
    if (trees->in_avet)
      add(trees->avet);
  }
  if (d.value.type() == value_type::ref)
    add(vaet_);
}

const stored_fact* fact_forest::insert(tree_memory& memory, const stored_fact& fact, bool in_avet) {
  auto& trees = trees_of(memory, fact, in_avet);
  const auto add = [&](fact_tree& tree) {
    return tree.insert(memory, entry_of(tree.order(), fact, origin_));
  };
  const auto* behind = add(eavt_);
  add(trees.aevt);
  if (trees.in_avet)
    add(trees.avet);
  if (fact.type() == value_type::ref)
    add(vaet_);
  return behind;
}

void fact_forest::insert_into(index_order order, tree_memory& memory, const stored_fact& fact) {
  auto& trees = trees_of(memory, fact, false);
  const auto tree = [&]() -> fact_tree& {
    switch (order) {
    case index_order::eavt:
      return eavt_;
    case index_order::aevt:
      return trees.aevt;
    case index_order::avet:
      return trees.avet;
    case index_order::vaet:
      break;
    }
    return vaet_;
  };
  tree().insert(memory, entry_of(order, fact, origin_));
}

void fact_forest::erase(tree_memory& memory, const stored_fact& fact) {
  auto* trees = published().trees[fact.attribute().get()].load(std::memory_order_relaxed);
  const auto remove = [&](fact_tree& tree) {
    tree.erase(memory, entry_of(tree.order(), fact, origin_));
  };
  remove(eavt_);
  remove(trees->aevt);
  if (trees->in_avet)
    remove(trees->avet);
  if (fact.type() == value_type::ref)
    remove(vaet_);
}

void fact_forest::learn(tree_memory& memory, const schema& s) {
  for (const auto& trees : all_trees_)
    if (const auto* a = s.find(trees->id); a != nullptr && a->in_avet() && !trees->in_avet)
      fill_avet(memory, *trees);
}

attribute_trees& fact_forest::trees_of(tree_memory& memory, const stored_fact& fact, bool in_avet) {
  const auto id = fact.attribute();
  if (id.get() >= published().trees.size())
    grow(std::bit_ceil(id.get() + 1U));
  auto& slot = directories_.back()->trees[id.get()];
  auto* trees = slot.load(std::memory_order_relaxed);
  if (trees == nullptr) {
    all_trees_.push_back(std::make_unique<attribute_trees>(id, fact.type()));
    trees = all_trees_.back().get();
    trees->in_avet = in_avet;
    slot.store(trees, std::memory_order_release);
  }
  WEFT_ASSERT(trees->type == fact.type());
  if (in_avet && !trees->in_avet)
    fill_avet(memory, *trees);
  return *trees;
}

// -- building ---

namespace {

/// The same facts by attribute, and within an attribute in the order they had.
class by_attribute {
 public:
  explicit by_attribute(std::span<const tree_entry> facts) : entries_(facts.size()) {
    for (const auto& entry : facts) {
      const std::size_t id = entry.fact->attribute().get();
      if (id >= ends_.size())
        ends_.resize(id + 1);
      ++ends_[id];
    }
    std::size_t begin = 0; // until its facts are there, the end of an attribute is its beginning
    for (auto& end : ends_)
      begin += std::exchange(end, begin);
    for (const auto& entry : facts)
      entries_[ends_[entry.fact->attribute().get()]++] = entry;
  }

  [[nodiscard]] std::size_t ids() const noexcept { return ends_.size(); }
  [[nodiscard]] std::span<tree_entry> of(std::size_t id) noexcept {
    const auto begin = id == 0 ? 0 : ends_[id - 1];
    return std::span(entries_).subspan(begin, ends_[id] - begin);
  }

 private:
  std::vector<tree_entry> entries_;
  std::vector<std::size_t> ends_; // by id
};

} // namespace

void fact_forest::build(tree_memory& memory, std::span<const tree_entry> sorted, const schema& s,
                        const std::function<void(std::size_t)>& placed) {
  eavt_.build(memory, sorted);
  placed(sorted.size());
  by_attribute groups(sorted);
  std::vector<tree_entry> refs;
  for (std::size_t id = 0; id < groups.ids(); ++id) {
    const auto facts = groups.of(id);
    if (facts.empty())
      continue;
    const auto* a = s.find(attribute_id(static_cast<std::uint32_t>(id)));
    WEFT_ASSERT(a != nullptr);
    build(memory, trees_of(memory, *facts.front().fact, a->in_avet()), facts);
    if (a->type == value_type::ref)
      for (const auto& entry : facts)
        refs.push_back(entry_of(index_order::vaet, *entry.fact, origin_));
    placed(facts.size());
  }
  sort_entries(index_order::vaet, refs);
  vaet_.build(memory, refs);
}

/// `facts` are sorted by entity and value, which is the order of aevt.
void fact_forest::build(tree_memory& memory, attribute_trees& trees,
                        std::span<tree_entry> facts) const {
  for (auto& entry : facts)
    entry = entry_of(index_order::aevt, *entry.fact, origin_);
  trees.aevt.build(memory, facts);
  if (!trees.in_avet)
    return;
  for (auto& entry : facts)
    entry = entry_of(index_order::avet, *entry.fact, origin_);
  sort_entries(index_order::avet, facts);
  trees.avet.build(memory, facts);
}

// -- the attributes' trees ---

/// A larger directory with the same trees; readers of the old one miss only what comes later.
void fact_forest::grow(std::size_t size) {
  auto larger = std::make_unique<directory>(size);
  if (!directories_.empty()) {
    const auto& old = directories_.back()->trees;
    for (std::size_t i = 0; i < old.size(); ++i)
      larger->trees[i].store(old[i].load(std::memory_order_relaxed), std::memory_order_relaxed);
  }
  directory_.store(larger.get(), std::memory_order_release);
  directories_.push_back(std::move(larger));
}

void fact_forest::fill_avet(tree_memory& memory, attribute_trees& trees) const {
  trees.in_avet = true;
  auto at = trees.aevt.begin();
  for (at.settle_forward(); at.valid(); at.next())
    trees.avet.insert(memory, entry_of(index_order::avet, *at.fact(), origin_));
}

} // namespace weft
