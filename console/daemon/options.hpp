// The command line of weftd.
//
//   WEFT_TRY(const auto asked, parse_weftd(words));
//   if (!asked.help.empty()) print(asked.help);
#pragma once

#include "weft/console/config/load.hpp"

#include <span>

namespace weft::console {

struct weftd_options {
  config_request config;
  bool check_only = false; ///< --check-config
  bool version = false;
  std::string help = {}; ///< what to print, and nothing else to do
};

/// `words` without the name of the program.
/// @errors usage, with the nearest option or where help is
[[nodiscard]] result<weftd_options> parse_weftd(std::vector<std::string> words);
/// Candidates for the last of `words`; none where the shell completes names of files.
[[nodiscard]] std::vector<std::string> complete_weftd(std::span<const std::string> words);

} // namespace weft::console
