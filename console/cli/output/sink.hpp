// Where text goes: a file descriptor behind a large buffer, or a string.
//
//   text_sink out(STDOUT_FILENO);
//   out.put("t 12\n");
//   WEFT_CHECK(out.flush());          // a full disk behind `> file` is found out here
//
// A failed write is remembered, what follows is dropped, and flush() says so. Confined to one
// thread.
#pragma once

#include "weft/core/base/result.hpp"

#include <string>
#include <string_view>

namespace weft::console {

class text_sink {
 public:
  /// Writes to an open descriptor, which stays the caller's.
  explicit text_sink(int descriptor) noexcept : descriptor_(descriptor) {}
  /// Collects into a string that must outlive the sink.
  explicit text_sink(std::string& memory) noexcept : memory_(&memory) {}
  text_sink(const text_sink&) = delete;
  text_sink& operator=(const text_sink&) = delete;
  ~text_sink() { static_cast<void>(flush()); }

  void put(std::string_view text) {
    buffer_ += text;
    after_append();
  }
  /// The buffer itself, for encoders that append; call after_append() when a line is complete.
  [[nodiscard]] std::string& buffer() noexcept { return buffer_; }
  void after_append() {
    if (buffer_.size() >= flush_at)
      drain();
  }
  /// Hands everything to the descriptor. @errors io_error, whatever is wrong with the output: it
  /// is nothing that the database has
  [[nodiscard]] result<void> flush();
  /// False once a write has failed: nothing that follows will be seen.
  [[nodiscard]] bool ok() const noexcept { return failure_ == 0; }

 private:
  static constexpr std::size_t flush_at = 64U << 10U;
  void drain();

  int descriptor_ = -1;
  std::string* memory_ = nullptr;
  std::string buffer_;
  int failure_ = 0; // errno of the first write that failed
};

} // namespace weft::console
