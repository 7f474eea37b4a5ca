// The memory index: committed facts, sorted in four orders, for one writer and any number of
// readers in other threads. Readers never block the writer, nor the writer readers, but for a lock
// of a few instructions when a view is opened or closed and when a transaction is published.
//
//   memory_index index;
//   index.apply(t, when, datoms, schema);      // the one writer
//   view now = index.open();                   // any thread; stays exact as long as it is held
//
// Structure. A fact is one stored_fact, from its assertion to its retraction. The CURRENT forest
// (fact_forest.hpp: eavt, aevt, avet, vaet) holds what is live; the HISTORY forest what ended. A
// retraction at r sets the fact's retracted_at = r, inserts it into the history trees at once, and
// takes it out of the current trees as soon as no open view can see it live. A superseded value of
// a :db/noHistory attribute goes into no history tree. So reads of the present do not pay for
// history: a counter that was updated a million times costs what a new one does.
//
// Visibility. A view of basis B, looking at as_of A <= B (the present is A = B), sees a fact that
// was asserted at t and retracted at r (never: infinite)
//   in the current trees   if r > B and t <= A
//   in the history trees   if r <= B and t <= A < r
// and in a history window its assertion if t <= A and its retraction if r <= A. B alone says which
// forest counts, so a fact that is in both for a while is seen once.
//
// Why that is exact while the writer runs:
//   1. Publication. apply() does all its writing, then takes the lock of open_bases and sets the
//      head; a view opens under the same lock. So a view of basis B was opened after everything up
//      to B was written, and reads it without further order. (tree_position and fact_forest load
//      with acquire what the writer stores with release, so that what a reader meets of LATER
//      transactions is whole, too.)
//   2. Later assertions have t > B >= A and are filtered. Later retractions have r > B, and a
//      reader treats every r > B as never, so it does not matter whether it sees the new value.
//      Every fact that ended by B is in the history trees, by 1.
//   3. Removal. A fact [t, r) leaves the current trees only when no open basis B has t <= B < r;
//      bases opened later are >= r, because removal comes after publication. So what is removed
//      under a reader is nothing that its view can see. Ended facts that a view still needs wait
//      with the newest basis that does (open_bases.hpp) and move on when it is closed.
//   4. Trees. Standing on any node, a reader reaches all entries that were there when it began and
//      were not removed since (fact_tree.hpp); by 3 these are all its view can see. Nodes that
//      were replaced before t was published are used again when every open basis is >= t: by 1,
//      whoever opens then starts from a root that does not lead to them.
//
// Guarantees: a view answers the same for as long as it is held; all of a transaction is visible or
// nothing; opening is O(1). Memory is freed when the index and all its views are gone; a view keeps
// all of it alive. Out of memory ends the process.
// Not guaranteed: that memory shrinks. Facts are kept until the index goes, :db/noHistory ones,
// too. A view that is held keeps in the current trees what it can see and what ended since; what
// begins and ends while it is held does not stay.
#pragma once

#include "weft/core/db/view.hpp"

#include <atomic>
#include <span>

namespace weft {

class index_loader;
struct ended_facts;
struct memory_tables;
class stored_fact;

class memory_index {
 public:
  struct statistics {
    std::uint64_t facts_live = 0;    ///< what a view opened now sees
    std::uint64_t facts_history = 0; ///< what ended, and is in the history
    std::uint64_t facts_kept = 0;    ///< what ended, and is still in the current trees (3.)
    std::uint64_t bytes = 0;         ///< of facts and trees, allocated
    std::uint64_t datoms = 0;        ///< applied by transactions since this was made, one by one
  };

  /// The empty database: the bootstrap facts, t = 0.
  explicit memory_index(std::shared_ptr<const schema> initial = schema::bootstrap(),
                        shard_id shard = shard_id(0));
  memory_index(const memory_index&) = delete;
  memory_index& operator=(const memory_index&) = delete;
  ~memory_index();

  // -- the writer ---

  /// Applies transaction t = head() + 1: its datoms in stream order, all of this t, and
  /// (entity of the transaction, :db/txInstant, when), which is added here. A datom must change
  /// something: an assertion says what is not live, a retraction what is; attributes are in
  /// `schema_after`, values have their types. Anything else is a broken invariant of the log.
  /// Cost: O(log n) per datom; a change to :db/index true, O(n log n) in the attribute's facts.
  void apply(tx_number t, instant when, std::span<const datom_view> datoms,
             std::shared_ptr<const schema> schema_after) noexcept;

  // -- any thread ---

  /// The database as it is now. Cost: O(1).
  [[nodiscard]] view open() const;
  /// t of the last transaction, 0 before the first. What is opened later has at least this basis.
  [[nodiscard]] tx_number head() const noexcept {
    return tx_number(head_.load(std::memory_order_acquire));
  }
  /// Of the last transaction, 0 before the first.
  [[nodiscard]] instant last_instant() const noexcept {
    return instant(last_instant_.load(std::memory_order_acquire));
  }
  [[nodiscard]] statistics stats() const noexcept;

 private:
  friend class index_loader; ///< makes all of it at once

  /// Ended facts that one apply takes out of the current trees, beside one per datom.
  static constexpr std::size_t removals_per_apply = 256;

  /// Datoms that are looked ahead for together.
  static constexpr std::size_t datoms_per_warming = 8;

  void warm(std::span<const datom_view> datoms) const;
  void assert_fact(const datom_view& d);
  void retract_fact(const datom_view& d);
  [[nodiscard]] stored_fact* find_live(const datom_view& d) const;
  void publish(tx_number t, instant when, std::shared_ptr<const schema> schema_after);
  void remove_ended(std::size_t most);
  void place(ended_facts ended);

  std::shared_ptr<memory_tables> tables_;
  std::shared_ptr<const schema> schema_; ///< the writer's
  shard_id shard_;
  std::vector<stored_fact*> ended_;    ///< by the transaction that is being applied
  std::vector<stored_fact*> removals_; ///< seen by nobody, still in the current trees
  std::atomic<std::uint64_t> head_{0};
  std::atomic<std::int64_t> last_instant_{0};
  std::atomic<std::uint64_t> facts_live_{0};
  std::atomic<std::uint64_t> facts_history_{0};
  std::atomic<std::uint64_t> datoms_{0};
  std::atomic<std::uint64_t> facts_kept_{0};
  std::atomic<std::uint64_t> bytes_{0};
};

} // namespace weft
