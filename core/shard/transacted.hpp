// What became of a transaction that was committed, for who asked. A value.
#pragma once

#include "weft/core/datom/record.hpp"

#include <memory>
#include <vector>

namespace weft {

/// The outcome of a transaction that was committed, of its own or of an earlier try.
struct transacted {
  tx_number t;
  instant when;
  std::vector<resolved_tempid> tempids; ///< in order of their names
  /// The record, as it is in the log; record_view::decode() has its datoms.
  std::shared_ptr<const bytes> payload;
};

} // namespace weft
