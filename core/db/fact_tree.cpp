#include "weft/core/db/fact_tree.hpp"

namespace weft {

namespace {

/// Entries or children of a node that is taken apart, with room for those that are added.
template <class T>
class gathered {
 public:
  void push(const T& x) { items_[size_++] = x; }
  [[nodiscard]] unsigned size() const noexcept { return size_; }
  [[nodiscard]] const T& operator[](unsigned i) const noexcept { return items_[i]; }

 private:
  std::array<T, slot_list::capacity + 2> items_;
  unsigned size_ = 0;
};

slot_list own_slots(const tree_node& node) noexcept {
  return slot_list(node.slots.load(std::memory_order_relaxed)); // the writer reads its own
}

} // namespace

bool fact_tree::less(const tree_entry& a, const tree_node& node, unsigned slot) const noexcept {
  return a.first != node.first[slot] ? a.first < node.first[slot] : less(a, node.entry(slot));
}

/// How many entries of the node are not greater.
unsigned fact_tree::position_in(const tree_node& node, slot_list slots,
                                const tree_entry& entry) const noexcept {
  return detail::count_before(
      node, slots, [&](const tree_node& n, unsigned slot) { return !less(entry, n, slot); });
}

// -- finding the leaf ---

tree_leaf* fact_tree::leaf_of(const tree_entry& entry) {
  if (finger_.leaf != nullptr && (!finger_.low || !less(entry, *finger_.low)) &&
      (!finger_.high || less(entry, *finger_.high)))
    return finger_.leaf;
  path way;
  return descend(entry, way);
}

const tree_node* fact_tree::cold_root(std::uint64_t first, std::uint64_t second) const noexcept {
  const auto place = std::pair(first, second);
  const auto place_of = [](const tree_entry& e) { return std::pair(e.first, e.second); };
  if (finger_.leaf != nullptr && (!finger_.low || place >= place_of(*finger_.low)) &&
      (!finger_.high || place < place_of(*finger_.high)))
    return nullptr;
  return root_.load(std::memory_order_relaxed);
}

tree_leaf* fact_tree::descend(const tree_entry& entry, path& way) {
  finger_ = {};
  auto* node = root_.load(std::memory_order_relaxed);
  way.root_level = node->level;
  while (node->level != 0) {
    auto* inner = static_cast<tree_inner*>(node);
    const auto slots = own_slots(*inner);
    const auto n = position_in(*inner, slots, entry);
    if (n != 0)
      finger_.low = inner->entry(slots[n - 1]);
    if (n < slots.size() && slots.size() > 1)
      finger_.high = inner->entry(slots[n == 0 ? 1 : n]);
    const auto at = n == 0 ? 0 : n - 1;
    way.steps[inner->level] = {inner, at};
    node = inner->child(slots[at]);
    node->prefetch();
  }
  finger_.leaf = static_cast<tree_leaf*>(node);
  return finger_.leaf;
}

// -- inserting ---

const stored_fact* fact_tree::insert(tree_memory& memory, const tree_entry& entry) {
  if (root_.load(std::memory_order_relaxed) == nullptr) {
    auto* leaf = memory.new_leaf();
    leaf->write(0, entry);
    leaf->publish(slot_list::first(1));
    root_.store(leaf, std::memory_order_release);
    last_inserted_ = entry.fact;
    return nullptr;
  }
  auto* leaf = leaf_of(entry);
  const auto slots = own_slots(*leaf);
  const auto at = position_in(*leaf, slots, entry);
  const stored_fact* behind = nullptr;
  if (at < slots.size())
    behind = leaf->fact(slots[at]);
  else if (const auto* next = leaf->next.load(std::memory_order_relaxed); next != nullptr)
    behind = next->fact(own_slots(*next)[0]); // only an only leaf can be empty
  if (slots.written() < slot_list::capacity) {
    leaf->write(slots.written(), entry);
    leaf->publish(slots.with_next_at(at));
  } else {
    divide(memory, leaf, at, entry);
  }
  last_inserted_ = entry.fact;
  return behind;
}

/// Inserts into a leaf that has no unwritten slot. Ascending runs leave full leaves behind them:
/// at the end of a leaf they go on in a new one, in the middle they push what follows out.
void fact_tree::divide(tree_memory& memory, tree_leaf* leaf, unsigned at, const tree_entry& entry) {
  path way;
  descend(entry, way);
  const auto slots = own_slots(*leaf);
  auto* before = leaf->previous.load(std::memory_order_relaxed);
  auto* behind = leaf->next.load(std::memory_order_relaxed);
  const bool ascending = at != 0 && leaf->fact(slots[at - 1]) == last_inserted_;
  finger_ = {};
  if (at == slots.size() && at > roomy && (ascending || behind == nullptr)) {
    auto* fresh = memory.new_leaf();
    fresh->write(0, entry);
    fresh->publish(slot_list::first(1));
    fresh->previous.store(leaf, std::memory_order_relaxed);
    fresh->next.store(behind, std::memory_order_relaxed);
    apply_edit(memory, way, 1, {false, {child_entry{entry, fresh}}, 1});
    leaf->next.store(fresh, std::memory_order_release);
    if (behind != nullptr)
      behind->previous.store(fresh, std::memory_order_release);
    return;
  }

  gathered<tree_entry> all;
  for (unsigned i = 0; i < slots.size(); ++i) {
    if (i == at)
      all.push(entry);
    all.push(leaf->entry(slots[i]));
  }
  if (at == slots.size())
    all.push(entry);
  const bool two = all.size() > roomy;
  const auto cut = !two ? all.size() : ascending && at + 1 < all.size() ? at + 1 : all.size() / 2;
  auto* left = memory.new_leaf();
  auto* right = two ? memory.new_leaf() : nullptr;
  for (unsigned i = 0; i < cut; ++i)
    left->write(i, all[i]);
  left->publish(slot_list::first(cut));
  left->previous.store(before, std::memory_order_relaxed);
  left->next.store(two ? right : behind, std::memory_order_relaxed);
  if (two) {
    for (unsigned i = cut; i < all.size(); ++i)
      right->write(i - cut, all[i]);
    right->publish(slot_list::first(all.size() - cut));
    right->previous.store(left, std::memory_order_relaxed);
    right->next.store(behind, std::memory_order_relaxed);
  }
  apply_edit(
      memory, way, 1,
      {true, {child_entry{all[0], left}, child_entry{all[two ? cut : 0], right}}, two ? 2U : 1U});
  if (before != nullptr)
    before->next.store(left, std::memory_order_release);
  if (behind != nullptr)
    behind->previous.store(two ? right : left, std::memory_order_release);
  memory.retire(leaf);
}

// -- inner nodes ---

void fact_tree::apply_edit(tree_memory& memory, const path& way, std::uint32_t level,
                           const edit& change) {
  if (level > way.root_level)
    return add_root(memory, change);
  const auto [node, at] = way.steps[level];
  auto slots = own_slots(*node);
  if (slots.written() + change.count > slot_list::capacity)
    return rebuild_inner(memory, way, level, change);
  // A replacement inherits the least entry of what it replaces, so that ranges stay as they are.
  const auto inherited = node->entry(slots[at]);
  auto position = at + 1;
  if (change.replace) {
    slots = slots.without(at);
    position = at;
  }
  for (unsigned i = 0; i < change.count; ++i) {
    const auto slot = slots.written();
    node->write(slot, change.replace && i == 0 ? inherited : change.fresh[i].least,
                change.fresh[i].node);
    slots = slots.with_next_at(position + i);
  }
  node->publish(slots);
}

void fact_tree::rebuild_inner(tree_memory& memory, const path& way, std::uint32_t level,
                              const edit& change) {
  const auto [node, at] = way.steps[level];
  const auto slots = own_slots(*node);
  const auto make = [&](const gathered<child_entry>& children, unsigned from, unsigned to) {
    auto* fresh = memory.new_inner(level);
    for (unsigned i = from; i < to; ++i)
      fresh->write(i - from, children[i].least, children[i].node);
    fresh->publish(slot_list::first(to - from));
    return child_entry{children[from].least, fresh};
  };
  gathered<child_entry> all;
  if (!change.replace && at + 1 == slots.size() && at >= roomy) { // an ascending run
    all.push(change.fresh[0]);
    return apply_edit(memory, way, level + 1, {false, {make(all, 0, 1)}, 1});
  }
  for (unsigned i = 0; i < slots.size(); ++i) {
    const child_entry old{node->entry(slots[i]), node->child(slots[i])};
    if (i != at || !change.replace)
      all.push(old);
    if (i != at)
      continue;
    for (unsigned k = 0; k < change.count; ++k)
      all.push(change.replace && k == 0 ? child_entry{old.least, change.fresh[0].node}
                                        : change.fresh[k]);
  }
  if (all.size() <= roomy) {
    apply_edit(memory, way, level + 1, {true, {make(all, 0, all.size())}, 1});
  } else {
    const bool ascending = !change.replace && at + 2 < all.size();
    const auto cut = ascending ? at + 2 : all.size() / 2;
    apply_edit(memory, way, level + 1, {true, {make(all, 0, cut), make(all, cut, all.size())}, 2});
  }
  memory.retire(node);
}

void fact_tree::add_root(tree_memory& memory, const edit& change) {
  auto* old = root_.load(std::memory_order_relaxed);
  if (change.replace && change.count == 1) {
    root_.store(change.fresh[0].node, std::memory_order_release);
    return;
  }
  const auto left =
      change.replace ? change.fresh[0] : child_entry{old->entry(own_slots(*old)[0]), old};
  const auto right = change.fresh[change.count - 1];
  WEFT_ASSERT(old->level + 1 < levels_max);
  auto* fresh = memory.new_inner(old->level + 1);
  fresh->write(0, left.least, left.node);
  fresh->write(1, right.least, right.node);
  fresh->publish(slot_list::first(2));
  root_.store(fresh, std::memory_order_release);
}

// -- building ---

namespace {

/// How many of `n` go to each of as few nodes as will do, the first ones taking one more.
class shares {
 public:
  shares(std::size_t n, std::size_t most) noexcept
      : nodes_((n + most - 1) / most), each_(n / nodes_), larger_(n % nodes_) {}
  [[nodiscard]] std::size_t nodes() const noexcept { return nodes_; }
  [[nodiscard]] std::size_t of(std::size_t node) const noexcept {
    return each_ + (node < larger_ ? 1 : 0);
  }

 private:
  std::size_t nodes_;
  std::size_t each_;
  std::size_t larger_;
};

} // namespace

void sort_entries(index_order order, std::span<tree_entry> entries) {
  constexpr std::size_t worth_merging = 8; // entries of a run, on average
  const auto before = [order](const tree_entry& a, const tree_entry& b) {
    return comes_before(order, a, b);
  };
  std::vector<std::size_t> ends;
  for (std::size_t i = 1; i < entries.size(); ++i)
    if (before(entries[i], entries[i - 1]))
      ends.push_back(i);
  if (ends.empty())
    return;
  if (ends.size() * worth_merging > entries.size()) {
    std::ranges::sort(entries, before);
    return;
  }
  ends.push_back(entries.size());
  std::vector<tree_entry> other(entries.size());
  std::span<tree_entry> from = entries;
  std::span<tree_entry> to = other;
  for (; ends.size() > 1; std::swap(from, to)) {
    std::size_t begin = 0;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < ends.size(); i += 2) {
      const auto middle = ends[i];
      const auto end = i + 1 < ends.size() ? ends[i + 1] : middle;
      std::ranges::merge(from.subspan(begin, middle - begin), from.subspan(middle, end - middle),
                         to.begin() + static_cast<std::ptrdiff_t>(begin), before);
      begin = end;
      ends[kept++] = end;
    }
    ends.resize(kept);
  }
  if (from.data() != entries.data())
    std::ranges::copy(from, entries.begin());
}

void fact_tree::build(tree_memory& memory, std::span<const tree_entry> sorted) {
  WEFT_ASSERT(empty());
  if (sorted.empty())
    return;
  std::vector<child_entry> nodes;
  tree_leaf* before = nullptr;
  const shares in_leaves(sorted.size(), built);
  for (std::size_t i = 0; i < in_leaves.nodes(); ++i) {
    const auto mine = sorted.first(in_leaves.of(i));
    sorted = sorted.subspan(mine.size());
    auto* leaf = memory.new_leaf();
    for (unsigned k = 0; k < mine.size(); ++k)
      leaf->write(k, mine[k]);
    leaf->publish(slot_list::first(static_cast<unsigned>(mine.size())));
    leaf->previous.store(before, std::memory_order_relaxed);
    if (before != nullptr)
      before->next.store(leaf, std::memory_order_release);
    nodes.push_back({mine.front(), leaf});
    before = leaf;
  }
  for (std::uint32_t level = 1; nodes.size() != 1; ++level) {
    WEFT_ASSERT(level < levels_max);
    std::vector<child_entry> above;
    std::span<const child_entry> rest(nodes);
    const shares in_inners(nodes.size(), built);
    for (std::size_t i = 0; i < in_inners.nodes(); ++i) {
      const auto mine = rest.first(in_inners.of(i));
      rest = rest.subspan(mine.size());
      auto* inner = memory.new_inner(level);
      for (unsigned k = 0; k < mine.size(); ++k)
        inner->write(k, mine[k].least, mine[k].node);
      inner->publish(slot_list::first(static_cast<unsigned>(mine.size())));
      above.push_back({mine.front().least, inner});
    }
    nodes = std::move(above);
  }
  root_.store(nodes.front().node, std::memory_order_release);
}

// -- warming ---

void tree_warming::run() noexcept {
  while (size_ != 0) {
    std::size_t under_way = 0;
    for (std::size_t i = 0; i < size_; ++i)
      if (step(searches_[i]))
        searches_[under_way++] = searches_[i];
    size_ = under_way;
  }
}

/// One level down; in a leaf, asks for the facts that will have to be compared, and ends.
bool tree_warming::step(search& s) noexcept {
  const auto slots = own_slots(*s.node);
  const auto n = detail::count_before(*s.node, slots, [&](const tree_node& node, unsigned slot) {
    return node.first[slot] != s.first ? node.first[slot] < s.first : node.second[slot] <= s.second;
  });
  if (s.node->level != 0) {
    s.node = static_cast<const tree_inner*>(s.node)->child(slots[n == 0 ? 0 : n - 1]);
    s.node->prefetch();
    return true;
  }
  for (auto i = n;
       i-- > 0 && s.node->first[slots[i]] == s.first && s.node->second[slots[i]] == s.second;)
    __builtin_prefetch(s.node->fact(slots[i]));
  return false;
}

// -- erasing ---

void fact_tree::erase(tree_memory& memory, const tree_entry& entry) {
  auto* leaf = leaf_of(entry);
  const auto slots = own_slots(*leaf);
  const auto behind = position_in(*leaf, slots, entry);
  WEFT_ASSERT(behind != 0 && leaf->fact(slots[behind - 1]) == entry.fact);
  leaf->publish(slots.without(behind - 1));
  const bool only = leaf->next.load(std::memory_order_relaxed) == nullptr &&
                    leaf->previous.load(std::memory_order_relaxed) == nullptr;
  if (slots.size() == 1 && !only)
    remove_leaf(memory, leaf, entry);
}

/// Takes an empty leaf out of the chain and out of the inner nodes above it. An inner node that
/// would become empty is taken out as it is, because readers who reached it need a child to go to.
void fact_tree::remove_leaf(tree_memory& memory, tree_leaf* leaf, const tree_entry& entry) {
  path way;
  descend(entry, way);
  finger_ = {};
  auto* before = leaf->previous.load(std::memory_order_relaxed);
  auto* behind = leaf->next.load(std::memory_order_relaxed);
  if (before != nullptr)
    before->next.store(behind, std::memory_order_release);
  if (behind != nullptr)
    behind->previous.store(before, std::memory_order_release);
  memory.retire(leaf);

  std::uint32_t level = 1;
  while (own_slots(*way.steps[level].node).size() == 1)
    memory.retire(way.steps[level++].node);
  const auto [node, at] = way.steps[level];
  node->publish(own_slots(*node).without(at));

  auto* root = root_.load(std::memory_order_relaxed);
  while (root->level != 0 && own_slots(*root).size() == 1) {
    auto* child = static_cast<tree_inner*>(root)->child(own_slots(*root)[0]);
    root_.store(child, std::memory_order_release);
    memory.retire(root);
    root = child;
  }
}

} // namespace weft
