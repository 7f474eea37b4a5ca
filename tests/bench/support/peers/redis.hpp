// Redis: a stream, appended to with `appendfsync always`. XADD of one field of 200 bytes.
#pragma once

#include "support/process.hpp"
#include "support/requester.hpp"
#include "support/socket.hpp"

#include <string_view>

namespace weft::bench {

class redis_server {
 public:
  /// `durable`: each write is on the disk before it is answered; else nothing is written.
  redis_server(const std::filesystem::path& folder, bool durable);
  [[nodiscard]] pid_t id() const noexcept { return process_.id(); }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::unique_ptr<requester> connect() const;

 private:
  std::uint16_t port_;
  child_process process_;
};

/// The stream that is written to.
inline constexpr std::string_view redis_stream = "s";

/// A command as Redis wants it. @source RESP2
[[nodiscard]] std::string redis_command(const std::vector<std::string_view>& words);
/// Where the reply at the beginning of `text` ends, 0 when it is not there whole. Its bulk strings
/// are appended to `strings`, in order; they point into `text`.
[[nodiscard]] std::size_t redis_reply(std::string_view text,
                                      std::vector<std::string_view>* strings = nullptr);
/// What is written: 200 bytes that begin with the time of the steady clock in nanoseconds.
[[nodiscard]] std::string stamped_record();
/// How long ago that was, in microseconds.
[[nodiscard]] double age_of(std::string_view stamped);

} // namespace weft::bench
