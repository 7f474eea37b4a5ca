#include "weft/console/cli/output/progress.hpp"

#include "support/catch.hpp"

#include "weft/console/cli/output/cell.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <unistd.h>

using namespace weft::console;

namespace {

constexpr std::int64_t second_us = 1'000'000;

/// What is written to the descriptor of a progress, through a pipe.
class captured {
 public:
  captured() { REQUIRE(::pipe2(ends_.data(), O_NONBLOCK) == 0); }
  captured(const captured&) = delete;
  captured& operator=(const captured&) = delete;
  ~captured() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  [[nodiscard]] int descriptor() const { return ends_[1]; }
  [[nodiscard]] std::string text() const {
    std::array<char, 65'536> buffer{};
    const auto n = ::read(ends_[0], buffer.data(), buffer.size());
    return n > 0 ? std::string(buffer.data(), static_cast<std::size_t>(n)) : std::string();
  }

 private:
  std::array<int, 2> ends_{};
};

terminal moving() {
  terminal out;
  out.err_is_tty = out.motion = true;
  return out;
}

std::size_t count(std::string_view text, char c) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), c));
}

} // namespace

TEST_CASE("bytes and seconds for people") {
  CHECK(human_bytes(0) == "0 B");
  CHECK(human_bytes(1023) == "1023 B");
  CHECK(human_bytes(1536) == "1.5 KiB");
  CHECK(human_bytes((1U << 20U) - 1) == "1.0 MiB"); // never "1024.0 KiB"
  CHECK(human_bytes(5ULL << 30U) == "5.0 GiB");
  CHECK(human_seconds(0.4) == "0:00");
  CHECK(human_seconds(75) == "1:15");
  CHECK(human_seconds(3700) == "1:01:40");
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1234567) == "1,234,567");
}

TEST_CASE("the rate is that of the last seconds") {
  progress_meter meter;
  meter.add({0, 0}, 0);
  CHECK(meter.units_per_second() == 0);
  CHECK_FALSE(meter.seconds_left(100));
  meter.add({1000, 100}, second_us);
  CHECK(meter.units_per_second() == 100);
  CHECK(*meter.seconds_left(3000) == 2);
  for (int i = 2; i <= 20; ++i) // then ten times as fast
    meter.add({1000U + 10'000U * static_cast<unsigned>(i - 1),
               100U + 1000U * static_cast<unsigned>(i - 1)},
              i * second_us);
  CHECK(meter.units_per_second() == 1000);
}

TEST_CASE("a line says how far, how fast and how long") {
  progress_meter meter;
  meter.add({0, 0}, 0);
  meter.add({500, 30'000}, 2 * second_us);
  const progress_task task{"import x.edn", 1000, "facts"};
  CHECK(progress_line(task, {500, 30'000}, meter, 200) ==
        "import x.edn  [============>           ]  50%  30,000 facts  15,000/s  ETA 0:02");
  CHECK(progress_line(task, {500, 30'000}, meter, 10) == " 50%  ETA ");
  const progress_task unknown{"import -", 0, "facts"};
  CHECK(progress_line(unknown, {2048, 7}, {}, 200) == "import -  2.0 KiB  7 facts");
  CHECK(progress_line(task, {1000, 9}, {}, 200).find("[========================] 100%") !=
        std::string::npos);
}

TEST_CASE("the time left is seen in every window, the label is shortened first") {
  progress_meter meter;
  meter.add({0, 0}, 0);
  meter.add({500, 3'000'000}, 2 * second_us);
  const progress_task task{"import /srv/catalogue/of/all/packages.edn", 1000, "facts"};
  const auto line = [&](std::size_t columns) {
    auto text = progress_line(task, {500, 3'000'000}, meter, columns);
    CHECK(width_of(text) <= columns);
    return text;
  };
  CHECK(line(95) == "...of/all/packages.edn  [============>           ]  50%  3,000,000 facts  "
                    "1,500,000/s  ETA 0:02");
  CHECK(line(79) == ".../all/packages.edn  [=====>    ]  50%  3,000,000 facts  "
                    "1,500,000/s  ETA 0:02");
  for (std::size_t columns = 14; columns < 200; ++columns)
    CHECK(line(columns).ends_with("ETA 0:02"));
}

TEST_CASE("a terminal is redrawn at most ten times a second") {
  const captured out;
  progress bar(moving(), {"work", 1000, "facts"}, out.descriptor());
  for (std::int64_t now = 0; now < second_us; now += 1000)
    bar.update({static_cast<std::uint64_t>(now / 1000), 0}, now);
  const auto text = out.text();
  CHECK(count(text, '\r') == 10);
  CHECK(count(text, '\n') == 0);
  bar.clear();
  CHECK(out.text() == "\r\x1b[2K");
  bar.clear();
  CHECK(out.text().empty());
}

TEST_CASE("without a terminal there is a line every ten seconds") {
  const captured out;
  progress bar({}, {"work", 1000, "facts"}, out.descriptor());
  for (std::int64_t now = 0; now <= 35 * second_us; now += second_us / 10)
    bar.update({1, 1}, now);
  const auto text = out.text();
  CHECK(count(text, '\n') == 3);
  CHECK(count(text, '\r') == 0);
  CHECK(count(text, '\x1b') == 0);
}

TEST_CASE("short work without a terminal says nothing, quiet work never") {
  const captured out;
  progress bar({}, {"work", 1000, "facts"}, out.descriptor());
  bar.update({1, 1}, 0);
  bar.update({2, 2}, 9 * second_us);
  progress quiet(moving(), {"work", 1000, "facts"}, out.descriptor(), true);
  quiet.update({1, 1}, 0);
  quiet.update({1, 1}, second_us);
  CHECK(out.text().empty());
}
