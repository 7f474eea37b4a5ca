// How often each attribute was said and taken back, in a file that holds the place in the log, too:
// both are replaced together, so each transaction is counted exactly once, whoever is killed when.
#pragma once

#include "weft/core/stream/wal_batch.hpp"

#include <map>
#include <string>

namespace fact_counter {

struct count {
  std::uint64_t said = 0;
  std::uint64_t taken_back = 0;
};

class counts {
 public:
  /// What the file says; nothing when there is none. @errors cursor_invalid, io_error
  [[nodiscard]] static weft::result<counts> read(const std::string& path);
  /// Replaces the file as a whole: after a power failure it is this one or the one before.
  /// @errors io_error
  [[nodiscard]] weft::result<void> write(const std::string& path) const;

  /// @errors those of decoding
  [[nodiscard]] weft::result<void> add(const weft::wal_batch& commit);
  /// A line for each attribute: its name, how often it was said, how often taken back.
  [[nodiscard]] std::string to_text() const;

  std::optional<weft::cursor> place = {}; ///< everything up to here is counted

 private:
  std::map<std::string, count> of_;
};

} // namespace fact_counter
