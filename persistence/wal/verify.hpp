// Looks at a log without opening it: `weft wal verify` and `weft wal dump`. Works on damaged logs,
// never writes, and reads on after damage to report entry by entry.
// Beside a writer it looks as far as was proven when it began; the rest is the writer's work.
#pragma once

#include "weft/persistence/wal/committed_mark.hpp"
#include "weft/persistence/wal/folder_scan.hpp"
#include "weft/persistence/wal/segment_cursor.hpp"

namespace weft::persistence {

/// What a finding means for the database.
enum class finding_kind : std::uint8_t {
  rot,  ///< something that was durable cannot be read: the log does not open
  torn, ///< after everything that is proven: the next open drops it
  scar, ///< damaged bytes that held no entry
};

/// "rot", "torn", "scar".
[[nodiscard]] std::string_view to_string(finding_kind kind) noexcept;

/// One thing that is not as it was written.
struct log_finding {
  finding_kind kind = finding_kind::rot;
  std::string segment; ///< path
  std::uint64_t offset = 0;
  log_index index; ///< first entry it concerns; 0: none
  std::string what;
};

enum class segment_state : std::uint8_t { live, superseded, unreadable };

/// "live", "superseded", "unreadable".
[[nodiscard]] std::string_view to_string(segment_state state) noexcept;

/// One segment file.
struct segment_report {
  std::string path;
  std::uint64_t sequence = 0;
  segment_state state = segment_state::live;
  std::uint64_t file_bytes = 0;
  std::uint64_t used_bytes = 0; ///< up to the last batch that verifies
  log_index first_index;        ///< of the entries that count
  log_index last_index;         ///< below first_index: no entry
  std::uint64_t entries = 0;    ///< that verify and count
  std::uint64_t batches = 0;
  instant created;
};

enum class log_verdict : std::uint8_t { intact, torn, rotten };

/// "intact", "torn", "rotten".
[[nodiscard]] std::string_view to_string(log_verdict verdict) noexcept;

/// The whole log.
struct verify_report {
  log_verdict verdict = log_verdict::intact;
  std::vector<segment_report> segments;
  std::vector<log_finding> findings;
  std::size_t free_files = 0;
  std::uint64_t entries = 0;      ///< that verify
  std::uint64_t transactions = 0; ///< among them
  std::uint64_t payload_bytes = 0;
  log_position first_previous; ///< before the oldest entry
  log_position last;           ///< after the last entry before the first damage
  log_index proven;            ///< greatest index that is known to be durable
  std::optional<mark> committed;
  /// A process had the database open; what it was writing is not judged.
  bool beside_writer = false;
  /// Writers opened or closed the database meanwhile: what was found may be no damage, look again.
  bool disturbed = false;
};

/// One line of a dump.
struct log_line {
  std::string_view segment; ///< path
  std::uint64_t offset = 0;
  log_index index;
  weft::term term;
  entry_kind kind = entry_kind::transaction;
  tx_number t;        ///< of a transaction
  hash128 chain;      ///< h_t; meaningful when `exact`
  bool exact = true;  ///< no damage before it in its segment
  bytes_view payload; ///< borrowed until the callback returns
};

/// Judges what a transaction of the log says. `follows`: it comes right behind the one that was
/// judged last, or is the first of the database; else one before it is damaged, missing or was
/// refused. An error is rot when it follows: its bytes are what was written, the log does not open.
using record_judge = std::function<result<void>(bytes_view payload, bool follows)>;

/// All may be empty.
struct verify_options {
  peek_t_function peek_t;
  /// Every entry that verifies, in order.
  std::function<void(const log_line&)> on_entry;
  /// Bytes read so far and in all.
  std::function<void(std::uint64_t done, std::uint64_t all)> progress;
  /// The log must hold every entry after this one, as log_options::replay_after.
  log_index replay_after = {};
  /// The log must reach this index, as log_options::proven.
  log_index proven = {};
  /// Whose log it must be; none: anybody's.
  std::optional<log_owner> owner = {};
  /// Empty: nobody asks what entries say.
  record_judge judge_record = {};
  /// Somebody writes: what is not proven is not judged.
  bool beside_writer = false;
};

/// Reads every segment of the log in `folder`.
/// @errors not_a_database when there is no segment, io_error. Damage is no error but a finding.
/// Cost: one read of the log, checksums and chain included.
[[nodiscard]] result<verify_report> verify_log(disk& on, const std::string& folder,
                                               const verify_options& options);

/// The same for the log of the data folder `data`, judged as an open does: by the hard state, and
/// as the log of the database that VERSION names. A missing or damaged VERSION or hard state is a
/// finding. Cost: likewise. @errors not_a_database when there is no log either, log_corrupt when
/// there is a VERSION and no log, locked when a writer replaced segments meanwhile (look again),
/// unsupported_version, access_denied, io_error
[[nodiscard]] result<verify_report> verify_database(disk& on, const std::string& data,
                                                    verify_options options);

} // namespace weft::persistence
