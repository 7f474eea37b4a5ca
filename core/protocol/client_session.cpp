#include "weft/core/protocol/client_session.hpp"

#include "weft/core/base/limits.hpp"

#include <fmt/format.h>

#include <utility>

namespace weft::protocol {

namespace {

error unexpected(std::string_view what) {
  return {errc::malformed_frame, fmt::format("{} was not expected", what), {{"section", "kind"}}};
}

/// What a request gets whose answer never came.
error unanswered(bool may_have_happened, const error& why) {
  if (!may_have_happened)
    return {errc::unreachable, "the connection ended before the answer came: " + why.to_string()};
  return {errc::outcome_unknown, "the connection ended before the answer came (" + why.to_string() +
                                     "); retry with the same id"};
}

} // namespace

client_session::client_session(options how, std::int64_t now_us)
    : how_(std::move(how)), began_us_(now_us), heard_us_(now_us) {}

void client_session::step(const begin& /*event*/, effects& out) {
  if (phase_ == stage::handshake)
    say(how_.who, out);
}

void client_session::step(const received& event, effects& out) {
  if (phase_ == stage::ended)
    return;
  heard_us_ = event.now_us;
  in_.feed(event.piece);
  while (phase_ != stage::ended) {
    auto next = in_.next();
    if (!next)
      return end(next.error(), out);
    if (!*next)
      return;
    take(std::move(**next), out);
  }
}

void client_session::take(bytes wire, effects& out) {
  if (phase_ == stage::open && is_stream(wire))
    return take_frame(std::move(wire), out);
  auto got = decode(std::make_shared<const bytes>(std::move(wire)));
  if (!got)
    return end(got.error(), out);
  if (const auto* bye = std::get_if<goodbye_message>(&*got)) {
    const error left{errc::closed, "the node ended the connection"};
    return end(bye->why ? bye->why->reason(errc::unreachable) : left, out);
  }
  if (phase_ == stage::handshake) {
    if (auto* welcome = std::get_if<welcome_message>(&*got))
      return take_welcome(std::move(*welcome), out);
    return end(unexpected("anything before welcome"), out);
  }
  if (auto* answer = std::get_if<answer_message>(&*got))
    return take_answer(std::move(*answer), out);
  if (const auto* ping = std::get_if<ping_message>(&*got))
    return say(pong_message{ping->token}, out);
  if (!std::holds_alternative<pong_message>(*got))
    end(unexpected("a message of a client"), out);
}

/// The frame is what follows the first byte.
void client_session::take_frame(bytes wire, effects& out) {
  std::vector<stream::server_frame> got;
  if (const auto read = stream::decode_together(std::make_shared<const bytes>(std::move(wire)), 1,
                                                last_records_, got);
      !read)
    return end(read.error(), out);
  for (auto& frame : got)
    out.emplace_back(stream_in{std::move(frame)});
}

// -- the handshake ---

/// A node that answers as it should, said so itself; one that does not is not trusted.
std::optional<error> client_session::objection(const welcome_message& m) const {
  const auto& mine = how_.who;
  if (m.version < mine.version_min || m.version > mine.version_max)
    return error{errc::protocol_mismatch,
                 fmt::format("the node speaks version {} of the protocol, this program {} to {}",
                             m.version, mine.version_min, mine.version_max)};
  if (!mine.cluster.empty() && m.cluster != mine.cluster)
    return error{errc::cluster_mismatch,
                 fmt::format("the node belongs to cluster {}, not to {}", m.cluster, mine.cluster),
                 {{"cluster", m.cluster}}};
  if (mine.database != database_id{} && m.database != mine.database)
    return error{errc::database_mismatch,
                 fmt::format("the node has database {}, not {}", m.database.to_string(),
                             mine.database.to_string()),
                 {{"database", m.database.to_string()}}};
  return std::nullopt;
}

void client_session::take_welcome(welcome_message m, effects& out) {
  if (const auto why = objection(m))
    return end(*why, out);
  phase_ = stage::open;
  out.emplace_back(welcomed{std::move(m)});
}

// -- requests ---

result<bytes> client_session::encoded(std::uint64_t id, request_body what) {
  if (const auto* transaction = std::get_if<transact_request>(&what))
    WEFT_CHECK(check_depth(*transaction->what));
  auto wire = encode(request_message{id, std::move(what)});
  if (wire.size() > limits::message_bytes_max)
    return fail(errc::input_too_large, fmt::format("a request has at most {} bytes, this one {}",
                                                   limits::message_bytes_max, wire.size()));
  return wire;
}

result<std::uint64_t> client_session::ask(request_body what, effects& out) {
  if (phase_ != stage::open)
    return fail(errc::unreachable, "there is no connection to a node");
  const bool may_change = std::holds_alternative<transact_request>(what);
  WEFT_TRY(const auto wire, encoded(next_id_, std::move(what)));
  pending_.emplace(next_id_, asked{may_change});
  send(wire, out);
  return next_id_++;
}

void client_session::take_answer(answer_message m, effects& out) {
  const auto at = pending_.find(m.id);
  if (at == pending_.end())
    return end(unexpected("an answer to nothing"), out);
  if (at->second.wanted)
    out.emplace_back(answered{m.id, std::move(m.what)});
  pending_.erase(at);
}

void client_session::forget(std::uint64_t id) {
  if (const auto at = pending_.find(id); at != pending_.end())
    at->second.wanted = false;
}

void client_session::step(const stream_out& event, effects& out) {
  if (phase_ == stage::open)
    say(stream_message{shared_bytes(std::make_shared<const bytes>(stream::encode(event.what)))},
        out);
}

// -- the end ---

void client_session::step(const leave& /*event*/, effects& out) {
  end({errc::closed, "the client left"}, out);
}

void client_session::step(const broken& event, effects& out) {
  end(event.why, out);
}

void client_session::step(const tick& event, effects& out) {
  if (phase_ == stage::ended)
    return;
  if (phase_ == stage::handshake) {
    if (event.now_us - began_us_ > how_.handshake_us)
      end({errc::unreachable, "the node did not answer hello in time"}, out);
    return;
  }
  const auto silent_us = event.now_us - heard_us_;
  if (silent_us > how_.silence_us)
    return end({errc::unreachable, "the node has been silent for too long"}, out);
  if (silent_us > how_.silence_us / 2 && asked_us_ <= heard_us_) {
    asked_us_ = event.now_us;
    say(ping_message{static_cast<std::uint64_t>(event.now_us)}, out);
  }
}

void client_session::say(const message& m, effects& out) {
  send(encode(m), out);
}

void client_session::send(bytes_view wire, effects& out) {
  write packed;
  packed.packets.reserve(wire.size() + packet_head_bytes);
  put_packets(packed.packets, wire);
  out.emplace_back(std::move(packed));
}

void client_session::end(const error& why, effects& out) {
  if (phase_ == stage::ended)
    return;
  if (phase_ == stage::open)
    say(goodbye_message{}, out);
  phase_ = stage::ended;
  for (const auto& [id, request] : std::exchange(pending_, {}))
    if (request.wanted)
      out.emplace_back(answered{id, wire_error::because(unanswered(request.may_change, why))});
  out.emplace_back(ended{why});
}

} // namespace weft::protocol
