// What the actors on the way between processes say to each other, beside what all do
// (messages.hpp).
#pragma once

#include "weft/actors/carrier.hpp"
#include "weft/actors/messages.hpp"
#include "weft/core/cluster/address.hpp"
#include "weft/core/protocol/message.hpp"

#include <memory>

namespace weft::actors {

// -- a connection, on the node ---

/// The next bytes of the client.
struct wire_bytes {
  bytes part;
};

/// What became of a request of this connection.
struct request_answered {
  std::uint64_t id;
  protocol::answer_body what;
};
/// The bytes of the connection arrive no more.
struct carrier_broken {
  error why;
};
/// What waited was sent: there is room.
struct carrier_sent {};
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

/// The connection of that number was made.
struct carrier_up {
  std::uint64_t connection;
  carrier by;
};
/// The next bytes of the node.
struct carried {
  std::uint64_t connection;
  bytes part;
};
/// It was not made, or is over.
struct carrier_down {
  std::uint64_t connection;
  error why;
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
/// Of the stream_proxy for the node, in order; of the node for it.
struct proxy_frames_out {
  std::vector<stream::client_frame> frames;
};
struct proxy_frames_in {
  std::vector<stream::server_frame> frames;
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

WEFT_LOCAL_MESSAGE(weft::actors::wire_bytes)
WEFT_LOCAL_MESSAGE(weft::actors::request_answered)
WEFT_LOCAL_MESSAGE(weft::actors::carrier_broken)
WEFT_LOCAL_MESSAGE(weft::actors::carrier_sent)
WEFT_LOCAL_MESSAGE(weft::actors::drain_session)
WEFT_LOCAL_MESSAGE(weft::actors::run_query)
WEFT_LOCAL_MESSAGE(weft::actors::query_answered)
WEFT_LOCAL_MESSAGE(weft::actors::carrier_up)
WEFT_LOCAL_MESSAGE(weft::actors::carried)
WEFT_LOCAL_MESSAGE(weft::actors::carrier_down)
WEFT_LOCAL_MESSAGE(weft::actors::connection_up)
WEFT_LOCAL_MESSAGE(weft::actors::connection_down)
WEFT_LOCAL_MESSAGE(weft::actors::connection_over)
WEFT_LOCAL_MESSAGE(weft::actors::proxy_frames_out)
WEFT_LOCAL_MESSAGE(weft::actors::proxy_frames_in)
WEFT_LOCAL_MESSAGE(weft::actors::ask_node)
WEFT_LOCAL_MESSAGE(weft::actors::node_answer)
