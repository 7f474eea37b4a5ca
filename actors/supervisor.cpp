#include "weft/actors/supervisor.hpp"

#include <algorithm>
#include <utility>

namespace weft::actors {

namespace {

std::vector<child_rule> rules_of(const std::vector<child_spec>& specs) {
  std::vector<child_rule> out;
  out.reserve(specs.size());
  for (const auto& spec : specs)
    out.push_back(spec.rule);
  return out;
}

/// What a child has of the time for an answer; the rest is ours. One that is busy for longer is
/// shown without its children.
std::chrono::milliseconds share_of(std::chrono::milliseconds within) {
  return within * 3 / 4;
}

std::optional<error> why(const end_reason& reason) {
  if (is_normal(reason))
    return std::nullopt;
  return from_caf(reason);
}

} // namespace

supervision::time supervisor_state::now() {
  return std::chrono::duration_cast<supervision::time>(
      std::chrono::steady_clock::now().time_since_epoch());
}

void supervisor_state::adopt(std::vector<child_spec> specs, supervision_options how) {
  rules_.emplace(how, rules_of(specs));
  children_.resize(specs.size());
  specs_ = std::move(specs);
}

/// Nothing is left to look after them.
supervisor_state::~supervisor_state() {
  for (const auto& child : children_)
    if (child)
      kill(untyped(child));
  tell_end(error{errc::closed, title + " was killed"});
}

void supervisor_state::tell_end(std::optional<error> why) {
  for (auto& waiting : std::exchange(begun_, {}))
    waiting.deliver(to_caf(why.value_or(error{errc::closed, title + " was told to end"})));
  if (const auto tell = std::exchange(on_end, {}))
    tell(std::move(why));
}

promise<started> supervisor_state::begin() {
  auto out = self->make_response_promise<promise<started>>();
  if (up_) {
    out.deliver(started{});
    return out;
  }
  begun_.emplace_back(out);
  step(supervision::begin{});
  return out;
}

void supervisor_state::step(const supervision::event& what) {
  for (const auto& effect : rules_->step(what, now()))
    std::visit([this](const auto& order) { perform(order); }, effect);
}

// -- events ---

void supervisor_state::hear_end(const actor_address& who, const end_reason& reason) {
  const auto it = std::ranges::find_if(
      children_, [&](const child_actor& child) { return child && child.address() == who; });
  if (it == children_.end())
    return; // it was heard before
  *it = nullptr;
  const auto which = static_cast<supervision::place>(it - children_.begin());
  note_end(which, why(reason));
  step(supervision::ended{which, why(reason)});
}

/// One that was told to end is no news.
void supervisor_state::note_end(supervision::place which, const std::optional<error>& why) {
  using condition = supervision::condition;
  const auto now = rules_->of(which);
  if (now != condition::up && now != condition::starting)
    return;
  note(*log, log_event::actor_ended, rules_->rule(which).name + " ended",
       {{"supervisor", title},
        {"actor", rules_->rule(which).name},
        {"errc", why ? info(why->code).name : std::string_view("none")},
        {"why", why ? why->to_string() : std::string("it ended normally")}});
}

void supervisor_state::hear_stop() {
  step(supervision::stop{});
}

void supervisor_state::hear_deadline(const deadline_passed& news) {
  step(supervision::deadline{news.child, news.stop});
}

// -- effects ---

void supervisor_state::perform(const supervision::start_child& order) {
  auto child = specs_[order.which].start();
  children_[order.which] = child;
  watch(self, child);
  request(
      self, child, forever, start_up{},
      [this, child, which = order.which](const started&) {
        if (children_[which] != child)
          return;
        if (const auto restarts = rules_->restarts(which); restarts != 0)
          note(
              *log, log_event::actor_restarted, rules_->rule(which).name + " is up again",
              {{"supervisor", title}, {"actor", rules_->rule(which).name}, {"restarts", restarts}});
        step(supervision::started{which});
      },
      [this, child, which = order.which](const error& why) {
        if (children_[which] != child)
          return; // its end was heard before
        if (rules_->of(which) == supervision::condition::stopping && !is_final(why.code))
          return; // that it does not begin is because it was told to end; its end is heard next
        children_[which] = nullptr;
        note_end(which, why);
        kill(untyped(child));
        step(supervision::ended{which, why});
      });
}

void supervisor_state::perform(const supervision::stop_child& order) {
  const auto& child = children_[order.which];
  if (order.kill) {
    note(*log, log_event::actor_killed, rules_->rule(order.which).name + " did not end in time",
         {{"supervisor", title}, {"actor", rules_->rule(order.which).name}});
    kill(untyped(child));
  } else
    ask_to_end(untyped(child));
  const auto& spec = specs_[order.which];
  const auto within = spec.stop_within && !order.kill ? spec.stop_within() : order.within;
  send_later(self, within, deadline_passed{order.which, order.stop});
}

void supervisor_state::perform(const supervision::ready& /*news*/) {
  up_ = true;
  for (auto& waiting : std::exchange(begun_, {}))
    waiting.deliver(started{});
}

void supervisor_state::perform(const supervision::finished& news) {
  if (news.why)
    note(*log, log_event::supervisor_escalated, title + " gives up",
         {{"supervisor", title},
          {"errc", info(news.why->code).name},
          {"why", news.why->to_string()}});
  tell_end(news.why);
  if (news.why)
    self->quit(to_caf(*news.why));
  else
    self->quit();
}

// -- what is to be seen ---

promise<tree> supervisor_state::show(const ask_tree& asked) {
  const auto within = share_of(asked.within);
  auto answer = self->make_response_promise<promise<tree>>();
  const auto all = std::make_shared<tree>(tree{.name = title, .condition = "up"});
  for (supervision::place i = 0; i < rules_->size(); ++i)
    all->children.push_back({.name = rules_->rule(i).name,
                             .condition = std::string(to_string(rules_->of(i))),
                             .restarts = rules_->restarts(i),
                             .who = children_[i] ? untyped(children_[i]) : actor{}});
  const auto missing = std::make_shared<std::size_t>(1);
  auto count = [all, missing, answer]() mutable {
    if (--*missing == 0)
      answer.deliver(*all);
  };
  for (supervision::place i = 0; i < children_.size(); ++i) {
    if (!specs_[i].is_supervisor || !children_[i])
      continue;
    ++*missing;
    request(
        self, untyped(children_[i]), within, ask_tree{within},
        [all, i, count](const tree& below) mutable {
          all->children[i].children = below.children;
          count();
        },
        [count](const error& /*why*/) mutable { count(); }); // its line says how it is
  }
  count();
  return answer;
}

namespace {

supervisor_actor::behavior_type supervisor(pointer<supervisor_actor, supervisor_state> self,
                                           std::string title, supervision_options how,
                                           std::vector<child_spec> children,
                                           std::function<void(std::optional<error>)> on_end,
                                           std::shared_ptr<log_sink> log) {
  auto& state = self->state;
  state.log = std::move(log);
  state.self = self;
  state.title = std::move(title);
  state.on_end = std::move(on_end);
  state.adopt(std::move(children), how);
  on_asked_to_end(self, [&state] { state.hear_stop(); });
  on_end_of_watched(self, [&state](const actor_address& who, const end_reason& reason) {
    state.hear_end(who, reason);
  });
  return {[&state](const start_up&) { return state.begin(); },
          [&state](const ask_tree& m) { return state.show(m); },
          [&state](const deadline_passed& m) { state.hear_deadline(m); }};
}

} // namespace

supervisor_actor spawn_supervisor(actor_system& in, std::string title, supervision_options how,
                                  std::vector<child_spec> children,
                                  std::function<void(std::optional<error>)> on_end,
                                  std::shared_ptr<log_sink> log) {
  return spawn(in, supervisor, std::move(title), how, std::move(children), std::move(on_end),
               std::move(log));
}

} // namespace weft::actors
