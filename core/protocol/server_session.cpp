#include "weft/core/protocol/server_session.hpp"

#include "weft/core/base/limits.hpp"
#include "weft/core/stream/frame_bundle.hpp"

#include <fmt/format.h>

#include <utility>

namespace weft::protocol {

namespace {

error unexpected(std::string_view what) {
  return {errc::malformed_frame, fmt::format("{} was not expected", what), {{"section", "kind"}}};
}

error busy(std::size_t requests, std::size_t bytes_under_way) {
  return {errc::overloaded,
          fmt::format("{} requests of {} bytes of this connection are under way; try again later",
                      requests, bytes_under_way)};
}

} // namespace

server_session::server_session(options how, std::int64_t now_us)
    : how_(std::move(how)), began_us_(now_us), heard_us_(now_us) {}

// -- bytes in ---

void server_session::step(const received& event, effects& out) {
  if (phase_ == stage::ended)
    return;
  heard_us_ = event.now_us;
  counts_.bytes_in += event.piece.size();
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

void server_session::take(bytes wire, effects& out) {
  if (phase_ != stage::handshake && is_stream(wire))
    return take_frame(std::move(wire), out);
  const auto size = wire.size();
  auto got = decode(std::make_shared<const bytes>(std::move(wire)));
  if (!got)
    return end(got.error(), out);
  if (phase_ == stage::handshake) {
    if (auto* hello = std::get_if<hello_message>(&*got))
      return take_hello(std::move(*hello), out);
    return end(unexpected("anything before hello"), out);
  }
  if (auto* request = std::get_if<request_message>(&*got))
    return take_request(std::move(*request), size, out);
  if (const auto* ping = std::get_if<ping_message>(&*got))
    return say(pong_message{ping->token}, out);
  if (std::holds_alternative<pong_message>(*got))
    return;
  if (std::holds_alternative<goodbye_message>(*got)) {
    phase_ = stage::ended;
    out.emplace_back(ended{});
    return;
  }
  end(unexpected("a message of a node"), out);
}

// -- the handshake ---

std::optional<error> server_session::objection(const hello_message& m) const {
  if (m.version_min > protocol::version_max || m.version_max < protocol::version_min)
    return error{errc::protocol_mismatch,
                 fmt::format("the client speaks versions {} to {} of the protocol, this node {} to "
                             "{}",
                             m.version_min, m.version_max, protocol::version_min,
                             protocol::version_max),
                 {{"min", std::to_string(protocol::version_min)},
                  {"max", std::to_string(protocol::version_max)}}};
  if (!m.cluster.empty() && m.cluster != how_.who.cluster)
    return error{
        errc::cluster_mismatch,
        fmt::format("the node belongs to cluster {}, not to {}", how_.who.cluster, m.cluster),
        {{"cluster", how_.who.cluster}}};
  if (m.database != database_id{} && m.database != how_.who.database)
    return error{errc::database_mismatch,
                 fmt::format("the node has database {}, not {}", how_.who.database.to_string(),
                             m.database.to_string()),
                 {{"database", how_.who.database.to_string()}}};
  return std::nullopt;
}

void server_session::take_hello(hello_message m, effects& out) {
  if (auto why = how_.refused ? how_.refused : objection(m))
    return end(std::move(why), out);
  phase_ = stage::open;
  client_ = std::move(m);
  const auto& who = how_.who;
  say(welcome_message{.version = std::min(protocol::version_max, client_.version_max),
                      .feature_level = std::min(protocol::feature_level, client_.feature_level),
                      .cluster = who.cluster,
                      .database = who.database,
                      .lineage = who.lineage,
                      .node = who.node,
                      .shards = who.shards},
      out);
  out.emplace_back(opened{client_});
}

// -- requests ---

void server_session::take_request(request_message m, std::size_t size, effects& out) {
  if (pending_.contains(m.id))
    return end(unexpected("a request with the number of one that is under way"), out);
  ++counts_.requests;
  const auto refuse = [&](const error& why) {
    ++counts_.refused;
    say(answer_message{m.id, wire_error::because(why)}, out);
  };
  if (draining_)
    return refuse(*draining_);
  const bool too_many_bytes = !pending_.empty() && pending_bytes_ + size > how_.request_bytes_max;
  if (pending_.size() >= how_.requests_max || too_many_bytes)
    return refuse(busy(pending_.size(), pending_bytes_));
  pending_.emplace(m.id, size);
  pending_bytes_ += size;
  out.emplace_back(execute{m.id, std::move(m.what)});
}

void server_session::step(answered event, effects& out) {
  const auto at = pending_.find(event.id);
  if (phase_ == stage::ended || at == pending_.end())
    return;
  pending_bytes_ -= at->second;
  pending_.erase(at);
  say(answer_message{event.id, std::move(event.what)}, out);
  end_when_drained(out);
}

// -- streams ---

/// The frame is what follows the first byte.
void server_session::take_frame(bytes wire, effects& out) {
  auto got = stream::decode_client(std::make_shared<const bytes>(std::move(wire)), 1);
  if (!got)
    return end(got.error(), out);
  const auto of = stream::epoch_of(*got);
  if (std::holds_alternative<stream::open_frame>(*got)) {
    if (streams_.size() >= how_.streams_max && !streams_.contains(of.session)) {
      const error why{errc::overloaded,
                      fmt::format("a connection has at most {} streams", how_.streams_max)};
      const stream::server_frame no = stream::closed_frame::because(of, 0, why);
      return say(stream_message{shared_bytes(std::make_shared<const bytes>(stream::encode(no)))},
                 out);
    }
    auto& newest = streams_[of.session];
    newest = std::max(newest, of.attempt);
  } else if (std::holds_alternative<stream::close_frame>(*got)) {
    streams_.erase(of.session);
  }
  out.emplace_back(stream_in{std::move(*got)});
}

std::size_t server_session::step(const streamed& event, effects& out) {
  if (phase_ != stage::open && phase_ != stage::draining)
    return event.frames.size();
  if (const auto* last = std::get_if<stream::closed_frame>(&event.frames.front())) {
    const auto at = streams_.find(last->of.session);
    if (at != streams_.end() && at->second <= last->of.attempt)
      streams_.erase(at);
  }
  const auto front = stream::encode_front(event.frames);
  write packed;
  packed.packets.reserve(front.wire.size() + 1 + 2 * packet_head_bytes);
  put_packets(packed.packets, stream_prefix(), front.wire);
  send(std::move(packed), out);
  return front.taken;
}

// -- the end ---

void server_session::step(const drain& event, effects& out) {
  if (phase_ == stage::handshake)
    return end(event.why, out);
  if (phase_ != stage::open)
    return;
  phase_ = stage::draining;
  draining_ = event.why;
  end_when_drained(out);
}

void server_session::end_when_drained(effects& out) {
  if (phase_ == stage::draining && pending_.empty())
    end(draining_, out);
}

void server_session::step(const tick& event, effects& out) {
  if (phase_ == stage::ended)
    return;
  if (phase_ == stage::handshake) {
    if (event.now_us - began_us_ > how_.handshake_us)
      end(error{errc::unreachable, "the client did not say hello in time"}, out);
    return;
  }
  const auto silent_us = event.now_us - heard_us_;
  if (silent_us > how_.silence_us)
    return end(error{errc::unreachable, "the client has been silent for too long"}, out);
  if (silent_us > how_.silence_us / 2 && asked_us_ <= heard_us_) {
    asked_us_ = event.now_us;
    say(ping_message{static_cast<std::uint64_t>(event.now_us)}, out);
  }
}

void server_session::say(const message& m, effects& out) {
  auto wire = encode(m);
  if (wire.size() > limits::message_bytes_max) {
    const auto* answer = std::get_if<answer_message>(&m);
    const error why{errc::input_too_large,
                    fmt::format("the answer has more than {} bytes", limits::message_bytes_max)};
    wire = encode(answer_message{answer != nullptr ? answer->id : 0, wire_error::because(why)});
  }
  write packed;
  packed.packets.reserve(wire.size() + packet_head_bytes);
  put_packets(packed.packets, wire);
  send(std::move(packed), out);
}

void server_session::send(write packed, effects& out) {
  counts_.bytes_out += packed.packets.size();
  out.emplace_back(std::move(packed));
}

void server_session::end(std::optional<error> why, effects& out) {
  if (phase_ == stage::ended)
    return;
  goodbye_message bye;
  if (why)
    bye.why = wire_error::because(*why);
  say(bye, out);
  phase_ = stage::ended;
  pending_.clear();
  streams_.clear();
  out.emplace_back(ended{std::move(why)});
}

} // namespace weft::protocol
