#include "weft/console/daemon/daemon.hpp"

#include "weft/console/cli/output/failure.hpp"
#include "weft/console/config/report.hpp"
#include "weft/console/daemon/end_guard.hpp"
#include "weft/console/daemon/event_queue.hpp"
#include "weft/console/daemon/health.hpp"
#include "weft/console/daemon/logging.hpp"
#include "weft/console/daemon/notify.hpp"
#include "weft/console/daemon/reload.hpp"
#include "weft/console/daemon/state_dump.hpp"
#include "weft/console/daemon/storage.hpp"
#include "weft/core/base/version.hpp"
#include "weft/persistence/system.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <poll.h>
#include <prometheus/registry.h>
#include <thread>

namespace weft::console {

namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// How often the log is asked what it left out, and a service manager told how far opening is.
constexpr milliseconds look_every{1000};
constexpr milliseconds answer_within{1000};
/// In that time the pages are done with whoever is connected, and nothing else takes as long.
constexpr auto pages_within = std::chrono::duration_cast<milliseconds>(std::chrono::microseconds(
                                  limits::http_read_us_max + limits::http_write_us_max)) +
                              answer_within;

/// News of other threads.
struct started_news {
  result<fabric::database> open;
};
struct ended_news {
  std::optional<error> why;
};
struct closed_news {};
using news = std::variant<started_news, ended_news, closed_news>;

class daemon {
 public:
  daemon(const weftd_options& asked, loaded_config loaded, const signal_source& signals,
         std::string_view commit)
      : asked_(&asked), loaded_(std::move(loaded)), signals_(&signals), commit_(commit),
        log_(open_log(self().id, config().level, config().format)) {
    weft::configure(system_config_);
    system_ = std::make_unique<actors::actor_system>(system_config_);
  }
  daemon(const daemon&) = delete;
  daemon& operator=(const daemon&) = delete;
  ~daemon() { take_down(); }

  int run() {
    note_start();
    if (const auto served = serve_pages(); !served)
      return refuse_to_start(served.error());
    start();
    while (!exit_code_) {
      wait();
      for (auto& what : events_.take())
        std::visit([this](auto& e) { hear(e); }, what);
      hear_signals();
      look_at_clock();
    }
    take_down();
    if (*exit_code_ == 0)
      note(*log_, log_event::node_stopped, "everything is closed");
    return *exit_code_;
  }

 private:
  [[nodiscard]] const cluster_config& config() const { return *loaded_.decoded.config; }
  [[nodiscard]] const node_config& self() const { return config().nodes[*config().self]; }

  /// What is left when the database is closed, or never was open. Once.
  void take_down() {
    if (!system_)
      return;
    const auto now = clock::now();
    const auto by = std::max(stop_by_.value_or(now + shutdown_timeout()), now + pages_within);
    end_guard watched(
        by, [this](const std::string& what) { end_late(what); }, [this] { return is_hurried(); });
    watched.enter("the pages");
    http_.reset(); // they look at the database
    watched.enter("who opens and closes the data folder");
    for (auto& worker : workers_)
      worker.join();
    watched.enter("the database");
    health_->set(nullptr);
    database_.reset();
    watched.enter("the actors of the node");
    system_.reset();
  }

  // -- starting ---

  void note_start() {
    note(*log_, log_event::node_starting, "weftd " + std::string(version()) + " begins",
         {{"version", version()},
          {"pid", persistence::process_id()},
          {"cluster", config().name},
          {"config", loaded_.name},
          {"data_dir", self().data_dir}});
    for (const auto& issue : loaded_.decoded.issues)
      note_issue(issue);
  }

  void note_issue(const config_issue& issue) {
    note(*log_, log_event::config_issue, issue.reason,
         {{"severity", issue.is_warning ? "warning" : "error"},
          {"pointer", issue.pointer},
          {"origin", origin_text(issue.origin, loaded_.name)},
          {"try", issue.suggestion}});
  }

  result<void> serve_pages() {
    if (config().metrics)
      registry_ = std::make_shared<prometheus::Registry>();
    const auto& at = self().http_address;
    if (!at)
      return {};
    auto made = http_server::start(*at, pages_of(health_, registry_), log_);
    if (!made) {
      auto why = made.error();
      if (why.code == errc::address_in_use)
        why.fields.push_back({"try", "--set node.http.address=" + at->host + ":PORT, or none"});
      return fail(std::move(why));
    }
    http_ = std::move(*made);
    const listen_address bound{at->host, http_->port()};
    note(*log_, log_event::http_started, "health and metrics are served",
         {{"address", bound.to_string()}, {"port", std::uint64_t{http_->port()}}});
    return {};
  }

  /// Opens the database in a thread of its own: signals are heard meanwhile.
  void start() {
    auto how = storage_of(config(), self());
    how.log = log_;
    how.progress = [this](const persistence::open_progress& now) { hear_progress(now); };
    how.telemetry = fabric_telemetry();
    how.on_end = [this](std::optional<error> why) { events_.post(ended_news{std::move(why)}); };
    workers_.emplace_back([this, name = config().name, how = std::move(how)]() mutable {
      if (auto made = make_parents(how.folder); !made)
        return events_.post(started_news{fail(made.error())});
      events_.post(started_news{start_local(*system_, std::move(name), std::move(how))});
    });
  }

  [[nodiscard]] telemetry_options fabric_telemetry() const {
    telemetry_options out{
        .node = self().id, .started = begun_, .commit = commit_, .registry = registry_};
    if (config().facts_interval_us)
      out.facts_interval = milliseconds(*config().facts_interval_us / 1000);
    return out;
  }

  /// Of the thread that opens.
  void hear_progress(const persistence::open_progress& now) {
    const auto at = clock::now();
    if (at - progress_told_ < look_every || now.total == 0)
      return;
    progress_told_ = at;
    tell_manager("EXTEND_TIMEOUT_USEC=30000000\nSTATUS=opening the data folder: " +
                 std::to_string(now.done * 100 / now.total) + " %");
  }

  /// Of a start that failed; an address in use has a key.
  [[nodiscard]] error with_advice(error why) const {
    const auto& clients = self().client_address;
    const auto& peers = self().peer_address;
    const auto taken = why.code == errc::address_in_use ? why.field("address") : "";
    if (clients && taken == clients->to_string())
      why.fields.push_back({"try", "--set node.client.address=" + clients->host + ":PORT"});
    else if (peers && taken == peers->to_string())
      why.fields.push_back({"try", "--set node.peer.address=" + peers->host + ":PORT"});
    return why;
  }

  int refuse_to_start(const error& failed) {
    const auto why = with_advice(failed);
    const auto told = explain(why);
    note(*log_, log_event::node_start_failed, told.what,
         {{"errc", info(why.code).name}, {"why", why.to_string()}, {"try", told.advice}});
    return info(why.code).exit_code;
  }

  void hear(started_news& what) {
    if (!what.open)
      return finish(refuse_to_start(what.open.error()));
    database_ = std::make_shared<fabric::database>(std::move(*what.open));
    apply_limits(); // they may have been changed meanwhile
    health_->set(database_);
    health_->enter(phase::ready);
    const auto& counts = database_->figures();
    note(*log_, log_event::node_started, "the node is ready",
         {{"transactions", counts.recovered_transactions.read()},
          {"recovery_seconds", static_cast<double>(counts.recovery_ns.read()) / 1e9}});
    note_doors();
    tell_manager("READY=1\nSTATUS=ready");
    end_if_ended();
  }

  void note_doors() {
    const auto at = database_->clients_at();
    if (at)
      note(*log_, log_event::clients_started, "clients are served",
           {{"address", at->to_string()}, {"port", std::uint64_t{at->port}}});
    if (!self().client_socket.empty())
      note(*log_, log_event::clients_started, "clients are served",
           {{"address", "unix:" + self().client_socket}, {"port", std::uint64_t{0}}});
    if (const auto peers = database_->listens_at())
      note(*log_, log_event::peers_started, "applications of actors are served",
           {{"address", peers->to_string()}, {"port", std::uint64_t{peers->port}}});
  }

  // -- what happens ---

  /// Until it is decided how this ends: what comes later is for who looks after the end.
  void hear_signals() {
    while (!exit_code_) {
      const auto number = signals_->take();
      if (!number)
        return;
      hear_signal(*number);
    }
  }
  void hear_signal(int number) {
    note(*log_, log_event::signal_received, std::string(signal_name(number)) + " arrived",
         {{"signal", signal_name(number)}});
    switch (number) {
    case SIGHUP:
      return reload();
    case SIGQUIT:
      return log_->write_line(state_dump(*health_, self().id, begun_));
    default:
      return stop();
    }
  }

  void hear(ended_news& what) {
    if (what.why && !ended_)
      ended_ = std::move(what.why);
    end_if_ended();
  }

  /// While it is being opened, who opens says so; while it stops, who closes.
  void end_if_ended() {
    if (ended_ && health_->now() == phase::ready)
      end_with_reason();
  }

  void end_with_reason() {
    note(*log_, log_event::node_ended, ended_->detail,
         {{"errc", info(ended_->code).name},
          {"why", ended_->to_string()},
          {"try", explain(*ended_).advice}});
    finish(1);
  }

  /// What failed on the way is the reason of the end.
  void hear(closed_news& /*what*/) {
    if (ended_)
      end_with_reason();
    else
      finish(0);
  }

  void finish(int code) { exit_code_ = code; }

  // -- HUP ---

  void reload() {
    if (!can_read_again(asked_->config.path))
      return note(*log_, log_event::config_refused, "the configuration stays as it is",
                  {{"why", loaded_.name + " cannot be read again: it is no file; start the node "
                                          "with the path of one"}});
    auto again = load_config(asked_->config);
    if (!again || !verdict(*again)) {
      if (again)
        for (const auto& issue : again->decoded.issues)
          note_issue(issue);
      return note(
          *log_, log_event::config_refused, "the configuration stays as it is",
          {{"why", again ? verdict(*again).error().to_string() : again.error().to_string()}});
    }
    const auto differences = changes(loaded_.decoded, again->decoded);
    std::uint64_t at_once = 0;
    for (const auto& change : differences) {
      if (change.at_once)
        ++at_once;
      else
        note(*log_, log_event::config_needs_restart, change.key + " needs restart",
             {{"key", change.key}, {"before", change.before}, {"after", change.after}});
    }
    apply(again->decoded);
    note(*log_, log_event::config_reloaded, "the configuration was read again",
         {{"changed", at_once},
          {"needs_restart", std::uint64_t{differences.size()} - at_once},
          {"log_level", name_of(config().level)}});
  }

  /// What counts at once; the rest stays as it was, and is told again with the next HUP.
  void apply(const config_decoding& again) {
    const auto& now = *again.config;
    auto& mine = *loaded_.decoded.config;
    mine.level = now.level;
    mine.memory_bytes = now.memory_bytes;
    mine.shutdown_timeout_us = now.shutdown_timeout_us;
    take_over(loaded_.decoded, again);
    log_->set_level(now.level);
    if (database_)
      apply_limits();
  }

  void apply_limits() {
    database_->limit_requests(request_bytes(config()));
    database_->drain_within(drain_time_of(config()));
  }

  // -- the end ---

  [[nodiscard]] bool stopping() const { return health_->now() == phase::stopping; }

  void stop() {
    if (stopping()) { // asked twice: at once
      note(*log_, log_event::node_stop_late, "a second signal: the process ends at once",
           {{"running", still_running()}, {"try", "one signal, and patience"}});
      ::_exit(1);
    }
    const bool was_ready = health_->now() == phase::ready;
    health_->enter(phase::stopping); // from now on /readyz says 503
    stop_by_ = clock::now() + shutdown_timeout();
    note(*log_, log_event::node_stopping, "what is under way is finished",
         {{"within_seconds", static_cast<double>(config().shutdown_timeout_us) / 1e6}});
    tell_manager("STOPPING=1\nSTATUS=stopping");
    if (was_ready)
      return close();
    // Nothing was served, and opening can be ended anywhere: a crash does nothing else.
    note(*log_, log_event::node_stopped, "the data folder was being opened; nothing was served");
    ::_exit(0);
  }

  void close() {
    workers_.emplace_back([this] {
      database_->close();
      events_.post(closed_news{});
    });
  }

  [[nodiscard]] std::chrono::microseconds shutdown_timeout() const {
    return std::chrono::microseconds(config().shutdown_timeout_us);
  }

  /// Whether a second signal says that the end is to come at once.
  [[nodiscard]] bool is_hurried() const {
    while (const auto signal = signals_->take())
      if (stop_by_ && (*signal == SIGTERM || *signal == SIGINT))
        return true;
    return false;
  }

  /// The parts that were told to end and have not.
  [[nodiscard]] std::string still_running() const {
    const auto parts = database_ ? database_->tree(answer_within / 2)
                                 : result<actors::tree>(fail(errc::no_leader, "it is not open"));
    return parts ? names_of_stopping(*parts) : "the actors of the node";
  }

  [[noreturn]] void end_late(const std::string& running) {
    note(*log_, log_event::node_stop_late,
         "stopping takes too long, or a second signal came: the process ends at once",
         {{"running", running}, {"try", "a greater limits.shutdown_timeout"}});
    ::_exit(1);
  }

  // -- time ---

  void wait() {
    std::array<pollfd, 2> asked = {
        pollfd{.fd = signals_->descriptor(), .events = POLLIN, .revents = 0},
        pollfd{.fd = events_.descriptor(), .events = POLLIN, .revents = 0}};
    auto until = clock::now() + look_every;
    if (stop_by_)
      until = std::min(until, *stop_by_);
    if (manager_.watchdog())
      until = std::min(until, watched_at_ + *manager_.watchdog());
    const auto left = std::chrono::ceil<milliseconds>(until - clock::now()).count();
    ::poll(asked.data(), asked.size(), static_cast<int>(std::max<std::int64_t>(left, 0)));
  }

  void look_at_clock() {
    log_->look_at_clock();
    const auto now = clock::now();
    if (stop_by_ && now >= *stop_by_ && !exit_code_)
      end_late(still_running());
    if (!manager_.watchdog() || now < watched_at_ + *manager_.watchdog())
      return;
    watched_at_ = now;
    if (health_->lives())
      tell_manager("WATCHDOG=1");
    else
      note(*log_, log_event::watchdog_missed, "the supervisor does not answer");
  }

  void tell_manager(const std::string& lines) {
    if (const auto told = manager_.tell(lines); !told)
      note(*log_, log_event::notify_failed, told.error().detail,
           {{"why", told.error().to_string()}});
  }

  const weftd_options* asked_;
  loaded_config loaded_;
  const signal_source* signals_;
  std::string commit_;
  std::shared_ptr<daemon_log> log_;
  instant begun_ = persistence::wall_clock_us();
  service_manager manager_;
  event_queue<news> events_; // actors post to it
  caf::actor_system_config system_config_;
  std::unique_ptr<actors::actor_system> system_;
  std::shared_ptr<node_health> health_ = std::make_shared<node_health>();
  std::shared_ptr<prometheus::Registry> registry_;
  std::shared_ptr<fabric::database> database_;
  std::unique_ptr<http_server> http_;
  std::vector<std::thread> workers_;
  clock::time_point progress_told_; ///< of the thread that opens
  clock::time_point watched_at_ = clock::now();
  std::optional<clock::time_point> stop_by_;
  std::optional<error> ended_; ///< the node, by itself
  std::optional<int> exit_code_;
};

} // namespace

int run_daemon(const weftd_options& asked, loaded_config loaded, const signal_source& signals,
               std::string_view commit) {
  return daemon(asked, std::move(loaded), signals, commit).run();
}

} // namespace weft::console
