// Why a log cannot be followed from a place: the same words for streams and for pollers.
#pragma once

#include "weft/core/stream/wal_batch.hpp"

namespace weft::stream {

/// Whether a place of `wanted` is one of `mine`. A `wanted` without a database is of any.
/// @errors cursor_invalid{shard}, cursor_invalid{database}, cursor_diverged{lineage}. Cost: O(1)
[[nodiscard]] result<void> check_origin(const stream_origin& wanted, const stream_origin& mine);

/// cursor_ahead{head}: the place is after `t`, the log ends with `head`.
[[nodiscard]] error ahead_of(tx_number head, tx_number t);
/// cursor_diverged{t}: the log has another transaction `t`.
[[nodiscard]] error diverged_at(tx_number t);
/// cursor_too_old{earliest}, of the log_pruned{earliest} that a log was read with.
[[nodiscard]] error too_old(const error& pruned);

} // namespace weft::stream
