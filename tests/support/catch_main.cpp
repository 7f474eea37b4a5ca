// The main function of every Catch2 executable, with a listener that reports each test case.
#define CATCH_CONFIG_MAIN
#include "support/case_report.hpp"
#include "support/catch.hpp"

#include <string>

namespace weft::test {

namespace {

std::string skip_reason;

class report_listener : public Catch::TestEventListenerBase {
 public:
  using TestEventListenerBase::TestEventListenerBase;

  void testCaseStarting(const Catch::TestCaseInfo& info) override {
    skip_reason.clear();
    report_.started(info.name);
  }

  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    const auto& name = stats.testInfo.name;
    if (!stats.totals.testCases.allPassed()) {
      report_.ended(name, case_report::failed);
    } else if (!skip_reason.empty()) {
      report_.ended(name, case_report::skipped, skip_reason);
    } else {
      report_.ended(name, case_report::passed);
    }
  }

 private:
  case_report report_;
};

CATCH_REGISTER_LISTENER(report_listener)

} // namespace

void skip(std::string_view reason) {
  skip_reason = reason;
  WARN("skipped: " << skip_reason);
}

} // namespace weft::test
