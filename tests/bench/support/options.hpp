// The arguments every benchmark takes.
#pragma once

#include <filesystem>
#include <string>

namespace weft::bench {

struct options {
  bool json = false;
  bool peers = false;
  int rounds = 5;
  double seconds = 0.5; ///< per measurement
  /// Where databases and baselines write; by default beside the program, on the disk it is on.
  std::filesystem::path folder = {};
  std::size_t limit = 0;     ///< packages of the catalogue; 0: all
  std::size_t in_flight = 0; ///< transactions in flight; 0: 1, 16, 64 and 256
};

/// Reads the arguments; answers --help and wrong ones and ends the process then.
[[nodiscard]] options parse_options(int argc, char** argv, const std::string& about,
                                    options how = {});

} // namespace weft::bench
