// A database in another process, found by its name. The application has its own actor_system; what
// it may do is what it does with a database of its own.
//
//   caf::actor_system_config config;
//   weft::configure(config);                            // before the system is made
//   caf::actor_system system(config);
//   WEFT_TRY(auto db, weft::connect(system, "facts", {.endpoints = {{"127.0.0.1", 7402}}}));
//   WEFT_TRY(auto done, db.transact(R"([{:user/name "Ada"}])"));
//   WEFT_TRY(auto stream, db.subscribe_wal(listener));          // a plain actor of this process
//
// Guarantees. The connection is made again whenever it breaks, with pauses that grow. A transaction
// is executed at most once: it has a request id, the caller's or one of our own, and is sent again
// with it until it is answered, or `answer_within` is over; then it ends with outcome_unknown if it
// may have been executed. A stream goes on at its place, without loss or repetition, also when the
// node was killed. A view ends with the connection it was opened on: reading it then fails with
// unreachable, and the next one is opened on the next connection.
// Not guaranteed: who is behind an address; nobody is authenticated yet.
// Cost: a thread for its sockets.
#pragma once

#include "weft/core/base/database_id.hpp"
#include "weft/core/cluster/address.hpp"
#include "weft/fabric/any_database.hpp"

#include <memory>

namespace weft {

/// Where a database of another process is, and how long to wait for it.
struct connect_options {
  /// Peer addresses of its nodes, tried in turn. None: those of `config_file`; no file either: of
  /// the environment variable WEFT_ENDPOINTS, "HOST:PORT,HOST:PORT".
  std::vector<listen_address> endpoints = {};
  std::string config_file = {};
  /// Which database it has to be; zero: whichever is found first.
  database_id database = {};
  /// Who asks, for the logs of the node.
  std::string principal = {};
  /// How long one endpoint may take to answer.
  std::chrono::milliseconds connect_within{5000};
  /// How long a transaction is tried, and a stream opened.
  std::chrono::milliseconds answer_within{30000};
  /// Bytes of transactions that may be under way; more are refused with overloaded. At most the
  /// default: a node takes no more of one connection.
  std::size_t request_bytes = limits::connection_request_bytes_max;
};

namespace fabric {

class remote_database final : public any_database {
 public:
  remote_database(remote_database&&) noexcept;
  remote_database& operator=(remote_database&&) noexcept;
  /// Closes.
  ~remote_database() override;

  [[nodiscard]] const std::string& name() const noexcept override;
  /// @errors also unreachable: it was not sent, and may be retried as it is
  void submit(tx_request request, std::optional<request_id> id,
              std::function<void(result<transacted>)> told) override;
  /// Held open by the node until the last copy of the view goes. Reading it waits for the node, and
  /// keeps what was read (core/protocol/remote_facts.hpp). Cost: a round trip.
  /// @errors unreachable; overloaded: limits::connection_views_max are open
  [[nodiscard]] result<weft::view> view() const override;
  /// @errors also unreachable: the stream was not opened in time
  [[nodiscard]] result<subscribed> subscribe_wal(const actors::actor& who,
                                                 subscribe_options how = {}) override;
  void unsubscribe(const subscribed& what) override;
  void acknowledge(const subscribed& what, const wal_batch& done) override;
  [[nodiscard]] actors::gateway_actor gateway() const override;
  /// The connection ("up", "connecting", "down"), and its streams.
  [[nodiscard]] result<actors::tree> tree() const override;
  void close() override;

 private:
  friend result<remote_database> reach(actors::actor_system& system, std::string name,
                                       connect_options how);
  class link;
  explicit remote_database(std::unique_ptr<link> made);
  std::unique_ptr<link> link_;
};

[[nodiscard]] result<remote_database> reach(actors::actor_system& system, std::string name,
                                            connect_options how);

} // namespace fabric

/// Connects to the database of cluster `name`. Blocks, for each endpoint no longer than
/// options.connect_within.
/// @errors unreachable{address}: nobody is there (yet); cluster_mismatch{cluster},
/// database_mismatch{database}, protocol_mismatch{min, max}: somebody else is; overloaded: the node
/// serves enough connections, or this process has no descriptors left; invalid_argument: no name,
/// no endpoints, too many request_bytes; those of resolve_endpoints (fabric/endpoints.hpp)
[[nodiscard]] inline result<fabric::remote_database>
connect(actors::actor_system& system, std::string name, connect_options how = {}) {
  return fabric::reach(system, std::move(name), std::move(how));
}

} // namespace weft
