// The named cursors of a shard: positions that subscribers acknowledge and that the cluster keeps.
// A position only moves forward. Somebody else makes it durable, one write at a time for each name:
// what is acknowledged meanwhile is written by the next one, the newest only. A part of
// publisher.hpp.
#pragma once

#include "weft/core/stream/stream_record.hpp"

#include <map>
#include <string>
#include <vector>

namespace weft::stream {

/// A position that has a name.
struct named_cursor {
  std::string name;
  tx_number t;
  std::uint64_t hash = 0; ///< short_hash there
  bool operator==(const named_cursor&) const = default;
};

class named_cursors {
 public:
  /// Those that are durable.
  explicit named_cursors(const std::vector<named_cursor>& known);

  /// The newest acknowledged position, durable or not; null when there is none. Cost: O(log names).
  [[nodiscard]] const named_cursor* find(std::string_view name) const noexcept;
  /// Whether a session may use the name: it is known, or there is room for it. Cost: O(log names).
  [[nodiscard]] bool admits(std::string_view name) const noexcept;

  /// Moves `to.name` forward; nothing happens when it is there already. @pre admits(to.name).
  /// Adds to `out` what is to be made durable now. Cost: O(log names).
  void acknowledge(const named_cursor& to, std::vector<named_cursor>& out);
  /// A write that was asked for ended. Adds the next one of this name to `out`, if there is more to
  /// write; after a failed one only retry() does. Cost: O(log names).
  void written(const named_cursor& what, bool durable, std::vector<named_cursor>& out);
  /// Asks again for what failed. Cost: O(names that failed).
  void retry(std::vector<named_cursor>& out);

  [[nodiscard]] std::size_t size() const noexcept { return by_name_.size(); }

 private:
  struct entry {
    named_cursor wanted;
    tx_number durable;
    bool writing = false;
    bool failed = false;
  };

  void write(entry& e, std::vector<named_cursor>& out);

  std::map<std::string, entry, std::less<>> by_name_;
  std::size_t failed_ = 0;
};

} // namespace weft::stream
