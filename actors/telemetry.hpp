// Telemetry of a node: asks its parts how they are, and says it in three ways: as a sample to who
// asks (health pages, a dump), as metrics in a registry that the application brings, and as facts
// about the node that are transacted like anybody's.
//
//   auto made = spawn(system, telemetry, telemetry_options{...});   // the last child of a node
//   request(self, made, within, ask_sample{}, [](const node_sample& now) { ... }, ...);
//
// A sample is made when somebody asks, never on the way of a commit: what parts count meanwhile are
// relaxed atomics (figures.hpp). Facts that cannot be transacted are told to the log, and stated
// again with the next ones. @source docs/metrics.md; docs/decisions/0121
#pragma once

#include "weft/actors/credit.hpp"
#include "weft/actors/figures.hpp"
#include "weft/actors/messages.hpp"
#include "weft/actors/node_facts.hpp"
#include "weft/actors/node_metrics.hpp"

namespace weft::actors {

struct telemetry_options {
  std::string node;               ///< its id
  instant started;                ///< of the process, by the wall clock
  std::string commit = "unknown"; ///< of the sources that the program was made of
  /// Gets the metrics of the node with each sample. May be null.
  std::shared_ptr<prometheus::Registry> registry = {};
  /// How often facts are stated; none: never.
  std::optional<std::chrono::milliseconds> facts_interval = {};
  std::shared_ptr<node_figures> figures = {};
  std::shared_ptr<byte_credit> credit = {};
  /// As it is now; null before there is one.
  std::function<std::shared_ptr<memory_index>()> index = {};
  std::shared_ptr<log_sink> log = null_log();
};

struct telemetry_state {
  static inline const char* name = "weft.telemetry";

  [[nodiscard]] started begin();
  [[nodiscard]] promise<node_sample> sample();
  void state_facts();

  telemetry_actor::pointer self = nullptr;
  telemetry_options how;
  gateway_actor door;
  std::unique_ptr<node_metrics> metrics;
  std::optional<node_facts> facts;

 private:
  void gather();
  void ask_parts();
  void ask_what_waits(tree& above);
  template <class Reply, class Message, class Function>
  void ask(std::string_view part, const Message& question, Function put);
  void finish();
  void one_answered();
  void transact_facts();
  void hear_refused(const error& why);

  actor_address top_; ///< the supervisor of the node
  node_sample now_;
  std::size_t missing_ = 0; ///< answers
  std::vector<promise<node_sample>> waiting_;
  bool facts_wanted_ = false;    ///< from the sample that is being made
  bool facts_under_way_ = false; ///< being transacted
};

/// `door` takes the facts. A child of the node's supervisor: whoever starts it up is asked for the
/// tree.
telemetry_actor::behavior_type telemetry(pointer<telemetry_actor, telemetry_state> self,
                                         telemetry_options how, gateway_actor door);

} // namespace weft::actors
