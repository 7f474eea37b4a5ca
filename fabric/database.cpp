#include "weft/fabric/database.hpp"

#include "weft/actors/gateway.hpp"
#include "weft/fabric/node.hpp"
#include "weft/persistence/disk/posix_disk.hpp"
#include "weft/persistence/system.hpp"

#include <utility>

namespace weft::fabric {

namespace {

persistence::disk& system_disk() {
  static persistence::posix_disk instance;
  return instance;
}

node_options options_of(const std::string& name, local_storage& how) {
  node_options out;
  out.shard.storage = {.folder = persistence::without_trailing_slashes(std::move(how.folder)),
                       .disk = how.disk != nullptr ? how.disk : &system_disk(),
                       .create = how.create,
                       .clock = persistence::wall_clock_us,
                       .progress = std::move(how.progress)};
  out.shard.transactions = {.mode = how.mode,
                            .functions =
                                std::make_shared<const tx_functions>(std::move(how.functions)),
                            .clock = persistence::wall_clock_us,
                            .steady = persistence::steady_clock_us};
  out.shard.storage.runs_what_follows = out.shard.transactions.functions->names().empty();
  out.shard.streams = {.steady = persistence::steady_clock_us};
  out.shard.streams.streams.sessions_max = how.subscriptions_max;
  out.shard.log = how.log;
  out.credit = std::make_shared<actors::byte_credit>(how.request_bytes, how.log);
  out.serving = {.cluster = name,
                 .node = std::move(how.node),
                 .peers = std::move(how.listen),
                 .clients = std::move(how.clients)};
  out.on_end = std::move(how.on_end);
  out.drain = std::make_shared<drain_time>(how.drain_within);
  if (how.telemetry)
    out.telemetry = actors::telemetry_options{.node = std::move(how.telemetry->node),
                                              .started = how.telemetry->started,
                                              .commit = std::move(how.telemetry->commit),
                                              .registry = std::move(how.telemetry->registry),
                                              .facts_interval = how.telemetry->facts_interval};
  return out;
}

} // namespace

/// Whether others may be let in there.
result<void> check_listening(const local_storage& how) {
  const auto clients = how.clients ? how.clients->address : std::nullopt;
  for (const auto& at : {how.listen, clients})
    if (at && !at->is_loopback() && !how.listen_beyond_loopback)
      return fail(errc::invalid_argument,
                  at->to_string() +
                      " can be reached from other machines, where nobody checks who comes; listen "
                      "at 127.0.0.1, or set listen_beyond_loopback",
                  {{"address", at->to_string()}});
  return {};
}

/// What a database is while it is open.
class database::running {
 public:
  running(actors::actor_system& system, std::string name, node_options how)
      : system_(&system), name_(std::move(name)), credit_(how.credit), figures_(how.shard.figures),
        drain_(how.drain), has_telemetry_(how.telemetry.has_value()),
        top_(spawn_node(system, std::move(how), doors_)) {}
  running(const running&) = delete;
  running& operator=(const running&) = delete;
  ~running() { close(); }

  template <class Reply, class Message>
  result<Reply> ask(const actors::actor& of, const Message& what) const {
    if (auto why = doors_->ended())
      return fail(std::move(*why));
    if (!of)
      return fail(errc::no_leader, "database " + name_ + " is starting; try again");
    return actors::ask_and_wait<Reply>(*system_, of, what);
  }

  result<actors::node_sample> sample(std::chrono::milliseconds within) const {
    if (!has_telemetry_)
      return fail(errc::not_found, "database " + name_ + " was opened without telemetry");
    if (auto why = doors_->ended())
      return fail(std::move(*why));
    const auto of = doors_->telemetry();
    if (!of)
      return fail(errc::no_leader, "database " + name_ + " is starting; try again");
    return actors::ask_and_wait_for<actors::node_sample>(*system_, actors::untyped(of),
                                                         actors::ask_sample{}, within);
  }

  /// Once it is up, a supervisor answers start_up at once and asks nobody.
  bool lives(std::chrono::milliseconds within) const {
    const auto of = top();
    return of && !doors_->ended() &&
           actors::ask_and_wait_for<actors::started>(*system_, of, actors::start_up{}, within)
               .has_value();
  }

  /// Whoever comes second waits for the first.
  void close() {
    const std::lock_guard closing(closing_mutex_);
    const auto ending = top();
    if (!ending)
      return;
    drain_->end();
    actors::end_and_wait(*system_, ending);
    const std::lock_guard lock(mutex_);
    top_ = nullptr;
  }

  actors::actor top() const {
    const std::lock_guard lock(mutex_);
    return top_ ? actors::untyped(top_) : actors::actor{};
  }
  const std::string& name() const noexcept { return name_; }
  const node_doors& doors() const noexcept { return *doors_; }
  const std::shared_ptr<actors::byte_credit>& credit() const noexcept { return credit_; }
  const actors::node_figures& figures() const noexcept { return *figures_; }
  drain_time& drain() const noexcept { return *drain_; }

  result<actors::tree> tree(std::chrono::milliseconds within) const {
    if (auto why = doors_->ended())
      return fail(std::move(*why));
    const auto of = top();
    if (!of)
      return fail(errc::closed, "database " + name_ + " is closed");
    return actors::ask_and_wait_for<actors::tree>(*system_, of, actors::ask_tree{within}, within);
  }

 private:
  actors::actor_system* system_;
  std::string name_;
  std::shared_ptr<actors::byte_credit> credit_;
  std::shared_ptr<actors::node_figures> figures_;
  std::shared_ptr<drain_time> drain_;
  bool has_telemetry_;
  std::shared_ptr<node_doors> doors_ = std::make_shared<node_doors>();
  std::mutex closing_mutex_;
  mutable std::mutex mutex_; // guards top_
  actors::supervisor_actor top_;
};

database::database(std::unique_ptr<running> made) : running_(std::move(made)) {}
database::database(database&&) noexcept = default;
database& database::operator=(database&&) noexcept = default;
database::~database() = default;

result<database> start(actors::actor_system& system, std::string name, local_storage how) {
  if (name.empty())
    return fail(errc::invalid_argument, "a database has a name");
  WEFT_CHECK(check_listening(how));
  auto options = options_of(name, how);
  auto made = std::make_unique<database::running>(system, std::move(name), std::move(options));
  WEFT_TRY([[maybe_unused]] const auto up,
           made->ask<actors::started>(made->top(), actors::start_up{}));
  return database(std::move(made));
}

const std::string& database::name() const noexcept {
  return running_->name();
}

// -- transactions ---

void database::submit(tx_request request, std::optional<request_id> id,
                      std::function<void(result<transacted>)> told) {
  if (auto why = running_->doors().ended())
    return told(fail(std::move(*why)));
  if (auto order =
          actors::admit(running_->credit(), std::make_shared<const tx_request>(std::move(request)),
                        id, std::move(told)))
    actors::send_from_outside(running_->doors().router(), std::move(*order));
}

// -- reads and streams ---

result<weft::view> database::view() const {
  if (auto why = running_->doors().ended())
    return fail(std::move(*why));
  return running_->doors().index()->open();
}

result<subscribed> database::subscribe_wal(const actors::actor& who, subscribe_options how) {
  const auto publisher = running_->doors().publisher();
  const auto to = publisher ? actors::untyped(publisher) : actors::actor{};
  return running_->ask<subscribed>(to, actors::subscribe{who, std::move(how)});
}

void database::unsubscribe(const subscribed& what) {
  if (const auto publisher = running_->doors().publisher())
    actors::send_from_outside(publisher, actors::unsubscribe{what.session});
}

void database::acknowledge(const subscribed& what, const wal_batch& done) {
  if (const auto publisher = running_->doors().publisher())
    actors::send_from_outside(
        publisher, actors::acknowledge{what.session, done.t(), short_hash(done.chain())});
}

actors::gateway_actor database::gateway() const {
  return running_->doors().gateway();
}

result<actors::tree> database::tree() const {
  return running_->ask<actors::tree>(running_->top(), actors::ask_tree{});
}

std::optional<listen_address> database::listens_at() const {
  return running_->doors().peers_at();
}

std::optional<listen_address> database::clients_at() const {
  return running_->doors().clients_at();
}

// -- how it is ---

result<actors::node_sample> database::sample(std::chrono::milliseconds within) const {
  return running_->sample(within);
}

bool database::lives(std::chrono::milliseconds within) const {
  return running_->lives(within);
}

const actors::node_figures& database::figures() const noexcept {
  return running_->figures();
}

result<actors::tree> database::tree(std::chrono::milliseconds within) const {
  return running_->tree(within);
}

void database::drain_within(std::chrono::milliseconds time) {
  running_->drain().set(time);
}

void database::limit_requests(std::size_t bytes) noexcept {
  running_->credit()->set_limit(bytes);
}

void database::close() {
  running_->close();
}

} // namespace weft::fabric
