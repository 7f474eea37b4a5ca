// The metrics of a node, in a registry that the application brings. Which there are, with their
// unit and meaning: docs/metrics.md, which a test compares with what is served.
//
//   node_metrics metrics(registry, started);
//   metrics.update(sample, figures);          // before each reading of the registry
//
// Sets of labels are closed: parts of the node, rows of errc.def, kinds of queries. Not
// thread-safe; the registry is.
#pragma once

#include "weft/actors/figures.hpp"
#include "weft/actors/messages.hpp"

namespace prometheus {
class Registry;
} // namespace prometheus

namespace weft::actors {

class node_metrics {
 public:
  /// Registers all of them. `started`: of the process, by the wall clock; `commit`: of its sources.
  node_metrics(std::shared_ptr<prometheus::Registry> registry, instant started, std::string commit);
  node_metrics(const node_metrics&) = delete;
  node_metrics& operator=(const node_metrics&) = delete;
  ~node_metrics();

  /// Cost: O(parts), some microseconds.
  void update(const node_sample& now, const node_figures& counts);

 private:
  struct families;
  std::unique_ptr<families> all_;
};

} // namespace weft::actors
