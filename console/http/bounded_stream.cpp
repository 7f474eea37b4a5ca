#include "weft/console/http/bounded_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

namespace weft::console {

bool wait_for(int socket, short events, bounded_stream::clock::time_point until) {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - bounded_stream::clock::now());
    if (left.count() <= 0)
      return false;
    pollfd asked{.fd = socket, .events = events, .revents = 0};
    const int found = ::poll(&asked, 1, static_cast<int>(left.count()));
    if (found > 0)
      return true;
    if (found < 0 && errno != EINTR)
      return false;
  }
}

void bounded_stream::begin_request() {
  read_ = end_ - begin_;
  read_by_ = clock::now() + std::chrono::microseconds(limits::http_read_us_max);
  written_by_ = {};
}

bool bounded_stream::fill() {
  if (read_ > limits::http_header_bytes_max) {
    too_large_ = true;
    return false;
  }
  if (!wait_for(socket_, POLLIN, read_by_)) {
    too_slow_ = true;
    return false;
  }
  const auto got = ::recv(socket_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
  if (got <= 0)
    return false;
  begin_ = 0;
  end_ = static_cast<std::size_t>(got);
  read_ += end_;
  return true;
}

ssize_t bounded_stream::read(char* into, size_t size) {
  if (begin_ == end_ && !fill())
    return -1;
  const auto part = std::min(size, end_ - begin_);
  std::copy_n(buffer_.data() + begin_, part, into);
  begin_ += part;
  return static_cast<ssize_t>(part);
}

ssize_t bounded_stream::write(const char* from, size_t size) {
  if (written_by_ == clock::time_point{})
    written_by_ = clock::now() + std::chrono::microseconds(limits::http_write_us_max);
  std::size_t done = 0;
  while (done < size) {
    if (!wait_for(socket_, POLLOUT, written_by_))
      return -1;
    const auto put = ::send(socket_, from + done, size - done, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (put < 0 && errno != EAGAIN && errno != EINTR)
      return -1;
    done += static_cast<std::size_t>(std::max<ssize_t>(put, 0));
  }
  return static_cast<ssize_t>(done);
}

// Nobody asks who the client is.
void bounded_stream::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}
void bounded_stream::get_local_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

} // namespace weft::console
