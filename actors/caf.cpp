#include "weft/actors/caf.hpp"

#include "weft/actors/messages.hpp"

#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace weft::actors {

namespace {

const auto our_category = caf::atom("weft");

std::optional<errc> errc_of(std::uint16_t number) {
  for (const auto& row : all_errc())
    if (static_cast<std::uint16_t>(row.code) == number)
      return row.code;
  return std::nullopt;
}

/// number, detail, then names and values of the fields.
caf::message to_message(const error& e) {
  std::vector<std::string> fields;
  for (const auto& field : e.fields) {
    fields.push_back(field.name);
    fields.push_back(field.value);
  }
  return caf::make_message(static_cast<std::uint16_t>(e.code), e.detail, std::move(fields));
}

/// What an error that CAF made says to somebody who asked.
errc code_of(const caf::error& e) {
  if (e.category() == caf::atom("exit"))
    return errc::no_leader;
  if (e == caf::sec::request_timeout)
    return errc::outcome_unknown;
  return errc::no_leader;
}

} // namespace

caf::error to_caf(const error& e) {
  return {1, our_category, to_message(e)};
}

error from_caf(const caf::error& e) {
  if (!e) // how an actor ends that just ends; it has no category and no context to look at
    return {errc::no_leader, "an actor ended"};
  const auto& context = e.context();
  if (e.category() != our_category ||
      !context.match_elements<std::uint16_t, std::string, std::vector<std::string>>())
    return {code_of(e), "an actor ended: " + caf::to_string(e)};
  const auto code = errc_of(context.get_as<std::uint16_t>(0));
  error out{code.value_or(errc::outcome_unknown), context.get_as<std::string>(1)};
  const auto& fields = context.get_as<std::vector<std::string>>(2);
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2)
    out.fields.push_back({fields[i], fields[i + 1]});
  return out;
}

bool is_stepped(const actor_system& system) {
  return caf::get_or(system.config(), "scheduler.policy", caf::atom("stealing")) ==
         caf::atom("testing");
}

void answer_for_everybody(caf::scheduled_actor& self) {
  self.set_default_handler(
      [](caf::scheduled_actor* asked, caf::message_view& what) -> caf::result<caf::message> {
        if (what.content().match_elements<ask_waiting>())
          return caf::make_message(waiting_messages{asked->mailbox().size()});
        return caf::print_and_drop(asked, what);
      });
}

bool says_not_understood(const caf::error& e) {
  return e == caf::sec::unexpected_message;
}

bool is_normal(const caf::error& reason) {
  return !reason || reason == caf::exit_reason::normal || reason == caf::exit_reason::user_shutdown;
}

void ask_to_end(const actor& who) {
  caf::anon_send_exit(who, caf::exit_reason::user_shutdown);
}

void end_and_wait(actor_system& system, const actor& who) {
  caf::scoped_actor self(system);
  self->monitor(who);
  ask_to_end(who);
  self->receive([](const caf::down_msg&) {});
}

void kill(const actor& who) {
  if (who)
    who->enqueue(nullptr, caf::make_message_id(caf::message_priority::high),
                 caf::make_message(caf::exit_msg{who.address(), caf::exit_reason::kill}), nullptr);
}

// -- who runs where ---

namespace {

thread_local caf::execution_unit* turn_now = nullptr;
thread_local bool runner_runs = false;

/// Messages of one actor that a runner handles in a row.
constexpr std::size_t messages_in_a_row = 8;

} // namespace

class runner::unit_type final : public caf::execution_unit {
 public:
  explicit unit_type(actor_system& system) : execution_unit(&system) {}

  void exec_later(caf::resumable* who) override { ready_.push_back(who); }

  void run() {
    for (std::size_t next = 0; next < ready_.size(); ++next) {
      auto* who = ready_[next];
      if (who->resume(this, messages_in_a_row) == caf::resumable::resume_later)
        system().scheduler().enqueue(who); // with the reference that is ours
      else
        caf::intrusive_ptr_release(who);
    }
    ready_.clear();
  }

 private:
  std::vector<caf::resumable*> ready_;
};

runner::runner(actor_system& system)
    : unit_(is_stepped(system) ? nullptr : std::make_unique<unit_type>(system)) {}

runner::~runner() = default;

caf::execution_unit* runner::unit() const noexcept {
  return unit_.get();
}

void runner::run() {
  if (!unit_)
    return;
  const turn mine(unit_.get(), 0);
  runner_runs = true;
  unit_->run();
  runner_runs = false;
}

bool runner::is_running() noexcept {
  return runner_runs;
}

turn::turn(caf::execution_unit* whose, int /*tag*/) noexcept
    : before_(std::exchange(turn_now, whose)) {}

turn::~turn() {
  turn_now = before_;
}

caf::execution_unit* turn::now() noexcept {
  return turn_now;
}

} // namespace weft::actors

namespace weft {

void configure(caf::actor_system_config& config) {
  // A worker that finds no work sleeps until it is woken, instead of polling every 50 us.
  config.set("work-stealing.moderate-poll-attempts", std::size_t{0});
  // An actor that is flooded lets those run that it has sent something to.
  config.set("scheduler.max-throughput", std::size_t{64});
}

} // namespace weft
