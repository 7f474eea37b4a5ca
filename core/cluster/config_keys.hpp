// The table of configuration keys: what the decoder, its messages, the names of environment
// variables and `weft config print` are made of. The schema for editors (configs/schema) and the
// manual page (docs/man/weft.json.5) are written by hand; tests/config compares them with it.
//
//   for (const config_key& k : config_keys()) use(k.name, environment_variable(k));
//
// A new key: a member of cluster_config, a row here, the schema, the page, a file in tests/config.
#pragma once

#include "weft/core/cluster/config.hpp"

#include <span>

namespace weft {

enum class config_type : std::uint8_t {
  boolean,
  integer,
  duration, ///< "150ms"
  size,     ///< "64MiB"
  choice,   ///< one of `choices`
  name,     ///< of a cluster or node: a-z, 0-9, inner hyphens
  path,
  address, ///< "127.0.0.1:7400"
};

/// "a duration such as \"150ms\"": for messages.
[[nodiscard]] std::string_view name_of(config_type type) noexcept;

struct config_key {
  std::string_view name; ///< "log.level"; of each node "node.data_dir"
  config_type type;
  std::string_view fallback = {};         ///< default, as an override would say it; "" for none
  std::string_view fallback_cluster = {}; ///< the same where there are several nodes
  std::int64_t least = 0;                 ///< of numbers, durations (us), sizes and lengths (bytes)
  std::int64_t most = 0;
  std::span<const std::string_view> choices = {};
  std::string_view nothing = {}; ///< a word that stands for no value: "none", "forever"
  bool required = false;
  void (*put)(cluster_config&, node_config&, const config_value&) = nullptr;

  [[nodiscard]] bool of_node() const noexcept { return name.starts_with("node."); }
  /// The default in a cluster of so many nodes.
  [[nodiscard]] std::string_view fallback_of(std::size_t nodes) const noexcept {
    return nodes > 1 ? fallback_cluster : fallback;
  }
};

/// All of them, in the order of the manual page.
[[nodiscard]] std::span<const config_key> config_keys() noexcept;

/// Whose id names a node; it is not overridden.
inline constexpr std::string_view node_id_key = "node.id";

/// WEFT_LOG_LEVEL for log.level, WEFT_NODE_DATA_DIR for node.data_dir; "" for what is not
/// overridden.
[[nodiscard]] std::string environment_variable(const config_key& key);

} // namespace weft
