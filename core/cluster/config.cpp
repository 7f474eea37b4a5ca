#include "weft/core/cluster/config.hpp"

#include "weft/core/cluster/config_draft.hpp"

#include <fmt/format.h>

#include <array>

namespace weft {

std::string_view name_of(config_fault fault) noexcept {
  constexpr std::array<std::string_view, 14> names = {
      "malformed_json", "unknown_key",   "duplicate_key",   "missing_key",   "wrong_type",
      "bad_value",      "out_of_range",  "duplicate_value", "contradiction", "insecure",
      "unknown_node",   "not_supported", "too_many",        "doubtful"};
  return names[static_cast<std::size_t>(fault)];
}

std::string operator/(const std::string& pointer, std::string_view name) {
  std::string out = pointer + "/";
  for (const char c : name) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

bool has_mistake(const config_issues& issues) noexcept {
  return !std::ranges::all_of(issues, &config_issue::is_warning);
}

namespace {

/// The file's in its order, then those of environment and flags.
void sort_issues(config_issues& issues) {
  std::ranges::stable_sort(issues, [](const config_issue& a, const config_issue& b) {
    const auto place = [](const config_issue& i) {
      const bool elsewhere = i.origin.source > config_source::file;
      return std::tuple(i.fault == config_fault::too_many, elsewhere, i.origin.at.line,
                        i.origin.at.column);
    };
    return place(a) < place(b);
  });
}

/// Where whoever found the mistake knows nothing better.
std::string usual_advice(config_fault fault) {
  switch (fault) {
  case config_fault::malformed_json:
    return "correct the JSON there; configs/single.json of the sources is an example";
  case config_fault::duplicate_key:
  case config_fault::duplicate_value:
    return "keep one of them";
  case config_fault::too_many:
    return "correct those first";
  default:
    return "`man weft.json` says what each key takes";
  }
}

/// Every place that a value can stand in, in the order of the table: of nodes only `chosen`, if
/// there is one.
template <class Use>
void for_each_place(std::size_t nodes, std::optional<std::size_t> chosen, Use&& use) {
  const auto keys = config_keys();
  for (std::size_t i = 0; i < keys.size();) {
    if (!keys[i].of_node()) {
      use(key_place{i});
      ++i;
      continue;
    }
    auto end = i;
    while (end < keys.size() && keys[end].of_node())
      ++end;
    for (std::size_t node = 0; node < nodes; ++node)
      for (auto k = i; k < end && (!chosen || *chosen == node); ++k)
        use(key_place{k, node});
    i = end;
  }
}

cluster_config value_of(const config_draft& draft) {
  cluster_config out;
  out.self = draft.self;
  out.nodes.resize(draft.node_count());
  node_config none;
  for_each_place(draft.node_count(), std::nullopt, [&](key_place p) {
    const auto& key = config_keys()[p.key];
    key.put(out, key.of_node() ? out.nodes[p.node] : none, draft.at(p).value);
  });
  return out;
}

std::vector<config_setting> settings_of(const config_draft& draft, bool only_given = false) {
  std::vector<config_setting> out;
  for_each_place(draft.node_count(), draft.self, [&](key_place p) {
    const auto& key = config_keys()[p.key];
    const auto& slot = draft.at(p);
    if (only_given && slot.state != config_draft::state::given)
      return;
    const auto name = key.of_node() ? "nodes." + draft.named(node_id_key, p.node).text +
                                          std::string(key.name.substr(4))
                                    : std::string(key.name);
    out.push_back({name, draft.pointer_of(p), slot.value, slot.text, slot.origin});
  });
  return out;
}

} // namespace

config_decoding decode_config(std::string_view text, const config_inputs& inputs) {
  config_draft draft;
  if (read_config_text(text, draft)) {
    apply_overrides(inputs, draft);
    apply_defaults(draft);
    check_together(draft);
  }
  config_decoding out;
  out.nodes_at = draft.nodes_at;
  sort_issues(draft.issues());
  out.issues = std::move(draft.issues());
  for (auto& issue : out.issues)
    if (issue.suggestion.empty())
      issue.suggestion = usual_advice(issue.fault);
  out.has_node = draft.self.has_value();
  out.understood = settings_of(draft, true);
  if (has_mistake(out.issues))
    return out;
  out.config = value_of(draft);
  out.settings = settings_of(draft);
  return out;
}

} // namespace weft
