// What a database needs so that it can be compared with the model.
#pragma once

#include "model.hpp"

namespace weft::test {

/// :fn/inc and :fn/fail, as the model knows them.
[[nodiscard]] tx_functions model_functions();

/// What :fn/inc makes of a number: the next one, and of the last one itself.
[[nodiscard]] std::int64_t increased(std::int64_t n);

} // namespace weft::test
