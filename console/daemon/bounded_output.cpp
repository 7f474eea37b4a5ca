#include "weft/console/daemon/bounded_output.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <poll.h>
#include <string>
#include <unistd.h>
#include <utility>

namespace weft::console {

bool bounded_output::is_writable(clock::time_point until) const {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now()).count();
    pollfd asked{.fd = descriptor_, .events = POLLOUT, .revents = 0};
    const int found = ::poll(&asked, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (found >= 0 || errno != EINTR)
      return found > 0;
  }
}

bool bounded_output::give_up(bool in_the_middle) {
  is_stuck_ = true;
  is_cut_ = is_cut_ || in_the_middle;
  ++lost_;
  return false;
}

bool bounded_output::write(std::string_view line) {
  const auto until = clock::now() + (is_stuck_ ? std::chrono::milliseconds(0) : patience_);
  const auto put = [&](std::string_view text) -> std::size_t {
    while (is_writable(until)) {
      // What is writable takes PIPE_BUF bytes without waiting (pipe(7)).
      const auto done =
          ::write(descriptor_, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
      if (done > 0)
        return static_cast<std::size_t>(done);
      if (done == 0 || (errno != EINTR && errno != EAGAIN) || clock::now() >= until)
        return 0; // a pipe with a little room is writable and takes nothing of a longer text
    }
    return 0;
  };
  const auto whole = (is_cut_ ? "\n" : "") + std::string(line);
  for (std::string_view rest = whole; !rest.empty();) {
    const auto done = put(rest);
    if (done == 0)
      return give_up(rest.size() != whole.size());
    rest.remove_prefix(done);
  }
  is_stuck_ = false;
  is_cut_ = false;
  return true;
}

std::uint64_t bounded_output::take_lost() {
  if (lost_ == 0 || !is_writable(clock::now()))
    return 0;
  is_stuck_ = false;
  return std::exchange(lost_, 0);
}

} // namespace weft::console
