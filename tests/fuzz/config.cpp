// Bytes as a configuration: a value or mistakes, never both and never neither; every mistake has a
// place in the text; what is effective, given by flags to a smaller text, is effective again.
//
// What stands before a zero byte is a list of overrides KEY=VALUE, one on each line.
#include "weft/core/cluster/config.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/core/base/limits.hpp"
#include "weft/core/cluster/config_keys.hpp"
#include "weft/core/datom/json_tree.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>

using namespace weft;

namespace {

std::vector<config_override> overrides_of(std::string_view text) {
  std::vector<config_override> out;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    const auto equals = std::min(line.find('='), line.size());
    out.push_back({std::string(line.substr(0, equals)),
                   std::string(line.substr(std::min(equals + 1, line.size()))),
                   {out.size() % 2 == 0 ? config_source::flag : config_source::environment, "x"}});
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return out;
}

void check_issues(std::string_view text, const config_decoding& c) {
  const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
  WEFT_ASSERT(c.config.has_value() != has_mistake(c.issues));
  WEFT_ASSERT(c.config.has_value() != c.settings.empty());
  WEFT_ASSERT(c.issues.size() <= limits::config_issues_max + 1);
  for (const auto& issue : c.issues) {
    WEFT_ASSERT(!issue.reason.empty());
    WEFT_ASSERT(issue.origin.at.line <= lines);
    WEFT_ASSERT(issue.pointer.empty() || issue.pointer.starts_with('/'));
  }
}

/// The nodes' names alone; all else is said by flags.
std::string skeleton(const cluster_config& c) {
  std::string out;
  for (const auto& node : c.nodes)
    out += (out.empty() ? R"({"nodes": [{"id": ")" : R"(, {"id": ")") + node.id + "\"}";
  return out + "]}";
}

void check_effective(const std::string& node, const config_decoding& all) {
  std::vector<config_override> flags;
  for (const auto& s : all.settings)
    if (!s.text.empty() && !s.key.ends_with(".id"))
      flags.push_back({s.key, s.text, {config_source::flag, "x"}});
  const auto again = decode_config(skeleton(*all.config), {.node = node, .overrides = flags});
  WEFT_ASSERT(again.config.has_value() && again.settings.size() == all.settings.size());
  for (std::size_t i = 0; i < all.settings.size(); ++i) {
    WEFT_ASSERT(again.settings[i].key == all.settings[i].key);
    WEFT_ASSERT(again.settings[i].value == all.settings[i].value);
    WEFT_ASSERT(again.settings[i].text == all.settings[i].text);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto zero = input.find('\0');
  const auto text = zero == std::string_view::npos ? input : input.substr(zero + 1);
  const config_inputs inputs{
      .overrides = overrides_of(zero == std::string_view::npos ? "" : input.substr(0, zero))};
  const auto all = decode_config(text, inputs);
  check_issues(text, all);
  if (read_json_tree(text))
    WEFT_ASSERT(nlohmann::json::accept(text));
  if (!all.config)
    return 0;
  for (const auto& issue : check_runnable(all))
    WEFT_ASSERT(!issue.suggestion.empty());
  check_effective("", all);
  for (const auto& node : all.config->nodes) {
    auto chosen = inputs;
    chosen.node = node.id;
    const auto view = decode_config(text, chosen);
    check_issues(text, view);
    WEFT_ASSERT(view.config.has_value() || !inputs.overrides.empty());
  }
  return 0;
}
