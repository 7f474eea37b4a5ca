#include "weft/console/config/load.hpp"

#include "weft/console/cli/transfer/text_input.hpp"
#include "weft/console/config/environment.hpp"
#include "weft/core/base/limits.hpp"

namespace weft::console {

namespace {

/// All of a file, of which no more is read than a configuration may have.
result<std::string> text_of(text_input& input) {
  std::string out;
  for (;;) {
    WEFT_TRY(const auto piece, input.read());
    if (piece.empty())
      return out;
    out += piece;
    if (out.size() > limits::config_bytes_max)
      return fail(errc::input_too_large,
                  input.name() + " has more than the " + std::to_string(limits::config_bytes_max) +
                      " bytes of a configuration",
                  {{"try", "check the name of the file"}});
  }
}

/// Of --set, each KEY=VALUE.
result<std::vector<config_override>> overrides_of(const std::vector<std::string>& sets) {
  std::vector<config_override> out;
  for (const auto& text : sets) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      return fail(errc::usage, "--set takes KEY=VALUE, not '" + text + "'",
                  {{"try", "--set log.level=debug"}});
    const auto key = text.substr(0, equals);
    out.push_back({key, text.substr(equals + 1), {config_source::flag, "--set " + key}});
  }
  return out;
}

} // namespace

result<loaded_config> load_config(const config_request& request) {
  WEFT_TRY(auto overrides, overrides_of(request.sets));
  WEFT_TRY(auto input, text_input::open(request.path));
  WEFT_TRY(const auto text, text_of(input));
  auto said = read_environment(environment_of_process());
  said.overrides.insert(said.overrides.end(), std::make_move_iterator(overrides.begin()),
                        std::make_move_iterator(overrides.end()));
  config_inputs inputs{.overrides = std::move(said.overrides)};
  if (!request.node.empty()) {
    inputs.node = request.node;
    inputs.node_origin = {config_source::flag, "--node"};
  } else if (!said.node.empty()) {
    inputs.node = said.node;
    inputs.node_origin = {config_source::environment, "WEFT_NODE"};
  }
  loaded_config out{input.name(), decode_config(text, inputs)};
  for (auto& warning : said.warnings)
    out.decoded.issues.push_back(std::move(warning));
  check_system(out.decoded);
  return out;
}

result<void> verdict(const loaded_config& c) {
  std::size_t mistakes = 0;
  for (const auto& issue : c.decoded.issues)
    mistakes += issue.is_warning ? 0U : 1U;
  if (mistakes == 0)
    return {};
  return fail(errc::config_invalid,
              c.name + " has " + std::to_string(mistakes) +
                  (mistakes == 1 ? " mistake" : " mistakes"),
              {{"try", "correct what is told above; `man weft.json` names every key"}});
}

} // namespace weft::console
