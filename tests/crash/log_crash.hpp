// Crash tests of the log: the real code runs on a recording_disk, and after every operation every
// image that a crash may leave is opened and compared with what was acknowledged.
// No assertion of the test framework in here: the mutant tests need the failure as a value.
#pragma once

#include "weft/persistence/disk/crash_images.hpp"
#include "weft/persistence/disk/recording_disk.hpp"
#include "weft/persistence/wal/segment_log.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>

namespace weft::test {

using namespace persistence;

/// What a run saw.
struct crash_report {
  std::size_t points = 0;  ///< operations after which a crash was tried
  std::size_t images = 0;  ///< different (image, acknowledged) pairs that were opened
  std::size_t sampled = 0; ///< points with too many images for all of them
  /// Of these, points with at most as many sectors as can be enumerated: must be none.
  std::size_t sampled_needlessly = 0;
  std::string failure; ///< the first one; empty: none

  void count(const crash_image_count& at_point);
  /// Of another run.
  void add(const crash_report& other);
};

/// A point with so many unsynced sectors of the log, or fewer, is enumerated whole.
inline constexpr std::size_t sectors_enumerated = 12;

/// The sectors of the committed mark are never synced. They are drawn, so that those of the log can
/// be enumerated; or they count as all others do, and the image is read as it is by a log_reader.
enum class mark_sectors { drawn, enumerated };

/// A log under test and what it must not forget. Every call performs one operation of the log and
/// tries every crash in it.
class crashing_log {
 public:
  crashing_log(log_options options, crash_image_options images,
               mark_sectors mark = mark_sectors::drawn);

  void open();
  void append(std::size_t payload_bytes, weft::term term = weft::term(1));
  void sync();
  void publish();
  void mark();
  void prepare();
  void close();
  /// The system writes the page of the committed mark back, as it does now and then.
  void write_mark_back();
  /// Ends the process: the log is gone, the disk keeps its caches.
  void stop();
  /// Before the first call: the process ends right after the nth change of the disk, and crashes
  /// are tried after that only. Calls do nothing from there to revive(), which is for open().
  void kill_after(std::size_t changes);
  [[nodiscard]] bool killed() const noexcept { return killed_; }
  void revive();
  /// As a program reads where no writer is: what it is shown is durable.
  void read();
  void drop_before(log_index index);
  void seal_before(log_index index);
  void restart_after(const log_position& position);

  [[nodiscard]] const crash_report& report() const noexcept { return report_; }
  /// Nothing more is to be done: something went wrong, or the process was killed.
  [[nodiscard]] bool failed() const noexcept { return killed_ || !report_.failure.empty(); }
  [[nodiscard]] segment_log& log() { return *log_; }
  [[nodiscard]] recording_disk& disk() noexcept { return disk_; }
  void fail_with(const std::string& what);

 private:
  using entries = std::map<std::uint64_t, std::set<bytes>>;

  [[nodiscard]] log_options options_now(std::function<std::uint64_t()> random) const;
  void perform(const std::string& name, const std::function<result<void>()>& call);
  void crash_here(const std::string& where);
  void check(const disk_image& image, const std::string& where);
  void crash_in_recovery(const disk_image& image, const std::string& where);
  [[nodiscard]] std::string read_beside(recording_disk& on) const;
  [[nodiscard]] std::string open_and_compare(recording_disk& on, bool use_it);
  [[nodiscard]] std::string compare(const segment_log& log,
                                    const std::map<std::uint64_t, bytes>& found) const;

  log_options options_;
  crash_image_options images_;
  const mark_sectors mark_;
  recording_disk disk_;
  std::unique_ptr<segment_log> log_;
  std::string doing_;

  std::uint64_t acknowledged_ = 0;     ///< entries up to here must be there
  std::uint64_t published_ = 0;        ///< nothing beyond may be read by others
  std::uint64_t needed_from_ = 1;      ///< older ones may be gone
  entries may_be_;                     ///< what each index may hold
  std::set<std::uint64_t> restart_to_; ///< indexes after which an empty log is right, too

  std::size_t kill_in_ = 0; ///< changes; 0: it is not killed, or was
  bool killed_ = false;

  std::set<std::uint64_t> seen_;
  std::size_t checked_ = 0;
  crash_report report_;
};

/// Append, group commit, rotate, prepare, mark, close, reopen.
crash_report crash_while_growing(const crash_image_options& images);
/// Batches that do not fit into a segment that is empty.
crash_report crash_while_overtaking(const crash_image_options& images);
/// A process that is killed after any change of the disk, and the next one.
crash_report crash_after_kill(const crash_image_options& images);
/// A reader where no writer is.
crash_report crash_after_reading(const crash_image_options& images);
/// Drop and reuse of segments.
crash_report crash_while_recycling(const crash_image_options& images);
/// Conflicting tails and snapshots.
crash_report crash_while_sealing(const crash_image_options& images);
/// The committed mark beside append, rotate, recycle, mark and close: its sectors with the log's.
crash_report crash_while_publishing(const crash_image_options& images);
/// Recovery that continues the last segment instead of rewriting it.
crash_report crash_while_reopening(const crash_image_options& images);
/// Term and vote.
crash_report crash_of_hard_state(const crash_image_options& images);
/// A data folder that is being made.
crash_report crash_of_data_folder(const crash_image_options& images);

/// All of them, by name.
struct crash_scenario {
  const char* name;
  crash_report (*run)(const crash_image_options&);
};
[[nodiscard]] const std::vector<crash_scenario>& crash_scenarios();

} // namespace weft::test
