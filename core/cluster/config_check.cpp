// What keys of a configuration have to do with one another.
#include "weft/core/cluster/config_draft.hpp"
#include "weft/core/cluster/config_scalar.hpp"

#include <fmt/format.h>

#include <map>

namespace weft {

namespace {

constexpr std::array node_addresses = {std::string_view("node.client.address"),
                                       std::string_view("node.peer.address"),
                                       std::string_view("node.http.address")};
constexpr std::string_view peer_key = node_addresses[1];

/// Nothing else than the defaults of heartbeat and election timeout keep: with less, one lost
/// heartbeat begins an election. docs/decisions/0101
constexpr std::int64_t heartbeats_of_a_timeout = 3;

using state = config_draft::state;

class checker {
 public:
  explicit checker(config_draft& draft) : draft_(draft) {}

  void run() {
    nodes();
    shards();
    raft();
    limits_fit();
    tls();
    for (std::size_t i = 0; i < count(); ++i)
      exposed(i);
    telemetry();
  }

 private:
  [[nodiscard]] std::size_t count() const noexcept { return draft_.node_count(); }
  [[nodiscard]] bool is_cluster() const noexcept { return count() > 1; }

  /// The value of a key, unless it is broken or of another type.
  template <class T>
  [[nodiscard]] const T* get(std::string_view name, std::size_t node = 0) const {
    const auto& slot = draft_.named(name, node);
    return slot.state == state::broken ? nullptr : std::get_if<T>(&slot.value);
  }
  [[nodiscard]] bool is_broken(std::string_view name, std::size_t node = 0) const {
    return draft_.named(name, node).state == state::broken;
  }

  /// About a key, said by whoever gave it its value.
  config_issue about(std::string_view name, config_fault fault, std::string reason,
                     std::string suggestion, std::size_t node = 0) const {
    const auto where = draft_.place(name, node);
    return {.fault = fault,
            .pointer = draft_.pointer_of(where),
            .origin = draft_.at(where).origin,
            .reason = std::move(reason),
            .suggestion = std::move(suggestion)};
  }
  void mistake(std::string_view name, config_fault fault, std::string reason,
               std::string suggestion, std::size_t node = 0) {
    draft_.tell(about(name, fault, std::move(reason), std::move(suggestion), node));
  }
  void warn(std::string_view name, std::string reason, std::string suggestion,
            std::size_t node = 0) {
    auto issue =
        about(name, config_fault::doubtful, std::move(reason), std::move(suggestion), node);
    issue.is_warning = true;
    draft_.tell(std::move(issue));
  }
  /// A key of a node that is not there; the place is the node's.
  void missing(std::string_view name, std::size_t node, std::string reason,
               std::string suggestion) {
    auto issue =
        about(name, config_fault::missing_key, std::move(reason), std::move(suggestion), node);
    issue.origin = {config_source::file, "", draft_.node_at(node)};
    draft_.tell(std::move(issue));
  }

  // -- nodes ---

  void nodes() {
    for (std::size_t i = 0; i < count(); ++i) {
      required(i);
      reachable(i);
    }
    unique_ids();
    unique_addresses();
    unique_paths();
    voters();
  }

  void required(std::size_t node) {
    for (const auto& key : config_keys())
      if (key.required && draft_.named(key.name, node).state == state::absent)
        missing(key.name, node, fmt::format("the node has no {}", key.name.substr(5)),
                "say it: " + std::string(name_of(key.type)));
  }

  void reachable(std::size_t node) {
    if (!is_broken(node_addresses[0], node) && !is_broken("node.client.socket", node) &&
        get<listen_address>(node_addresses[0], node) == nullptr &&
        get<std::string>("node.client.socket", node) == nullptr) {
      missing(node_addresses[0], node, "no client can reach the node",
              "say client.address, client.socket, or both");
    }
    if (!is_cluster() || is_broken(peer_key, node))
      return;
    const auto* peer = get<listen_address>(peer_key, node);
    if (peer == nullptr)
      missing(peer_key, node, "the other nodes cannot reach the node", "say peer.address");
    else if (peer->is_wildcard() || peer->port == 0)
      mistake(peer_key, config_fault::contradiction,
              fmt::format("the other nodes cannot reach {}", peer->to_string()),
              "say the host and port that they use", node);
  }

  void unique_ids() {
    std::map<std::string_view, std::size_t> seen;
    for (std::size_t i = 0; i < count(); ++i)
      if (const auto* id = get<std::string>(node_id_key, i);
          id != nullptr && !seen.emplace(*id, i).second)
        mistake(node_id_key, config_fault::duplicate_value,
                fmt::format("two nodes are called {}", *id), "give each its own id", i);
  }

  void unique_addresses() {
    std::map<std::string, std::string> seen; // who listens there
    for (std::size_t i = 0; i < count(); ++i)
      for (const auto name : node_addresses) {
        const auto* at = get<listen_address>(name, i);
        if (at == nullptr || at->port == 0)
          continue;
        // Two machines may both listen on every address they have; one machine cannot.
        const auto host = at->is_wildcard() ? fmt::format("{} {}", i, at->host) : at->host;
        const auto [other, is_new] =
            seen.emplace(fmt::format("{} {}", host, at->port),
                         config_draft::pointer_of(config_draft::place(name, i)));
        if (!is_new)
          mistake(name, config_fault::duplicate_value,
                  fmt::format("{} is {} already", at->to_string(), other->second),
                  "give each listener its own address", i);
      }
  }

  /// Nodes whose peers find them at a loopback address share a machine, and its files.
  void unique_paths() {
    for (const auto* const name : {"node.data_dir", "node.client.socket"}) {
      std::map<std::string_view, std::size_t> seen;
      for (std::size_t i = 0; i < count(); ++i) {
        const auto* peer = get<listen_address>(peer_key, i);
        const auto* path = get<std::string>(name, i);
        if (peer == nullptr || !peer->is_loopback() || path == nullptr)
          continue;
        const auto [other, is_new] = seen.emplace(*path, i);
        if (!is_new)
          mistake(name, config_fault::duplicate_value,
                  fmt::format("a node on the same machine, {}, has this path",
                              draft_.named(node_id_key, other->second).text),
                  "give each node its own", i);
      }
    }
  }

  [[nodiscard]] std::size_t voter_count() const {
    std::size_t out = 0;
    for (std::size_t i = 0; i < count(); ++i) {
      const auto* role = get<std::int64_t>("node.role", i);
      if (role != nullptr && *role == static_cast<std::int64_t>(node_role::voter))
        ++out;
    }
    return out;
  }

  void voters() {
    for (std::size_t i = 0; i < count(); ++i)
      if (is_broken("node.role", i))
        return;
    const auto n = voter_count();
    config_issue issue{.fault = config_fault::contradiction,
                       .pointer = "/nodes",
                       .origin = {config_source::file, "", draft_.nodes_at}};
    if (n == 0 && count() > 0) {
      issue.reason = "no node is a voter";
      issue.suggestion = "make at least one node a voter";
      draft_.tell(std::move(issue));
    } else if (n > 0 && n % 2 == 0) {
      const auto lost = (n - 1) / 2;
      issue.fault = config_fault::doubtful;
      issue.is_warning = true;
      issue.reason = fmt::format("{} voters tolerate {} {}, as {} would", n, lost,
                                 lost == 1 ? "failure" : "failures", n - 1);
      issue.suggestion = "use an odd number of voters; a learner takes no part in votes";
      draft_.tell(std::move(issue));
    }
  }

  // -- what holds for the cluster ---

  void shards() {
    const auto* replicas = get<std::int64_t>("shards.replicas");
    const auto n = static_cast<std::int64_t>(voter_count());
    if (replicas != nullptr && n > 0 && *replicas > n)
      mistake(
          "shards.replicas", config_fault::contradiction,
          fmt::format("{} replicas do not fit on {} {}", *replicas, n, n == 1 ? "voter" : "voters"),
          "at most as many replicas as voters");
  }

  /// Of two keys the one that somebody gave.
  [[nodiscard]] std::string_view given_of(std::string_view a, std::string_view b) const {
    return draft_.named(a).state == state::given ? a : b;
  }

  void raft() {
    constexpr std::string_view least = "raft.election_timeout_min";
    constexpr std::string_view most = "raft.election_timeout_max";
    constexpr std::string_view beat = "raft.heartbeat";
    const auto* min = get<std::int64_t>(least);
    const auto* max = get<std::int64_t>(most);
    const auto* heartbeat = get<std::int64_t>(beat);
    if (min != nullptr && max != nullptr && *min >= *max)
      mistake(given_of(least, most), config_fault::contradiction,
              fmt::format("the election timeout is random between {} and {}: nothing is",
                          duration_text(*min), duration_text(*max)),
              "say a min below the max; twice as much is usual");
    if (min != nullptr && heartbeat != nullptr) {
      if (*heartbeat >= *min)
        mistake(given_of(beat, least), config_fault::contradiction,
                fmt::format("a heartbeat every {} is too late for an election timeout of {}",
                            duration_text(*heartbeat), duration_text(*min)),
                "say a heartbeat of at most a third of the election timeout");
      else if (*min < heartbeats_of_a_timeout * *heartbeat)
        warn(given_of(beat, least),
             fmt::format("the election timeout of {} is less than {} heartbeats of {}",
                         duration_text(*min), heartbeats_of_a_timeout, duration_text(*heartbeat)),
             "one lost message begins an election: use a shorter heartbeat");
    }
    if (count() == 1)
      for (const auto name : {least, most, beat, std::string_view("node.priority")})
        if (draft_.named(name).state == state::given)
          warn(name, "one node holds no elections: this changes nothing", "leave it out");
  }

  void limits_fit() {
    const auto* memory = get<std::int64_t>("limits.memory");
    const auto* window = get<std::int64_t>("limits.client_window");
    if (memory != nullptr && window != nullptr && *window > *memory)
      mistake(given_of("limits.client_window", "limits.memory"), config_fault::contradiction,
              fmt::format("one window of {} is more than all memory for them, {}",
                          size_text(*window), size_text(*memory)),
              "say a smaller window, or more memory");
  }

  // -- who may connect ---

  static constexpr std::array tls_keys = {std::string_view("tls.ca_file"),
                                          std::string_view("tls.certificate_file"),
                                          std::string_view("tls.key_file")};

  void tls() {
    const auto is_absent = [&](std::string_view name) {
      return draft_.named(name).state == state::absent;
    };
    const auto given = std::ranges::find_if_not(tls_keys, is_absent);
    if (given == tls_keys.end())
      return;
    for (const auto name : tls_keys)
      if (is_absent(name)) {
        auto issue =
            about(name, config_fault::missing_key, fmt::format("TLS needs {}, too", name.substr(4)),
                  "say all of ca_file, certificate_file and key_file, or none");
        issue.origin = draft_.named(*given).origin;
        draft_.tell(std::move(issue));
      }
  }

  void exposed(std::size_t node) {
    const auto is_there = [&](std::string_view name) {
      return draft_.named(name).state != state::absent;
    };
    const auto* insecure = get<bool>("tls.insecure");
    const bool is_protected = std::ranges::any_of(tls_keys, is_there);
    if (insecure == nullptr || is_protected)
      return;
    for (const auto name : node_addresses) {
      const auto* at = get<listen_address>(name, node);
      if (at == nullptr || at->is_loopback())
        continue;
      const auto reason =
          fmt::format("{} can be reached by other machines, without TLS", at->to_string());
      if (*insecure)
        warn(name, reason + ": who reaches it reads and writes everything", "", node);
      else
        mistake(name, config_fault::insecure, reason,
                "use 127.0.0.1, say the files of tls, or set tls.insecure", node);
    }
  }

  void telemetry() {
    const auto* metrics = get<bool>("telemetry.metrics");
    const bool said = draft_.named("telemetry.metrics").state == state::given;
    if (metrics == nullptr || !*metrics || !said)
      return;
    for (std::size_t i = 0; i < count(); ++i)
      if (draft_.named("node.http.address", i).state != state::broken &&
          get<listen_address>("node.http.address", i) == nullptr)
        warn("telemetry.metrics",
             fmt::format("node {} has no http.address to serve metrics at",
                         draft_.named(node_id_key, i).text),
             "say one");
  }

  config_draft& draft_;
};

} // namespace

void check_together(config_draft& draft) {
  checker(draft).run();
}

} // namespace weft
