// What the actors on the way between processes say to each other, beside what all do
// (messages.hpp). Only wire_bytes leaves a process.
#pragma once

#include "weft/actors/messages.hpp"
#include "weft/actors/wire.hpp"
#include "weft/core/cluster/address.hpp"
#include "weft/core/protocol/message.hpp"

#include <memory>

namespace weft::actors {

// -- a connection, on the node ---

/// What became of a request of this connection.
struct request_answered {
  std::uint64_t id;
  protocol::answer_body what;
};
/// The bytes of the connection arrive no more.
struct carrier_broken {
  error why;
};
/// Take nothing new, answer what is under way, end.
struct drain_session {
  error why;
};

// -- queries ---

/// A request that reads. `of`: the view it is about, if it is about one.
struct run_query {
  protocol::request_body what;
  std::shared_ptr<const weft::view> of = {};
};
/// `keeps` is what the answer points into; of open_view, the view.
struct query_answered {
  protocol::answer_body what;
  std::shared_ptr<const weft::view> keeps = {};
};

// -- a connection, on the client's side ---

/// Find the door of the node there; look at most so long whether anybody is.
struct reach_node {
  listen_address at;
  std::chrono::milliseconds within;
  bool afresh = false; ///< not by the connection that there is: nothing comes back on it
};
struct node_reached {
  actor door;
};
/// There is a connection; of this database and lineage.
struct connection_up {
  database_id database;
  std::uint64_t lineage;
};
struct connection_down {};
/// There will be none any more.
struct connection_over {
  error why;
};
/// A stream has heard nothing for a while: is there a connection?
struct connection_wanted {
  stream_proxy_actor who;
};
/// Any request that is neither a transaction nor a stream.
/// `connection`: the one it is about, 0 for any; views end with theirs.
struct ask_node {
  protocol::request_body what;
  std::uint64_t connection = 0;
};
/// What the node says; an error is an answer, too.
struct node_answer {
  protocol::answer_body what;
  std::uint64_t connection;
};

} // namespace weft::actors

WEFT_LOCAL_MESSAGE(weft::actors::request_answered)
WEFT_LOCAL_MESSAGE(weft::actors::carrier_broken)
WEFT_LOCAL_MESSAGE(weft::actors::drain_session)
WEFT_LOCAL_MESSAGE(weft::actors::run_query)
WEFT_LOCAL_MESSAGE(weft::actors::query_answered)
WEFT_LOCAL_MESSAGE(weft::actors::reach_node)
WEFT_LOCAL_MESSAGE(weft::actors::node_reached)
WEFT_LOCAL_MESSAGE(weft::actors::connection_up)
WEFT_LOCAL_MESSAGE(weft::actors::connection_down)
WEFT_LOCAL_MESSAGE(weft::actors::connection_over)
WEFT_LOCAL_MESSAGE(weft::actors::connection_wanted)
WEFT_LOCAL_MESSAGE(weft::actors::ask_node)
WEFT_LOCAL_MESSAGE(weft::actors::node_answer)
