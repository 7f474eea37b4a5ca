// A database inside an application of the C++ Actor Framework: its actors run in the application's
// own actor_system; there is no main, no global state and no signal handler of ours.
//
//   caf::actor_system_config config;
//   weft::configure(config);                                    // before the system is made
//   caf::actor_system system(config);
//   WEFT_TRY(auto db, weft::start_local(system, "facts", {.folder = "facts"}));
//   WEFT_TRY(auto done, db.transact(R"([{:user/name "Ada"}])"));
//   WEFT_TRY(auto stream, db.subscribe_wal(listener));          // any actor that takes wal_batch
//   self->request(db.gateway(), caf::infinite, weft::actors::transact{request}).then(...);
//
// Guarantees: those of docs/guarantees.md. A transaction is answered after it is on disk, visible
// to views, and on its way to every subscriber. Parts that fail are restarted; what was under way
// then ends with an error that says whether a retry (with the same request id) is safe. After a
// failed write or sync the database ends: everything is refused with that reason until it is opened
// again; views that were opened go on.
// Threads: every member may be called from any thread, but transact, subscribe_wal, tree and close
// block: not from an actor that shares the scheduler's threads, and not from a transaction
// function. close() before the actor_system goes.
#pragma once

#include "weft/core/cluster/address.hpp"
#include "weft/core/tx/functions.hpp"
#include "weft/fabric/any_database.hpp"
#include "weft/fabric/client_edge.hpp"
#include "weft/persistence/disk/disk.hpp"
#include "weft/persistence/shard/open_progress.hpp"

#include <functional>
#include <memory>
#include <string>

namespace weft {

/// Where a database of this process keeps its facts, and how it runs.
struct local_storage {
  std::string folder;
  /// Undeclared attributes: declared on first use, or refused.
  schema_mode mode = schema_mode::flexible;
  /// Make the folder and a new database when there is none; else not_a_database.
  bool create = true;
  /// Functions that transactions may call by name.
  tx_functions functions = {};
  /// Told how opening comes on, by another thread; what it throws ends the process.
  std::function<void(const persistence::open_progress&)> progress = {};
  /// Bytes of requests that may be under way; more are refused with overloaded.
  std::size_t request_bytes = 64U << 20U;
  /// Where other actor systems of this machine may connect; port 0: any. The system needs
  /// weft::configure_network. Nothing: nobody can.
  std::optional<listen_address> listen = {};
  /// `listen` and clients->address may be addresses that other machines reach. Nobody is asked who
  /// they are: only in a network where nobody else is.
  bool listen_beyond_loopback = false;
  /// Where clients may connect that are no actors, over docs/formats/protocol.md. Nothing: nobody.
  std::optional<fabric::client_serving> clients = {};
  /// Id of the node, for those who connect.
  std::string node = "n1";
  /// Where files live; the operating system's by default. Must outlive the database. For tests.
  persistence::disk* disk = nullptr;
};

namespace fabric {

class database final : public any_database {
 public:
  database(database&&) noexcept;
  database& operator=(database&&) noexcept;
  /// Closes.
  ~database() override;

  [[nodiscard]] const std::string& name() const noexcept override;
  void submit(tx_request request, std::optional<request_id> id,
              std::function<void(result<transacted>)> told) override;
  [[nodiscard]] result<weft::view> view() const override;
  [[nodiscard]] result<subscribed> subscribe_wal(const actors::actor& who,
                                                 subscribe_options how = {}) override;
  void unsubscribe(const subscribed& what) override;
  void acknowledge(const subscribed& what, const wal_batch& done) override;
  [[nodiscard]] actors::gateway_actor gateway() const override;
  [[nodiscard]] result<actors::tree> tree() const override;
  /// Views that were opened before go on.
  void close() override;

  /// Where other processes find it (weft::connect); nothing without local_storage::listen.
  [[nodiscard]] std::optional<listen_address> listens_at() const;
  /// Where clients find it that are no actors (weft::client); nothing without an address in
  /// local_storage::clients.
  [[nodiscard]] std::optional<listen_address> clients_at() const;

 private:
  friend result<database> start(actors::actor_system& system, std::string name, local_storage how);
  class running;
  explicit database(std::unique_ptr<running> made);
  std::unique_ptr<running> running_;
};

[[nodiscard]] result<database> start(actors::actor_system& system, std::string name,
                                     local_storage how);

} // namespace fabric

/// Opens the database in `how.folder`, without a network: recovers the log, fills the index, starts
/// its actors in `system`. `name` is what logs and errors call it.
/// Cost: O(log); more than a million facts a second. Blocks.
/// @errors those of persistence::open_shard; invalid_argument for an empty name, or an address that
/// cannot be listened at; unreachable when it is in use
[[nodiscard]] inline result<fabric::database> start_local(actors::actor_system& system,
                                                          std::string name, local_storage how) {
  return fabric::start(system, std::move(name), std::move(how));
}

} // namespace weft
