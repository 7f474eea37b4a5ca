// The catalogue as transactions in memory, without any text.
#pragma once

#include "facts.hpp"

#include "weft/core/tx/request.hpp"

namespace debian {

/// Declares the attributes.
[[nodiscard]] weft::tx_request schema_request();
/// Adds one entity to a transaction. A reference is a lookup ref: what it refers to must have been
/// stated in an earlier transaction.
void append(weft::tx_request& to, statement s);

} // namespace debian
