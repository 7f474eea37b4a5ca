#include "weft/fabric/client_edge.hpp"

#include "weft/actors/few_processors.hpp"

#include <utility>

namespace weft::fabric {

using protocol::server_session;

namespace {

constexpr std::chrono::milliseconds look_again_after{10};
/// Those who are too many are heard, so that they can be told; more at a time are not.
constexpr std::size_t refused_at_once = 64;
/// More than this is under way: workers are awake, and better at small pieces than the thread that
/// read them. With few processors they are never better at it.
constexpr std::size_t small_company_bytes = 8192;

[[nodiscard]] bool is_small(std::size_t piece_bytes, std::size_t company_bytes) {
  return piece_bytes <= actors::small_piece_bytes &&
         (company_bytes <= small_company_bytes || actors::has_few_processors());
}

error full(std::size_t connections) {
  return {errc::overloaded, "the node serves " + std::to_string(connections) +
                                " connections here already; try again later"};
}

} // namespace

client_edge_state::~client_edge_state() {
  for (const auto& [address, session] : sessions_)
    actors::kill(actors::untyped(session));
}

actors::reply<actors::started> client_edge_state::begin() {
  edge::options options{.address = how.how.address,
                        .socket_path = how.how.socket_path,
                        .connections_max = how.how.connections_max + refused_at_once,
                        .unsent_bytes_max = how.how.unsent_bytes_max,
                        .thread_name = how.name,
                        .on_connection = [to = client_edge_actor(self)](auto who) {
                          actors::send_from_outside(to, client_came{std::move(who)});
                        }};
  if (options.address && *port != 0)
    options.address->port = *port;
  here_ = std::make_shared<actors::runner>(self->system());
  auto opened = edge::open(std::move(options));
  if (!opened)
    return actors::to_caf(opened.error());
  sockets_ = std::move(*opened);
  if (const auto at = sockets_->address()) {
    *port = at->port;
    if (how.on_listening)
      how.on_listening(*at);
  }
  return actors::started{};
}

void client_edge_state::take(const client_came& news) {
  if (ending_)
    return news.who->hang_up();
  const auto too_many =
      admitted() < how.how.connections_max ? std::nullopt : std::optional(full(admitted()));
  server_session machine({.who = how.who(),
                          .request_bytes_max = how.how.request_bytes_max,
                          .handshake_us = how.how.handshake_us,
                          .silence_us = how.how.silence_us,
                          .refused = too_many},
                         how.node->steady().get());
  const auto session = actors::spawn(self->system(), actors::client_session, std::move(machine),
                                     carrier_of(news.who), how.node);
  actors::watch(self, session);
  sessions_.emplace(session.address(), session);
  if (too_many)
    refused_.insert(session.address());
  tell_count();
  news.who->begin(
      [session, here = here_, credit = how.node->credit](bytes piece) {
        if (!is_small(piece.size(), credit->in_use()))
          return actors::send_from_outside(session, actors::wire_bytes{std::move(piece)});
        here->send(session, actors::wire_bytes{std::move(piece)});
        here->run();
      },
      [session](const error& why) {
        actors::send_from_outside(session, actors::carrier_broken{why});
      },
      [session] { actors::send_from_outside(session, actors::carrier_sent{}); });
}

void client_edge_state::hear_end(const actors::actor_address& who) {
  sessions_.erase(who);
  refused_.erase(who);
  tell_count();
  if (ending_)
    end_when_closed();
}

void client_edge_state::tell_count() const {
  if (how.on_count)
    how.on_count(admitted());
}

/// What was said last is on its way until the sockets are closed, which takes a bounded time.
void client_edge_state::end_when_closed() {
  if (!sessions_.empty())
    return;
  if (!sockets_ || sockets_->counts().open == 0)
    return self->quit();
  actors::send_later(self, look_again_after, actors::clock_tick{});
}

void client_edge_state::hear_stop() {
  ending_ = true;
  if (sockets_)
    sockets_->stop_listening();
  for (const auto& [address, session] : sessions_)
    actors::send(self, session,
                 actors::drain_session{{errc::closed, "the node is ending; connect again"}});
  end_when_closed();
}

client_edge_actor::behavior_type
client_edge(actors::pointer<client_edge_actor, client_edge_state> self, client_edge_options how,
            std::shared_ptr<std::uint16_t> port) {
  auto& state = self->state;
  state.self = self;
  state.how = std::move(how);
  state.port = std::move(port);
  actors::on_asked_to_end(self, [&state] { state.hear_stop(); });
  actors::on_end_of_watched(self,
                            [&state](const actors::actor_address& who,
                                     const actors::end_reason& /*why*/) { state.hear_end(who); });
  return {[&state](const actors::start_up&) { return state.begin(); },
          [&state](const client_came& m) { state.take(m); },
          [&state](const actors::clock_tick&) { state.end_when_closed(); }};
}

} // namespace weft::fabric
