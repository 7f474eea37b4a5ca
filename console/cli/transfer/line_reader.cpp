#include "weft/console/cli/transfer/line_reader.hpp"

#include "weft/core/base/limits.hpp"

#include <algorithm>

namespace weft::console {

result<std::optional<std::string_view>> line_reader::next() {
  for (;;) {
    const auto end = buffer_.find('\n', searched_);
    if (end != std::string::npos || (at_end_ && done_ < buffer_.size())) {
      const auto stop = end == std::string::npos ? buffer_.size() : end;
      const auto line = std::string_view(buffer_).substr(done_, stop - done_);
      const auto behind = std::min(stop + 1, buffer_.size());
      offset_ += behind - done_;
      done_ = searched_ = behind;
      return std::optional(line);
    }
    if (at_end_)
      return std::optional<std::string_view>();
    searched_ = buffer_.size();
    if (searched_ - done_ > limits::transaction_text_bytes_max) {
      WEFT_CHECK(drop_line());
      return fail(errc::input_too_large, "the line is longer than " +
                                             std::to_string(limits::transaction_text_bytes_max) +
                                             " bytes");
    }
    WEFT_CHECK(read_more());
  }
}

result<void> line_reader::read_more() {
  auto piece = in_->read();
  if (!piece) {
    failed_ = true;
    return fail(std::move(piece).error());
  }
  at_end_ = piece->empty();
  buffer_.erase(0, done_);
  searched_ -= done_;
  done_ = 0;
  buffer_ += *piece;
  return {};
}

/// To the end of a line of which nobody wants to know more.
result<void> line_reader::drop_line() {
  for (;;) {
    const auto end = buffer_.find('\n', searched_);
    const auto behind = end == std::string::npos ? buffer_.size() : end + 1;
    offset_ += behind - done_;
    done_ = searched_ = behind;
    if (end != std::string::npos || at_end_)
      return {};
    WEFT_CHECK(read_more());
  }
}

} // namespace weft::console
