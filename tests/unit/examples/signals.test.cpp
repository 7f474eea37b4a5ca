#include "telemetry_sidecar/signals.hpp"

#include "support/catch.hpp"

using namespace weft;
using telemetry::signals;

namespace {

/// A sidecar's rules, and what they raise.
class world {
 public:
  explicit world(signals::options how) : rules_(std::move(how)) {}

  std::size_t hear(std::string_view attribute, const value& v, std::int64_t second = 0,
                   std::uint64_t entity = 1) {
    raised.clear();
    rules_.hear({entity_id(entity), attribute, v.view(), instant(second * 1'000'000)}, raised);
    return raised.size();
  }

  std::vector<telemetry::signal> raised;

 private:
  signals rules_;
};

value number(std::int64_t x) {
  return value::of(x);
}

} // namespace

TEST_CASE("signals: a threshold is raised once, and again after it was over") {
  world w({.thresholds = {{"cpu/busy", true, 90, 80}}});
  CHECK(w.hear("cpu/busy", value::of(89.5)) == 0);
  CHECK(w.hear("cpu/busy", value::of(90.5)) == 1);
  CHECK(w.raised[0].what == telemetry::signal::kind::threshold);
  CHECK(w.hear("cpu/busy", value::of(99.0)) == 0);
  CHECK(w.hear("cpu/busy", value::of(85.0)) == 0); // not over yet
  CHECK(w.hear("cpu/busy", value::of(95.0)) == 0);
  CHECK(w.hear("cpu/busy", value::of(70.0)) == 0);
  CHECK(w.hear("cpu/busy", value::of(95.0)) == 1);
  CHECK(w.hear("cpu/busy", value::of(95.0), 0, 2) == 1); // another machine
  CHECK(w.hear("cpu/idle", value::of(95.0)) == 0);
}

TEST_CASE("signals: a threshold from below") {
  world w({.thresholds = {{"memory/free", false, 100, 200}}});
  CHECK(w.hear("memory/free", number(150)) == 0);
  CHECK(w.hear("memory/free", number(99)) == 1);
  CHECK(w.hear("memory/free", number(150)) == 0);
  CHECK(w.hear("memory/free", number(201)) == 0);
  CHECK(w.hear("memory/free", number(99)) == 1);
}

TEST_CASE("signals: a counter that grows too fast, by the time of the commits") {
  world w({.rates = {{"disk/written", 1000}}});
  CHECK(w.hear("disk/written", number(5'000'000), 1) == 0); // nothing to compare with
  CHECK(w.hear("disk/written", number(5'000'900), 2) == 0);
  CHECK(w.hear("disk/written", number(5'003'000), 3) == 1);
  CHECK(w.raised[0].what == telemetry::signal::kind::rate);
  CHECK(w.hear("disk/written", number(5'006'000), 4) == 0); // still
  CHECK(w.hear("disk/written", number(5'006'000), 5) == 0); // over
  CHECK(w.hear("disk/written", number(5'016'000), 10) == 1);
  CHECK(w.hear("disk/written", number(9'999'999), 10) == 0); // no time went by
}

TEST_CASE("signals: every package is one") {
  world w({});
  CHECK(w.hear("package/id", value::string("bash=5.2")) == 1);
  CHECK(w.raised[0].what == telemetry::signal::kind::new_package);
  CHECK(w.raised[0].text == "bash=5.2");
}
