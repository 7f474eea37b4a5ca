// Every bound of Weft, with its unit in its name. How they fit together is asserted at the end.
// Each limit has a test that reaches it (tests/tidy checks that it is named there).
#pragma once

#include <cstddef>
#include <cstdint>

namespace weft::limits {

// -- values ---
/// A string or bytes value.
inline constexpr std::size_t value_bytes_max = 1U << 20U;
/// Prefix of a string or bytes value that orders it in an index; longer values are keyed by this
/// prefix and a 128-bit hash (docs/formats/keys.md).
inline constexpr std::size_t value_prefix_bytes = 400;
/// A keyword, namespace and name together, without the colon.
inline constexpr std::size_t keyword_bytes_max = 255;
/// Elements of a tuple value.
inline constexpr std::size_t tuple_elements_min = 2;
inline constexpr std::size_t tuple_elements_max = 8;
/// Key encoding of a whole tuple (docs/formats/keys.md).
inline constexpr std::size_t tuple_key_bytes_max = 400;
/// Components of a vector of float.
inline constexpr std::size_t vector_elements_max = 4096;
/// An index key; LMDB takes at most 511 bytes.
inline constexpr std::size_t key_bytes_max = 511;

// -- identifiers ---
inline constexpr unsigned shard_bits = 11;
inline constexpr unsigned local_bits = 52;
inline constexpr std::uint64_t shards_max = 1ULL << shard_bits;
/// Local ids below this belong to attributes and the database's own entities.
inline constexpr std::uint64_t first_user_local = 1ULL << 20U;
/// Local ids of built-in entities end here; attributes of users begin.
inline constexpr std::uint64_t first_user_attribute = 1024;

// -- transactions ---
/// The last t: a transaction's entity has its t in a local id.
inline constexpr std::uint64_t transactions_max = (1ULL << (local_bits - 1)) - 1;
/// The encoded record of one transaction, before and after compression.
inline constexpr std::size_t record_bytes_max = 4U << 20U;
/// Datoms of one transaction, those that the database adds included.
inline constexpr std::size_t transaction_datoms_max = 100'000;
/// Record bodies of at least this size are compressed when that makes them smaller.
inline constexpr std::size_t compression_bytes_min = 1024;
/// Levels of nesting in EDN and JSON text.
inline constexpr std::size_t nesting_depth_max = 64;
/// EDN or JSON text of one transaction.
inline constexpr std::size_t transaction_text_bytes_max = 16U << 20U;
/// Fields of a CSV row, and its text without quotes and separators.
inline constexpr std::size_t csv_fields_max = 4096;
inline constexpr std::size_t csv_row_bytes_max = 16U << 20U;
/// Nodes of one EDN tree: scalars and collections.
inline constexpr std::size_t tree_nodes_max = 2U << 20U;
/// The transaction functions of one transaction may together run this long.
inline constexpr std::int64_t function_time_us_max = 1'000'000;
/// Transaction functions that call one another.
inline constexpr std::size_t function_depth_max = 16;
/// A tempid's name.
inline constexpr std::size_t tempid_bytes_max = 255;

// -- requests ---
/// Transactions whose request ids are remembered.
inline constexpr std::uint64_t dedup_window_transactions = 1U << 18U;
/// A request id may be this far ahead of the database's clock.
inline constexpr std::int64_t request_future_us_max = 60'000'000;
/// The wall clock may run ahead of the steady clock by this much before stamping is refused.
inline constexpr std::int64_t clock_jump_us_max = 3'600'000'000;
/// Requests that wait for the log, per database.
inline constexpr std::size_t requests_waiting_max = 65'536;
/// What an ingest batcher puts into one transaction, about, and how long it waits for more of it.
inline constexpr std::size_t ingest_batch_facts = 1000;
inline constexpr std::size_t ingest_batch_bytes = 1U << 20U;
inline constexpr std::int64_t ingest_delay_us = 2000;
/// Bytes of items that wait in it; more are refused as overloaded.
inline constexpr std::size_t ingest_waiting_bytes_max = 32U << 20U;
/// How long it tries, and the pause before it tries again: doubles.
inline constexpr std::int64_t ingest_patience_us = 30'000'000;
inline constexpr std::int64_t ingest_backoff_us_min = 20'000;
inline constexpr std::int64_t ingest_backoff_us_max = 1'000'000;

// -- log ---
inline constexpr std::size_t segment_bytes_min = 256U << 10U;
inline constexpr std::size_t segment_bytes_max = 64U << 20U;
/// Segment files that are kept ready for reuse; more are removed.
inline constexpr std::size_t free_segments_max = 2;
/// A last segment with at most this many bytes in use is rewritten at start instead of continued,
/// so that restarts do not leave a trail of small segments.
inline constexpr std::size_t tail_rewrite_bytes_max = 1U << 20U;
/// Positions after the committed mark that a log remembers; older ones are read again.
inline constexpr std::size_t log_positions_max = 65'536;
/// Bytes of a log between two remembered offsets of a log_reader.
inline constexpr std::size_t sparse_offset_bytes = 64U << 10U;
/// Transactions that a poll tells of when nothing else is asked for, and the bytes of records after
/// which it tells of no more (one record may exceed them).
inline constexpr std::size_t poll_batch_default = 1000;
inline constexpr std::size_t poll_bytes_max = 16U << 20U;
/// Bytes of one group commit.
inline constexpr std::size_t batch_bytes_max = 16U << 20U;
/// Proposed bytes that are not committed yet; more are refused as overloaded.
inline constexpr std::size_t uncommitted_bytes_max = 32U << 20U;
/// Free bytes of the file system below which transactions are refused (rule R9).
inline constexpr std::uint64_t disk_reserve_bytes = 16U << 20U;

// -- configuration (the ranges of its keys: core/cluster/config_keys.cpp) ---
/// Text of a configuration.
inline constexpr std::size_t config_bytes_max = 1U << 20U;
/// Mistakes and warnings that one configuration is told of.
inline constexpr std::size_t config_issues_max = 1000;
/// Nodes of a cluster.
inline constexpr std::size_t nodes_max = 64;
/// Name of a cluster, id of a node.
inline constexpr std::size_t config_name_bytes_max = 63;
/// Host name of an address.
inline constexpr std::size_t host_bytes_max = 253;
/// Path of a file or folder.
inline constexpr std::size_t path_bytes_max = 4095;
/// Path of a Unix socket.
inline constexpr std::size_t socket_path_bytes_max = 107;

// -- streams ---
/// A frame as bytes; larger records are sent in fragments.
inline constexpr std::size_t frame_bytes_max = 256U << 10U;
/// Bytes that may be on the way to a subscriber, or wait there to be consumed.
inline constexpr std::size_t stream_window_bytes_min = 64U << 10U;
inline constexpr std::size_t stream_window_bytes_default = 4U << 20U;
inline constexpr std::size_t stream_window_bytes_max = 64U << 20U;
/// What a record costs of the credit beside its payload, so that small ones are not free.
inline constexpr std::size_t stream_record_cost_bytes = 64;
/// Sessions of one shard's publisher.
inline constexpr std::size_t stream_sessions_max = 4096;
/// Recent records that a publisher keeps in memory; older ones are read from the log.
inline constexpr std::size_t stream_ring_bytes = 8U << 20U;
/// Bytes of records that a publisher asks of the log at once (one record may exceed it), and how
/// many such reads it has under way.
inline constexpr std::size_t stream_read_bytes_max = 1U << 20U;
inline constexpr std::size_t stream_reads_max = 16;
/// Patterns of an attribute filter, and their bytes together.
inline constexpr std::size_t filter_patterns_max = 256;
inline constexpr std::size_t filter_bytes_max = 8192;
/// Filters whose result is kept with a recent record; those of others are found again.
inline constexpr std::size_t filter_results_kept_max = 8;
/// A cursor as text, and the name of a cursor that a cluster keeps.
inline constexpr std::size_t cursor_token_bytes_max = 64U << 10U;
inline constexpr std::size_t cursor_name_bytes_max = 255;
/// Named cursors of one shard.
inline constexpr std::size_t named_cursors_max = 4096;
/// Texts of an error on its way to another process, together.
inline constexpr std::size_t error_text_bytes_max = 4096;
/// A subscriber that has everything hears so after this time, then with every heartbeat.
inline constexpr std::int64_t stream_idle_us = 200'000;
/// Either side says something this often, and gives the other up after the silence.
inline constexpr std::int64_t stream_heartbeat_us = 1'000'000;
inline constexpr std::int64_t stream_silence_us = 5'000'000;
/// How long a subscriber waits before it opens again: doubles, with jitter.
inline constexpr std::int64_t stream_backoff_us_min = 20'000;
inline constexpr std::int64_t stream_backoff_us_max = 5'000'000;

// -- the client protocol ---
/// A part of a message between two processes, and a whole message.
inline constexpr std::size_t packet_bytes_max = 256U << 10U;
inline constexpr std::size_t message_bytes_max = 16U << 20U;
/// Names in a handshake: of a cluster, a node, a program, a principal.
inline constexpr std::size_t handshake_name_bytes_max = 255;
/// Requests of one connection that are not answered, and their bytes together (one may exceed it).
inline constexpr std::size_t connection_requests_max = 4096;
inline constexpr std::size_t connection_request_bytes_max = 32U << 20U;
/// Clients at a time, and what may wait to be written to one before it is read from no more; it is
/// cut when it takes nothing of that for so long.
inline constexpr std::size_t client_connections_default = 1024;
inline constexpr std::size_t connection_unsent_bytes_max = 8U << 20U;
inline constexpr std::int64_t connection_stall_us = 30'000'000;
/// Bytes for a connection that the other side has not taken, or that wait to be written: more, and
/// it is cut.
inline constexpr std::size_t connection_unread_bytes_max = 64U << 20U;
/// Connections of applications of actors that one node serves.
inline constexpr std::size_t peer_connections_max = 1024;
/// Views that one connection holds open.
inline constexpr std::size_t connection_views_max = 16;
/// Streams of one connection.
inline constexpr std::size_t connection_streams_max = 1024;
/// Datoms of one answer to a read: about so many bytes.
inline constexpr std::size_t read_chunk_bytes_max = 256U << 10U;
/// Time for a handshake, and how long a connection may be silent before it is cut; half of that
/// without a word, and the other side is asked whether it is there.
inline constexpr std::int64_t handshake_us = 5'000'000;
inline constexpr std::int64_t connection_silence_us = 10'000'000;
// -- the pages of a node: health and metrics ---
/// Connections that are answered at a time, and that wait for it; more are closed.
inline constexpr std::size_t http_threads = 4;
inline constexpr std::size_t http_waiting_max = 64;
/// Request line and header fields of a request.
inline constexpr std::size_t http_header_bytes_max = 16U << 10U;
/// Body of a request.
inline constexpr std::size_t http_body_bytes_max = 64U << 10U;
/// Requests of one connection, and how long it may be silent between two.
inline constexpr std::size_t http_requests_max = 100;
inline constexpr std::int64_t http_idle_us_max = 2'000'000;
/// From the first byte of a request to its last, and of an answer.
inline constexpr std::int64_t http_read_us_max = 2'000'000;
inline constexpr std::int64_t http_write_us_max = 2'000'000;
/// A part of the node that has not answered by then does not live.
inline constexpr std::int64_t health_answer_us_max = 1'000'000;
/// Entries that are committed and not applied; with more a node is not ready.
inline constexpr std::uint64_t ready_lag_entries_max = 10'000;

// -- logs of a node ---
/// Lines of one event in a second; more are counted and left out.
inline constexpr std::uint64_t log_event_lines_max = 20;
/// A text in a line; the rest is elided.
inline constexpr std::size_t log_text_bytes_max = 4096;

static_assert(value_bytes_max < record_bytes_max);
static_assert(20 * transaction_datoms_max < tree_nodes_max);      // the text of any transaction
static_assert(tree_nodes_max > record_bytes_max / sizeof(float)); // fits, vectors included
static_assert(record_bytes_max < batch_bytes_max);
static_assert(batch_bytes_max < segment_bytes_max);
static_assert(batch_bytes_max < uncommitted_bytes_max);
static_assert(tail_rewrite_bytes_max + batch_bytes_max < segment_bytes_max);
static_assert(2 * transaction_datoms_max < frame_bytes_max); // the matches of any record, and more
static_assert(stream_window_bytes_min < stream_window_bytes_default);
static_assert(stream_window_bytes_default < stream_window_bytes_max);
static_assert(record_bytes_max < stream_window_bytes_max);
static_assert(record_bytes_max < stream_ring_bytes);
static_assert(filter_bytes_max + cursor_name_bytes_max + error_text_bytes_max < frame_bytes_max);
static_assert((shards_max * 18 + 64) * 4 / 3 < cursor_token_bytes_max); // a cursor of all shards
static_assert(3 * stream_heartbeat_us < stream_silence_us);
static_assert(record_bytes_max + read_chunk_bytes_max < message_bytes_max); // any answer
static_assert(2 * message_bytes_max < connection_unread_bytes_max);
static_assert(frame_bytes_max + 16 < message_bytes_max); // any frame of a stream
static_assert(1 + shard_bits + local_bits == 64);

} // namespace weft::limits
