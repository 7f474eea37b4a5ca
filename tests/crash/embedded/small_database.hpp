// A database of a few transactions in small segments on a disk in memory, and what it must say:
// the same transactions give the same facts in every run, so what is read back after a crash or
// damage is compared with what was told when each was acknowledged.
#pragma once

#include "weft/persistence/disk/memory_disk.hpp"
#include "weft/persistence/embedded/database.hpp"

#include <functional>
#include <string>
#include <vector>

namespace weft::test {

/// Room for a few transactions.
inline constexpr std::size_t small_segment_bytes = 5120;

/// Where the database is on its disk.
inline const std::string small_folder = "db";

/// Options of a database on `on`, whose clock stands.
[[nodiscard]] embedded::options small_options(persistence::disk& on);

/// Equal when two databases hold the same facts of all times.
struct told {
  std::uint64_t basis = 0;
  std::uint64_t facts = 0; ///< checksum
  bool operator==(const told&) const = default;
};
[[nodiscard]] told told_by(const embedded::database& db);

/// Transactions that declare, add, replace, and retract.
class small_script {
 public:
  /// Runs the `count` transactions once, on a disk of its own. `count` is at most 14.
  explicit small_script(std::size_t count);

  [[nodiscard]] std::size_t size() const noexcept { return told_.size() - 1; }
  /// Executes the next one of a database that has executed `t`.
  [[nodiscard]] static result<tx_report> step(embedded::database& db, std::size_t t);

  /// "" when that is what a database says after `least` to `most` transactions.
  [[nodiscard]] std::string judge(const told& by, std::size_t least, std::size_t most) const;

 private:
  std::vector<told> told_;
};

} // namespace weft::test
