// A configuration while it is put together: for each key who said what, and what is wrong so far.
// Internal to core/cluster; confined to one thread.
//
//   file -> overrides -> defaults -> checks -> cluster_config
#pragma once

#include "weft/core/base/assert.hpp"
#include "weft/core/base/limits.hpp"
#include "weft/core/cluster/config_keys.hpp"

#include <algorithm>

namespace weft {

/// A key of the whole cluster, or of one node.
struct key_place {
  std::size_t key;      ///< in config_keys()
  std::size_t node = 0; ///< for keys of nodes
};

class config_draft {
 public:
  enum class state : std::uint8_t {
    absent, ///< nobody said anything
    given,
    broken, ///< what was said is wrong, and was told: nothing follows from it
  };
  struct slot {
    config_draft::state state = state::absent;
    config_value value = {};
    std::string text = {};
    config_origin origin = {};
  };

  config_draft() : shared_(config_keys().size()) {}

  [[nodiscard]] std::size_t node_count() const noexcept { return nodes_.size(); }
  void add_node(text_position at) {
    nodes_.emplace_back(config_keys().size());
    node_at_.push_back(at);
  }
  [[nodiscard]] text_position node_at(std::size_t node) const { return node_at_[node]; }

  [[nodiscard]] slot& at(key_place p) { return slots(p)[p.key]; }
  [[nodiscard]] const slot& at(key_place p) const {
    return const_cast<config_draft*>(this)->at(p); // NOLINT: the same, to read
  }

  /// The place of a key by name. Requires that there is one. Cost: O(keys).
  [[nodiscard]] static key_place place(std::string_view name, std::size_t node = 0) {
    const auto keys = config_keys();
    const auto found = std::ranges::find(keys, name, &config_key::name);
    WEFT_ASSERT(found != keys.end());
    return {static_cast<std::size_t>(found - keys.begin()), node};
  }
  [[nodiscard]] const slot& named(std::string_view name, std::size_t node = 0) const {
    return at(place(name, node));
  }

  /// "/log/level", "/nodes/0/client/address".
  [[nodiscard]] static std::string pointer_of(key_place p) {
    const auto& key = config_keys()[p.key];
    std::string out = key.of_node() ? "/nodes/" + std::to_string(p.node) : "";
    out += '/';
    for (const char c : key.name.substr(key.of_node() ? 5 : 0))
      out += c == '.' ? '/' : c;
    return out;
  }

  /// Adds an issue, up to limits::config_issues_max of them.
  void tell(config_issue issue) {
    if (issues_.size() < limits::config_issues_max)
      issues_.push_back(std::move(issue));
    else if (issues_.size() == limits::config_issues_max)
      issues_.push_back({.fault = config_fault::too_many,
                         .origin = issue.origin,
                         .reason = "there are more mistakes than these",
                         .suggestion = "correct these first"});
  }
  [[nodiscard]] config_issues& issues() noexcept { return issues_; }

  text_position nodes_at = {}; ///< of the array
  /// This process's node, once it is known.
  std::optional<std::size_t> self = {};

 private:
  [[nodiscard]] std::vector<slot>& slots(key_place p) {
    return config_keys()[p.key].of_node() ? nodes_[p.node] : shared_;
  }

  std::vector<slot> shared_;
  std::vector<std::vector<slot>> nodes_;
  std::vector<text_position> node_at_;
  config_issues issues_;
};

/// Reads the text of the file into the draft, and tells what is wrong with it by itself.
/// False: it is no JSON, nothing else can be said.
[[nodiscard]] bool read_config_text(std::string_view text, config_draft& into);

/// Chooses the node, then lets flags and environment have their say, which go before the file.
void apply_overrides(const config_inputs& inputs, config_draft& into);

/// What nobody said.
void apply_defaults(config_draft& into);

/// What keys have to do with one another: mistakes and warnings.
void check_together(config_draft& draft);

} // namespace weft
