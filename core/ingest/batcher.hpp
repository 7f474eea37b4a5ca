// The ingest batcher: many small items become few transactions, in the order in which they came. A
// step machine without I/O or clock; actors/ingest_batcher.hpp drives it.
//
//   batcher b({.batch_facts = 1000, .delay_us = 2000});
//   b.step(batcher::offered{ticket, request, id, bytes}, {now_us, fresh_id}, out);
//   for (auto& attempt : out.attempts) ...  // to be transacted; its outcome is the event
//   `answered` for (auto& done : out.settled) ...      // the outcome of an item, once for each
//   wake at b.next_wake_us() with `tick`
//
// Guarantees: each item has exactly one outcome, and either all of it is committed or nothing. The
// effect is that of executing the items one after the other in the order in which they were offered
// (item_batch.hpp): one transaction is under way at a time. When a transaction of several items is
// rejected, its halves are executed, and so on: an item that is wrong does not take others along.
// Not guaranteed: where an item gives an entity another value of a unique attribute, others of the
// same transaction may already have the one that it gives up.
// What may pass is tried again with the same request id until the patience of the oldest item is
// over; then the outcome is that error, or outcome_unknown when it may be committed.
// Bounded: items wait up to waiting_bytes_max, more are refused with overloaded.
// Not thread-safe: confined to its owner.
#pragma once

#include "weft/core/base/limits.hpp"
#include "weft/core/ingest/item_batch.hpp"
#include "weft/core/shard/transacted.hpp"

#include <cstdint>
#include <deque>
#include <optional>

namespace weft::ingest {

class batcher {
 public:
  struct options {
    /// A transaction is as large as the item that reaches one of these makes it.
    std::size_t batch_facts = limits::ingest_batch_facts;
    std::size_t batch_bytes = limits::ingest_batch_bytes;
    /// How long the first item of a transaction waits for others, at most.
    std::int64_t delay_us = limits::ingest_delay_us;
    std::size_t waiting_bytes_max = limits::ingest_waiting_bytes_max;
    std::int64_t patience_us = limits::ingest_patience_us;
  };
  /// When an event happened, by a clock that does not jump, and a request id that nobody has.
  struct moment {
    std::int64_t now_us;
    request_id fresh;
  };

  // -- events ---

  struct offered {
    std::uint64_t ticket; ///< the caller's, for the outcome
    std::shared_ptr<const tx_request> request;
    std::optional<request_id> id; ///< the item's own: then it is a transaction of its own
    std::size_t bytes;            ///< that it takes while it waits
  };
  struct answered {
    std::uint64_t attempt;
    result<transacted> outcome;
  };
  /// The time of next_wake_us has come.
  struct tick {};
  /// What was offered until now need not wait for more.
  struct hurry {};

  // -- effects ---

  struct attempt {
    std::uint64_t number;
    std::shared_ptr<const tx_request> request;
    request_id id;
  };
  struct settlement {
    std::uint64_t ticket;
    result<transacted> outcome; ///< with the tempids of this item
  };
  struct effects {
    std::vector<attempt> attempts;
    std::vector<settlement> settled;
  };
  struct counters {
    std::uint64_t items = 0;        ///< that were committed
    std::uint64_t transactions = 0; ///< that it took
    std::uint64_t refused = 0;      ///< items, whatever the reason
    std::uint64_t retries = 0;
    std::uint64_t splits = 0; ///< transactions that were rejected, and tried in halves
  };

  explicit batcher(options how) : how_(how) {}

  /// Cost: O(operands of the item).
  void step(const offered& news, const moment& when, effects& out);
  /// Cost: O(operands of its items).
  void step(const answered& news, const moment& when, effects& out);
  void step(tick news, const moment& when, effects& out);
  void step(hurry news, const moment& when, effects& out);

  /// When `tick` is due; nothing: no time passes for it.
  [[nodiscard]] std::optional<std::int64_t> next_wake_us() const;
  [[nodiscard]] bool is_idle() const noexcept { return !current_ && order_.empty(); }
  [[nodiscard]] std::size_t waiting_bytes() const noexcept { return waiting_bytes_; }
  [[nodiscard]] const counters& counts() const noexcept { return counts_; }

 private:
  struct item {
    offered what;
    std::int64_t since_us;
  };
  /// Items that are, or will be, one transaction.
  struct group {
    std::vector<item> items;
    item_batch together;
    std::size_t bytes = 0;
    bool is_full = false; ///< takes no more, and waits for none
  };
  struct under_way {
    group of;
    std::shared_ptr<const tx_request> request;
    request_id id;
    std::uint64_t attempt;
    std::int64_t deadline_us;
    std::optional<std::int64_t> again_us = {}; ///< waits until then; nothing: is asked
    unsigned failures = 0;
    bool is_uncertain = false; ///< a try of it may have been committed
  };

  void add(item what);
  void begin_next(const moment& when, effects& out);
  void begin(group what, const moment& when, effects& out);
  void try_again(effects& out);
  void commit(const transacted& outcome, effects& out);
  void hear_failure(const error& why, const moment& when, effects& out);
  void refuse(const error& why, effects& out);
  void split();
  [[nodiscard]] bool is_due(const group& what, std::int64_t now_us) const;

  options how_;
  std::optional<under_way> current_;
  std::deque<group> order_; ///< what comes next, oldest first
  std::size_t waiting_bytes_ = 0;
  std::uint64_t next_attempt_ = 1;
  counters counts_;
};

} // namespace weft::ingest
