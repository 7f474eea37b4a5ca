// The schema that random databases begin with, and random changes of it.
#pragma once

#include "random_request.hpp"

namespace weft::test {

/// Declares an attribute (called `id`; nil: a new entity), or changes one of `known`.
void random_declaration(tx_request& out, const std::vector<const model_attribute*>& known,
                        const operand& id, choices& c);

} // namespace weft::test
