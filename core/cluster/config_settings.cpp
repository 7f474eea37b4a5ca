// Defaults, and what this version can run of a configuration that is correct.
#include "weft/core/base/assert.hpp"
#include "weft/core/cluster/config_draft.hpp"
#include "weft/core/cluster/config_scalar.hpp"

#include <fmt/format.h>

namespace weft {

namespace {

void give(config_draft& into, key_place where, std::string_view text) {
  auto& slot = into.at(where);
  if (slot.state != config_draft::state::absent || text.empty())
    return;
  auto parsed = parse_scalar(config_keys()[where.key], text);
  WEFT_ASSERT(parsed.has_value()); // or the table is wrong
  slot.value = std::move(*parsed);
  slot.text = text;
}

/// All voters: the default of shards.replicas.
std::size_t voters_of(const config_draft& draft) {
  std::size_t out = 0;
  for (std::size_t i = 0; i < draft.node_count(); ++i)
    out += draft.named("node.role", i).text == "voter" ? 1U : 0U;
  return out;
}

} // namespace

void apply_defaults(config_draft& into) {
  const auto keys = config_keys();
  const auto count = into.node_count();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto text = keys[i].fallback_of(count);
    for (std::size_t node = 0; node < (keys[i].of_node() ? count : 1); ++node)
      give(into, {i, node}, text);
  }
  if (const auto voters = voters_of(into); voters > 0)
    give(into, config_draft::place("shards.replicas"), std::to_string(voters));
}

config_issues check_runnable(const config_decoding& c) {
  WEFT_ASSERT(c.config.has_value());
  config_issues out;
  const auto refuse = [&](std::string_view pointer, std::string reason, std::string suggestion) {
    const auto setting = std::ranges::find(c.settings, pointer, &config_setting::pointer);
    out.push_back({.fault = config_fault::not_supported,
                   .pointer = std::string(pointer),
                   .origin = setting == c.settings.end()
                                 ? config_origin{config_source::file, "", c.nodes_at}
                                 : setting->origin,
                   .reason = std::move(reason),
                   .suggestion = std::move(suggestion)});
  };
  const auto& config = *c.config;
  const bool many_nodes = config.nodes.size() > 1;
  if (many_nodes)
    refuse("/nodes",
           fmt::format("this version runs one node and one shard, and here are {} nodes",
                       config.nodes.size()),
           "leave one node, as in configs/single.json");
  if (config.shard_count > 1)
    refuse("/shards/count",
           fmt::format("this version runs one node and one shard, and here are {} shards",
                       config.shard_count),
           "set shards.count to 1");
  if (!config.tls_key_file.empty())
    refuse("/tls/key_file", "this version has no TLS",
           "listen on 127.0.0.1 or a socket, or set tls.insecure and leave out the files");
  if (config.history_us)
    refuse("/retention/history", "this version keeps all history", "leave out retention.history");
  if (config.cursors_us)
    refuse("/retention/cursors", "this version forgets no named cursor",
           "leave out retention.cursors");
  return out;
}

} // namespace weft
