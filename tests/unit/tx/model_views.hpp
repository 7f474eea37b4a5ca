// A view held against the model: what is live, what was, and every assertion and retraction. The
// instants of transactions are not in the model; of them it is seen that there is one for each t.
//
// Each of these answers `no_difference` when both show the same, else what differs.
#pragma once

#include "model.hpp"

namespace weft::test {

inline constexpr std::string_view no_difference;

/// What is live in a view, and what should be.
[[nodiscard]] std::string difference(const view& db, const model_facts& expected);

/// What is live in a view that shows no more than `seen`.
[[nodiscard]] std::string live_difference(const view& db, const model& m, const model_window& seen);

/// `seen` is asked of a view with seen.basis: live facts, and history in all orders, forward and
/// backward.
[[nodiscard]] std::string past_difference(const view& db, const model& m, const model_window& seen);

/// All earlier t: what was live then, for each; what came after it and the history between it and
/// the view's basis, for a few, the last among them.
[[nodiscard]] std::string past_differences(const view& db, const model& m);

/// Two lists of datoms.
[[nodiscard]] std::string difference(std::span<const datom_view> shown,
                                     std::span<const datom_view> expected);

} // namespace weft::test
