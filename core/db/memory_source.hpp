// A basis of a memory index as a fact_source: what it sees of the current and the history trees.
// A part of memory_index.hpp, which is what others use.
#pragma once

#include "weft/core/db/fact_forest.hpp"
#include "weft/core/db/open_bases.hpp"

namespace weft {

/// What readers of a memory index share with its writer; lives as long as any of them.
struct memory_tables {
  memory_tables(shard_id shard, std::shared_ptr<const schema> initial)
      : current(shard), history(shard), bases(std::move(initial)) {}
  arena facts;
  tree_memory nodes;
  fact_forest current; ///< what is live, and what ended but may be seen
  fact_forest history; ///< what ended
  open_bases bases;
};

class memory_source final : public fact_source {
 public:
  /// Closes what was opened when it is destroyed.
  memory_source(std::shared_ptr<memory_tables> tables, open_bases::opened opened) noexcept
      : tables_(std::move(tables)), opened_(std::move(opened)) {}
  ~memory_source() override { tables_->bases.close(opened_.basis); }

  [[nodiscard]] std::unique_ptr<datom_cursor> scan(const scan_spec& spec,
                                                   const time_window& window) const override;

 private:
  std::shared_ptr<memory_tables> tables_;
  open_bases::opened opened_;
};

} // namespace weft
