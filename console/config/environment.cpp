#include "weft/console/config/environment.hpp"

#include "weft/core/base/suggest.hpp"
#include "weft/core/cluster/config_keys.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <unistd.h>

namespace weft::console {

namespace {

constexpr std::string_view prefix = "WEFT_";
constexpr std::string_view node_variable = "WEFT_NODE";

/// What the command line reads by these names.
constexpr std::array<std::string_view, 4> others = {"WEFT_DATA", "WEFT_OUTPUT", "WEFT_STRICT",
                                                    "WEFT_ENDPOINTS"};

config_issue misspelt(std::string_view variable, const std::string& near) {
  return {.fault = config_fault::unknown_key,
          .is_warning = true,
          .origin = {config_source::environment, std::string(variable)},
          .reason = "no key has this variable",
          .suggestion = "did you mean " + std::string(prefix) + near + "?"};
}

} // namespace

environment_config read_environment(std::span<const std::string_view> variables) {
  std::map<std::string_view, std::string_view> said;
  for (const auto variable : variables) {
    const auto equals = variable.find('=');
    if (variable.starts_with(prefix) && equals != std::string_view::npos &&
        equals + 1 < variable.size())
      said.emplace(variable.substr(0, equals), variable.substr(equals + 1));
  }
  environment_config out;
  std::vector<std::string> known;
  for (const auto& key : config_keys()) {
    const auto name = environment_variable(key);
    if (name.empty())
      continue;
    known.push_back(name.substr(prefix.size()));
    if (const auto found = said.extract(name); !found.empty())
      out.overrides.push_back(
          {std::string(key.name), std::string(found.mapped()), {config_source::environment, name}});
  }
  if (const auto found = said.extract(node_variable); !found.empty())
    out.node = found.mapped();
  for (const auto& [name, value] : said)
    if (std::ranges::find(others, name) == others.end())
      if (const auto near = nearest(name.substr(prefix.size()), known); !near.empty())
        out.warnings.push_back(misspelt(name, near));
  return out;
}

std::vector<std::string_view> environment_of_process() {
  std::vector<std::string_view> out;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) // NOLINT: the system's array
    out.emplace_back(*at);
  return out;
}

} // namespace weft::console
