// The transactor: turns requests into records, one after the other, ahead of the disk.
//
// It resolves against committed facts plus an overlay of what it has proposed itself, so the next
// request never waits for the last one's sync. The rules of answering follow from that:
// - an accepted request is answered when its transaction is committed (the driver has its report);
// - a rejection or a dedup hit that may have read proposed facts is answered only when these are
//   committed; when they are lost instead, the request must be resolved again.
//
// A step machine without I/O: events in, effects out. Driven by persistence/embedded, by actors and
// by the simulator alike. Not thread-safe: the driver steps it from one thread at a time.
// @source docs/formats/transaction.md; docs/guarantees.md
#pragma once

#include "weft/core/db/overlay.hpp"
#include "weft/core/shard/dedup.hpp"
#include "weft/core/tx/plan.hpp"

#include <deque>
#include <memory>
#include <variant>
#include <vector>

namespace weft {

/// The driver's name for a request that waits for an answer.
using ticket = strong<struct ticket_tag, std::uint64_t>;

class transactor {
 public:
  struct options {
    shard_id shard = shard_id(0);
    schema_mode mode = schema_mode::flexible;
    const tx_functions* functions = nullptr; ///< may be null; outlives the transactor
    const monotonic_us* clock = nullptr;     ///< times functions; null: no limit
    std::uint64_t (*cpu_ns)() = nullptr;     ///< times encoding, see encode_ns(); may be null
  };

  /// What recovery knows: the committed database and what the records carried along.
  struct state {
    view committed;
    allocators next;
    instant last;
    dedup_table dedup;
  };

  // -- events ---

  /// A request arrived. `now` is the wall clock, `steady` one that does not jump.
  struct submit {
    ticket who;
    const tx_request& request;
    std::optional<request_id> id;
    instant now;
    instant steady;
  };
  /// Everything up to now.basis() is committed and in the index; `now` is opened on it.
  struct committed {
    view now;
  };
  /// Nothing that is proposed and not committed will be committed here: it was not written, or the
  /// storage failed and only the next start will know.
  struct lost {};

  // -- effects ---

  /// To be proposed. When it is committed: apply `datoms` to the index, answer `who`.
  struct accepted {
    ticket who;
    tx_number t;
    instant when;
    std::shared_ptr<const bytes> payload; ///< the record
    datom_list datoms;
    std::vector<resolved_tempid> tempids;
    std::shared_ptr<const schema> schema_after;
    allocators next;
  };
  /// To be sent to `who` now: why the request is refused, or the transaction that answered it.
  struct answer {
    ticket who;
    std::variant<error, tx_number> what;
  };
  struct effects {
    std::optional<accepted> propose = {};
    std::vector<answer> answers = {};
    std::vector<ticket> again = {}; ///< to be submitted again
  };

  transactor(state from, options how);

  /// @errors none of its own: refusals are answers. Refused are all errors of plan() and
  /// encode_record(), of the dedup table, clock_jumped, and overloaded when
  /// limits::uncommitted_bytes_max wait for the disk. Cost: that of plan() and encode_record().
  [[nodiscard]] effects step(const submit& event);
  /// The answers that may leave now. @errors none. @pre the basis of `now` lies between what was
  /// committed and head(). Cost: O(transactions and datoms that were proposed up to it).
  [[nodiscard]] effects step(const committed& event);
  /// Back to what is committed; who waited is told in `again`. @errors none. Cost: O(what was
  /// proposed).
  [[nodiscard]] effects step(const lost& event);

  /// t of the newest transaction, proposed ones included. This and what follows: O(1).
  [[nodiscard]] tx_number head() const noexcept { return head_; }
  /// Bytes of records that are proposed and not committed.
  [[nodiscard]] std::size_t uncommitted_bytes() const noexcept { return uncommitted_bytes_; }
  /// CPU time spent in encoding records, by options::cpu_ns; of small ones an estimate.
  [[nodiscard]] std::uint64_t encode_ns() const noexcept { return encode_ns_; }
  /// For `with` on the newest committed state.
  [[nodiscard]] const allocators& committed_allocators() const noexcept { return committed_next_; }

 private:
  /// A transaction on its way: what to restore, and how much it holds.
  struct proposed {
    tx_number t;
    instant when;
    std::size_t payload_bytes;
    allocators next;
  };
  /// An answer that may leave when `after` is committed.
  struct held {
    tx_number after;
    transactor::answer answer;
  };

  [[nodiscard]] result<instant> stamp(instant now, instant steady);
  [[nodiscard]] result<std::optional<tx_number>> known(const submit& event, hash128 hash) const;
  [[nodiscard]] result<accepted> resolve(const submit& event, hash128 hash);
  [[nodiscard]] result<bytes> encode_timed(const record& rec);
  void answer_or_hold(effects& out, answer what);

  options how_;
  view base_; ///< committed
  overlay overlay_;
  dedup_table dedup_;
  std::deque<proposed> proposed_;
  std::deque<held> held_;
  std::size_t uncommitted_bytes_ = 0;
  std::uint64_t encode_ns_ = 0;
  std::uint64_t small_records_ = 0; ///< encoded, see encode_timed
  tx_number committed_;
  tx_number head_;
  instant committed_last_;
  instant last_;
  allocators committed_next_;
  allocators next_;
  std::optional<std::int64_t> wall_minus_steady_us_; ///< the most that was believed
};

} // namespace weft
