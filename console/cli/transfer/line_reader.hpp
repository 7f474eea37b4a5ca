// Lines of a text input. Confined to one thread.
#pragma once

#include "weft/console/cli/transfer/text_input.hpp"

#include <optional>

namespace weft::console {

class line_reader {
 public:
  /// Begins at `offset`; `in` outlives the reader and is its to move.
  line_reader(text_input& in, std::uint64_t offset) : in_(&in), offset_(offset) { in.seek(offset); }
  /// The next line without its line feed, or nothing at the end. Valid until the next call.
  /// @errors input_too_large beyond limits::transaction_text_bytes_max: the next call goes on
  /// behind that line; those of the input, for good
  [[nodiscard]] result<std::optional<std::string_view>> next();
  /// Where the next line begins.
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
  [[nodiscard]] bool failed() const noexcept { return failed_; }

 private:
  [[nodiscard]] result<void> read_more();
  [[nodiscard]] result<void> drop_line();

  text_input* in_;
  std::string buffer_;
  std::size_t done_ = 0;     // of buffer_: handed out
  std::size_t searched_ = 0; // of buffer_: no line feed before
  std::uint64_t offset_;
  bool at_end_ = false;
  bool failed_ = false;
};

} // namespace weft::console
