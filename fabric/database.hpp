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

#include "weft/actors/caf.hpp"
#include "weft/actors/figures.hpp"
#include "weft/actors/messages.hpp"
#include "weft/core/cluster/address.hpp"
#include "weft/core/tx/functions.hpp"
#include "weft/fabric/any_database.hpp"
#include "weft/fabric/client_edge.hpp"
#include "weft/persistence/disk/disk.hpp"
#include "weft/persistence/shard/open_progress.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace prometheus {
class Registry;
} // namespace prometheus

namespace weft {

/// What a database tells about itself (docs/metrics.md).
struct telemetry_options {
  std::string node;     ///< its id, also of the facts
  instant started = {}; ///< when the process began, by the wall clock
  /// Of the sources that the program was made of, for weft_build_info.
  std::string commit = "unknown";
  /// Gets metrics, which sample() brings up to date. May be null.
  std::shared_ptr<prometheus::Registry> registry = {};
  /// How often facts about the node are transacted, under :weft.node/; none: never.
  std::optional<std::chrono::milliseconds> facts_interval = {};
};

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
  /// Where applications of actors may connect (fabric/connect.hpp); port 0: any. Nothing: nobody.
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
  /// Told what happens in the database; by default nobody is.
  std::shared_ptr<log_sink> log = null_log();
  /// Connections have so long to get their answers when the database is closed; then they are cut.
  std::chrono::milliseconds drain_within{10'000};
  /// Subscribers that are served at a time; more are refused with overloaded.
  std::size_t subscriptions_max = limits::stream_sessions_max;
  /// Says how the database is, as metrics and as facts; none: database::sample() has no answer.
  std::optional<telemetry_options> telemetry = {};
  /// Told once, by another thread, when the database ends: why, unless it was closed. Must neither
  /// block nor throw.
  std::function<void(std::optional<error>)> on_end = {};
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
  /// Connections are cut after local_storage::drain_within, whatever they wait for. Views that were
  /// opened before go on.
  void close() override;

  /// Where other processes find it (weft::connect); nothing without local_storage::listen.
  [[nodiscard]] std::optional<listen_address> listens_at() const;
  /// Where clients find it that are no actors (weft::client); nothing without an address in
  /// local_storage::clients.
  [[nodiscard]] std::optional<listen_address> clients_at() const;

  // -- how it is ---

  /// How its parts are; metrics are those of now afterwards. Waits for `within` at most, however
  /// the database is. Cost: some messages. @errors no_leader when there is no answer in time, or
  /// telemetry is starting; not_found without local_storage::telemetry; closed
  [[nodiscard]] result<actors::node_sample> sample(std::chrono::milliseconds within) const;
  /// Whether the supervisor of the database answers within so long. Cost: two wake-ups.
  [[nodiscard]] bool lives(std::chrono::milliseconds within) const;
  /// What the parts have counted so far.
  [[nodiscard]] const actors::node_figures& figures() const noexcept;
  /// The same as tree(), but waits for `within` at most. @errors also no_leader after that
  [[nodiscard]] result<actors::tree> tree(std::chrono::milliseconds within) const;
  /// Changes local_storage::request_bytes, from the next request on.
  void limit_requests(std::size_t bytes) noexcept;
  /// Changes local_storage::drain_within, also while it is being closed.
  void drain_within(std::chrono::milliseconds time);

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
/// cannot be listened at; address_in_use, access_denied or unreachable for one that the system does
/// not give
[[nodiscard]] inline result<fabric::database> start_local(actors::actor_system& system,
                                                          std::string name, local_storage how) {
  return fabric::start(system, std::move(name), std::move(how));
}

} // namespace weft
