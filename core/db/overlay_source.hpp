// A base and the transactions of an overlay as one fact_source. A part of overlay.hpp, which is
// what others use.
#pragma once

#include "weft/core/db/overlay_facts.hpp"
#include "weft/core/db/view.hpp"

namespace weft {

class overlay_source final : public fact_source {
 public:
  struct parts {
    std::shared_ptr<const fact_source> base;
    tx_number base_basis;
    std::shared_ptr<overlay_facts> facts; ///< shared with the overlay and its other views
    std::shared_ptr<const schema> after;  ///< the schema after `basis`
    tx_number basis;                      ///< the last transaction that is seen
    /// Attributes that are in avet of the base or of this, but not of both; sorted.
    std::shared_ptr<const std::vector<attribute_id>> reindexed;
  };
  explicit overlay_source(parts p) noexcept : parts_(std::move(p)) {}

  /// As any source; a scan of avet that meets a reindexed attribute reads and sorts all of it
  /// first.
  [[nodiscard]] std::unique_ptr<datom_cursor> scan(const scan_spec& spec,
                                                   const time_window& window) const override;
  [[nodiscard]] std::optional<error> failure() const override { return parts_.base->failure(); }

 private:
  parts parts_;
};

} // namespace weft
