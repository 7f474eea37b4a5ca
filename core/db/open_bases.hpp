// Which bases are open: the point where readers and the writer of a memory index meet.
//
// A reader opens at the head and closes; the writer publishes a new head. Each holds the lock for
// a few instructions. What was retracted while somebody could still see it is kept here with the
// newest open basis that can, and comes back to the writer when that basis is closed.
#pragma once

#include "weft/core/datom/schema.hpp"
#include "weft/core/db/stored_fact.hpp"

#include <map>
#include <mutex>

namespace weft {

/// Facts that ended in one transaction and are still in the current trees.
struct ended_facts {
  tx_number retracted_at;
  std::vector<stored_fact*> facts;
};

class open_bases {
 public:
  explicit open_bases(std::shared_ptr<const schema> initial) : schema_(std::move(initial)) {}

  // -- readers, any thread ---

  struct opened {
    tx_number basis;
    std::shared_ptr<const weft::schema> schema;
  };
  /// Opens the head. Cost: O(1).
  [[nodiscard]] opened open();
  /// Closes what open() returned. Cost: O(1) amortised.
  void close(tx_number basis);

  // -- the writer ---

  /// Makes `head` what is opened from now on. Everything written before is seen by those who open
  /// it. Returns the oldest open basis, or `head` when there is none.
  tx_number publish(tx_number head, std::shared_ptr<const weft::schema> schema_after);
  /// The newest open basis below `t`, the last that can see what ended at t.
  [[nodiscard]] std::optional<tx_number> newest_below(tx_number t);
  /// Keeps facts until `basis` is closed; false, and nothing is kept, when it is closed already.
  [[nodiscard]] bool keep(tx_number basis, ended_facts& ended);
  /// Everything whose basis was closed since the last call.
  [[nodiscard]] std::vector<ended_facts> take_released();

 private:
  struct open_basis {
    std::size_t views = 0;
    std::vector<ended_facts> kept;
  };

  std::mutex mutex_;
  tx_number head_;
  std::shared_ptr<const weft::schema> schema_;
  std::map<tx_number, open_basis> open_;
  std::vector<ended_facts> released_;
};

} // namespace weft
