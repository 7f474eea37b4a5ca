#include "weft/console/cli/transfer/ack_file.hpp"

#include "weft/console/cli/transfer/system_error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace weft::console {

result<ack_file> ack_file::open(const std::string& path) {
  constexpr mode_t mode = 0644;
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, mode);
  if (descriptor < 0)
    return fail(system_error("write", path, errno));
  return ack_file(descriptor, path);
}

ack_file::ack_file(ack_file&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

ack_file::~ack_file() {
  if (descriptor_ >= 0)
    ::close(descriptor_);
}

result<void> ack_file::add(tx_number t, std::uint32_t line) {
  const std::string text = fmt::format("{{\"t\":{},\"line\":{}}}\n", t.get(), line);
  std::string_view left = text;
  while (!left.empty()) {
    const ssize_t n = ::write(descriptor_, left.data(), left.size());
    if (n < 0 && errno != EINTR)
      return fail(system_error("write", path_, errno));
    left.remove_prefix(n < 0 ? 0 : static_cast<std::size_t>(n));
  }
  return {};
}

} // namespace weft::console
