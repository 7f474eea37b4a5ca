// The HTTP server of a node: a few pages for machines that look after it. Everything a client can
// take is bounded (limits.hpp, "pages of a node"): threads, connections that wait, bytes and time
// of a request, time of an answer, requests of a connection; more is refused or closed.
//
//   WEFT_TRY(auto server, http_server::start(address, {{"/livez", page}}, log));
//   server->port();
//   ...                                     // its destructor closes all connections
//
// Paths are exact and are asked with GET or HEAD. What goes wrong is answered as problem details
// (RFC 9457). cpp-httplib reads requests and writes answers; sockets, threads and bounds are ours
// (docs/decisions/0122), and only server.cpp knows of it.
#pragma once

#include "weft/core/base/log.hpp"
#include "weft/core/base/result.hpp"
#include "weft/core/cluster/address.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace weft::console {

struct http_request {
  std::multimap<std::string, std::string> query; ///< decoded
};

struct http_answer {
  int status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
};

/// Called by several threads; must not throw.
using http_page = std::function<http_answer(const http_request&)>;

class http_server {
 public:
  /// Listens from now on. `pages` by their paths.
  /// @errors address_in_use{address}; access_denied (a port below 1024); io_error for anything else
  /// that the system says about the address; not_found for a host without an address
  [[nodiscard]] static result<std::unique_ptr<http_server>>
  start(const listen_address& at, std::map<std::string, http_page> pages,
        std::shared_ptr<log_sink> log);
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;
  /// Finishes what is being answered, within the limits.
  ~http_server();

  /// The one it has, when port 0 was asked for.
  [[nodiscard]] std::uint16_t port() const noexcept;

 private:
  class engine;
  explicit http_server(std::unique_ptr<engine> made);
  std::unique_ptr<engine> engine_;
};

/// An error as problem details: type, title, status, detail, errc, retryable and its fields.
[[nodiscard]] http_answer problem(int status, const error& why);

} // namespace weft::console
