// Bytes as JSON: nothing is read that another parser refuses; what is read prints and reads back
// equal, as JSON and as EDN.
#include "weft/core/datom/json.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/core/base/limits.hpp"
#include "weft/core/datom/edn_builder.hpp"
#include "weft/core/datom/edn_value.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>

using namespace weft;

namespace {

void check_error(std::string_view text, const error& e) {
  WEFT_ASSERT(e.code == errc::malformed_json || e.code == errc::nesting_too_deep ||
              e.code == errc::input_too_large);
  const auto line = std::stoul(std::string(e.field("line")));
  const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
  WEFT_ASSERT(line >= 1 && line <= lines);
}

void build(edn_builder& to, edn_view node);

void build_items(edn_builder& to, edn_view node) {
  if (node.kind() == edn_kind::tagged)
    to.begin_tagged(node.tag());
  else
    to.begin(node.kind());
  if (node.kind() == edn_kind::tagged) {
    build(to, node.form());
  } else if (node.kind() == edn_kind::map) {
    for (const auto [key, held] : node.entries()) {
      build(to, key);
      build(to, held);
    }
  } else {
    for (const edn_view item : node.items())
      build(to, item);
  }
  to.end();
}

/// Says a tree to a builder, as a program would.
void build(edn_builder& to, edn_view node) {
  switch (node.kind()) {
  case edn_kind::nil:
    return to.nil();
  case edn_kind::boolean:
    return to.boolean(node.as_bool());
  case edn_kind::long_:
    return to.long_(node.as_long());
  case edn_kind::double_:
    return to.double_(node.as_double());
  case edn_kind::instant_:
    return to.instant_(node.as_instant());
  case edn_kind::uuid_:
    return to.uuid_(node.as_uuid());
  case edn_kind::ref:
    return to.ref(node.as_ref());
  case edn_kind::string:
    return to.string(node.as_string());
  case edn_kind::bytes_:
    return to.bytes_(node.as_bytes());
  case edn_kind::keyword:
    return to.keyword(node.as_keyword());
  case edn_kind::symbol:
    return to.symbol(node.as_symbol());
  default:
    return build_items(to, node);
  }
}

void check_built(const edn& tree) {
  edn_builder b;
  build(b, *tree);
  WEFT_ASSERT(b.ok() && b.depth() == 0 && b.finish() == tree);
  b.begin(edn_kind::vector);
  b.add(*tree);
  b.end();
  const auto around = b.finish();
  const bool deepest = tree->depth() >= limits::nesting_depth_max;
  WEFT_ASSERT(around ? (*around)->items()[0] == *tree
                     : deepest || around.error().code == errc::input_too_large);
}

/// A value, and a datom that says it, as JSON.
void check_value(edn_view node) {
  const auto v = infer_value(node);
  if (!v)
    return;
  const auto again = read_json(to_json(v->view()));
  WEFT_ASSERT(again && infer_value(**again) == *v);
  edn_builder b;
  b.add(v->view());
  const auto built = b.finish();
  WEFT_ASSERT(built && infer_value(**built) == *v);
  for (const auto a : {builtin::doc, attribute_id(1U << 20U)}) {
    const datom_view d{entity_id(17), a, v->view(), tx_number(1), true};
    const auto object = read_json(to_json(d, *schema::bootstrap()));
    WEFT_ASSERT(object && *(*object)->find("v") == **again);
  }
}

void check_tree(const edn& tree) {
  const auto text = to_json(*tree);
  const auto again = read_json(text);
  WEFT_ASSERT(again && *again == tree && to_json(**again) == text);
  const auto plain = read_edn(to_edn(*tree));
  WEFT_ASSERT(plain && *plain == tree);
  check_built(tree);
  check_value(*tree);
  if (tree->kind() == edn_kind::vector)
    for (const edn_view item : tree->items())
      check_value(item);
  if (const auto transaction = transaction_from_json(*tree))
    WEFT_ASSERT(transaction_from_json(**transaction) == transaction);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto tree = read_json(text);
  WEFT_ASSERT(!tree || nlohmann::json::accept(text));
  if (tree)
    check_tree(*tree);
  else
    check_error(text, tree.error());
  return 0;
}
