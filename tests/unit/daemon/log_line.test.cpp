#include "weft/console/daemon/log_line.hpp"

#include "support/catch.hpp"

#include "weft/core/base/limits.hpp"
#include "weft/core/datom/json.hpp"

using namespace weft;
using namespace weft::console;

namespace {

constexpr instant when(1'795'326'764'000'123); // 2026-11-22T05:52:44.000123Z

log_record record(std::vector<log_field> fields) {
  return {log_event::recovery_done, log_level::info, "data is \"open\"", std::move(fields)};
}

} // namespace

TEST_CASE("log line: JSON has the common keys first, then the fields with their types") {
  CHECK(json_line(record({{"datoms", 17U},
                          {"seconds", 0.5},
                          {"ok", true},
                          {"why", "a\nb"},
                          {"left", std::int64_t{-1}}}),
                  when, "n1") ==
        R"({"ts":"2026-11-22T05:52:44.000123Z","level":"info","node":"n1",)"
        R"("component":"storage","event":"recovery.done","msg":"data is \"open\"",)"
        R"("datoms":17,"seconds":0.5,"ok":true,"why":"a\nb","left":-1})"
        "\n");
}

TEST_CASE("log line: text for people, with and without colours") {
  CHECK(text_line(record({{"datoms", 17U}, {"why", "two words"}, {"none", ""}}), when, false) ==
        "05:52:44.000 info  recovery.done: data is \"open\" datoms=17 why='two words' none=''\n");
  CHECK(text_line(record({{"principal", "x' errc='none"}, {"why", "a=b"}}), when, false) ==
        "05:52:44.000 info  recovery.done: data is \"open\" principal='x\\' errc=\\'none' "
        "why='a=b'\n");
  const auto coloured = text_line(record({{"datoms", 17U}}), when, true);
  CHECK(coloured.find("\x1b[") != std::string::npos);
  CHECK(text_line(record({{"why", "\x1b[2Jgone"}}), when, false).find('\x1b') == std::string::npos);
}

TEST_CASE("log line: long texts are elided") {
  const auto most = limits::log_text_bytes_max;
  const auto line = [](std::size_t size) {
    return json_line(record({{"why", std::string(size, 'x')}}), when, "n1");
  };
  CHECK(line(most).find("...") == std::string::npos);
  CHECK(line(most + 1).find("x...\"") != std::string::npos);
  CHECK(line(10 * most).size() == line(most + 1).size());
}

TEST_CASE("log line: times before 1970 and long after are times") {
  CHECK(json_line(record({}), instant(-1), "").substr(0, 35) ==
        R"({"ts":"1969-12-31T23:59:59.999999Z")");
}
