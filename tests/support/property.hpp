// Property tests: rapidcheck inside Catch2.
//
//     TEST_CASE("reversing") {
//       rc::prop("twice is the identity", [](const std::vector<int>& v) {
//         RC_ASSERT(reversed(reversed(v)) == v);
//       });
//     }
//
// A failure prints the line that replays it: `RC_PARAMS="reproduce=..." build/dev/bin/...`.
#pragma once

#include "support/catch.hpp"

#include <rapidcheck/catch.h>
