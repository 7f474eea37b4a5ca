// The log of a daemon: records as lines on standard error, at most so many of an event in a second
// (log_limit.hpp); who logs never waits for longer than a second (bounded_output.hpp). JSON where a
// machine reads, text on a terminal. Thread-safe. Only logging.cpp knows of spdlog.
#pragma once

#include "weft/core/cluster/config.hpp"

namespace weft::console {

class daemon_log : public log_sink {
 public:
  /// From now on only this level and what is worse.
  virtual void set_level(log_level least) = 0;
  /// Says what was left out of bursts that are over. Call it now and then.
  virtual void look_at_clock() = 0;
  /// Writes `line` as it is, whatever the level.
  virtual void write_line(const std::string& line) = 0;
  /// Whether lines are for machines.
  [[nodiscard]] virtual bool is_json() const noexcept = 0;
};

/// On standard error. `format` automatic: text on a terminal, else JSON.
[[nodiscard]] std::shared_ptr<daemon_log> open_log(std::string node, log_level least,
                                                   log_format format);

} // namespace weft::console
