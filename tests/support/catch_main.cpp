// The main function of every Catch2 executable: a listener reports each test case to ./dev test,
// and WEFT_TEST_FILTER chooses the cases whose names contain it.
#define CATCH_CONFIG_RUNNER
#include "support/case_report.hpp"
#include "support/catch.hpp"

#include <cstdlib>
#include <string>

namespace weft::test {

namespace {

std::string skip_reason;

class report_listener : public Catch::TestEventListenerBase {
 public:
  using TestEventListenerBase::TestEventListenerBase;

  void testCaseStarting(const Catch::TestCaseInfo& info) override {
    skip_reason.clear();
    first_failure_.clear();
    report_.started(info.name);
  }

  bool assertionEnded(const Catch::AssertionStats& stats) override {
    const auto& result = stats.assertionResult;
    if (!result.isOk() && first_failure_.empty()) {
      const auto line = result.getSourceInfo();
      first_failure_ = std::string(line.file) + ":" + std::to_string(line.line) + ": " +
                       result.getExpressionInMacro();
    }
    return true;
  }

  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    const auto& name = stats.testInfo.name;
    if (!stats.totals.testCases.allPassed()) {
      report_.ended(name, case_report::failed, first_failure_);
    } else if (!skip_reason.empty()) {
      report_.ended(name, case_report::skipped, skip_reason);
    } else {
      report_.ended(name, case_report::passed);
    }
  }

 private:
  case_report report_;
  std::string first_failure_;
};

CATCH_REGISTER_LISTENER(report_listener)

/// Catch2's pattern for "contains text".
std::string pattern_for(std::string_view text) {
  std::string pattern = "*";
  for (const char c : text) {
    if (c == ',' || c == '[' || c == '\\' || c == '"')
      pattern += '\\';
    pattern += c;
  }
  return pattern + '*';
}

} // namespace

void skip(std::string_view reason) {
  skip_reason = reason;
  WARN("skipped: " << skip_reason);
}

} // namespace weft::test

int main(int argc, char** argv) {
  Catch::Session session;
  if (const char* text = std::getenv("WEFT_TEST_FILTER"))
    session.configData().testsOrTags.push_back(weft::test::pattern_for(text));
  return session.run(argc, argv);
}
