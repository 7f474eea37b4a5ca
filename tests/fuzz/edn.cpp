// Bytes as EDN: what is read prints and reads back equal, as EDN and as JSON; pieces of the text
// give the same forms as the whole; errors have a place inside the text.
#include "weft/core/base/assert.hpp"
#include "weft/core/base/limits.hpp"
#include "weft/core/datom/edn_reader.hpp"
#include "weft/core/datom/edn_value.hpp"
#include "weft/core/datom/json.hpp"

#include <algorithm>
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

void check_tree(const edn& tree) {
  const auto text = to_edn(*tree);
  const auto again = read_edn(text);
  WEFT_ASSERT(again && *again == tree && to_edn(**again) == text);
  const auto json = read_json(to_json(*tree));
  // {"$map":...} and {"$tagged":...} need more nodes and text than EDN, but no more levels
  WEFT_ASSERT((json && *json == tree) || (!json && json.error().code == errc::input_too_large));
  if (const auto v = infer_value(*tree)) {
    const auto node = read_edn(to_edn(v->view()));
    WEFT_ASSERT(node && infer_value(*node) == *v);
  }
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
