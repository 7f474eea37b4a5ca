// What `./dev test` counts: one line of JSON per finished test case, appended to the file that
// WEFT_TEST_REPORT names (no file without it). A case that started and never ended has crashed.
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

  void started(std::string_view name);
  void ended(std::string_view name, std::string_view status, std::string_view reason = {});

 private:
  void write(std::string_view name, std::string_view status, std::string_view reason);

  std::ofstream file_;
};

} // namespace weft::test
