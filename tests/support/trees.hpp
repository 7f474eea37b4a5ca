// EDN trees for property tests: any kind, nested a few levels, with every awkward scalar.
//
//     rc::prop("a tree reads back", [] {
//       const edn tree = *any_tree();
//       RC_ASSERT(read_edn(to_edn(tree)) == tree);
//     });
//
// Link weft_generators.
#pragma once

#include "weft/core/datom/edn.hpp"

#include <rapidcheck.h>

#include <ostream>

namespace weft {

std::ostream& operator<<(std::ostream& out, const edn& tree);

namespace test {

rc::Gen<edn> any_tree();

} // namespace test
} // namespace weft
