// The log reader: reads committed entries of a shard again, for a subscriber that fell behind, a
// retry of a request, an actor that begins anew. On a thread of its own, and without a lock that
// the writer waits for.
#pragma once

#include "weft/actors/log_writer.hpp"
#include "weft/actors/messages.hpp"
#include "weft/persistence/wal/log_reader.hpp"

namespace weft::actors {

struct log_reader_state {
  static inline const char* name = "weft.log_reader";

  [[nodiscard]] result<void> open();
  [[nodiscard]] result<entries_read> read(const read_entries& what);
  [[nodiscard]] result<records_read> read(const read_records& what);
  [[nodiscard]] result<fetched> read(const fetch& what);

  storage_options how;

 private:
  std::unique_ptr<persistence::log_reader> reader_;
};

/// Spawn it detached, when the log writer of the folder has begun.
log_reader_actor::behavior_type log_reader(pointer<log_reader_actor, log_reader_state> self,
                                           storage_options how);

} // namespace weft::actors
