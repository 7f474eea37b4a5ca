// The log writer: the thread of one shard that waits for the disk. It opens the folder (lock,
// recovery), then writes and syncs what it is given: one fdatasync for everything that waits.
//
// Ends with storage_failed when a write or a sync failed: nothing in memory is trusted then, and
// only the next start finds out what the disk has. Its end closes the log and releases the folder.
#pragma once

#include "weft/actors/figures.hpp"
#include "weft/actors/messages.hpp"
#include "weft/core/base/log.hpp"
#include "weft/persistence/shard/opened_shard.hpp"
#include "weft/persistence/wal/group_commit.hpp"

namespace weft::actors {

/// What a shard stands on.
struct storage_options {
  std::string folder;
  persistence::disk* disk = nullptr; ///< outlives the shard
  bool create = true;
  std::function<instant()> clock; ///< wall clock; never throws
  std::size_t segment_bytes = limits::segment_bytes_min;
  std::function<void(const persistence::open_progress&)> progress = {}; ///< never throws
  /// Which database the folder held when it was first opened: a restart opens that one, and makes
  /// none. Shared by the log writers of a shard, one at a time.
  std::shared_ptr<std::optional<database_id>> known = {};
  /// Had the folder before, and may not have released it yet. May be null.
  log_writer_actor previous = {};
  std::shared_ptr<log_sink> log = null_log();
  std::shared_ptr<node_figures> figures = std::make_shared<node_figures>();
  /// What comes of a small batch is done in the thread of the log: not where transactions may call
  /// functions, which take the time that they take.
  bool runs_what_follows = true;
};

/// An open log and its folder, shared with who prepares segments.
class log_files;

struct log_writer_state {
  static inline const char* name = "weft.log_writer";

  ~log_writer_state();

  [[nodiscard]] promise<started> begin();
  void hear_stop();
  [[nodiscard]] reply<recovered> give_recovered();
  [[nodiscard]] attached attach_to(const raft_election_actor& who);
  void take(const append& order);
  void carry_on();
  void look_after_log();

  log_writer_actor::pointer self = nullptr;
  storage_options how;
  std::optional<runner> here; ///< of its thread

 private:
  void open(promise<started> answer);
  [[nodiscard]] result<void> open();
  [[nodiscard]] result<void> open_folder();
  void hear_progress(const persistence::open_progress& now);
  void note_recovered(std::uint64_t took_ns) const;
  [[nodiscard]] std::optional<error> close();
  void note_failed(const error& why) const;
  void hear(const commit_event& event);
  void drop(const error& why);
  void end_if_failed();
  void look_in(std::chrono::milliseconds time);

  std::shared_ptr<log_files> files_;
  std::optional<persistence::group_commit> port_;
  segment_preparer_actor preparer_;
  std::optional<recovered> found_;
  raft_election_actor raft_;
  std::size_t carried_ = 0;       ///< entries of the batch that is written
  std::size_t carried_bytes_ = 0; ///< of their payloads
  epoch last_;                    ///< of what was appended last
  epoch void_through_;            ///< what comes of this epoch, or an older one, is dropped
  bool carry_sent_ = false;       ///< an order to carry is in the mailbox
  bool look_sent_ = false;        ///< likewise, to look after the log
  std::uint64_t carries_ = 0;
  std::uint64_t carries_seen_ = 0; ///< when it was last looked after
  persistence::open_progress opened_;
  std::uint64_t progress_told_ns_ = 0;
  std::uint64_t bytes_told_ = 0; ///< to the figures
};

/// Spawn it detached.
log_writer_actor::behavior_type log_writer(pointer<log_writer_actor, log_writer_state> self,
                                           storage_options how);

} // namespace weft::actors
