// Every actor of Weft and what it takes: the table of contents of all conversations. What the
// messages say is in messages.hpp, and in remote_messages.hpp for those between processes; who
// spawns whom, in shard.hpp and fabric/node.hpp. One actor more has sockets and is declared beside
// them: client_edge_actor, the door of a node (fabric/client_edge.hpp).
//
//   takes<A>        A is sent, nothing comes back
//   answers<A, B>   A is a request; the answer is B, or an error
//
// Beside these every actor answers ask_waiting: how many messages wait for it (caf.hpp).
//
// The write path of a shard, one line for each hop:
//   gateway --submit--> router --submit--> transactor --propose--> raft_election --append-->
//   log_writer log_writer --durable--> raft_election --apply--> applier --applied--> wal_publisher
//   wal_publisher --wal_batch--> subscribers, --applied--> transactor --outcome--> who asked
#pragma once

#include "weft/actors/caf.hpp"

namespace weft::actors {

// clang-format off
struct start_up; struct started;
struct submit; struct flush; struct propose; struct propose_control; struct append; struct durable; struct dropped; struct apply;
struct applied; struct follow; struct followed; struct lead; struct leadership; struct attach; struct attached;
struct recover; struct recovered; struct read_entries; struct entries_read;
struct ask_applied; struct applied_position; struct fetch; struct fetched; struct read_records;
struct records_read; struct subscribe; struct subscribed; struct unsubscribe; struct acknowledge;
struct ask_streams; struct streams; struct stream_frames_in; struct frames_taken; struct stream_frames_out; struct proxy_frames_out; struct proxy_frames_in; struct clock_tick; struct housekeep; struct carry; struct prepare; struct prepared;
struct transact; struct flush_items; struct items_flushed; struct ask_ingest; struct ingest_figures; struct route; struct unroute; struct give_up_waiting;
struct ask_tree; struct tree; struct end_in_order; struct deadline_passed;
struct wire_bytes; struct request_answered; struct carrier_broken; struct carrier_sent; struct drain_session;
struct carrier_up; struct carried; struct carrier_down; struct connection_up; struct connection_down;
struct connection_over; struct run_query; struct query_answered; struct ask_view; struct viewed; struct ask_node; struct node_answer;
struct ask_raft; struct raft_figures; struct ask_sample; struct node_sample; struct facts_due;
// clang-format on
struct transacted_message;

/// Every child of a supervisor says when it is ready, or why it cannot begin.
using child_actor = interface<answers<start_up, started>>;

/// Starts, restarts and stops its children (supervision.hpp). Telling it to end stops them first.
using supervisor_actor = interface<answers<start_up, started>, //
                                   answers<ask_tree, tree>,    // how its children are, all levels
                                   takes<deadline_passed>>;    // of its own clock

/// Who hears what was applied, in order: after it is durable and visible, before it is answered;
/// and after everything that was applied, what will not be.
using applied_listener = interface<takes<applied>, takes<dropped>>;

/// Writes and syncs the log of one shard on a thread of its own; opens and recovers it first.
using log_writer_actor =
    interface<answers<start_up, started>, answers<recover, recovered>, // what opening found; once
              answers<attach, attached>, // who hears of what is durable
              takes<append>,             // to be written
              takes<carry>,              // of its own: one sync for all that wait
              takes<housekeep>>;         // of its own clock

/// Reads what is committed, again, on a thread of its own: for who was not there when it was.
using log_reader_actor = interface<answers<start_up, started>,
                                   answers<read_entries, entries_read>, // between two positions
                                   answers<read_records, records_read>, // some, after a transaction
                                   answers<fetch, fetched>>;            // one transaction

/// Makes files ready that the log will need, on a thread of its own: no commit waits for that.
using segment_preparer_actor = interface<answers<prepare, prepared>>;

/// Applies committed entries to the index.
using applier_actor = interface<answers<start_up, started>, answers<ask_applied, applied_position>,
                                answers<ask_view, viewed>, // the database now
                                answers<follow, followed>, // one listener; the last one counts
                                takes<apply>,
                                takes<dropped>>; // passed on, behind what was applied

/// Owns term, vote and the order of the log; says what is committed.
using raft_election_actor =
    interface<answers<start_up, started>, answers<lead, leadership>, // there is one: who asked last
              takes<propose>,
              takes<propose_control>, // entries without a t
              answers<ask_raft, raft_figures>,
              takes<durable>,  // of the log writer
              takes<dropped>>; // likewise

/// Whom frames of a publisher are for: one connection.
using stream_peer_actor = interface<takes<stream_frames_out>>;

/// Tells everybody who subscribed what was committed (core/stream/publisher.hpp), then passes it on
/// to its own listener, who answers the writers.
using wal_publisher_actor =
    interface<answers<start_up, started>, takes<applied>, takes<dropped>, answers<follow, followed>,
              answers<subscribe, subscribed>, // an actor of this process
              takes<unsubscribe>,
              takes<acknowledge>,                      // moves a named cursor
              answers<stream_frames_in, frames_taken>, // of a connection; it hears
                                                       // stream_frames_out
              answers<ask_streams, streams>,
              takes<clock_tick>>; // of its own clock

/// Resolves transactions, one after the other, ahead of the disk.
using transactor_actor =
    interface<answers<start_up, started>, takes<submit>, takes<applied>, takes<dropped>,
              takes<flush>>; // of its own

/// Gives transactions to the transactor of their shard, whichever it is now.
using router_actor =
    interface<answers<start_up, started>, takes<submit>, takes<route>, takes<unroute>,
              takes<give_up_waiting>>; // of its own clock

/// The door of a node: takes transactions of actors as far as there is credit for them.
using gateway_actor = interface<answers<start_up, started>, answers<transact, transacted_message>>;

/// Takes small transactions as a gateway does, and makes few of them for another gateway, in order.
using ingest_batcher_actor =
    gateway_actor::extend<answers<flush_items, items_flushed>, // when all that came before has its
                                                               // outcome
                          answers<ask_ingest, ingest_figures>,
                          takes<clock_tick>>; // of its own clock

// -- between processes: bytes of core/protocol, by sockets (fabric/) ---
//
//   remote_link ==bytes==> --wire_bytes--> client_session --submit--> router ...
//
//   ... --request_answered--> client_session ==bytes==> --carried--> remote_link
//   remote_link --outcome--> who asked
//
//   wal_publisher --stream_frames_out--> client_session ==bytes==> --carried--> remote_link
//   remote_link --proxy_frames_in--> stream_proxy --wal_batch--> the subscriber, a plain actor

/// Reads for connections, a bounded part at a time.
using query_worker_actor =
    interface<answers<start_up, started>, answers<run_query, query_answered>>;

/// One connection of a client, on the node.
using client_session_actor = interface<takes<wire_bytes>,        // of the client
                                       takes<request_answered>,  // of whoever executed it
                                       takes<stream_frames_out>, // of the publisher
                                       takes<carrier_broken>,    // of what carries the bytes
                                       takes<carrier_sent>,      // likewise
                                       takes<drain_session>,
                                       takes<flush>,       // of its own
                                       takes<clock_tick>>; // of its own clock

/// The client's end of a connection, with all that is under way.
using remote_link_actor =
    interface<answers<start_up, started>, // the first connection
              answers<ask_tree, tree>, takes<submit>, answers<transact, transacted_message>,
              answers<ask_node, node_answer>, // any other request
              answers<subscribe, subscribed>, // an actor of this process
              takes<unsubscribe>, takes<acknowledge>,
              takes<proxy_frames_out>, // of its stream_proxy
              takes<carrier_up>,       // of what carries the bytes
              takes<carried>,          // likewise
              takes<carrier_down>,     // likewise
              takes<clock_tick>>;      // of its own clock

/// The subscribers' side of the streams of one connection, in their own process.
using stream_proxy_actor =
    interface<answers<subscribe, subscribed>, takes<unsubscribe>, takes<acknowledge>,
              takes<proxy_frames_in>, // of the publisher
              takes<connection_up>, takes<connection_down>,
              takes<connection_over>, // for good
              takes<clock_tick>>;     // of its own clock

/// Asks the parts of a node how they are: for metrics, health and facts about the node.
using telemetry_actor = interface<answers<start_up, started>, answers<ask_sample, node_sample>,
                                  takes<facts_due>>; // of its own clock

} // namespace weft::actors
