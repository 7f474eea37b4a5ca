// Follows the log of a database that another process writes: what was committed after a position,
// a batch at a time. No lock, no connection, nothing that the writer waits for; it reads the log's
// files up to the committed mark, so it never sees what is not durable. A library of its own
// (weft::poller), without threads and without CAF.
//
//   auto poller = weft::change_poller("facts").with_names();
//   for (;;) {
//     WEFT_TRY(const auto found, poller.poll());
//     for (const weft::wal_batch& commit : found.events) {
//       WEFT_TRY(const auto facts, commit.datoms());
//       for (const weft::datom_view& d : facts)
//         use(commit.t(), commit.name_of(d.attribute), d.value);
//     }
//     remember(found.next_cursor.to_token());            // after the effects: at least once
//     if (!found.more)
//       wait_a_moment();
//   }
//
// Every committed transaction is one event, once, in order, without a gap, while the writer rotates
// its segments, restarts or is killed. Who keeps `next_cursor` after it has done what the events
// ask for gets each of them at least once; who keeps it in one transaction with that, exactly once.
//
// After a power failure the mark may be behind what is durable until the database is opened again:
// a poller that was further gets cursor_ahead until then.
//
// Blocking; confined to one thread. Copies nothing of the writer's but what it returns: events
// share buffers of up to 256 KiB and own them.
#pragma once

#include "weft/core/base/limits.hpp"
#include "weft/core/stream/wal_batch.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weft {

namespace persistence {
class disk;
class log_reader;
} // namespace persistence

/// What a poll found.
struct polled {
  std::vector<wal_batch> events; ///< ascending by t, the first is last_sequence() + 1
  cursor next_cursor;            ///< after the last of them; of none: where the poller stands
  tx_number head;                ///< newest transaction that was committed
  bool more = false;             ///< there is something after `next_cursor`: poll again, at once
};

class change_poller {
 public:
  /// From the first transaction on, in the data folder of a database. Nothing is opened yet: the
  /// folder may be made later. Cost: O(1).
  explicit change_poller(std::string folder);
  /// Everything after transaction t; 0 is as above. Cost: O(1).
  [[nodiscard]] static change_poller from_sequence(std::string folder, tx_number t);
  /// Everything after a cursor, which has to be one of this database. Cost: O(1).
  [[nodiscard]] static change_poller from_cursor(std::string folder, const cursor& at);

  change_poller(change_poller&& other) noexcept;
  change_poller& operator=(change_poller&& other) noexcept;
  ~change_poller();

  /// Events of one poll at most; default limits::poll_batch_default. With 0 a poll tells `head` and
  /// `more` alone, and moves nothing.
  [[nodiscard]] change_poller with_batch_limit(std::size_t limit) &&;
  /// Events name their attributes (wal_batch::name_of, ::schema); without this they have numbers.
  /// The first poll then reads what comes before its place, for the schema: O(log), some 2 us for
  /// each transaction, and cursor_too_old when the log does not hold it any more. From the first
  /// transaction on it costs nothing.
  [[nodiscard]] change_poller with_names() &&;
  /// Reads on another disk than the system's, which outlives the poller. For tests.
  [[nodiscard]] change_poller on(persistence::disk& where) &&;

  /// t of the last event that was returned, or what the poller began after.
  [[nodiscard]] tx_number last_sequence() const noexcept { return at_; }

  /// What was committed after last_sequence(), as far as the limit, or limits::poll_bytes_max of
  /// records (one record may exceed them). On an error nothing is returned and nothing moves: poll
  /// again. Events before a damage are returned first, the error with the next poll.
  /// @errors not_a_database: there is none (yet). cursor_invalid, cursor_diverged: the place is not
  /// of this database, or of another history of it; cursor_ahead{head}; cursor_too_old{earliest}.
  /// log_corrupt, malformed_record, schema_invalid, unsupported_version, access_denied, overloaded
  /// (no descriptors), io_error; database_mismatch: files of two databases lie there.
  /// Cost: caught up, two reads of the mark, whatever the length of the log. Else O(events), and
  /// when the log went on to another segment, a read of 4 KiB of each segment. The first poll looks
  /// for its place in a segment, at most 64 MiB, where it is not caught up.
  [[nodiscard]] result<polled> poll();

 private:
  [[nodiscard]] result<void> open();
  [[nodiscard]] result<void> take_place();
  [[nodiscard]] result<void> learn_names();
  [[nodiscard]] result<polled> try_poll();
  [[nodiscard]] result<void> read(std::vector<record_ptr>& into);
  [[nodiscard]] result<void> fold(const stream_record& record, stream_context_ptr& names) const;

  std::string folder_;
  persistence::disk* disk_;
  std::size_t limit_ = limits::poll_batch_default;
  bool names_wanted_ = false;

  bool has_place_ = true; ///< false: it was given a cursor without one
  tx_number at_;
  std::optional<std::uint64_t> hash_;   ///< of the chain there, as far as it is known
  std::optional<stream_origin> origin_; ///< of the place, once it is known
  stream_context_ptr context_;
  bool names_known_ = false; ///< it has those of at_; they come along from then on
  std::unique_ptr<persistence::log_reader> reader_; ///< stands at at_; null: nowhere yet
};

} // namespace weft
