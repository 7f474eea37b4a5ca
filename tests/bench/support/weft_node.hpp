// weftd as a process of its own, and connections to it.
//
//   weft_node node(scratch / "weft");
//   auto connection = node.connect_tcp();
#pragma once

#include "support/process.hpp"
#include "support/requester.hpp"

#include "weft/core/cluster/address.hpp"
#include "weft/core/tx/request.hpp"

#include <map>

namespace weft::bench {

class weft_node {
 public:
  /// Starts weftd on `folder`; a database that is there already is opened.
  explicit weft_node(const std::filesystem::path& folder);
  [[nodiscard]] pid_t id() const noexcept { return process_.id(); }
  /// Where applications of actors connect, and all other clients.
  [[nodiscard]] listen_address peers() const { return {"127.0.0.1", peer_port_}; }
  [[nodiscard]] std::uint16_t client_port() const noexcept { return client_port_; }
  [[nodiscard]] const std::string& socket_path() const noexcept { return socket_path_; }
  [[nodiscard]] std::unique_ptr<requester> connect_tcp() const;
  [[nodiscard]] std::unique_ptr<requester> connect_unix() const;
  /// Its metrics without labels, by name.
  [[nodiscard]] std::map<std::string, double> metrics() const;

 private:
  std::uint16_t client_port_;
  std::uint16_t peer_port_;
  std::uint16_t http_port_;
  std::string socket_path_;
  child_process process_;
};

/// Name of its cluster.
inline constexpr const char* weft_cluster = "bench";
/// Attribute of the time when a reading was sent: nanoseconds of the steady clock.
inline constexpr std::string_view reading_at = "reading/at";
/// A new entity with five facts, a record of about 200 bytes, sent now.
[[nodiscard]] tx_request make_reading(std::int64_t n);
/// Declares their attributes, as EDN.
[[nodiscard]] std::string_view reading_schema();

} // namespace weft::bench
