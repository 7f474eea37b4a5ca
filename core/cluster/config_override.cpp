// Flags and environment: which node is meant, and which keys they override.
#include "weft/core/base/suggest.hpp"
#include "weft/core/cluster/config_draft.hpp"
#include "weft/core/cluster/config_scalar.hpp"

#include <fmt/format.h>

namespace weft {

namespace {

std::vector<std::string> ids_of(const config_draft& draft) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < draft.node_count(); ++i)
    out.push_back(draft.named(node_id_key, i).text);
  return out;
}

void choose_node(const config_inputs& inputs, config_draft& into) {
  const auto ids = ids_of(into);
  if (inputs.node.empty()) {
    if (ids.size() == 1)
      into.self = 0;
    return;
  }
  const auto found = std::ranges::find(ids, inputs.node);
  if (found != ids.end()) {
    into.self = static_cast<std::size_t>(found - ids.begin());
    return;
  }
  const auto near = nearest(inputs.node, ids);
  into.tell({.fault = config_fault::unknown_node,
             .pointer = "/nodes",
             .origin = inputs.node_origin,
             .reason = fmt::format("there is no node '{}'", excerpt(inputs.node)),
             .suggestion = near.empty() ? "choose one of the nodes of the file"
                                        : "did you mean \"" + near + "\"?"});
}

/// What an override is called in the table, and which node it is for.
struct meant {
  std::string key;
  std::optional<std::size_t> node = {};
  bool of_chosen_node = false;
  std::string unknown_node = {};
};

/// "nodes.n1.data_dir": behind "nodes.".
meant of_named_node(std::string_view rest, const config_draft& draft) {
  const auto dot = std::min(rest.find('.'), rest.size());
  const std::string id(rest.substr(0, dot));
  meant out{"node" + std::string(rest.substr(dot))};
  const auto ids = ids_of(draft);
  const auto found = std::ranges::find(ids, id);
  if (found == ids.end() || id.empty())
    out.unknown_node = id;
  else
    out.node = static_cast<std::size_t>(found - ids.begin());
  return out;
}

/// "/nodes/0/data_dir": behind the first slash, with dots for slashes.
meant of_pointer(std::string dotted, const config_draft& draft) {
  if (!dotted.starts_with("nodes."))
    return {std::move(dotted)};
  const auto rest = std::string_view(dotted).substr(6);
  const auto dot = std::min(rest.find('.'), rest.size());
  const auto number = parse_long(rest.substr(0, dot));
  meant out{"node" + std::string(rest.substr(dot))};
  if (number && *number >= 0 && static_cast<std::uint64_t>(*number) < draft.node_count())
    out.node = static_cast<std::size_t>(*number);
  else
    out.unknown_node = rest.substr(0, dot);
  return out;
}

meant understand(std::string_view name, const config_draft& draft) {
  if (name.starts_with('/')) {
    std::string dotted(name.substr(1));
    std::ranges::replace(dotted, '/', '.');
    return of_pointer(std::move(dotted), draft);
  }
  if (name.starts_with("nodes."))
    return of_named_node(name.substr(6), draft);
  meant out{std::string(name)};
  out.of_chosen_node = name.starts_with("node.");
  out.node = out.of_chosen_node ? draft.self : std::nullopt;
  return out;
}

config_issue issue_of(const config_override& o, config_fault fault, std::string reason,
                      std::string suggestion) {
  return {.fault = fault,
          .origin = o.origin,
          .reason = std::move(reason),
          .suggestion = std::move(suggestion)};
}

void tell_unknown(const config_override& o, config_draft& into) {
  std::vector<std::string> known;
  for (const auto& key : config_keys())
    if (key.name != node_id_key)
      known.emplace_back(key.name);
  const auto near = nearest(o.key, known);
  into.tell(issue_of(o, config_fault::unknown_key, fmt::format("unknown key '{}'", excerpt(o.key)),
                     near.empty() ? "" : "did you mean " + near + "?"));
}

void apply(const config_override& o, config_draft& into) {
  const auto target = understand(o.key, into);
  const auto keys = config_keys();
  const auto key = std::ranges::find(keys, target.key, &config_key::name);
  if (!target.unknown_node.empty() && into.node_count() > 0)
    return into.tell(issue_of(o, config_fault::unknown_node,
                              fmt::format("there is no node '{}'", excerpt(target.unknown_node)),
                              "choose one of the nodes of the file"));
  if (key == keys.end() || key->name == node_id_key ||
      (key->of_node() && !target.of_chosen_node && !target.node))
    return tell_unknown(o, into);
  if (key->of_node() && !target.node) { // of the chosen node, and none is
    if (into.node_count() > 1)
      into.tell(issue_of(o, config_fault::unknown_node, "of which node this is, is not said",
                         "choose the node: --node, WEFT_NODE"));
    return;
  }
  const key_place where{static_cast<std::size_t>(key - keys.begin()), target.node.value_or(0)};
  auto parsed = parse_scalar(*key, o.text);
  auto& slot = into.at(where);
  if (!parsed) {
    auto issue =
        issue_of(o, parsed.error().fault, parsed.error().reason, parsed.error().suggestion);
    issue.pointer = config_draft::pointer_of(where);
    slot.state = config_draft::state::broken;
    return into.tell(std::move(issue));
  }
  slot = {config_draft::state::given, std::move(*parsed), o.text, o.origin};
}

} // namespace

void apply_overrides(const config_inputs& inputs, config_draft& into) {
  choose_node(inputs, into);
  for (const auto source : {config_source::environment, config_source::flag})
    for (const auto& o : inputs.overrides)
      if (o.origin.source == source)
        apply(o, into);
}

} // namespace weft
