// The one header that spells CAF. Another version of CAF is a change of this file (and of caf.cpp):
// interfaces, messages, spawning, sending, linking and the settings of the host's actor_system.
// Calls have the shape of CAF 1.x where the two differ.
//
//   using counter_actor = interface<takes<bump>, answers<ask_sum, sum>>;
//   counter_actor::behavior_type counter(pointer<counter_actor, counter_state> self, int from);
//   auto handle = spawn(system, counter, 7);
//   send(self, handle, bump{1});
//   request(self, handle, forever, ask_sum{}, [](const sum& s) {}, [](const error& e) {});
#pragma once

#include "weft/core/base/result.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/execution_unit.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <utility>

/// A message that never leaves the process: it needs no encoding. At global scope.
#define WEFT_LOCAL_MESSAGE(type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(type)

namespace weft::actors {

// -- interfaces ---

using actor_system = caf::actor_system;
/// Any actor; what it takes is known to it alone.
using actor = caf::actor;
/// A reference that does not keep its actor alive.
using actor_address = caf::actor_addr;

/// An actor that takes and answers these messages and no others.
template <class... Messages>
using interface = caf::typed_actor<Messages...>;
template <class Message>
using takes = caf::reacts_to<Message>;
template <class Request, class... Reply>
using answers = typename caf::replies_to<Request>::template with<Reply...>;

/// An actor as it sees itself, with its state.
template <class Interface, class State>
using pointer = typename Interface::template stateful_pointer<State>;

/// An answer that is given later, by a handler of the actor that promised it, once.
template <class Reply>
using promise = caf::typed_response_promise<Reply>;

/// The same, from any thread. (An ordinary one lets the worker of its actor run who asked, and that
/// worker may sleep by then.)
class free_promise {
 public:
  template <class Reply>
  explicit free_promise(promise<Reply> made)
      : free_promise(static_cast<caf::response_promise&>(made)) {}
  explicit free_promise(const caf::response_promise& made)
      : asker_(made.source()), id_(made.id()) {}

  /// Cost: that of a message to an actor that sleeps.
  template <class Reply>
  void deliver(Reply&& what) {
    if (asker_ && id_.is_request())
      asker_->enqueue(nullptr, id_.response_id(), caf::make_message(std::forward<Reply>(what)),
                      nullptr);
    asker_ = nullptr;
  }

 private:
  caf::strong_actor_ptr asker_;
  caf::message_id id_;
};

/// What a handler returns: a reply, an error, or a promise of one of them.
template <class... Reply>
using reply = caf::result<Reply...>;

// -- errors ---

/// Why an actor ended, or did not answer, as CAF says it.
using end_reason = caf::error;

/// An error of ours as one that CAF carries, and back. Lossless; an error of CAF's own becomes the
/// errc that tells the asker what to do (docs/decisions/0111).
[[nodiscard]] caf::error to_caf(const error& e);
[[nodiscard]] error from_caf(const caf::error& e);

// -- actors ---

/// From now on the actor answers what everybody answers, beside what its interface says:
/// ask_waiting (messages.hpp), how many messages wait for it. Nobody else can look without a race.
void answer_for_everybody(caf::scheduled_actor& self);

/// The same function, for an actor that does.
template <class Behavior, class Self, class... Parameters>
auto answering(Behavior (*function)(Self*, Parameters...)) {
  return [function](Self* self, Parameters... arguments) -> Behavior {
    answer_for_everybody(*self);
    return function(self, std::move(arguments)...);
  };
}
template <class Function>
Function answering(Function function) {
  return function;
}

/// Spawns an actor that shares the threads of the system: its handlers never block.
template <class Function, class... Arguments>
auto spawn(actor_system& system, Function function, Arguments&&... arguments) {
  static_assert(sizeof...(Arguments) > 0, "CAF 0.17 binds a null reference without arguments");
  return system.spawn(answering(function), std::forward<Arguments>(arguments)...);
}

/// Whether all actors of the system run on one thread, stepped by a test.
[[nodiscard]] bool is_stepped(const actor_system& system);

/// Spawns an actor with a thread of its own: its handlers may block.
template <class Function, class... Arguments>
auto spawn_detached(actor_system& system, Function function, Arguments&&... arguments) {
  static_assert(sizeof...(Arguments) > 0, "CAF 0.17 binds a null reference without arguments");
  if (is_stepped(system))
    return system.spawn(answering(function), std::forward<Arguments>(arguments)...);
  return system.spawn<caf::detached>(answering(function), std::forward<Arguments>(arguments)...);
}

/// The same actor behind a handle of any interface.
template <class Handle>
actor untyped(const Handle& handle) {
  return caf::actor_cast<actor>(handle);
}

/// No time limit: for requests within the process, whose actor is watched.
inline constexpr caf::infinite_t forever{};

/// Sends a message and expects nothing. Cost: 0.15 us, 13 us when a thread must be woken.
template <class Self, class Handle, class Message>
void send(Self* self, const Handle& to, Message&& message) {
  self->send(to, std::forward<Message>(message));
}

/// Sends a message to oneself, later. It cannot be taken back: number it.
template <class Self, class Message>
void send_later(Self* self, std::chrono::milliseconds in, Message&& message) {
  self->delayed_send(self, in, std::forward<Message>(message));
}

/// Asks, and calls `done` with the reply or `failed` with the error, in a handler of the asker.
template <class Self, class Handle, class Time, class Message, class Done, class Failed>
void request(Self* self, const Handle& of, Time within, Message&& message, Done done,
             Failed failed) {
  self->request(of, within, std::forward<Message>(message))
      .then(std::move(done), [fail_with = std::move(failed)](const caf::error& e) mutable {
        fail_with(from_caf(e));
      });
}

/// Asks before everything that waits for the actor already.
template <class Self, class Time, class Message, class Done, class Failed>
void request_first(Self* self, const actor& of, Time within, Message&& message, Done done,
                   Failed failed) {
  self->template request<caf::message_priority::high>(of, within, std::forward<Message>(message))
      .then(std::move(done), [fail_with = std::move(failed)](const caf::error& e) mutable {
        fail_with(from_caf(e));
      });
}

/// Asks an actor of which only that it takes the message is known: whatever it answers is `done`.
template <class Self, class Message, class Done, class Failed>
void request_any(Self* self, const actor& of, Message&& message, Done done, Failed failed) {
  self->request(of, forever, std::forward<Message>(message))
      .then(std::move(done), std::move(failed));
}

/// Whether more messages wait for this actor. Cost: O(1).
template <class Self>
bool has_more(Self* self) {
  return !self->mailbox().empty();
}

/// Who sent the message that is handled; null when it is nobody.
template <class Self>
actor asker_of(Self* self) {
  return caf::actor_cast<actor>(self->current_sender());
}

/// Whether the error of a request says that the actor does not take the message.
[[nodiscard]] bool says_not_understood(const caf::error& e);

/// Calls `asked()` instead of ending when anybody asks this actor to end; a kill is not asked.
template <class Self, class Function>
void on_asked_to_end(Self* self, Function asked) {
  self->set_exit_handler([call = std::move(asked)](const caf::exit_msg& /*message*/) { call(); });
}

/// Calls `ended(address, reason)` when an actor ends that this one watches.
template <class Self, class Function>
void on_end_of_watched(Self* self, Function ended) {
  self->set_down_handler([call = std::move(ended)](const caf::down_msg& message) {
    call(message.source, message.reason);
  });
}

/// From now on this actor hears of the end of `who`. (Not a link: when CAF kills an actor, it kills
/// those it is linked to, whatever they think of it.)
template <class Self, class Handle>
void watch(Self* self, const Handle& who) {
  self->monitor(untyped(who));
}

/// As if it had never been watched. What was heard of its end already, was.
template <class Self, class Handle>
void unwatch(Self* self, const Handle& who) {
  self->demonitor(untyped(who));
}

/// Ends this actor. Whoever watches it hears of that in a worker, not in the thread of a runner.
template <class Self>
void quit_elsewhere(Self* self);

/// The actor there; null when it is gone.
[[nodiscard]] inline actor alive(const actor_address& at) {
  return caf::actor_cast<actor>(at);
}

/// Whether an actor ended of its own will, or because it was told to.
[[nodiscard]] bool is_normal(const caf::error& reason);

/// Asks an actor to end when it has done what is in its mailbox before.
void ask_to_end(const actor& who);
/// Ends an actor before anything that waits in its mailbox, without asking it.
void kill(const actor& who);

/// A place for one answer; whoever has it last and did not answer, says that nobody will.
template <class Reply>
class answer_slot {
 public:
  answer_slot() = default;
  answer_slot(const answer_slot&) = delete;
  answer_slot& operator=(const answer_slot&) = delete;
  ~answer_slot() { set(fail(errc::no_leader, "the actor that was asked ended")); }
  [[nodiscard]] std::future<result<Reply>> get() { return answer_.get_future(); }
  /// The first one counts. For one thread at a time.
  void set(result<Reply> answer) {
    if (!std::exchange(is_set_, true))
      answer_.set_value(std::move(answer));
  }

 private:
  std::promise<result<Reply>> answer_;
  bool is_set_ = false;
};

/// An actor that asks, gives the answer to `slot` and ends.
template <class Reply, class Message, class Time>
void ask_for(actor_system& system, const actor& of, const Message& what, Time within,
             std::shared_ptr<answer_slot<Reply>> slot) {
  const auto asker = [](caf::event_based_actor* self, const actor& whom, const Message& message,
                        Time time, const std::shared_ptr<answer_slot<Reply>>& to) -> caf::behavior {
    const auto done = [self, to](result<Reply> answer) {
      to->set(std::move(answer));
      self->quit();
    };
    self->set_down_handler([done](const caf::down_msg& m) { done(fail(from_caf(m.reason))); });
    self->monitor(whom);
    self->request(whom, time, message)
        .then([done](const Reply& got) { done(got); },
              [done](const caf::error& e) { done(fail(from_caf(e))); });
    return {[](int) {}};
  };
  const auto kept = spawn(system, asker, of, what, within, std::move(slot));
}

/// Asks from a thread that is no actor's, and waits for the answer. Cost: a wake-up each way.
/// @errors those of the answer; no_leader when the actor ends without one
template <class Reply, class Message>
result<Reply> ask_and_wait(actor_system& system, const actor& of, const Message& what) {
  auto slot = std::make_shared<answer_slot<Reply>>();
  auto told = slot->get();
  ask_for<Reply>(system, of, what, forever, std::move(slot));
  return told.get();
}

/// The same, but not for longer than `within`, even when no actor of the system runs.
/// @errors also no_leader when there is no answer by then
template <class Reply, class Message>
result<Reply> ask_and_wait_for(actor_system& system, const actor& of, const Message& what,
                               std::chrono::milliseconds within) {
  auto slot = std::make_shared<answer_slot<Reply>>();
  auto told = slot->get();
  ask_for<Reply>(system, of, what, within, std::move(slot));
  if (told.wait_for(within) == std::future_status::ready)
    return told.get();
  return fail(errc::no_leader,
              "there is no answer within " + std::to_string(within.count()) + " ms; try again");
}

/// Asks an actor to end and waits until it has.
void end_and_wait(actor_system& system, const actor& who);

/// Sends a message on behalf of nobody, from any thread.
template <class Handle, class Message>
void send_from_outside(const Handle& to, Message&& message) {
  caf::anon_send(to, std::forward<Message>(message));
}

// -- who runs where (docs/decisions/0145) ---

/// Runs actors in a thread that is no worker's: those it sends to, those they send to, and so on.
/// For a thread that has just waited for the outside (a disk, a socket) and has one small thing to
/// pass on: waking a worker on another core costs more than what there is to do.
/// Confined to its thread. In a stepped system all of it is left to who steps.
class runner {
 public:
  explicit runner(actor_system& system);
  runner(const runner&) = delete;
  runner& operator=(const runner&) = delete;
  ~runner();

  /// Sends on behalf of nobody. Whoever was idle runs in the next run().
  template <class Handle, class Message>
  void send(const Handle& to, Message&& message) {
    to->enqueue(nullptr, caf::make_message_id(), caf::make_message(std::forward<Message>(message)),
                unit());
  }
  /// Runs them until nobody has anything to do; who has much is left to the workers.
  void run();
  /// Whether one runs in this thread now.
  [[nodiscard]] static bool is_running() noexcept;

 private:
  class unit_type;
  [[nodiscard]] caf::execution_unit* unit() const noexcept;
  std::unique_ptr<unit_type> unit_; ///< null in a stepped system
};

/// Whose turn it is in this thread: set while a runner runs, or an actor says so.
class turn {
 public:
  /// The turn of an actor that is handling a message.
  template <class Self>
  explicit turn(Self* self) : turn(self->context(), 0) {}
  turn(const turn&) = delete;
  turn& operator=(const turn&) = delete;
  ~turn();
  [[nodiscard]] static caf::execution_unit* now() noexcept;

 private:
  friend class runner;
  turn(caf::execution_unit* whose, int tag) noexcept;
  caf::execution_unit* before_;
};

/// Sends a message on behalf of nobody. Whoever was idle runs next in this thread, if it is its
/// turn to run actors, else in any.
template <class Handle, class Message>
void send_onwards(const Handle& to, Message&& message) {
  to->enqueue(nullptr, caf::make_message_id(), caf::make_message(std::forward<Message>(message)),
              turn::now());
}

/// Sends a message on behalf of nobody. Whoever was idle runs next in the worker of `self`.
template <class Self, class Handle, class Message>
void send_next(Self* self, const Handle& to, Message&& message) {
  to->enqueue(nullptr, caf::make_message_id(), caf::make_message(std::forward<Message>(message)),
              runner::is_running() ? nullptr : self->context());
}

/// While it lives, whoever `self` sends to runs in a worker, not in the thread of a runner: for
/// what takes its time, and for actors of which nothing is known.
template <class Self>
class elsewhere {
 public:
  explicit elsewhere(Self* self) : self_(self), here_(self->context()) {
    if (runner::is_running())
      self_->context(nullptr);
  }
  elsewhere(const elsewhere&) = delete;
  elsewhere& operator=(const elsewhere&) = delete;
  ~elsewhere() { self_->context(here_); }

 private:
  Self* self_;
  caf::execution_unit* here_;
};

template <class Self>
void quit_elsewhere(Self* self) {
  if (runner::is_running())
    self->context(nullptr);
  self->quit();
}

} // namespace weft::actors

namespace weft {

/// Sets what Weft needs of an actor_system: how its scheduler waits (docs/decisions/0112). Call it
/// on the configuration before the system is made.
void configure(caf::actor_system_config& config);

} // namespace weft
