// PostgreSQL: one prepared INSERT of five rows (e, a, v, t), keyed by (e, a), for each commit;
// synchronous_commit=on. Through libpq.
#pragma once

#include "support/process.hpp"
#include "support/requester.hpp"

namespace weft::bench {

class postgres_server {
 public:
  explicit postgres_server(const std::filesystem::path& folder);
  [[nodiscard]] pid_t id() const noexcept { return process_.id(); }
  [[nodiscard]] std::unique_ptr<requester> connect() const;

 private:
  std::uint16_t port_;
  child_process process_;
};

} // namespace weft::bench
