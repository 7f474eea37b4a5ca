#include "weft/actors/router.hpp"

#include <utility>

namespace weft::actors {

router_state::~router_state() {
  for (auto& who : waiting_)
    who.who->answer(fail(errc::closed, "the node is closed"));
}

void router_state::take(const submit& order) {
  if (closed_)
    return order.what->answer(fail(*closed_));
  if (transactions_)
    return send(self, transactions_, order);
  const auto number = next_number_++;
  waiting_.push_back({number, order.what});
  send_later(self, how.wait_for_leader, give_up_waiting{number});
}

void router_state::hear(const route& news) {
  transactions_ = news.transactor;
  watch(self, transactions_);
  for (auto& who : std::exchange(waiting_, {}))
    send(self, transactions_, submit{std::move(who.who)});
}

void router_state::hear(const unroute& news) {
  transactions_ = nullptr;
  closed_ = news.why;
  for (auto& who : std::exchange(waiting_, {}))
    who.who->answer(fail(news.why));
}

void router_state::give_up(std::uint64_t through) {
  for (; !waiting_.empty() && waiting_.front().number <= through; waiting_.pop_front())
    waiting_.front().who->answer(
        fail(errc::no_leader, "the shard has had no transactor for a while; try again"));
}

void router_state::hear_end(const actor_address& who) {
  if (transactions_ && transactions_.address() == who)
    transactions_ = nullptr;
}

router_actor::behavior_type router(pointer<router_actor, router_state> self, router_options how) {
  auto& state = self->state;
  state.self = self;
  state.how = std::move(how);
  on_end_of_watched(self,
                    [&state](const actor_address& who, const end_reason&) { state.hear_end(who); });
  return {[](const start_up&) { return started{}; }, [&state](const submit& m) { state.take(m); },
          [&state](const route& m) { state.hear(m); },
          [&state](const unroute& m) { state.hear(m); },
          [&state](const give_up_waiting& m) { state.give_up(m.through); }};
}

} // namespace weft::actors
