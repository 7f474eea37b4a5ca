#include "weft/core/base/errc.hpp"

#include "support/assertion.hpp"
#include "support/catch.hpp"

#include <set>
#include <string>

using namespace weft;
using namespace weft::test;

namespace {

/// By name, because naming a code here does not make it a tested one.
int number_of(std::string_view name) {
  const auto code = errc_from_name(name);
  return code ? static_cast<int>(*code) : 0;
}

} // namespace

TEST_CASE("every row of the error table has its own name and number") {
  std::set<std::string_view> names;
  std::set<std::uint16_t> numbers;
  for (const auto& row : all_errc()) {
    INFO(row.name);
    CHECK(names.insert(row.name).second);
    CHECK(numbers.insert(static_cast<std::uint16_t>(row.code)).second);
    CHECK(row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos);
  }
  CHECK(all_errc().size() > 40);
}

TEST_CASE("numbers say the family and grow within it") {
  std::uint16_t previous = 0;
  for (const auto& row : all_errc()) {
    const auto number = static_cast<std::uint16_t>(row.code);
    INFO(row.name << " after " << previous);
    CHECK(number > previous);
    CHECK(number / 1000 >= 1);
    previous = number;
  }
}

TEST_CASE("numbers never change") {
  CHECK(number_of("malformed_edn") == 1001);
  CHECK(number_of("unknown_attribute") == 2001);
  CHECK(number_of("request_expired") == 3001);
  CHECK(number_of("basis_ahead") == 4001);
  CHECK(number_of("disk_full") == 5001);
  CHECK(number_of("usage") == 6001);
}

TEST_CASE("every row says what people and programs need") {
  for (const auto& row : all_errc()) {
    INFO(row.name);
    CHECK(row.meaning.size() >= 10);
    CHECK(row.meaning.back() != '.');
    CHECK(row.http_status >= 400);
    CHECK(row.http_status < 600);
    CHECK(row.exit_code >= 1);
    CHECK(row.exit_code <= 8);
    // What may succeed later is the server's trouble, and scripts may try again.
    if (row.retryable) {
      CHECK(row.http_status >= 500);
      CHECK((row.exit_code == 5 || row.exit_code == 6));
    }
  }
}

TEST_CASE("an error is found by its code and by its name") {
  for (const auto& row : all_errc()) {
    CHECK(&info(row.code) == &row);
    CHECK(errc_from_name(row.name) == row.code);
  }
  CHECK(info(errc::unique_conflict).name == "unique_conflict");
  CHECK_FALSE(errc_from_name("no_such_error").has_value());
  CHECK_FALSE(errc_from_name("").has_value());
}

TEST_CASE("a code outside the table is a bug that stops the process") {
  CHECK(aborts([] { static_cast<void>(info(errc{})); }));
  CHECK_FALSE(aborts([] { static_cast<void>(info(errc::closed)); }));
}
