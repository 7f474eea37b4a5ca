// The proof of what a subscriber saw: a line "t h_t" for every commit, written before anything else
// is done. A kill loses no line that was written; a line that was half written is cut off when the
// file is opened again.
#pragma once

#include "weft/core/stream/wal_batch.hpp"

#include <optional>
#include <string>

namespace example {

class seen_file {
 public:
  struct line {
    std::uint64_t t;
    std::string chain; ///< 32 hexadecimal digits
  };
  /// Opens or makes the file; "" is none, and put() does nothing.
  /// @errors io_error
  [[nodiscard]] static weft::result<seen_file> open(const std::string& path);
  seen_file(seen_file&& other) noexcept;
  seen_file& operator=(seen_file&&) = delete;
  ~seen_file();

  /// Where to go on: the last line of what was there. Nothing: from the beginning.
  [[nodiscard]] const std::optional<line>& last() const noexcept { return last_; }
  /// @errors io_error
  [[nodiscard]] weft::result<void> put(const weft::wal_batch& batch);
  /// Bytes so far.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /// Forgets what was written after this many bytes. @errors io_error
  [[nodiscard]] weft::result<void> cut(std::uint64_t size);

 private:
  explicit seen_file(int file) : file_(file) {}
  [[nodiscard]] weft::result<void> read_end();

  int file_ = -1;
  std::uint64_t size_ = 0;
  std::optional<line> last_;
};

} // namespace example
