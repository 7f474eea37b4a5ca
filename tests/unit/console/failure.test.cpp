#include "weft/console/cli/output/failure.hpp"

#include "support/catch.hpp"

using namespace weft;
using namespace weft::console;

TEST_CASE("an error is three lines: what, why, what to do") {
  const error e{
      errc::unknown_attribute,
      "no attribute :user/nmae is declared",
      {{"attribute", ":user/nmae"}, {"line", "3"}, {"column", "12"}, {"nearest", ":user/name"}}};
  CHECK(render(explain(e), false) ==
        "error: no attribute :user/nmae is declared (line 3, column 12)\n"
        "unknown_attribute: the attribute is not declared (attribute :user/nmae)\n"
        "try: did you mean :user/name?\n");
  CHECK(render(explain(e), true).find("\x1b[31merror:\x1b[0m") == 0);
}

TEST_CASE("a detail may speak of another place") {
  const error e{errc::malformed_edn, "found ] for { of line 3", {{"line", "3"}, {"column", "9"}}};
  CHECK(explain(e).what == "found ] for { of line 3 (line 3, column 9)");
  CHECK(explain({errc::malformed_csv, "a quote", {{"line", "3"}}}).what == "a quote (line 3)");
}

TEST_CASE("an error's own advice comes before the usual one") {
  CHECK(explain({errc::locked, "in use", {{"holder", "17"}}}).advice.find("stop the other") == 0);
  CHECK(explain({errc::locked, "in use", {{"try", "wait"}}}).advice == "wait");
}

TEST_CASE("who holds a unique value is told by name") {
  const auto advice = [](std::string holder) {
    return explain({errc::unique_conflict, "held", {{"holder", std::move(holder)}}}).advice;
  };
  CHECK(advice("1048576") == "`weft entity 1048576` shows who holds the value");
  CHECK(advice("\"ada\"") == "`weft entity ID` shows who holds the value"); // of this transaction
}

TEST_CASE("what is very long is shown by its beginning and its end") {
  const error e{errc::malformed_edn, "found " + std::string(10'000, 'x'), {{"line", "3"}}};
  const auto text = render(explain(e), false);
  CHECK(text.size() < 1000);
  CHECK(text.starts_with("error: found xxxx"));
  CHECK(text.find("xxx (line 3)\n") != std::string::npos);
}

TEST_CASE("every error says what to do next, and never drives the terminal") {
  for (const auto& row : all_errc()) {
    const auto text = render(explain({row.code, ""}), false);
    INFO(row.name);
    CHECK(text.starts_with("error: " + std::string(row.meaning)));
    CHECK(text.ends_with("\n"));
    CHECK(text.find("\ntry: ") != std::string::npos);
  }
  CHECK(render(explain({errc::io_error, "a\x1b[2J\nb"}), false).find("a\\x1b[2J\\nb") !=
        std::string::npos);
}

TEST_CASE("exit codes are those of the contract") {
  CHECK(info(errc::io_error).exit_code == 1);
  CHECK(info(errc::usage).exit_code == 2);
  CHECK(info(errc::not_found).exit_code == 3);
  CHECK(info(errc::unique_conflict).exit_code == 4);
  CHECK(info(errc::interrupted).exit_code == 5);
  CHECK(info(errc::outcome_unknown).exit_code == 6);
  CHECK(info(errc::access_denied).exit_code == 7);
  CHECK(info(errc::config_invalid).exit_code == 8);
  for (const auto& row : all_errc()) {
    CHECK(row.exit_code >= 1);
    CHECK(row.exit_code <= 8);
  }
}
