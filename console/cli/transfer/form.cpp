#include "weft/console/cli/transfer/form.hpp"

#include <algorithm>
#include <array>

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

operand without_nulls(const operand& x) {
  if (x.what() == operand::kind::list) {
    std::vector<operand> items;
    for (const auto& item : x.items())
      items.push_back(without_nulls(item));
    return list_of(std::move(items));
  }
  if (x.what() != operand::kind::map)
    return x;
  std::vector<map_entry> kept;
  for (const auto& entry : x.entries())
    if (!entry.value.is_nil())
      kept.push_back({entry.attribute, without_nulls(entry.value), entry.at});
  return map_of(std::move(kept));
}

bool has_null(const operand& x) {
  if (x.what() == operand::kind::list)
    return std::ranges::any_of(x.items(), has_null);
  return x.what() == operand::kind::map &&
         std::ranges::any_of(x.entries(), [](const map_entry& entry) {
           return entry.value.is_nil() || has_null(entry.value);
         });
}

} // namespace

bool is_of_history(const operation& op) {
  constexpr std::array<std::string_view, 5> names = {"e", "a", "v", "t", "added"};
  return op.what == operation::kind::put && op.value.entries().size() == names.size() &&
         std::ranges::all_of(op.value.entries(), [&](const map_entry& entry) {
           return std::ranges::find(names, entry.attribute) != names.end();
         });
}

void drop_nulls(form& f) {
  std::erase_if(f.operations, [](operation& op) {
    if (op.what != operation::kind::put || !has_null(op.value))
      return false;
    op.value = without_nulls(op.value);
    return op.value.entries().empty();
  });
}

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
