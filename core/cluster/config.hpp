// The configuration of a cluster: one JSON text for all its nodes, decoded into a value or into ALL
// mistakes it has. Pure: no file is read, no environment, no clock.
//
//   const auto c = decode_config(text, {.node = "n1", .overrides = from_environment});
//   for (const config_issue& i : c.issues) tell(i);      // mistakes and warnings, in file order
//   if (!c.config) return;                               // there was a mistake
//   for (const config_issue& i : check_runnable(c)) tell(i);
//   open(c.config->nodes[*c.config->self].data_dir);
//
// Each key has one value: that of a flag, else of the environment, else of the file, else its
// default; `settings` tells which. The keys are one table (config_keys.hpp), which the decoder, the
// names of environment variables, the schema for editors and the manual page agree with by test.
// Durations are in microseconds, sizes in bytes. Values are not thread-safe to change.
// @source docs/man/weft.json.5; docs/decisions/0100 and 0101
#pragma once

#include "weft/core/base/log.hpp"
#include "weft/core/cluster/address.hpp"
#include "weft/core/cluster/config_issue.hpp"

#include <optional>
#include <variant>

namespace weft {

enum class node_role : std::uint8_t { voter, learner };
enum class schema_default : std::uint8_t { flexible, strict };
enum class log_format : std::uint8_t { automatic, json, text };

struct node_config {
  std::string id;
  std::string data_dir;
  std::optional<listen_address> client_address;
  std::string client_socket; ///< path, "" for none
  std::optional<listen_address> peer_address;
  std::optional<listen_address> http_address;
  node_role role = node_role::voter;
  std::int64_t priority = 0;
};

struct cluster_config {
  std::string name;
  schema_default schema_mode = schema_default::flexible;
  std::vector<node_config> nodes;
  /// Which of the nodes this process is: the one asked for, or the only one.
  std::optional<std::size_t> self;

  std::int64_t shard_count = 0;
  std::int64_t shard_replicas = 0;

  std::int64_t election_timeout_min_us = 0;
  std::int64_t election_timeout_max_us = 0;
  std::int64_t heartbeat_us = 0;

  std::int64_t memory_bytes = 0;
  std::int64_t client_connections = 0;
  std::int64_t client_window_bytes = 0;
  std::int64_t subscriptions = 0;
  std::int64_t handshake_timeout_us = 0;
  std::int64_t idle_timeout_us = 0;
  std::int64_t shutdown_timeout_us = 0;

  bool metrics = false;
  std::optional<std::int64_t> facts_interval_us; ///< none: no facts about the node

  log_level level = log_level::info;
  log_format format = log_format::automatic;

  std::string tls_ca_file;
  std::string tls_certificate_file;
  std::string tls_key_file;
  bool insecure = false;

  std::optional<std::int64_t> history_us; ///< none: for ever
  std::optional<std::int64_t> cursors_us; ///< none: for ever
};

/// A value that a flag or the environment gives to a key.
struct config_override {
  /// "log.level"; of the node that was asked for "node.data_dir", of any "nodes.n1.data_dir"; or a
  /// JSON pointer, "/nodes/0/data_dir".
  std::string key;
  std::string text;
  config_origin origin;
};

struct config_inputs {
  std::string node = {};                       ///< id; "": the only one, if there is only one
  config_origin node_origin = {};              ///< who asked for it
  std::vector<config_override> overrides = {}; ///< of equal sources the last one wins
};

/// Nothing (a word such as "none", or no value at all), or what was said.
using config_value = std::variant<std::monostate, bool, std::int64_t, std::string, listen_address>;

/// The effective value of one key.
struct config_setting {
  std::string key;     ///< "log.level", "nodes.n1.data_dir"
  std::string pointer; ///< "/log/level", "/nodes/0/data_dir"
  config_value value = {};
  std::string text = {}; ///< as it would be given to an override; "" for no value
  config_origin origin = {};
};

struct config_decoding {
  std::optional<cluster_config> config = {}; ///< when no issue is a mistake
  /// Every key, in the order of the manual page; of nodes only the chosen one, if one is. Empty
  /// when there is a mistake.
  std::vector<config_setting> settings = {};
  /// Of these what somebody said and is right by itself, whatever else is wrong; empty when the
  /// text is no JSON.
  std::vector<config_setting> understood = {};
  bool has_node = false;       ///< it is known which of the nodes this is
  config_issues issues = {};   ///< of the file first, in its order; each says what to do
  text_position nodes_at = {}; ///< where the file lists the nodes
};

/// Decodes a configuration of at most limits::config_bytes_max bytes. Cost: O(size), and for an
/// unknown key that of looking for the nearest one.
[[nodiscard]] config_decoding decode_config(std::string_view text,
                                            const config_inputs& inputs = {});

/// What this version cannot run, though it is correct: more than one node or shard, TLS, pruning
/// of history, forgetting of named cursors. Each tells what to do. Requires c.config.
[[nodiscard]] config_issues check_runnable(const config_decoding& c);

/// Whether one of them is a mistake.
[[nodiscard]] bool has_mistake(const config_issues& issues) noexcept;

} // namespace weft
