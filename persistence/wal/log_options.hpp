// How a log is opened: what it must be, where randomness and time come from, what to replay.
#pragma once

#include "weft/core/base/limits.hpp"
#include "weft/persistence/wal/segment_cursor.hpp"

namespace weft::persistence {

/// Options of segment_log::open. Functions must be set unless said otherwise.
struct log_options {
  database_id database;
  shard_id shard;
  /// 64 random bits for each life of a segment; never repeated.
  std::function<std::uint64_t()> random;
  /// The wall clock, for the headers of segments.
  std::function<instant()> now;
  /// Reads the t of a transaction; empty: t is counted and not compared.
  peek_t_function peek_t;
  /// A new log starts after this position (a snapshot); of an existing log it is ignored.
  log_position start;
  /// The log must reach this index: from the hard state. Less is log_corrupt.
  log_index proven;
  /// The log was made before: a folder without any segment is log_corrupt, not a new log.
  bool must_exist = false;
  /// Entries up to here are not told to `recovery_callbacks::entry`, and segments that hold no
  /// later one are checked by their headers only (the index or a snapshot has them already). The
  /// log must hold every later one: an oldest segment that starts after replay_after + 1 is
  /// log_corrupt.
  log_index replay_after;
  /// Times append() and sync() for log_statistics; null: they are not timed.
  std::uint64_t (*clock_ns)() = nullptr;
  /// Told how long the disk took, by a clock, for each sync of what was appended, failed ones
  /// included; by the thread that calls sync(). May be empty.
  std::function<void(std::uint64_t ns)> on_sync = {};
  std::size_t segment_bytes_min = limits::segment_bytes_min;
  std::size_t segment_bytes_max = limits::segment_bytes_max;
  std::size_t tail_rewrite_bytes_max = limits::tail_rewrite_bytes_max;
  std::uint64_t disk_reserve_bytes = limits::disk_reserve_bytes;
};

/// An entry that recovery found. `payload` is borrowed until the callback returns.
struct recovered_entry {
  entry_kind kind = entry_kind::transaction;
  log_position position; ///< where the log stands after it
  bytes_view payload;
};

/// How far recovery is.
struct recovery_progress {
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_all = 0;
  log_index index;
};

/// Both may be empty. When open() fails, everything that `entry` was told must be forgotten.
struct recovery_callbacks {
  std::function<result<void>(const recovered_entry&)> entry;
  std::function<void(const recovery_progress&)> progress;
};

} // namespace weft::persistence
