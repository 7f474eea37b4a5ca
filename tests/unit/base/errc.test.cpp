#include "weft/core/base/errc.hpp"

#include "support/catch.hpp"

#include <set>

using namespace weft;

TEST_CASE("errc: every row is found by code and by name") {
  for (const auto& row : all_errc()) {
    CHECK(&info(row.code) == &row);
    CHECK(errc_from_name(row.name) == row.code);
  }
  CHECK(errc_from_name("no_such_error") == std::nullopt);
}

TEST_CASE("errc: numbers and names are used once") {
  std::set<errc> codes;
  std::set<std::string_view> names;
  for (const auto& row : all_errc()) {
    CHECK(codes.insert(row.code).second);
    CHECK(names.insert(row.name).second);
  }
}

TEST_CASE("errc: every column is in its range") {
  for (const auto& row : all_errc()) {
    INFO(row.name);
    CHECK(!row.meaning.empty());
    CHECK(row.http_status >= 400);
    CHECK(row.http_status < 600);
    CHECK(row.exit_code >= 1);
    CHECK(row.exit_code <= 8);
    if (row.retryable)
      CHECK((row.exit_code == 5 || row.exit_code == 6)); // what a script may try again
  }
}

TEST_CASE("errc: numbers never change") {
  CHECK(static_cast<int>(errc::malformed_edn) == 1001);
  CHECK(static_cast<int>(errc::unknown_attribute) == 2001);
  CHECK(static_cast<int>(errc::request_expired) == 3001);
  CHECK(static_cast<int>(errc::basis_ahead) == 4001);
  CHECK(static_cast<int>(errc::disk_full) == 5001);
  CHECK(static_cast<int>(errc::usage) == 6001);
}
