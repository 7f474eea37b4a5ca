#include "seen_file.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace example {

namespace {

/// Longer than any line.
constexpr std::size_t line_bytes_max = 64;

auto io_failure(const char* what) {
  return weft::fail(weft::errc::io_error, std::string(what) + ": " + std::strerror(errno));
}

std::string line_of(const weft::wal_batch& batch) {
  const auto raw = weft::to_bytes(batch.chain());
  return std::to_string(batch.t().get()) + ' ' + weft::to_hex({raw.data(), raw.size()}) + '\n';
}

} // namespace

weft::result<seen_file> seen_file::open(const std::string& path) {
  if (path.empty())
    return seen_file(-1);
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0)
    return io_failure(path.c_str());
  seen_file made(file);
  WEFT_CHECK(made.read_end());
  return made;
}

seen_file::seen_file(seen_file&& other) noexcept
    : file_(std::exchange(other.file_, -1)), size_(other.size_), last_(std::move(other.last_)) {}

seen_file::~seen_file() {
  if (file_ >= 0)
    ::close(file_);
}

/// The last whole line, and where it ends.
weft::result<void> seen_file::read_end() {
  const auto size = ::lseek(file_, 0, SEEK_END);
  if (size < 0)
    return io_failure("the size of the file");
  const auto from = std::max<off_t>(0, size - static_cast<off_t>(2 * line_bytes_max));
  std::string end(static_cast<std::size_t>(size - from), '\0');
  if (::pread(file_, end.data(), end.size(), from) != static_cast<ssize_t>(end.size()))
    return io_failure("reading the file");
  const auto last_newline = end.rfind('\n');
  if (last_newline == std::string::npos)
    return cut(0);
  last_.reset();
  WEFT_CHECK(cut(static_cast<std::uint64_t>(from) + last_newline + 1));
  const auto before = last_newline == 0 ? std::string::npos : end.rfind('\n', last_newline - 1);
  const auto begin = before == std::string::npos ? 0 : before + 1;
  const std::string text = end.substr(begin, last_newline - begin);
  const auto space = text.find(' ');
  line found{0, space == std::string::npos ? "" : text.substr(space + 1)};
  const auto digits = std::from_chars(text.data(), text.data() + text.size(), found.t);
  if (digits.ec != std::errc() || found.chain.size() != 32)
    return weft::fail(weft::errc::io_error, "this is no file of positions: " + text);
  last_ = std::move(found);
  return {};
}

weft::result<void> seen_file::put(const weft::wal_batch& batch) {
  if (file_ < 0)
    return {};
  const std::string text = line_of(batch);
  if (::pwrite(file_, text.data(), text.size(), static_cast<off_t>(size_)) !=
      static_cast<ssize_t>(text.size()))
    return io_failure("writing a line");
  size_ += text.size();
  return {};
}

weft::result<void> seen_file::cut(std::uint64_t size) {
  if (file_ >= 0 && ::ftruncate(file_, static_cast<off_t>(size)) != 0)
    return io_failure("cutting the file");
  size_ = size;
  return {};
}

} // namespace example
