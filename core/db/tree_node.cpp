#include "weft/core/db/tree_node.hpp"

namespace weft {

namespace {

void* take(std::vector<tree_node*>& free, arena& memory, std::size_t size) {
  if (free.empty())
    return memory.allocate(size, alignof(tree_node));
  void* at = free.back();
  free.pop_back();
  return at;
}

} // namespace

tree_leaf* tree_memory::new_leaf() {
  return new (take(free_leaves_, arena_, sizeof(tree_leaf))) tree_leaf;
}

tree_inner* tree_memory::new_inner(std::uint32_t level) {
  return new (take(free_inners_, arena_, sizeof(tree_inner))) tree_inner(level);
}

void tree_memory::retire(tree_node* node) {
  retired_.push_back({first_safe_, node});
}

void tree_memory::recycle(tx_number oldest_open) {
  while (!retired_.empty() && retired_.front().first_safe <= oldest_open) {
    auto* node = retired_.front().node;
    (node->level == 0 ? free_leaves_ : free_inners_).push_back(node);
    retired_.pop_front();
  }
}

} // namespace weft
