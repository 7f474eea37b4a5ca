// Facts that a node states about itself: one entity for each node, found by :weft.node/id, with a
// few attributes that are declared on the way. Only what changed is stated. What the facts cost
// themselves is not among them, so a node without other work states nothing.
//
//   node_facts about("n1", started);
//   if (auto request = about.next(sample, figures, schema)) transact(*request);
//   about.hear_stated();            // or hear_refused(): the same is stated again
//
// Bounded: a transaction has at most one value for each attribute; all that change are
// :db/noHistory, so an index keeps one value of each, however often it changed.
// Not thread-safe. @source docs/metrics.md; docs/decisions/0121
#pragma once

#include "weft/actors/figures.hpp"
#include "weft/actors/messages.hpp"

#include <array>

namespace weft::actors {

class node_facts {
 public:
  node_facts(std::string node, instant started) : node_(std::move(node)), started_(started) {}

  /// What to transact now; none when nothing changed. Declares what `known` lacks. Cost: O(1)
  [[nodiscard]] std::optional<tx_request> next(const node_sample& now, const node_figures& counts,
                                               const schema& known);
  /// What became of it.
  void hear_stated();
  void hear_refused();

 private:
  /// In the order of the table in node_facts.cpp.
  static constexpr std::size_t figures = 5;
  using values = std::array<std::int64_t, figures>;
  [[nodiscard]] values values_of(const node_sample& now, const node_figures& counts) const;

  std::string node_;
  instant started_;
  std::optional<values> stated_; ///< by this process
  std::optional<values> offered_;
  std::uint64_t own_ = 0; ///< transactions of facts
};

} // namespace weft::actors
