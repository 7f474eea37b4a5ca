#include "support/trees.hpp"

#include "support/generators.hpp"

#include "weft/core/datom/edn_builder.hpp"

#include <algorithm>
#include <functional>

namespace weft {

std::ostream& operator<<(std::ostream& out, const edn& tree) {
  return out << to_edn(tree.view());
}

namespace test {

namespace {

/// What makes the node with a builder.
using tree_recipe = std::function<void(edn_builder&)>;

rc::Gen<std::string> any_symbol() {
  return rc::gen::element<std::string>("?e", "$", "%", "...", "_", ".", "/", "a/b", "+", "-", "-a",
                                       "=", "<=", "get-else", "a#", "nils", "\xCE\xBB", "*");
}

rc::Gen<tree_recipe> scalar_recipe() {
  const auto of_value = rc::gen::map(any_scalar(), [](value v) {
    return tree_recipe([v = std::move(v)](edn_builder& b) { b.add(v.view()); });
  });
  const auto symbol = rc::gen::map(any_symbol(), [](std::string s) {
    return tree_recipe([s = std::move(s)](edn_builder& b) { b.symbol(s); });
  });
  const auto nil = rc::gen::just(tree_recipe([](edn_builder& b) { b.nil(); }));
  return rc::gen::weightedOneOf<tree_recipe>({{8, of_value}, {2, symbol}, {1, nil}});
}

/// A collection of these children; keys that occur twice are left out.
tree_recipe collection_recipe(edn_kind kind, std::vector<tree_recipe> children) {
  return [kind, children = std::move(children)](edn_builder& b) {
    const std::size_t step = kind == edn_kind::map ? 2 : 1;
    std::vector<edn> keys;
    b.begin(kind);
    for (std::size_t i = 0; i + step <= children.size(); i += step) {
      edn_builder alone;
      children[i](alone);
      const auto key = alone.finish().value();
      const bool known = std::find(keys.begin(), keys.end(), key) != keys.end();
      if (kind >= edn_kind::set && known)
        continue;
      keys.push_back(key);
      for (std::size_t k = 0; k < step; ++k)
        children[i + k](b);
    }
    b.end();
  };
}

rc::Gen<tree_recipe> any_recipe(int levels) {
  if (levels == 0)
    return scalar_recipe();
  const auto child = any_recipe(levels - 1);
  const auto children = rc::gen::mapcat(rc::gen::inRange<std::size_t>(0, 6), [child](auto n) {
    return rc::gen::container<std::vector<tree_recipe>>(n, child);
  });
  const auto kind =
      rc::gen::element(edn_kind::list, edn_kind::vector, edn_kind::set, edn_kind::map);
  const auto collection = rc::gen::map(rc::gen::pair(kind, children), [](auto p) {
    return collection_recipe(p.first, std::move(p.second));
  });
  const auto tagged = rc::gen::map(any_recipe(levels - 1), [](tree_recipe form) {
    return tree_recipe([form = std::move(form)](edn_builder& b) {
      b.begin_tagged("my.app/tag");
      form(b);
      b.end();
    });
  });
  return rc::gen::weightedOneOf<tree_recipe>({{4, collection}, {1, tagged}, {1, scalar_recipe()}});
}

} // namespace

rc::Gen<edn> any_tree() {
  return rc::gen::map(any_recipe(3), [](const tree_recipe& recipe) {
    edn_builder b;
    recipe(b);
    return b.finish().value();
  });
}

} // namespace test
} // namespace weft
