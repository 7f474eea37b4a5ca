// CPU time by stage, by a clock that the test sets.
#include "weft/actors/stage_times.hpp"

#include "support/catch.hpp"

#include <algorithm>

using namespace weft;
using actors::commit_stage;
using actors::stage_times;

namespace {

std::uint64_t now_ns = 0;
std::uint64_t asking_ns = 0;
std::uint64_t asked = 0;

std::uint64_t set_clock() {
  ++asked;
  return now_ns += asking_ns;
}

/// Every question takes so long.
void begin_clock(std::uint64_t one_takes) {
  now_ns = 0;
  asked = 0;
  asking_ns = one_takes;
}

std::uint64_t all(const stage_times& times) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < actors::commit_stages.size(); ++i)
    sum += times.read(static_cast<commit_stage>(i));
  return sum;
}

} // namespace

TEST_CASE("a span has the time of its scope, less what asking for the time takes") {
  begin_clock(7);
  stage_times times(set_clock, 1);
  {
    const stage_times::span here(times, commit_stage::apply);
    now_ns += 1000;
  }
  CHECK(times.read(commit_stage::apply) == 1000);
  CHECK(all(times) == 1000);
  {
    const stage_times::span here(times, commit_stage::apply);
    now_ns -= 3; // the clock was quicker than it ever was: not less than nothing
  }
  CHECK(times.read(commit_stage::apply) == 1000);
}

TEST_CASE("a span inside another one takes its time away from it") {
  begin_clock(2);
  stage_times times(set_clock, 1);
  {
    const stage_times::span log(times, commit_stage::write);
    now_ns += 100;
    {
      const stage_times::span index(times, commit_stage::apply);
      now_ns += 20;
      const stage_times::span again(times, commit_stage::publish);
      now_ns += 3;
    }
    now_ns += 400;
    {
      const stage_times::span who(times, commit_stage::answer);
      now_ns += 5;
    }
    now_ns += 1000;
  }
  CHECK(times.read(commit_stage::write) == 1500);
  CHECK(times.read(commit_stage::apply) == 20);
  CHECK(times.read(commit_stage::publish) == 3);
  CHECK(times.read(commit_stage::answer) == 5);
  {
    const stage_times::span later(times, commit_stage::receive);
    now_ns += 6;
  }
  CHECK(times.read(commit_stage::receive) == 6);
  CHECK(all(times) == 1534);
}

TEST_CASE("what a node does inside a stage of another one is its own") {
  begin_clock(1);
  stage_times one(set_clock, 1);
  stage_times other(set_clock, 1);
  {
    const stage_times::span log(one, commit_stage::write);
    now_ns += 100;
    {
      const stage_times::span there(other, commit_stage::receive);
      now_ns += 20;
    }
    now_ns += 3;
  }
  CHECK(one.read(commit_stage::write) == 103);
  CHECK(all(one) == 103);
  CHECK(other.read(commit_stage::receive) == 20);
  CHECK(all(other) == 20);
}

TEST_CASE("one turn in so many is measured, whole, and stands for the others") {
  begin_clock(0);
  constexpr std::uint64_t turns = 64'000;
  stage_times times(set_clock, stage_times::one_in_default);
  const auto before = asked;
  for (std::uint64_t i = 0; i < turns; ++i) {
    const stage_times::span log(times, commit_stage::write);
    now_ns += 100;
    const stage_times::span index(times, commit_stage::apply);
    now_ns += 10;
  }
  constexpr std::uint64_t questions = 5; // of a turn with two spans
  const auto measured = (asked - before) / questions;
  CHECK((asked - before) % questions == 0);
  CHECK(measured > turns / stage_times::one_in_default * 9 / 10);
  CHECK(measured < turns / stage_times::one_in_default * 11 / 10);
  CHECK(times.read(commit_stage::write) == measured * stage_times::one_in_default * 100);
  CHECK(times.read(commit_stage::apply) == measured * stage_times::one_in_default * 10);
}
