// Makes a memory index from all its transactions at once: what recovery does with a log.
//
//   memory_index index;
//   index_loader load(index);
//   load.add(t, when, datoms, schema);   // every transaction from the first on
//   load.finish();
//   view now = index.open();             // as if each had been applied
//
// Applying sorts each fact into every tree; a loader keeps the facts, sorts them once and builds
// the trees from the bottom up, several times as fast. While it works it needs some 50 bytes for
// each datom beside the index it makes.
//
// Confined to one thread; until finish() has returned nobody else uses the index. Views that were
// opened before stay what they were.
#pragma once

#include "weft/core/db/memory_index.hpp"
#include "weft/core/db/tree_node.hpp"

#include <functional>

namespace weft {

class index_loader {
 public:
  /// `into` holds the bootstrap facts alone, and outlives the loader.
  explicit index_loader(memory_index& into);
  index_loader(const index_loader&) = delete;
  index_loader& operator=(const index_loader&) = delete;
  ~index_loader();

  /// Adds transaction t = head() + 1, as memory_index::apply, and with the same requirements, but
  /// for those that concern other datoms: these are for finish(). Cost: O(datoms).
  void add(tx_number t, instant when, std::span<const datom_view> datoms,
           std::shared_ptr<const schema> schema_after);

  /// t of the last transaction added, 0 before the first.
  [[nodiscard]] tx_number head() const noexcept { return head_; }

  /// Fills the index; after an error it is what it was. Tells `progress` now and then how much of
  /// all the work is done. Call once, as the last. Cost: O(n log n).
  /// @errors log_corrupt{t, entity, attribute} when a fact is asserted that is live, or retracted
  /// and is not
  [[nodiscard]] result<void>
  finish(const std::function<void(std::size_t done, std::size_t total)>& progress = {});

 private:
  /// Entries of eavt.
  struct outcome {
    std::vector<tree_entry> live;
    std::vector<tree_entry> ended; ///< without those that leave no history
  };

  void keep(const datom_view& d);
  [[nodiscard]] result<outcome> settle();
  [[nodiscard]] result<void> settle_one(std::span<tree_entry> events, outcome& into) const;
  [[nodiscard]] error impossible(const stored_fact& event) const;

  memory_index* into_;
  std::shared_ptr<memory_tables> tables_;
  std::shared_ptr<const schema> schema_;
  arena retractions_; ///< facts that only say that another one ended
  // Assertions and retractions as entries of eavt. Those about transactions are apart: between the
  // others they would break what often is one ascending run.
  std::vector<tree_entry> events_;
  std::vector<tree_entry> of_transactions_;
  tx_number head_{0};
  instant last_{0};
};

} // namespace weft
