// Bytes in and out: fixed little-endian integers, varints and counted strings.
// A byte_reader never reads past its end: after the first failure it stays failed and returns
// zeros, so that a decoder checks once (`ok()`), at the end or before it trusts a length.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace weft {

/// Bytes as text: std::string owns them, std::string_view points at them.
using bytes = std::string;
using bytes_view = std::string_view;

/// Appends to a string. Confined to one thread; cost: amortised O(bytes written).
class byte_writer {
 public:
  explicit byte_writer(bytes& out) noexcept : out_(&out) {}

  template <class Int>
  void fixed(Int x) {
    static_assert(std::is_integral_v<Int>);
    using U = std::make_unsigned_t<Int>;
    auto u = static_cast<U>(x);
    char buffer[sizeof(U)];
    for (auto& c : buffer) {
      c = static_cast<char>(u & 0xFFU);
      if constexpr (sizeof(U) > 1)
        u = static_cast<U>(u >> 8U);
    }
    out_->append(buffer, sizeof buffer);
  }
  void u8(std::uint8_t x) { out_->push_back(static_cast<char>(x)); }
  /// LEB128, 1 to 10 bytes.
  void varint(std::uint64_t x) {
    char buffer[10];
    std::size_t n = 0;
    while (x >= 0x80U) {
      buffer[n++] = static_cast<char>((x & 0x7FU) | 0x80U);
      x >>= 7U;
    }
    buffer[n++] = static_cast<char>(x);
    out_->append(buffer, n);
  }
  /// Signed varint: small magnitudes are short.
  void zigzag(std::int64_t x) {
    varint((static_cast<std::uint64_t>(x) << 1U) ^ static_cast<std::uint64_t>(x >> 63));
  }
  void raw(bytes_view x) { out_->append(x); }
  /// varint length, then the bytes.
  void counted(bytes_view x) {
    varint(x.size());
    raw(x);
  }
  [[nodiscard]] std::size_t size() const noexcept { return out_->size(); }

 private:
  bytes* out_;
};

/// Reads from a view that must outlive it. Failure is sticky.
class byte_reader {
 public:
  explicit byte_reader(bytes_view in) noexcept : in_(in) {}

  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] bool at_end() const noexcept { return in_.empty(); }
  [[nodiscard]] std::size_t remaining() const noexcept { return in_.size(); }
  void invalidate() noexcept {
    ok_ = false;
    in_ = {};
  }

  template <class Int>
  [[nodiscard]] Int fixed() noexcept {
    using U = std::make_unsigned_t<Int>;
    auto b = raw(sizeof(U));
    if (!ok_)
      return 0;
    U u = 0;
    for (std::size_t i = 0; i < sizeof(U); ++i)
      u = static_cast<U>(
          u | static_cast<U>(static_cast<U>(static_cast<unsigned char>(b[i])) << (8U * i)));
    return static_cast<Int>(u);
  }
  [[nodiscard]] std::uint8_t u8() noexcept {
    if (in_.empty()) {
      invalidate();
      return 0;
    }
    const auto x = static_cast<std::uint8_t>(in_.front());
    in_.remove_prefix(1);
    return x;
  }
  /// Refuses more than 10 bytes, overflow of 64 bits and non-minimal encodings.
  [[nodiscard]] std::uint64_t varint() noexcept {
    std::uint64_t x = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      const std::uint8_t b = u8();
      if (!ok_)
        return 0;
      if (shift == 63 && b > 1)
        break;
      x |= static_cast<std::uint64_t>(b & 0x7FU) << shift;
      if (b < 0x80U) {
        if (b == 0 && shift != 0)
          break;
        return x;
      }
    }
    invalidate();
    return 0;
  }
  [[nodiscard]] std::int64_t zigzag() noexcept {
    const std::uint64_t u = varint();
    return static_cast<std::int64_t>(u >> 1U) ^ -static_cast<std::int64_t>(u & 1U);
  }
  [[nodiscard]] bytes_view raw(std::size_t n) noexcept {
    if (n > in_.size())
      invalidate();
    if (!ok_)
      return {};
    auto out = in_.substr(0, n);
    in_.remove_prefix(n);
    return out;
  }
  [[nodiscard]] bytes_view counted() noexcept {
    const auto n = varint();
    if (n > in_.size())
      invalidate();
    return ok_ ? raw(static_cast<std::size_t>(n)) : bytes_view{};
  }

 private:
  bytes_view in_;
  bool ok_ = true;
};

/// "0a1b..": lower-case hexadecimal, for messages and dumps.
[[nodiscard]] std::string to_hex(bytes_view in);

} // namespace weft
