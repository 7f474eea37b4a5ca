// The bytes of a file up to a place, as a hash: whether a file still says what was read of it.
#pragma once

#include "weft/console/cli/transfer/text_input.hpp"
#include "weft/core/base/checksum.hpp"

namespace weft::console {

class file_prefix {
 public:
  /// Reads on to `offset`, which is not before offset(). @errors io_error
  [[nodiscard]] result<void> advance(const text_input& in, std::uint64_t offset) {
    WEFT_CHECK(in.scan(offset_, offset, [this](std::string_view more) { hash_.add(more); }));
    offset_ = offset;
    return {};
  }
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
  /// 32 hexadecimal digits.
  [[nodiscard]] std::string text() const {
    const auto raw = to_bytes(hash_.value());
    return to_hex({raw.data(), raw.size()});
  }

 private:
  running_hash hash_;
  std::uint64_t offset_ = 0;
};

} // namespace weft::console
