#include "weft/core/cluster/config_keys.hpp"

#include "weft/core/base/limits.hpp"

#include <array>
#include <type_traits>

namespace weft {

namespace {

constexpr std::int64_t ms = 1000;
constexpr std::int64_t second = 1000 * ms;
constexpr std::int64_t minute = 60 * second;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t day = 24 * hour;
constexpr std::int64_t kib = 1024;
constexpr std::int64_t mib = 1024 * kib;
constexpr std::int64_t tib = 1024 * 1024 * mib;

constexpr auto path_max = static_cast<std::int64_t>(limits::path_bytes_max);
constexpr auto socket_max = static_cast<std::int64_t>(limits::socket_path_bytes_max);
constexpr auto name_max = static_cast<std::int64_t>(limits::config_name_bytes_max);
constexpr auto shards = static_cast<std::int64_t>(limits::shards_max);
constexpr auto nodes = static_cast<std::int64_t>(limits::nodes_max);
constexpr auto streams = static_cast<std::int64_t>(limits::stream_sessions_max);

// In the order of the enumerations of config.hpp.
constexpr std::array<std::string_view, 2> roles = {"voter", "learner"};
constexpr std::array<std::string_view, 2> modes = {"flexible", "strict"};
constexpr std::array<std::string_view, 5> levels = {"trace", "debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 3> formats = {"auto", "json", "text"};

void store(std::string& to, const config_value& v) {
  to = std::holds_alternative<std::string>(v) ? std::get<std::string>(v) : std::string();
}
void store(bool& to, const config_value& v) {
  to = std::get<bool>(v);
}
void store(std::int64_t& to, const config_value& v) {
  to = std::get<std::int64_t>(v);
}
void store(std::optional<std::int64_t>& to, const config_value& v) {
  to.reset();
  if (const auto* x = std::get_if<std::int64_t>(&v))
    to = *x;
}
void store(std::optional<listen_address>& to, const config_value& v) {
  to.reset();
  if (const auto* x = std::get_if<listen_address>(&v))
    to = *x;
}
template <class Enum>
requires std::is_enum_v<Enum>
void store(Enum& to, const config_value& v) {
  to = static_cast<Enum>(std::get<std::int64_t>(v)); // the place of the word in its choices
}

template <auto Member>
void put(cluster_config& c, node_config& /*n*/, const config_value& v) {
  store(c.*Member, v);
}
template <auto Member>
void put_node(cluster_config& /*c*/, node_config& n, const config_value& v) {
  store(n.*Member, v);
}

using type = config_type;
using cc = cluster_config;
using nc = node_config;

// clang-format off
constexpr config_key table[] = {
    {.name = "cluster.name", .type = type::name, .fallback = "weft", .fallback_cluster = "weft", .least = 1, .most = name_max, .put = put<&cc::name>},
    {.name = "database.schema", .type = type::choice, .fallback = "flexible", .fallback_cluster = "flexible", .choices = modes, .put = put<&cc::schema_mode>},

    {.name = "node.id", .type = type::name, .least = 1, .most = name_max, .required = true, .put = put_node<&nc::id>},
    {.name = "node.data_dir", .type = type::path, .least = 1, .most = path_max, .required = true, .put = put_node<&nc::data_dir>},
    {.name = "node.client.address", .type = type::address, .fallback = "127.0.0.1:7400", .fallback_cluster = "none", .nothing = "none", .put = put_node<&nc::client_address>},
    {.name = "node.client.socket", .type = type::path, .least = 1, .most = socket_max, .put = put_node<&nc::client_socket>},
    {.name = "node.peer.address", .type = type::address, .fallback = "none", .fallback_cluster = "none", .nothing = "none", .put = put_node<&nc::peer_address>},
    {.name = "node.http.address", .type = type::address, .fallback = "127.0.0.1:7401", .fallback_cluster = "none", .nothing = "none", .put = put_node<&nc::http_address>},
    {.name = "node.role", .type = type::choice, .fallback = "voter", .fallback_cluster = "voter", .choices = roles, .put = put_node<&nc::role>},
    {.name = "node.priority", .type = type::integer, .fallback = "50", .fallback_cluster = "50", .least = 0, .most = 100, .put = put_node<&nc::priority>},

    {.name = "shards.count", .type = type::integer, .fallback = "1", .fallback_cluster = "16", .least = 1, .most = shards, .put = put<&cc::shard_count>},
    {.name = "shards.replicas", .type = type::integer, .least = 1, .most = nodes, .put = put<&cc::shard_replicas>}, // default: all voters

    {.name = "raft.election_timeout_min", .type = type::duration, .fallback = "150ms", .fallback_cluster = "150ms", .least = 10 * ms, .most = minute, .put = put<&cc::election_timeout_min_us>},
    {.name = "raft.election_timeout_max", .type = type::duration, .fallback = "300ms", .fallback_cluster = "300ms", .least = 10 * ms, .most = minute, .put = put<&cc::election_timeout_max_us>},
    {.name = "raft.heartbeat", .type = type::duration, .fallback = "50ms", .fallback_cluster = "50ms", .least = ms, .most = 10 * second, .put = put<&cc::heartbeat_us>},

    {.name = "limits.memory", .type = type::size, .fallback = "256MiB", .fallback_cluster = "256MiB", .least = 16 * mib, .most = tib, .put = put<&cc::memory_bytes>},
    {.name = "limits.client_connections", .type = type::integer, .fallback = "1024", .fallback_cluster = "1024", .least = 1, .most = 65'535, .put = put<&cc::client_connections>},
    {.name = "limits.client_window", .type = type::size, .fallback = "8MiB", .fallback_cluster = "8MiB", .least = 256 * kib, .most = 64 * mib, .put = put<&cc::client_window_bytes>},
    {.name = "limits.subscriptions", .type = type::integer, .fallback = "1024", .fallback_cluster = "1024", .least = 1, .most = streams, .put = put<&cc::subscriptions>},
    {.name = "limits.handshake_timeout", .type = type::duration, .fallback = "5s", .fallback_cluster = "5s", .least = 100 * ms, .most = minute, .put = put<&cc::handshake_timeout_us>},
    {.name = "limits.idle_timeout", .type = type::duration, .fallback = "1min", .fallback_cluster = "1min", .least = second, .most = day, .put = put<&cc::idle_timeout_us>},
    {.name = "limits.shutdown_timeout", .type = type::duration, .fallback = "30s", .fallback_cluster = "30s", .least = second, .most = 10 * minute, .put = put<&cc::shutdown_timeout_us>},

    {.name = "telemetry.metrics", .type = type::boolean, .fallback = "true", .fallback_cluster = "true", .put = put<&cc::metrics>},
    {.name = "telemetry.facts_interval", .type = type::duration, .fallback = "none", .fallback_cluster = "none", .least = 100 * ms, .most = day, .nothing = "none", .put = put<&cc::facts_interval_us>},

    {.name = "log.level", .type = type::choice, .fallback = "info", .fallback_cluster = "info", .choices = levels, .put = put<&cc::level>},
    {.name = "log.format", .type = type::choice, .fallback = "auto", .fallback_cluster = "auto", .choices = formats, .put = put<&cc::format>},

    {.name = "tls.ca_file", .type = type::path, .least = 1, .most = path_max, .put = put<&cc::tls_ca_file>},
    {.name = "tls.certificate_file", .type = type::path, .least = 1, .most = path_max, .put = put<&cc::tls_certificate_file>},
    {.name = "tls.key_file", .type = type::path, .least = 1, .most = path_max, .put = put<&cc::tls_key_file>},
    {.name = "tls.insecure", .type = type::boolean, .fallback = "false", .fallback_cluster = "false", .put = put<&cc::insecure>},

    {.name = "retention.history", .type = type::duration, .fallback = "forever", .fallback_cluster = "forever", .least = hour, .most = 36'500 * day, .nothing = "forever", .put = put<&cc::history_us>},
    {.name = "retention.cursors", .type = type::duration, .fallback = "forever", .fallback_cluster = "forever", .least = minute, .most = 36'500 * day, .nothing = "forever", .put = put<&cc::cursors_us>},
};
// clang-format on

} // namespace

std::span<const config_key> config_keys() noexcept {
  return table;
}

std::string_view name_of(config_type t) noexcept {
  constexpr std::array<std::string_view, 8> names = {"true or false",
                                                     "a whole number",
                                                     "a duration such as \"150ms\"",
                                                     "a size such as \"64MiB\"",
                                                     "a word",
                                                     "a name such as \"n1\"",
                                                     "a path",
                                                     "an address such as \"127.0.0.1:7400\""};
  return names[static_cast<std::size_t>(t)];
}

std::string environment_variable(const config_key& key) {
  if (key.name == node_id_key)
    return {};
  std::string out = "WEFT_";
  for (const char c : key.name)
    out += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

} // namespace weft
