// What `./dev test` counts: two lines of JSON per test case, one when it starts and one when it
// ends, in the file $WEFT_TEST_REPORT/$WEFT_TEST_NAME.jsonl (none when a program is run by hand).
// A case that started and never ended has crashed.
//
//     case_report report;
//     report.started("a lookup of nothing is empty");
//     report.ended("a lookup of nothing is empty", case_report::passed);
//
// Thread rule: confined to the thread that runs the tests.
#pragma once

#include <fstream>
#include <string_view>

namespace weft::test {

class case_report {
 public:
  static constexpr std::string_view passed = "passed";
  static constexpr std::string_view failed = "failed";
  static constexpr std::string_view skipped = "skipped";

  /// Opens the file named by the environment; without one every call is without effect.
  case_report();

  /// Whether WEFT_TEST_FILTER lets a case of this name run.
  [[nodiscard]] static bool is_chosen(std::string_view name);

  void started(std::string_view name);
  void ended(std::string_view name, std::string_view status, std::string_view reason = {});

 private:
  void write(std::string_view name, std::string_view status, std::string_view reason);

  std::ofstream file_;
};

} // namespace weft::test
