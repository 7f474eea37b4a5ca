#include "weft/console/cli/transfer/text_input.hpp"

#include "weft/console/cli/transfer/system_error.hpp"
#include "weft/core/base/assert.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace weft::console {

text_input::text_input(int descriptor, std::string name)
    : descriptor_(descriptor), name_(std::move(name)) {}

text_input::text_input(text_input&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), name_(std::move(other.name_)),
      is_file_(other.is_file_), size_(other.size_), offset_(other.offset_),
      piece_(std::move(other.piece_)), kept_(std::move(other.kept_)), kept_from_(other.kept_from_) {
}

text_input::~text_input() {
  if (descriptor_ > STDIN_FILENO)
    ::close(descriptor_);
}

result<text_input> text_input::open(const std::string& path) {
  const bool standard = path == "-";
  const int descriptor = standard ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return fail(system_error("read", path, errno));
  text_input out(descriptor, standard ? "standard input" : path);
  struct stat about {};
  if (::fstat(descriptor, &about) != 0)
    return fail(system_error("read", out.name_, errno));
  if (S_ISDIR(about.st_mode))
    return fail(system_error("read", out.name_, EISDIR));
  out.is_file_ = !standard && S_ISREG(about.st_mode);
  if (out.is_file_)
    out.size_ = static_cast<std::uint64_t>(about.st_size);
  return out;
}

result<std::string_view> text_input::read() {
  const std::uint64_t known = kept_from_ + kept_.size();
  if (!is_file_ && offset_ < known) { // gone back: these bytes were read before
    const auto from = static_cast<std::size_t>(offset_ - kept_from_);
    piece_ = kept_.substr(from);
    offset_ = known;
    return std::string_view(piece_);
  }
  piece_.resize(piece_bytes);
  const ssize_t n =
      is_file_ ? ::pread(descriptor_, piece_.data(), piece_.size(), static_cast<off_t>(offset_))
               : ::read(descriptor_, piece_.data(), piece_.size());
  if (n < 0 && errno == EINTR)
    return fail(errc::interrupted, "interrupted while reading " + name_);
  if (n < 0)
    return fail(system_error("read", name_, errno));
  piece_.resize(static_cast<std::size_t>(n));
  offset_ += piece_.size();
  if (!is_file_)
    kept_ += piece_;
  return std::string_view(piece_);
}

result<void> text_input::scan(std::uint64_t from, std::uint64_t to,
                              const std::function<void(std::string_view)>& use) const {
  WEFT_ASSERT(is_file_);
  std::array<char, 64U << 10U> block; // NOLINT(cppcoreguidelines-pro-type-member-init): is filled
  while (from < to) {
    const auto wanted = std::min<std::uint64_t>(to - from, block.size());
    const ssize_t n = ::pread(descriptor_, block.data(), static_cast<std::size_t>(wanted),
                              static_cast<off_t>(from));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return fail(system_error("read", name_, errno));
    if (n == 0)
      return fail(errc::io_error, name_ + " became shorter while it was read");
    use({block.data(), static_cast<std::size_t>(n)});
    from += static_cast<std::uint64_t>(n);
  }
  return {};
}

void text_input::seek(std::uint64_t offset) {
  WEFT_ASSERT(is_file_ || (offset >= kept_from_ && offset <= kept_from_ + kept_.size()));
  offset_ = offset;
}

void text_input::release(std::uint64_t offset) {
  if (is_file_ || offset <= kept_from_)
    return;
  const auto gone = std::min(static_cast<std::size_t>(offset - kept_from_), kept_.size());
  if (gone < piece_bytes && gone < kept_.size()) // not a copy for every transaction
    return;
  kept_.erase(0, gone);
  kept_from_ += gone;
}

} // namespace weft::console
