#include "weft/console/cli/transfer/form.hpp"

#include <algorithm>

namespace weft::console {

namespace {

// Operands are trees of at most limits::nesting_depth_max levels: recursion is bounded.

std::uint64_t count(const operand& x) {
  std::uint64_t out = 0;
  switch (x.what()) {
  case operand::kind::list:
    for (const auto& item : x.items())
      out += count(item);
    return out;
  case operand::kind::map:
    for (const auto& entry : x.entries())
      out += entry.attribute == "db/id" ? 0 : count(entry.value);
    return out + 1; // and the reference to it
  default:
    return 1;
  }
}

bool about_attributes(const operation& op) {
  if (op.what != operation::kind::put)
    return op.attribute.starts_with("db/") || op.attribute == "weft/check";
  return std::ranges::any_of(op.value.entries(), [](const map_entry& entry) {
    return entry.attribute.starts_with("db/") || entry.attribute == "weft/check";
  });
}

} // namespace

std::uint64_t count_facts(const form& f) {
  std::uint64_t out = 0;
  for (const auto& op : f.operations)
    out += op.what == operation::kind::put ? count(op.value) - 1 : 1;
  return out;
}

bool changes_schema(const form& f) {
  return std::ranges::any_of(f.operations, about_attributes);
}

} // namespace weft::console
