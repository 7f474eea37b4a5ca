// What a supervisor decides: which child to start or stop next, and when to give up. OTP's rules,
// without actors: events in, effects out.
//
//   supervision rules({.how = strategy::rest_for_one}, children);
//   perform(rules.step(supervision::begin{}, now));        // start child 0
//   perform(rules.step(supervision::started{0}, now));     // start child 1 ...
//
// Children start in order, each when the one before it has said that it is ready; they stop in the
// reverse order, one at a time, each within its deadline, after which it is killed. A child that
// ends by itself is restarted with those that the strategy names; more restarts than the intensity
// allows, or a reason that no restart mends (failed storage), end the supervisor with that reason:
// its own supervisor decides what then. A child that fails to begin ends the first start; later it
// counts as a restart.
//
// Not thread-safe: one supervisor steps it. Cost of a step: O(children).
// @source "Supervisor Behaviour" of the OTP design principles; docs/decisions/0110
#pragma once

#include "weft/core/base/result.hpp"

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace weft::actors {

/// Who is restarted when a child ends.
enum class strategy : std::uint8_t {
  one_for_one,  ///< it alone
  one_for_all,  ///< all children
  rest_for_one, ///< it and those that were started after it
};

/// Whether a child that ended by itself is restarted.
enum class restart : std::uint8_t {
  permanent, ///< always
  transient, ///< unless it ended normally
  temporary, ///< never
};

/// What a supervisor knows of a child.
struct child_rule {
  std::string name;
  restart when = restart::permanent;
  std::chrono::milliseconds stop_within{5000}; ///< then it is killed
};

struct supervision_options {
  strategy how = strategy::one_for_one;
  unsigned restarts_max = 3; ///< within `restarts_within`; one more ends the supervisor
  std::chrono::milliseconds restarts_within{5000};
};

class supervision {
 public:
  using time = std::chrono::milliseconds; ///< of a clock that does not jump
  using place = std::size_t;

  // -- events ---

  struct begin {};
  struct started {
    place which;
  };
  /// It ended, by itself or because it was told to; also when it could not begin.
  struct ended {
    place which;
    std::optional<error> why; ///< none: normally
  };
  /// The time that was given with a stop_child is over.
  struct deadline {
    place which;
    std::uint64_t stop; ///< of stop_child
  };
  struct stop {};
  using event = std::variant<begin, started, ended, deadline, stop>;

  // -- effects ---

  struct start_child {
    place which;
  };
  struct stop_child {
    place which;
    std::chrono::milliseconds within;
    std::uint64_t stop; ///< to be said with `deadline`
    bool kill;          ///< it was asked before
  };
  /// All children are up.
  struct ready {};
  /// All children are down; the supervisor ends, with this reason if it was not told to, or if one
  /// of them failed while it ended.
  struct finished {
    std::optional<error> why;
  };
  using effect = std::variant<start_child, stop_child, ready, finished>;
  using effects = std::vector<effect>;

  /// How a child is.
  enum class condition : std::uint8_t { down, starting, up, stopping, killed, retired };

  supervision(supervision_options how, std::vector<child_rule> children);

  /// What is to be done now. `now` never goes back. Events that come late, about a child that is
  /// not in that condition any more, have no effect.
  [[nodiscard]] effects step(const event& what, time now);

  [[nodiscard]] const child_rule& rule(place which) const { return children_[which].rule; }
  [[nodiscard]] std::size_t size() const noexcept { return children_.size(); }
  [[nodiscard]] condition of(place which) const { return children_[which].now; }
  /// How often it was restarted, since the beginning.
  [[nodiscard]] std::uint64_t restarts(place which) const { return children_[which].restarts; }

 private:
  struct watched {
    child_rule rule;
    condition now = condition::down;
    bool to_stop = false;
    bool was_up = false; ///< at least once
    std::uint64_t stop = 0;
    std::uint64_t restarts = 0;
  };

  void hear(const begin& news, time now);
  void hear(const started& news, time now);
  void hear(const ended& news, time now);
  void hear(const deadline& news, time now);
  void hear(const stop& news, time now);
  void end_with(std::optional<error> why);
  void fail_child(place which, const std::optional<error>& why, time now);
  [[nodiscard]] bool may_restart(time now);
  void go_on();
  [[nodiscard]] bool stop_next();
  [[nodiscard]] bool start_next();
  void ask_to_stop(place which, bool kill);

  supervision_options how_;
  std::vector<watched> children_;
  std::deque<time> restarts_; ///< within the window
  bool running_ = false;
  bool ending_ = false;
  bool told_ready_ = false;
  bool told_finished_ = false;
  std::optional<error> reason_;
  std::uint64_t stops_ = 0;
  effects out_;
};

/// Whether nothing in memory is trusted after this: only another process may open the storage
/// again.
[[nodiscard]] bool is_final(errc code) noexcept;

/// "one_for_one", ...; "up", ...
[[nodiscard]] std::string_view to_string(strategy how) noexcept;
[[nodiscard]] std::string_view to_string(supervision::condition now) noexcept;

} // namespace weft::actors
