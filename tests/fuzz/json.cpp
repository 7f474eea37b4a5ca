// Bytes as JSON: nothing is read that another parser refuses; what is read prints and reads back
// equal, as JSON and as EDN.
#include "weft/core/datom/json.hpp"

#include "weft/core/base/assert.hpp"
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

/// A value, and a datom that says it, as JSON.
void check_value(edn_view node) {
  const auto v = infer_value(node);
  if (!v)
    return;
  const auto again = read_json(to_json(v->view()));
  WEFT_ASSERT(again && infer_value(**again) == *v);
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
