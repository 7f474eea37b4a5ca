#include "weft/actors/supervision.hpp"

#include "weft/core/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace weft::actors {

namespace {

using condition = supervision::condition;

bool is_alive(condition now) {
  return now != condition::down && now != condition::retired;
}

} // namespace

bool is_final(errc code) noexcept {
  switch (code) {
  case errc::storage_failed:
  case errc::io_error:
  case errc::log_corrupt:
  case errc::hard_state_corrupt:
  case errc::database_mismatch:
  case errc::not_a_database:
  case errc::unsupported_version:
    return true;
  default:
    return false;
  }
}

supervision::supervision(supervision_options how, std::vector<child_rule> children) : how_(how) {
  for (auto& rule : children)
    children_.push_back({.rule = std::move(rule)});
}

supervision::effects supervision::step(const event& what, time now) {
  std::visit([&](const auto& e) { hear(e, now); }, what);
  go_on();
  return std::exchange(out_, {});
}

// -- events ---

void supervision::hear(const begin& /*news*/, time /*now*/) {
  running_ = true;
}

void supervision::hear(const started& news, time /*now*/) {
  auto& child = children_[news.which];
  if (child.now != condition::starting)
    return;
  child.now = condition::up;
  child.was_up = true;
}

void supervision::hear(const ended& news, time now) {
  auto& child = children_[news.which];
  if (!is_alive(child.now))
    return;
  const bool was_killed = child.now == condition::killed;
  const bool was_told = child.now == condition::stopping || was_killed;
  child.now = condition::down;
  child.to_stop = false;
  // It failed on its way out: that counts when all ends, or may not begin again.
  if (news.why && (is_final(news.why->code) || (ending_ && !was_killed)))
    return end_with(
        error{news.why->code, child.rule.name + ": " + news.why->detail, news.why->fields});
  if (was_told || ending_)
    return;
  if (child.rule.when == restart::temporary ||
      (child.rule.when == restart::transient && !news.why)) {
    child.now = condition::retired;
    return;
  }
  fail_child(news.which, news.why, now);
}

void supervision::hear(const deadline& news, time /*now*/) {
  auto& child = children_[news.which];
  if (child.stop != news.stop)
    return;
  if (child.now == condition::stopping) {
    ask_to_stop(news.which, true);
  } else if (child.now == condition::killed) { // it hangs: nobody can wait for it
    child.now = condition::down;
    child.to_stop = false;
    end_with(error{errc::stop_timed_out, child.rule.name + " does not end, not even killed"});
  }
}

void supervision::hear(const stop& /*news*/, time /*now*/) {
  end_with(std::nullopt);
}

// -- decisions ---

/// The first reason counts, and one after which nothing in memory is trusted before any other.
void supervision::end_with(std::optional<error> why) {
  const bool is_worse = why && is_final(why->code) && !(reason_ && is_final(reason_->code));
  if (!reason_ || is_worse)
    reason_ = std::move(why);
  ending_ = true;
}

/// A child that should be up is not. What its end takes along is stopped, then all is started.
void supervision::fail_child(place which, const std::optional<error>& why, time now) {
  const auto& failed = children_[which];
  const auto reason = why ? *why : error{errc::closed, "it ended normally"};
  if (is_final(reason.code) || !failed.was_up)
    return end_with(error{reason.code, failed.rule.name + ": " + reason.detail, reason.fields});
  if (!may_restart(now))
    return end_with(error{errc::restarts_exceeded,
                          failed.rule.name + " failed more than " +
                              std::to_string(how_.restarts_max) + " times within " +
                              std::to_string(how_.restarts_within.count()) + " ms, last with " +
                              reason.to_string(),
                          {{"child", failed.rule.name}}});
  const auto first = how_.how == strategy::rest_for_one ? which : 0;
  for (place i = first; i < children_.size(); ++i) {
    const bool along = how_.how != strategy::one_for_one && i != which;
    if (along && is_alive(children_[i].now))
      children_[i].to_stop = true;
    if (along || i == which)
      ++children_[i].restarts;
  }
}

/// Counts a restart. False when that is more than the intensity allows.
bool supervision::may_restart(time now) {
  while (!restarts_.empty() && now - restarts_.front() >= how_.restarts_within)
    restarts_.pop_front();
  restarts_.push_back(now);
  return restarts_.size() <= how_.restarts_max;
}

// -- what is next ---

void supervision::go_on() {
  if (!running_ && !ending_)
    return;
  if (stop_next())
    return;
  if (ending_) {
    if (!std::exchange(told_finished_, true))
      out_.emplace_back(finished{reason_});
    return;
  }
  if (!start_next() && !std::exchange(told_ready_, true))
    out_.emplace_back(ready{});
}

/// The last child that is to stop is stopped before any other. True while there is one.
bool supervision::stop_next() {
  for (place i = children_.size(); i-- > 0;) {
    const auto& child = children_[i];
    if (!is_alive(child.now) || !(child.to_stop || ending_))
      continue;
    if (child.now == condition::starting || child.now == condition::up)
      ask_to_stop(i, false);
    return true;
  }
  return false;
}

/// The first child that is down is started, when those before it are up. True while one is not up.
bool supervision::start_next() {
  const auto first = std::ranges::find_if(children_, [](const watched& child) {
    return child.now != condition::up && child.now != condition::retired;
  });
  if (first == children_.end())
    return false;
  if (first->now == condition::down) {
    first->now = condition::starting;
    out_.emplace_back(start_child{static_cast<place>(first - children_.begin())});
  }
  return true;
}

void supervision::ask_to_stop(place which, bool kill) {
  auto& child = children_[which];
  child.now = kill ? condition::killed : condition::stopping;
  child.stop = ++stops_;
  out_.emplace_back(stop_child{which, child.rule.stop_within, child.stop, kill});
}

// -- names ---

std::string_view to_string(strategy how) noexcept {
  switch (how) {
  case strategy::one_for_one:
    return "one_for_one";
  case strategy::one_for_all:
    return "one_for_all";
  case strategy::rest_for_one:
    return "rest_for_one";
  }
  return "unknown";
}

std::string_view to_string(condition now) noexcept {
  switch (now) {
  case condition::down:
    return "down";
  case condition::starting:
    return "starting";
  case condition::up:
    return "up";
  case condition::stopping:
    return "stopping";
  case condition::killed:
    return "killed";
  case condition::retired:
    return "retired";
  }
  return "unknown";
}

} // namespace weft::actors
