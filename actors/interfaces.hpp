// Every actor of Weft and what it takes: the table of contents of all conversations. What the
// messages say is in messages.hpp; who spawns whom, in shard.hpp.
//
//   takes<A>        A is sent, nothing comes back
//   answers<A, B>   A is a request; the answer is B, or an error
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
struct submit; struct propose; struct propose_control; struct append; struct durable; struct dropped; struct apply;
struct applied; struct follow; struct followed; struct lead; struct leadership; struct attach; struct attached;
struct recover; struct recovered; struct read_entries; struct entries_read;
struct ask_applied; struct applied_position; struct fetch; struct fetched; struct read_records;
struct records_read; struct subscribe; struct subscribed; struct unsubscribe; struct acknowledge;
struct ask_streams; struct streams; struct clock_tick; struct housekeep; struct carry; struct prepare; struct prepared;
struct transact; struct route; struct unroute; struct give_up_waiting;
struct ask_tree; struct tree; struct end_in_order; struct deadline_passed;
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

/// Tells everybody who subscribed what was committed (core/stream/publisher.hpp), then passes it on
/// to its own listener, who answers the writers.
using wal_publisher_actor =
    interface<answers<start_up, started>, takes<applied>, takes<dropped>, answers<follow, followed>,
              answers<subscribe, subscribed>, // an actor of this process
              takes<unsubscribe>,
              takes<acknowledge>, // moves a named cursor
              answers<ask_streams, streams>,
              takes<clock_tick>>; // of its own clock

/// Resolves transactions, one after the other, ahead of the disk.
using transactor_actor =
    interface<answers<start_up, started>, takes<submit>, takes<applied>, takes<dropped>>;

/// Gives transactions to the transactor of their shard, whichever it is now.
using router_actor =
    interface<answers<start_up, started>, takes<submit>, takes<route>, takes<unroute>,
              takes<give_up_waiting>>; // of its own clock

/// The door of a node: takes transactions of actors as far as there is credit for them.
using gateway_actor = interface<answers<start_up, started>, answers<transact, transacted_message>>;

/// Asks the parts of a node how they are: for metrics, health and facts about the node.
using telemetry_actor = interface<answers<start_up, started>, answers<ask_sample, node_sample>,
                                  takes<facts_due>>; // of its own clock

} // namespace weft::actors
