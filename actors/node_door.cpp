#include "weft/actors/node_door.hpp"

#include <utility>

namespace weft::actors {

namespace {

wire_bytes goodbye(const error& why) {
  wire_bytes out;
  protocol::put_packets(out.part,
                        protocol::encode(protocol::goodbye_message{wire_error::because(why)}));
  return out;
}

} // namespace

node_door_state::~node_door_state() {
  stop_listening();
  for (const auto& [address, session] : sessions_)
    kill(untyped(session));
}

// -- listening ---

reply<started> node_door_state::begin() {
  const auto wanted = *port != 0 ? *port : how.at.port;
  const auto got = publish(*system, untyped(node_door_actor(self)), how.at.host, wanted);
  if (!got)
    return to_caf(got.error());
  *port = *got;
  listening_ = true;
  if (how.on_listening)
    how.on_listening({how.at.host, *got});
  return started{};
}

void node_door_state::stop_listening() {
  if (std::exchange(listening_, false))
    close_port(*system, *port);
}

// -- who comes ---

std::optional<error> node_door_state::objection(const actor& asker) const {
  if (ending_)
    return error{errc::closed, "the node is ending; connect again"};
  if (!asker)
    return error{errc::invalid_argument, "nobody says hello"};
  if (sessions_.size() >= how.connections_max)
    return error{errc::overloaded, "the node serves " + std::to_string(sessions_.size()) +
                                       " connections already; try again later"};
  if (how.who().database == database_id{})
    return error{errc::no_leader, "the node is starting; try again"};
  return std::nullopt;
}

reply<wire_bytes, actor> node_door_state::take(const wire_bytes& hello) {
  using protocol::server_session;
  const auto asker = asker_of(self);
  if (const auto why = objection(asker))
    return {goodbye(*why), actor{}};
  const auto now = how.node->steady().get();
  server_session machine({.who = how.who()}, now);
  server_session::effects effects;
  machine.step(server_session::received{hello.part, now}, effects);
  wire_bytes said;
  bool more = false;
  for (const auto& effect : effects) {
    if (const auto* w = std::get_if<server_session::write>(&effect))
      said.part += w->packets;
    else
      more = more || !(std::holds_alternative<server_session::opened>(effect) ||
                       std::holds_alternative<server_session::ended>(effect));
  }
  if (machine.phase() == server_session::stage::ended)
    return {std::move(said), actor{}};
  if (machine.phase() != server_session::stage::open || more)
    return {goodbye({errc::malformed_frame,
                     "a connection between actors begins with one hello, whole",
                     {{"section", "hello"}}}),
            actor{}};
  auto made = spawn(*system, client_session, std::move(machine), carry_to(asker), how.node);
  watch(self, made);
  sessions_.emplace(made.address(), made);
  return {std::move(said), untyped(made)};
}

void node_door_state::hear_end(const actor_address& who) {
  sessions_.erase(who);
  if (ending_ && sessions_.empty())
    self->quit();
}

void node_door_state::hear_stop() {
  ending_ = true;
  stop_listening();
  for (const auto& [address, session] : sessions_)
    send(self, session, drain_session{{errc::closed, "the node is ending; connect again"}});
  if (sessions_.empty())
    self->quit();
}

node_door_actor::behavior_type node_door(pointer<node_door_actor, node_door_state> self,
                                         node_door_options how,
                                         std::shared_ptr<std::uint16_t> port) {
  auto& state = self->state;
  state.self = self;
  state.system = &self->system();
  state.how = std::move(how);
  state.port = std::move(port);
  on_asked_to_end(self, [&state] { state.hear_stop(); });
  on_end_of_watched(self,
                    [&state](const actor_address& who, const end_reason&) { state.hear_end(who); });
  return {[&state](const start_up&) { return state.begin(); },
          [&state](const wire_bytes& m) { return state.take(m); }};
}

} // namespace weft::actors
