// etcd: one member; a put of 200 bytes, over gRPC (its native API), many at a time on each
// connection.
#pragma once

#include "support/process.hpp"
#include "support/requester.hpp"
#include "support/socket.hpp"

namespace weft::bench {

class etcd_server {
 public:
  explicit etcd_server(const std::filesystem::path& folder);
  [[nodiscard]] pid_t id() const noexcept { return process_.id(); }
  [[nodiscard]] std::unique_ptr<requester> connect() const;

 private:
  std::uint16_t port_;
  child_process process_;
};

} // namespace weft::bench
