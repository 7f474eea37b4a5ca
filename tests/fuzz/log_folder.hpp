// A data folder from the bytes of a fuzzer.
// Input: a byte of flags, then files, each as {name: 1 byte, size: 2 bytes, content}. Names are
// those of the log's folder; which one is the rest of the byte by 9: segment 0 to 6, the committed
// mark, a free file.
#pragma once

#include "weft/persistence/disk/memory_disk.hpp"
#include "weft/persistence/wal/log_options.hpp"

namespace weft::test {

/// Whose folder it is, and the options that go with the flags.
struct log_folder {
  persistence::disk_image image; ///< data folder "db" with its log in "db/wal"
  bool others = false;           ///< flag 2: who reads takes it for another database's
  bool beside_writer = false;    ///< flag 4: LOCK is held
  log_index replay_after;        ///< flag 8: 2
  log_index proven;              ///< flag 16: VERSION and a hard state that proves entry 3
};

inline constexpr database_id log_folder_database{{0x0123456789abcdefU, 0xfedcba9876543210U}};

/// Flag 1: checksums are put right, so that what lies behind them is reached.
[[nodiscard]] log_folder read_log_folder(bytes_view input);

} // namespace weft::test
