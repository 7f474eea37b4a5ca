// The datoms of an overlay, and the orders in which somebody has asked for them. A part of
// overlay.hpp, which is what others use.
//
// Most transactions never look at those proposed before them: their entities are new, and what
// they look up by unique value is of a few attributes. So a datom that is appended is noted and no
// more. A scan puts what it may meet into the trees of its order first, in aevt and avet of the
// attributes between its bounds alone; no datom goes into a tree twice.
//
// One thread appends. Any thread prepares and walks: the lock is held while a scan begins, not
// while it goes on (fact_tree.hpp).
#pragma once

#include "weft/core/db/fact_forest.hpp"

#include <map>
#include <mutex>

namespace weft {

class overlay_facts {
 public:
  explicit overlay_facts(shard_id shard) : forest_(shard) {}

  // -- the thread of the overlay ---

  /// Notes the datoms of a transaction, assertions and retractions, copied; `s` is the schema after
  /// it. Cost: O(datoms), amortised.
  void append(std::span<const datom_view> datoms, const schema& s);
  /// Notes again what `other` knows from transaction `first` on.
  void append_from(const overlay_facts& other, tx_number first);

  // -- any thread ---

  /// The datoms as facts that are only added: all that a scan by `spec` may meet, when `s` says
  /// what is in avet. More may be there. Cost: O(log n) for each datom that its order lacks.
  [[nodiscard]] const fact_forest& prepared(const scan_spec& spec, const schema& s);

 private:
  /// The datoms of one attribute, and how many of them are in its trees.
  struct of_attribute {
    std::vector<const stored_fact*> facts;
    std::size_t in_aevt = 0;
    std::size_t in_avet = 0;
  };

  void group();
  void fill_attributes(const scan_spec& spec, const schema& s);

  arena memory_; ///< of the facts
  std::mutex mutex_;
  std::vector<const stored_fact*> facts_; ///< as they were appended, by t
  std::size_t in_eavt_ = 0;               ///< so many of them, from the first
  std::size_t in_vaet_ = 0;               ///< likewise; those that are refs
  std::size_t grouped_ = 0;               ///< likewise, by attribute
  std::map<attribute_id, of_attribute> attributes_;
  tree_memory nodes_;
  fact_forest forest_;
};

} // namespace weft
