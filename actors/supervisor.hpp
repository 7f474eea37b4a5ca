// A supervisor: an actor whose children are other actors. What it decides is in supervision.hpp;
// here are spawning, watching and deadlines.
//
//   auto top = spawn_supervisor(system, "node", {.how = strategy::rest_for_one},
//                    {{.rule = {.name = "shard"}, .start = [&] { return untyped(...); }}, ...});
//   request(self, top, forever, start_up{}, ...);      // answered when all children are up
//
// It ends with the reason why it gave up, or normally when it was told to end; its children are
// down by then. Killed, it takes its children along, at once.
#pragma once

#include "weft/actors/messages.hpp"
#include "weft/actors/supervision.hpp"
#include "weft/core/base/log.hpp"

#include <functional>

namespace weft::actors {

/// How a child comes to be. `start` spawns an actor that takes start_up; it is called again for
/// each restart, in the supervisor, when those before it are up.
struct child_spec {
  child_rule rule;
  std::function<child_actor()> start;
  bool is_supervisor = false; ///< it takes ask_tree
  /// How long it may take to stop, asked when it is told to; none: rule.stop_within.
  std::function<std::chrono::milliseconds()> stop_within = {};
};

struct supervisor_state {
  static inline const char* name = "weft.supervisor";

  void adopt(std::vector<child_spec> specs, supervision_options how);
  [[nodiscard]] promise<started> begin();
  ~supervisor_state();

  void hear_end(const actor_address& who, const end_reason& reason);
  void hear_stop();
  void hear_deadline(const deadline_passed& news);
  [[nodiscard]] promise<tree> show(const ask_tree& asked);

  supervisor_actor::pointer self = nullptr;
  std::string title;
  /// Told once, when it ends, and why if it was not told to. May be null.
  std::function<void(std::optional<error>)> on_end;
  std::shared_ptr<log_sink> log = null_log();

 private:
  [[nodiscard]] static supervision::time now();
  void step(const supervision::event& what);
  void perform(const supervision::start_child& order);
  void perform(const supervision::stop_child& order);
  void perform(const supervision::ready& news);
  void perform(const supervision::finished& news);
  void tell_end(std::optional<error> why);
  void note_end(supervision::place which, const std::optional<error>& why);

  std::vector<child_spec> specs_;
  std::optional<supervision> rules_;
  std::vector<child_actor> children_; ///< by number; null while it is down
  std::vector<free_promise> begun_;
  bool up_ = false;
};

/// See the top. `on_end` is told once, when it ends, and why if it was not told to. It ends, too,
/// when nobody holds it any more. `log` is told what failed, and what was done about it.
/// Cost: that of a spawn. @errors none here: start_up answers them
[[nodiscard]] supervisor_actor
spawn_supervisor(actor_system& in, std::string title, supervision_options how,
                 std::vector<child_spec> children,
                 std::function<void(std::optional<error>)> on_end = {},
                 std::shared_ptr<log_sink> log = null_log());

} // namespace weft::actors
