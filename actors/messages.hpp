// What the actors of Weft say to each other. Requests and orders are imperative, replies are nouns.
// Buffers are shared and immutable: a message costs the same whatever it carries.
#pragma once

#include "weft/actors/call.hpp"
#include "weft/actors/interfaces.hpp"
#include "weft/core/ingest/batcher.hpp"
#include "weft/core/shard/applied_state.hpp"
#include "weft/core/shard/commit_port.hpp"
#include "weft/core/stream/publisher.hpp"

#include <chrono>
#include <compare>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weft {

/// What a subscriber may want to know beside the commits; it may ignore all of it.
struct stream_notice {
  struct lagged { ///< it fell behind, and is served from the log until it has caught up
    tx_number at;
    tx_number head;
  };
  struct watermark { ///< nothing was kept back up to here: it is idle, or filtered
    stream::stream_point at;
    tx_number head;
    stream_origin of; ///< of.cursor_at(at.place): to resume from here
  };
  struct schema { ///< names of attributes in batches that follow
    std::shared_ptr<const weft::schema> now;
  };
  struct gap { ///< the connection lost something; it is asked for again, nothing is missing
    stream_place at;
    error why;
  };
  struct closed { ///< the last message; no reason: unsubscribed
    std::optional<error> why;
  };
  std::variant<lagged, watermark, schema, gap, closed> what;
};

} // namespace weft

namespace weft::actors {

// -- supervision ---

struct start_up {};
struct started {};

/// How a supervisor's children are. Answered within the time, with what is known by then.
struct ask_tree {
  std::chrono::milliseconds within{1000};
};
struct tree {
  std::string name;
  std::string condition; ///< up, down, starting, ...
  std::uint64_t restarts = 0;
  actor who = {}; ///< null while it is down
  std::vector<tree> children = {};
  std::optional<std::size_t> waiting = {}; ///< messages, as it said itself when it was asked
};
/// How many messages wait for an actor. Any of ours answers, whatever its interface.
struct ask_waiting {};
struct waiting_messages {
  std::size_t count;
};
struct deadline_passed {
  std::size_t child;
  std::uint64_t stop;
};

// -- the write path ---

/// A transaction that has its permit. Answered through the call.
struct submit {
  std::shared_ptr<call> what;
};

/// Pass on what was gathered from the messages before this one. To oneself: what waited together
/// goes on together.
struct flush {};

/// Proposals of one epoch continue one another; when one is dropped, all of its epoch are that
/// come later. An epoch ends with a leadership, or when something was dropped.
struct epoch {
  std::uint64_t leadership = 0;
  std::uint64_t generation = 0;
  friend auto operator<=>(const epoch&, const epoch&) = default;
};

struct propose {
  epoch of;
  std::vector<proposal> entries;
};
/// An entry that is no transaction: whoever has something to remember. What becomes of it is seen
/// among what is applied, or dropped.
struct propose_control {
  entry_kind kind;
  std::shared_ptr<const bytes> payload;
};
struct append {
  epoch of;
  std::vector<proposal> entries;
};
/// Everything at or below is on the disk of this node.
struct durable {
  log_position position;
};
/// Nothing of this epoch will be committed here that was not told to be. When the reason is
/// retryable nothing of it was written; else the outcome is unknown.
struct dropped {
  epoch of;
  error reason;
};
/// These are committed, in order, each entry once.
struct apply {
  std::shared_ptr<const std::vector<committed_entry>> entries;
};
/// The schema after an entry that changed it.
struct schema_change {
  std::size_t entry; ///< its place among the entries
  std::shared_ptr<const weft::schema> after;
};
/// These are in the index; `now` has seen the last one.
struct applied {
  std::shared_ptr<const std::vector<committed_entry>> entries;
  view now;
  std::vector<schema_change> schema_changes;
};
/// From now on `who` hears what is applied after what the answer says.
struct follow {
  applied_listener who;
};
struct followed {
  database_id database;
  log_position position;
  instant when; ///< of the transaction there; 0 when there is none
  view now;
  stream::cursor_table cursors;
};

// -- beginning ---

/// What the log said when it was opened. Given once, to the applier.
struct recover {};
struct recovered {
  database_id database;
  std::shared_ptr<memory_index> index;
  std::shared_ptr<record_check> records;
  stream::cursor_table cursors;
  log_position position;
};

/// From now on `who` hears what is durable. Everything appended before is decided by then.
struct attach {
  raft_election_actor who;
};
struct attached {
  weft::term term;
  log_position position; ///< durable
  epoch last;            ///< of what was appended before: later leaderships have greater numbers
  epoch void_through;    ///< what comes of it is dropped
};

/// Committed entries after a position, up to another one.
struct read_entries {
  log_position after;
  log_position through;
};
struct entries_read {
  std::shared_ptr<const std::vector<committed_entry>> entries;
};

/// Answered when this index is applied. `state`: with what a transactor begins with.
struct ask_applied {
  log_index at_least;
  bool state = false;
};
struct applied_position {
  log_position position;
  std::shared_ptr<transactor::state> state;
};

/// The database now, and what is not in a view.
struct ask_view {};
struct viewed {
  view now;
  instant when; ///< of the transaction there; 0 when there is none
  hash128 chain;
  allocators next;
};

/// Makes the asker the one who proposes. Answered when everything that was proposed before is
/// applied or dropped.
struct lead {};
struct leadership {
  std::uint64_t number = 0;
  weft::term term;
  std::shared_ptr<transactor::state> state;
};

// -- the log, again ---

/// Records after the transaction t, about so many bytes, at least one when there is one.
struct read_records {
  tx_number after;
  std::size_t bytes;
};
struct records_read {
  stream_place after; ///< with the chain
  std::vector<record_ptr> records;
};

/// The record of a committed transaction.
struct fetch {
  tx_number t;
};
struct fetched {
  std::shared_ptr<const bytes> payload;
};
/// Write and sync what was appended until now.
struct carry {};
/// Time to look after the log: is it idle, is there room?
struct housekeep {};
/// Make the file of the next segment, if there is none.
struct prepare {};
struct prepared {};

// -- streams ---

/// How an actor wants the log. The rest is as in stream::subscription.
struct subscribe_options {
  stream::start_at start = stream::start_at::newest();
  attribute_filter filter = {};
  std::string name = {}; ///< of the cursor that it acknowledges; "" for none
  /// Bytes of records that may wait in its mailbox; clamped as limits.hpp says.
  std::size_t window_bytes = limits::stream_window_bytes_default;
  bool notices = false; ///< it takes stream_notice, too
};
/// `who` gets a wal_batch for each commit, the last of each window as a request.
struct subscribe {
  actor who;
  subscribe_options how;
};
struct subscribed {
  std::uint64_t session;
  stream::stream_point at; ///< everything after it will come
  tx_number head;
  stream_origin of; ///< of.cursor_at(at.place): to begin there again
};
struct unsubscribe {
  std::uint64_t session;
};
/// The work of this session up to the batch's transaction is durable.
struct acknowledge {
  std::uint64_t session;
  tx_number t;
  std::uint64_t hash;
};
/// Frames of a connection, in its own order; `who` hears what the publisher says to it, until it
/// ends. Answered when they were handled: the connection reads on.
struct stream_frames_in {
  stream_peer_actor who;
  std::vector<stream::client_frame> frames;
};
struct frames_taken {};
/// What the publisher says to one connection at a time, in order.
struct stream_frames_out {
  std::vector<stream::server_frame> frames;
};
/// Figures of a publisher.
struct ask_streams {};
struct streams {
  stream::publisher::counters counts;
  std::size_t sessions = 0;
  std::size_t ring_bytes = 0;
};
struct clock_tick {};

// -- telemetry ---

/// Where the log of a replica stands.
struct ask_raft {};
struct raft_figures {
  weft::term term;
  log_position committed;
  bool leads = false;
};
/// How a node is. Asked of its parts, each of which has a second; what did not answer is missing.
struct ask_sample {};
struct node_sample {
  tree parts = {}; ///< no name when the supervisor did not answer
  std::optional<raft_figures> raft = {};
  std::optional<log_index> applied = {};
  std::optional<streams> published = {};
  std::optional<memory_index::statistics> index = {};
  tx_number head = {}; ///< in the index
  std::size_t credit_in_use = 0;
  std::size_t credit_limit = 0;
  std::uint64_t credit_refusals = 0;
};
/// Time to state facts about the node.
struct facts_due {};

// -- the doors of a node ---

/// A transaction of an outsider. The same id means the same request, however often it is sent.
struct transact {
  std::shared_ptr<const tx_request> request;
  std::optional<request_id> id = {};
};
/// The reply to transact.
struct transacted_message {
  transacted outcome;
};
/// What was asked of an ingest batcher until now is to be executed at once.
struct flush_items {};
struct items_flushed {};
/// Figures of an ingest batcher.
struct ask_ingest {};
struct ingest_figures {
  ingest::batcher::counters counts;
  std::size_t waiting_bytes = 0;
};
/// The shard has this transactor now.
struct route {
  shard_id shard;
  transactor_actor transactor;
  wal_publisher_actor publisher;
};
/// The shard has no transactor for good, and why.
struct unroute {
  shard_id shard;
  error why;
};

/// Requests that have waited since before this one are refused.
struct give_up_waiting {
  std::uint64_t through;
};

} // namespace weft::actors

WEFT_LOCAL_MESSAGE(weft::actors::start_up)
WEFT_LOCAL_MESSAGE(weft::actors::started)
WEFT_LOCAL_MESSAGE(weft::actors::ask_tree)
WEFT_LOCAL_MESSAGE(weft::actors::tree)
WEFT_LOCAL_MESSAGE(weft::actors::ask_waiting)
WEFT_LOCAL_MESSAGE(weft::actors::waiting_messages)
WEFT_LOCAL_MESSAGE(weft::actors::deadline_passed)
WEFT_LOCAL_MESSAGE(weft::actors::submit)
WEFT_LOCAL_MESSAGE(weft::actors::flush)
WEFT_LOCAL_MESSAGE(weft::actors::propose)
WEFT_LOCAL_MESSAGE(weft::actors::propose_control)
WEFT_LOCAL_MESSAGE(weft::actors::append)
WEFT_LOCAL_MESSAGE(weft::actors::durable)
WEFT_LOCAL_MESSAGE(weft::actors::dropped)
WEFT_LOCAL_MESSAGE(weft::actors::apply)
WEFT_LOCAL_MESSAGE(weft::actors::applied)
WEFT_LOCAL_MESSAGE(weft::actors::follow)
WEFT_LOCAL_MESSAGE(weft::actors::followed)
WEFT_LOCAL_MESSAGE(weft::actors::read_records)
WEFT_LOCAL_MESSAGE(weft::actors::records_read)
WEFT_LOCAL_MESSAGE(weft::actors::subscribe)
WEFT_LOCAL_MESSAGE(weft::actors::subscribed)
WEFT_LOCAL_MESSAGE(weft::actors::unsubscribe)
WEFT_LOCAL_MESSAGE(weft::actors::acknowledge)
WEFT_LOCAL_MESSAGE(weft::actors::stream_frames_in)
WEFT_LOCAL_MESSAGE(weft::actors::frames_taken)
WEFT_LOCAL_MESSAGE(weft::actors::stream_frames_out)
WEFT_LOCAL_MESSAGE(weft::actors::ask_streams)
WEFT_LOCAL_MESSAGE(weft::actors::streams)
WEFT_LOCAL_MESSAGE(weft::actors::clock_tick)
WEFT_LOCAL_MESSAGE(weft::wal_batch)
WEFT_LOCAL_MESSAGE(weft::stream_notice)
WEFT_LOCAL_MESSAGE(weft::actors::recover)
WEFT_LOCAL_MESSAGE(weft::actors::recovered)
WEFT_LOCAL_MESSAGE(weft::actors::attach)
WEFT_LOCAL_MESSAGE(weft::actors::attached)
WEFT_LOCAL_MESSAGE(weft::actors::read_entries)
WEFT_LOCAL_MESSAGE(weft::actors::entries_read)
WEFT_LOCAL_MESSAGE(weft::actors::ask_applied)
WEFT_LOCAL_MESSAGE(weft::actors::applied_position)
WEFT_LOCAL_MESSAGE(weft::actors::ask_view)
WEFT_LOCAL_MESSAGE(weft::actors::viewed)
WEFT_LOCAL_MESSAGE(weft::actors::lead)
WEFT_LOCAL_MESSAGE(weft::actors::leadership)
WEFT_LOCAL_MESSAGE(weft::actors::fetch)
WEFT_LOCAL_MESSAGE(weft::actors::fetched)
WEFT_LOCAL_MESSAGE(weft::actors::carry)
WEFT_LOCAL_MESSAGE(weft::actors::housekeep)
WEFT_LOCAL_MESSAGE(weft::actors::prepare)
WEFT_LOCAL_MESSAGE(weft::actors::prepared)
WEFT_LOCAL_MESSAGE(weft::actors::ask_raft)
WEFT_LOCAL_MESSAGE(weft::actors::raft_figures)
WEFT_LOCAL_MESSAGE(weft::actors::ask_sample)
WEFT_LOCAL_MESSAGE(weft::actors::node_sample)
WEFT_LOCAL_MESSAGE(weft::actors::facts_due)
WEFT_LOCAL_MESSAGE(weft::actors::transact)
WEFT_LOCAL_MESSAGE(weft::actors::transacted_message)
WEFT_LOCAL_MESSAGE(weft::actors::flush_items)
WEFT_LOCAL_MESSAGE(weft::actors::items_flushed)
WEFT_LOCAL_MESSAGE(weft::actors::ask_ingest)
WEFT_LOCAL_MESSAGE(weft::actors::ingest_figures)
WEFT_LOCAL_MESSAGE(weft::actors::route)
WEFT_LOCAL_MESSAGE(weft::actors::unroute)
WEFT_LOCAL_MESSAGE(weft::actors::give_up_waiting)
