// EDN trees, EDN text and JSON text as requests: the shapes of docs/formats/transaction.md, nothing
// about their meaning.
#include "weft/core/datom/edn.hpp"
#include "weft/core/datom/edn_value.hpp"
#include "weft/core/datom/json.hpp"
#include "weft/core/tx/request.hpp"

#include <fmt/format.h>

namespace weft {

namespace {

using op_kind = operation::kind;

auto malformed(edn_view at, std::string detail) {
  return fail(error_at(at, error{errc::malformed_transaction, std::move(detail)}));
}

result<operand> to_operand(edn_view node);

result<std::vector<operand>> to_operands(std::span<const edn_view> nodes) {
  std::vector<operand> out;
  out.reserve(nodes.size());
  for (const auto node : nodes) {
    WEFT_TRY(out.emplace_back(), to_operand(node));
  }
  return out;
}

result<std::string> to_attribute(edn_view node) {
  if (node.kind() != edn_kind::keyword)
    return malformed(node,
                     fmt::format("an attribute is a keyword, not a {}", name_of(node.kind())));
  return std::string(node.as_keyword());
}

result<std::vector<map_entry>> to_entries(edn_view map) {
  std::vector<map_entry> out;
  out.reserve(map.size());
  for (const auto [key, value] : map.entries()) {
    auto& entry = out.emplace_back();
    WEFT_TRY(entry.attribute, to_attribute(key));
    WEFT_TRY(entry.value, to_operand(value));
    entry.at = value.position();
  }
  return out;
}

result<operand> to_operand(edn_view node) { // recursion: the tree's depth is limited
  switch (node.kind()) {
  case edn_kind::nil:
    return operand();
  case edn_kind::list:
  case edn_kind::vector:
  case edn_kind::set: {
    WEFT_TRY(auto items, to_operands(node.items()));
    return list_of(std::move(items));
  }
  case edn_kind::map: {
    WEFT_TRY(auto entries, to_entries(node));
    return map_of(std::move(entries));
  }
  case edn_kind::symbol:
    return malformed(node, fmt::format("the symbol {} is no value", node.as_symbol()));
  default: {
    WEFT_TRY(auto v, infer_value(node));
    return operand(std::move(v));
  }
  }
}

/// A list form: its name, how many operands it takes, and how they are placed.
struct form {
  std::string_view name;
  std::size_t operands_min;
  std::size_t operands_max;
  op_kind what;
};

constexpr auto forms = std::to_array<form>({
    {"db/add", 3, 3, op_kind::add},
    {"db/retract", 2, 3, op_kind::retract},
    {"db/retractEntity", 1, 1, op_kind::retract_entity},
    {"db.fn/retractEntity", 1, 1, op_kind::retract_entity},
    {"db/retractAttribute", 2, 2, op_kind::retract},
    {"db.fn/retractAttribute", 2, 2, op_kind::retract},
    {"db/cas", 4, 4, op_kind::cas},
    {"db.fn/cas", 4, 4, op_kind::cas},
});

result<operation> to_call(edn_view name, std::span<const edn_view> arguments) {
  operation op{.what = op_kind::call, .attribute = std::string(name.as_keyword())};
  WEFT_TRY(op.arguments, to_operands(arguments));
  return op;
}

result<operation> to_operation(const form& f, edn_view node) {
  const auto operands = node.items().subspan(1);
  if (operands.size() < f.operands_min || operands.size() > f.operands_max)
    return malformed(node,
                     fmt::format(":{} takes {} operands, not {}", f.name,
                                 f.operands_min == f.operands_max
                                     ? std::to_string(f.operands_max)
                                     : fmt::format("{} or {}", f.operands_min, f.operands_max),
                                 operands.size()));
  operation op{.what = f.what};
  WEFT_TRY(op.entity, to_operand(operands[0]));
  if (operands.size() > 1) {
    WEFT_TRY(op.attribute, to_attribute(operands[1]));
  }
  if (operands.size() > 2) {
    WEFT_TRY(op.value, to_operand(operands.back()));
    if (op.value.is_nil())
      return malformed(operands.back(), "nil is no value of a fact");
  }
  if (f.what == op_kind::cas) {
    WEFT_TRY(op.arguments.emplace_back(), to_operand(operands[2]));
  }
  return op;
}

/// No function has a name in these namespaces.
bool is_ours(std::string_view name) noexcept {
  return name.starts_with("db/") || name.starts_with("db.fn/");
}

tl::unexpected<error> unknown_operation(edn_view name) {
  std::string known;
  for (const auto& f : forms)
    if (f.name.starts_with("db/"))
      known += fmt::format(":{}, ", f.name);
  return malformed(name, fmt::format("there is no operation :{}; there are {}maps, and functions",
                                     name.as_keyword(), known));
}

result<operation> from_list(edn_view node) {
  if (node.size() == 0 || node.items()[0].kind() != edn_kind::keyword)
    return malformed(node, "an operation begins with a keyword, as in [:db/add ...]");
  const auto name = node.items()[0];
  for (const auto& f : forms)
    if (name.is_keyword(f.name))
      return to_operation(f, node);
  const bool by_name = name.is_keyword("db.fn/call");
  if (!by_name && is_ours(name.as_keyword()))
    return unknown_operation(name);
  if (!by_name)
    return to_call(name, node.items().subspan(1));
  if (node.size() < 2 || node.items()[1].kind() != edn_kind::keyword)
    return malformed(node, ":db.fn/call takes a function's name and its arguments");
  return to_call(node.items()[1], node.items().subspan(2));
}

result<operation> from_map(edn_view node) {
  operation op{.what = op_kind::put};
  WEFT_TRY(auto entries, to_entries(node));
  if (const auto* id = node.find("db/id")) {
    WEFT_TRY(op.entity, to_operand(*id));
    if (op.entity.is_nil())
      return malformed(*id, ":db/id is nil; leave it out for a new entity");
    std::erase_if(entries, [](const auto& entry) { return entry.attribute == "db/id"; });
  }
  op.value = map_of(std::move(entries));
  return op;
}

} // namespace

result<operation> parse_operation(edn_view form) {
  const bool is_list = form.kind() == edn_kind::vector || form.kind() == edn_kind::list;
  if (!is_list && form.kind() != edn_kind::map)
    return malformed(
        form, fmt::format("an operation is a vector or a map, not a {}", name_of(form.kind())));
  WEFT_TRY(auto op, is_list ? from_list(form) : from_map(form));
  op.at = form.position();
  return op;
}

result<tx_request> parse_transaction(edn_view text) {
  if (text.kind() != edn_kind::vector && text.kind() != edn_kind::list)
    return malformed(text, fmt::format("a transaction is a vector of operations, not a {}",
                                       name_of(text.kind())));
  tx_request out;
  out.reserve(text.size());
  for (const auto node : text.items()) {
    if (node.is_nil())
      continue; // what (when ...) leaves behind when a program composed the transaction
    WEFT_TRY(auto op, parse_operation(node));
    out.append(std::move(op));
  }
  return out;
}

result<tx_request> parse_edn_transaction(std::string_view text) {
  WEFT_TRY(const auto tree, read_edn(text));
  return parse_transaction(tree);
}

result<tx_request> parse_json_transaction(std::string_view text) {
  WEFT_TRY(const auto tree, read_json(text));
  WEFT_TRY(const auto transaction, transaction_from_json(tree));
  return parse_transaction(transaction);
}

} // namespace weft
