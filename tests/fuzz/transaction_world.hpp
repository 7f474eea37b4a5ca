// What the fuzzer of transactions begins with: a small database with something of every kind of
// attribute, and functions to call.
//
//   users     :user/email (identity) :user/badge (unique value) :user/name :user/nick (many)
//             :user/friend :user/likes (refs) :user/score (no history) :user/secret (not indexed)
//   orders    :order/no (identity) :order/lines (components, many) :line/sku :line/count (composite
//             identity :line/key of both)
//   values    :v/boolean :v/long ... one of every type; :v/pair, a tuple of long and string
//   checks    :check/range :check/enum :check/regex :check/length
//   entities  ada, bob, an order of two lines, the idents :color/red and :color/blue
#pragma once

#include "weft/core/tx/plan.hpp"

namespace weft::test {

/// Transaction 1, which declares the attributes and makes the entities.
const tx_plan& first_transaction();

/// :fn/inc (an entity and an attribute: adds 1), :fn/add (operations as they are: entity,
/// attribute, value), :fn/fail, :fn/throw, and :fn/loop, which calls itself.
const tx_functions& functions();

} // namespace weft::test
