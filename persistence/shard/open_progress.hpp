// How far opening a database has come.
#pragma once

#include <cstdint>

namespace weft::persistence {

/// Told now and then and at the end. Half of the work is reading the log, the other half filling
/// the index.
struct open_progress {
  std::uint64_t done = 0; ///< of `total`, in a unit that may change on the way
  std::uint64_t total = 0;
  std::uint64_t transactions = 0;
  std::uint64_t datoms = 0;
};

} // namespace weft::persistence
