// The one spelling of the test framework, so that another version of it is a change of one file.
//
//     #include "support/catch.hpp"
//
//     TEST_CASE("a lookup of nothing is empty") {
//       if (!has_huge_pages()) WEFT_SKIP("needs huge pages");
//       CHECK(lookup({}).empty());
//     }
//
// Properties: include "support/property.hpp". A skip is counted and its reason is listed by
// `./dev test`; nothing else may leave a test case early and call it passed.
#pragma once

#include <catch2/catch.hpp>

#include <string_view>

namespace weft::test {

/// What a function says that looks for problems and finds none: `CHECK(judge(db) == no_problem)`
/// prints the problem.
inline constexpr std::string_view no_problem;

/// Marks the running test case as skipped. Use WEFT_SKIP, which also leaves the function.
void skip(std::string_view reason);

} // namespace weft::test

/// Leaves the test case, to be counted as skipped for this reason.
#define WEFT_SKIP(reason)                                                                          \
  do {                                                                                             \
    ::weft::test::skip(reason);                                                                    \
    return;                                                                                        \
  } while (false)
