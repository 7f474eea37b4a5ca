#include "weft/actors/query_worker.hpp"

#include "weft/core/protocol/read_chunk.hpp"
#include "weft/persistence/system.hpp"

#include <algorithm>
#include <utility>

namespace weft::actors {

namespace {

/// Those that are not built in, ascending by id.
std::vector<attribute> declared(const schema& in) {
  std::vector<attribute> out;
  for (const auto* a : in.attributes())
    if (a->id.get() >= limits::first_user_attribute)
      out.push_back(*a);
  std::ranges::sort(out, {}, &attribute::id);
  return out;
}

query_answered failed(const error& why) {
  return {wire_error::because(why)};
}

/// Counts how long an answer takes, from its making on.
class stopwatch {
 public:
  stopwatch(std::shared_ptr<node_figures> to, query_kind what) : to_(std::move(to)), what_(what) {}
  void stop() const { to_->answered(what_, persistence::steady_ns() - begun_); }

 private:
  std::shared_ptr<node_figures> to_;
  query_kind what_;
  std::uint64_t begun_ = persistence::steady_ns();
};

} // namespace

template <class Make>
promise<query_answered> query_worker_state::of_now(query_kind what, Make make) {
  const stopwatch took(node->counts, what);
  auto answer = self->make_response_promise<promise<query_answered>>();
  const auto applier = node->applier();
  if (!applier) {
    answer.deliver(failed({errc::no_leader, "the shard is starting; try again"}));
    took.stop();
    return answer;
  }
  request(
      self, applier, forever, ask_view{},
      [answer, make, took](const viewed& now) mutable {
        answer.deliver(make(now));
        took.stop();
      },
      [answer, took](const error& why) mutable {
        answer.deliver(failed(why));
        took.stop();
      });
  return answer;
}

promise<query_answered> query_worker_state::run(const run_query& what) {
  if (std::holds_alternative<protocol::open_view_request>(what.what))
    return of_now(query_kind::view, [strict = node->strict](const viewed& now) {
      return query_answered{protocol::view_answer{.basis = now.now.basis(),
                                                  .when = now.when,
                                                  .chain = now.chain,
                                                  .next = now.next,
                                                  .strict = strict,
                                                  .schema = declared(now.now.schema())},
                            std::make_shared<const weft::view>(now.now)};
    });
  if (std::holds_alternative<protocol::status_request>(what.what))
    return of_now(query_kind::status, [from = node](const viewed& now) {
      const auto why = from->not_writable();
      return query_answered{protocol::status_answer{.t = now.now.basis(),
                                                    .when = now.when,
                                                    .chain = now.chain,
                                                    .writable = !why,
                                                    .reason = why ? why->to_string() : "",
                                                    .figures = from->figures()}};
    });
  auto answer = self->make_response_promise<promise<query_answered>>();
  const auto* read = std::get_if<protocol::read_request>(&what.what);
  if (read == nullptr || !what.of) {
    answer.deliver(failed({errc::invalid_argument, "this is no question to a view"}));
    return answer;
  }
  const stopwatch took(node->counts, query_kind::read);
  answer.deliver(query_answered{protocol::read_chunk(*what.of, *read), what.of});
  took.stop();
  return answer;
}

query_worker_actor::behavior_type query_worker(pointer<query_worker_actor, query_worker_state> self,
                                               std::shared_ptr<const query_services> node) {
  auto& state = self->state;
  state.self = self;
  state.node = std::move(node);
  return {[](const start_up&) { return started{}; },
          [&state](const run_query& m) { return state.run(m); }};
}

// -- the pool ---

query_worker_actor query_workers::any() {
  const std::lock_guard lock(mutex_);
  return workers_.empty() ? query_worker_actor{} : workers_[next_++ % workers_.size()];
}

void query_workers::set(std::size_t place, query_worker_actor x) {
  const std::lock_guard lock(mutex_);
  workers_.resize(std::max(workers_.size(), place + 1));
  workers_[place] = std::move(x);
}

void query_workers::clear() {
  const std::lock_guard lock(mutex_);
  workers_.clear();
}

supervisor_actor spawn_query_pool(actor_system& in, std::size_t workers,
                                  const std::shared_ptr<const query_services>& node,
                                  const std::shared_ptr<query_workers>& as) {
  std::vector<child_spec> children;
  for (std::size_t i = 0; i < workers; ++i)
    children.push_back({.rule = {.name = "query_worker " + std::to_string(i + 1)},
                        .start = [&in, node, as, i]() -> child_actor {
                          auto made = spawn(in, query_worker, node);
                          as->set(i, made);
                          return made;
                        }});
  return spawn_supervisor(in, "query pool", supervision_options{}, std::move(children));
}

} // namespace weft::actors
