// Bytes as EDN: what is read prints and reads back equal, as EDN and as JSON; pieces of the text
// give the same forms as the whole; errors have a place inside the text.
#include "weft/core/base/assert.hpp"
#include "weft/core/base/limits.hpp"
#include "weft/core/datom/edn_reader.hpp"
#include "weft/core/datom/edn_value.hpp"
#include "weft/core/datom/json.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

using namespace weft;

namespace {

void check_place(std::string_view text, const error& e) {
  WEFT_ASSERT(e.code == errc::malformed_edn || e.code == errc::nesting_too_deep ||
              e.code == errc::invalid_value || e.code == errc::input_too_large);
  const auto line = std::stoul(std::string(e.field("line")));
  const auto column = std::stoul(std::string(e.field("column")));
  const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
  WEFT_ASSERT(line >= 1 && line <= lines && column >= 1 && column <= text.size() + 1);
}

/// All forms as text, the error's text behind them.
std::vector<std::string> forms_in_pieces(std::string_view text, std::size_t piece) {
  std::vector<std::string> out;
  edn_reader reader;
  for (;;) {
    const auto form = reader.next();
    if (!form) {
      out.push_back(form.error().to_string());
      return out;
    }
    if (*form) {
      out.push_back(to_edn((*form)->view()));
    } else if (reader.at_end()) {
      return out;
    } else if (text.empty()) {
      reader.finish();
    } else {
      reader.feed(text.substr(0, piece));
      text.remove_prefix(std::min(piece, text.size()));
    }
  }
}

/// As the value of an attribute of every type: refused with the place of a node, or a value of that
/// type which reads back equal.
void check_values(edn_view node) {
  const auto refused_well = [](const error& e) {
    return (e.code == errc::type_mismatch || e.code == errc::invalid_value ||
            e.code == errc::value_too_large) &&
           !e.field("line").empty();
  };
  for (auto type = value_type::boolean; type <= value_type::vector;
       type = static_cast<value_type>(static_cast<unsigned>(type) + 1)) {
    const auto v = read_value(node, type);
    if (!v) {
      WEFT_ASSERT(refused_well(v.error()));
      continue;
    }
    WEFT_ASSERT(v->type() == type && check(v->view()).has_value());
    const auto again = read_edn(to_edn(v->view()));
    WEFT_ASSERT(again && read_value(**again, type) == *v);
  }
  const std::array types = {value_type::long_, value_type::string};
  const auto pair = read_tuple(node, types);
  WEFT_ASSERT(pair ? pair->type() == value_type::tuple : refused_well(pair.error()));
  if (const auto v = infer_value(node)) {
    WEFT_ASSERT(read_value(node, v->type()) == *v);
    const auto again = read_edn(to_edn(v->view()));
    WEFT_ASSERT(again && infer_value(**again) == *v);
  }
}

/// A map finds what it holds.
void check_map(edn_view map) {
  WEFT_ASSERT(map.entries().size() == map.size());
  for (const auto [key, held] : map.entries())
    if (key.kind() == edn_kind::keyword)
      WEFT_ASSERT(map.find(key.as_keyword()) != nullptr && *map.find(key.as_keyword()) == held);
}

void check_tree(const edn& tree) {
  const auto text = to_edn(*tree);
  const auto again = read_edn(text);
  WEFT_ASSERT(again && *again == tree && to_edn(**again) == text);
  const auto json = read_json(to_json(*tree));
  // {"$map":...} and {"$tagged":...} need more nodes and text than EDN, but no more levels
  WEFT_ASSERT((json && *json == tree) || (!json && json.error().code == errc::input_too_large));
  check_values(*tree);
  if (tree->kind() == edn_kind::map)
    check_map(*tree);
  if (tree->kind() == edn_kind::vector)
    for (const edn_view item : tree->items())
      check_values(item);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto tree = read_edn(text);
  if (tree)
    check_tree(*tree);
  else
    check_place(text, tree.error());
  WEFT_ASSERT(forms_in_pieces(text, size % 7 + 1) == forms_in_pieces(text, size + 1));
  return 0;
}
