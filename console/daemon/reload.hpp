// What a configuration that was read again changes in a process that runs: a few keys at once, the
// others after a restart. Pure, but for can_read_again.
#pragma once

#include "weft/core/cluster/config.hpp"

namespace weft::console {

struct config_change {
  std::string key;
  std::string before;
  std::string after;
  bool at_once; ///< else after a restart
};

/// Whether a configuration can be read a second time: standard input and pipes cannot.
[[nodiscard]] bool can_read_again(const std::string& path);

/// log.level, limits.memory and limits.shutdown_timeout.
[[nodiscard]] bool changes_at_once(std::string_view key) noexcept;

/// Keys whose values differ, in the order of the manual page.
[[nodiscard]] std::vector<config_change> changes(const config_decoding& before,
                                                 const config_decoding& after);

/// Gives the keys that change at once their values of `after`.
void take_over(config_decoding& into, const config_decoding& after);

} // namespace weft::console
