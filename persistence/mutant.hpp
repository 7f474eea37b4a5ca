// Sync call sites by name. Tests that are built with WEFT_MUTANTS can leave one out, to prove that
// the crash tests notice; in shipped builds `mutated` is a constant false and costs nothing.
#pragma once

#include <cstdint>

namespace weft::persistence {

/// One value per place that makes something durable.
enum class sync_site : std::uint8_t {
  none,
  batch,             ///< fdatasync of appended batches
  close_marker,      ///< fdatasync of the marker that close() writes
  rotate_tail,       ///< fdatasync of the current segment before another one continues it
  segment_prewrite,  ///< fdatasync of a file that was filled with zeros
  segment_name,      ///< fdatasync of header (and copied entries) before a segment gets its name
  segment_folder,    ///< fsync of the folder after a segment got its name
  segment_release,   ///< fsync of the folder after a segment became a free file
  log_names,         ///< fsync of the log's folder before its files are used by their names
  log_read,          ///< fdatasync of entries that are read where no writer is
  log_read_names,    ///< fsync of the log's folder before its segments are shown by a reader
  log_folder,        ///< fsync of the data folder after the log's folder was made
  hard_state_first,  ///< fdatasync of the first slot
  hard_state_second, ///< fdatasync of the second slot
  hard_state_create, ///< fdatasync of a new hard state before it gets its name
  hard_state_folder, ///< fsync of the folder after the hard state got its name
  version_file,      ///< fdatasync of VERSION before it gets its name
  version_folder,    ///< fsync of the data folder after VERSION got its name
  data_folder,       ///< fsync of the parent after the data folder was made
  end,
};

#ifdef WEFT_MUTANTS
/// The call site that is left out now; tests set it.
inline sync_site mutant = sync_site::none;
[[nodiscard]] inline bool mutated(sync_site site) noexcept {
  return mutant == site;
}
#else
[[nodiscard]] constexpr bool mutated(sync_site) noexcept {
  return false;
}
#endif

} // namespace weft::persistence
