#include "weft/console/cli/output/sink.hpp"

#include <cerrno>
#include <system_error>
#include <unistd.h>

namespace weft::console {

void text_sink::drain() {
  if (memory_ != nullptr)
    *memory_ += buffer_;
  std::string_view left = memory_ == nullptr ? std::string_view(buffer_) : std::string_view();
  while (!left.empty() && failure_ == 0) {
    const ssize_t n = ::write(descriptor_, left.data(), left.size());
    if (n >= 0)
      left.remove_prefix(static_cast<std::size_t>(n));
    else if (errno != EINTR)
      failure_ = errno;
  }
  buffer_.clear();
}

result<void> text_sink::flush() {
  drain();
  if (failure_ == 0)
    return {};
  return fail(errc::io_error,
              "cannot write the output: " + std::generic_category().message(failure_),
              {{"meaning", "standard output does not take what is printed"},
               {"try", "look at where the output goes; the database is not concerned"}});
}

} // namespace weft::console
