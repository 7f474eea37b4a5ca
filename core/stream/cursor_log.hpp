// Named cursors in the log: each acknowledged position is an entry of its own kind, without a t and
// not streamed, so that it is durable, replicated and survives whoever was acknowledged to.
//
//   proposal p{entry_kind::cursor, {}, shared(encode_cursor_entry({"mirror", t, hash}))};
//   cursor_table cursors;
//   WEFT_CHECK(cursors.apply(payload));               // of each such entry, in order
//   start_publisher({.cursors = cursors.all()});
//
// Confined to one thread. @source docs/formats/log.md section 4
#pragma once

#include "weft/core/stream/named_cursors.hpp"

#include <map>
#include <string>
#include <vector>

namespace weft::stream {

/// The payload of an entry of kind cursor. Cost: O(name). @pre the name has 1 to
/// limits::cursor_name_bytes_max bytes
[[nodiscard]] bytes encode_cursor_entry(const named_cursor& c);

/// What such an entry says. @errors log_corrupt when it cannot be read; unsupported_version
[[nodiscard]] result<named_cursor> decode_cursor_entry(bytes_view payload);

/// Where the named cursors of a shard stand: a function of its log.
class cursor_table {
 public:
  /// The next entry of kind cursor. An older position has no effect: the newest counts; nor has a
  /// new name beyond limits::named_cursors_max. @errors those of decode_cursor_entry: then nothing
  /// changed. Cost: O(log names).
  [[nodiscard]] result<named_cursor> apply(bytes_view payload);

  /// All, by name. Cost: O(names).
  [[nodiscard]] std::vector<named_cursor> all() const;

 private:
  std::map<std::string, named_cursor> by_name_;
};

} // namespace weft::stream
