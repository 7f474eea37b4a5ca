// The dedup table: which request ids were answered by which transaction. A function of the log
// alone: every replica that applied the same records has the same table.
//
// The newest limits::dedup_window_transactions transactions are remembered. An id that may have
// been forgotten is refused (request_expired) and never executed again: when an entry leaves the
// window, the time its id was made becomes the floor, and an id made at or before the floor is
// expired. Not thread-safe.
//
//   dedup_table table;
//   WEFT_TRY(const auto known, table.find(id, hash, now));
//   if (known) return report_of(*known);   // a retry: executed once, answered again
//   table.add(t, id, hash);                // every transaction, in the order of t
//
// Memory: about 100 bytes for each id that is remembered. @source docs/decisions/0023
#pragma once

#include "weft/core/base/checksum.hpp"
#include "weft/core/datom/record.hpp"

#include <deque>
#include <optional>
#include <unordered_map>

namespace weft {

class dedup_table {
 public:
  /// Remembers the last `window` transactions. @pre window > 0
  explicit dedup_table(std::uint64_t window = limits::dedup_window_transactions) noexcept
      : window_(window) {}

  /// What is known of a request before it is executed: nothing (execute it), or the transaction
  /// that answered it. `now` bounds ids that claim to be made in the future.
  /// @errors request_conflict{t} when the id came with another payload, request_expired,
  /// request_from_future. Cost: O(1).
  [[nodiscard]] result<std::optional<tx_number>> find(const request_id& id, hash128 request_hash,
                                                      instant now) const;

  /// Transaction t happened, with or without a request id. t rises by one with each call. False,
  /// and the id stays with who had it, when it is remembered already. Cost: amortised O(1).
  [[nodiscard]] bool add(tx_number t, const std::optional<request_id>& id, hash128 request_hash);

  /// Forgets all transactions after t: they were proposed and lost. Entries that they pushed out of
  /// the window do not come back, so `add` must run at most `window` ahead of what is committed.
  /// Cost: O(transactions forgotten).
  void drop_after(tx_number t);

  /// Ids that are remembered. Cost: O(1).
  [[nodiscard]] std::size_t size() const noexcept { return by_id_.size(); }

 private:
  struct answered {
    hash128 request_hash;
    tx_number t;
  };
  struct id_hash {
    std::size_t operator()(const request_id& id) const noexcept;
  };

  std::uint64_t window_;
  std::unordered_map<request_id, answered, id_hash> by_id_;
  std::deque<std::pair<tx_number, request_id>> by_t_; // oldest first, those with an id
  std::optional<instant> floor_;                      // ids made at or before are expired
};

} // namespace weft
