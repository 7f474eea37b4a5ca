// The bytes of a file or of standard input, in large pieces. One can go back: in a file to any
// place, in standard input as far as bytes are kept.
#pragma once

#include "weft/core/base/result.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace weft::console {

class text_input {
 public:
  static constexpr std::size_t piece_bytes = 1U << 20U;

  /// Opens a file, or standard input for "-". @errors not_found, io_error
  [[nodiscard]] static result<text_input> open(const std::string& path);
  text_input(text_input&& other) noexcept;
  text_input& operator=(text_input&&) = delete;
  ~text_input();

  /// The next piece; empty at the end. Valid until the next call.
  /// @errors interrupted when a signal came while waiting for bytes, io_error
  [[nodiscard]] result<std::string_view> read();
  /// Hands the bytes of a file in [from, to) to `use`, piece by piece; the next piece of read()
  /// stays the same. Requires is_file(). @errors io_error, also when the file is shorter
  [[nodiscard]] result<void> scan(std::uint64_t from, std::uint64_t to,
                                  const std::function<void(std::string_view)>& use) const;
  /// The next piece will begin at `offset`. Requires, of standard input, an offset that was read
  /// and not released.
  void seek(std::uint64_t offset);
  /// Nobody will seek before `offset`.
  void release(std::uint64_t offset);

  /// Where the next piece begins.
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
  /// Size of a file; 0 when it is not known.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /// Whether it can be read again by another process: a regular file.
  [[nodiscard]] bool is_file() const noexcept { return is_file_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  text_input(int descriptor, std::string name);

  int descriptor_;
  std::string name_;
  bool is_file_ = false;
  std::uint64_t size_ = 0;
  std::uint64_t offset_ = 0;
  std::string piece_;
  std::string kept_; // of a pipe: bytes from kept_from_ on
  std::uint64_t kept_from_ = 0;
};

} // namespace weft::console
