#include "weft/console/daemon/bounded_output.hpp"

#include "support/catch.hpp"

#include <array>
#include <fcntl.h>
#include <string>
#include <unistd.h>

using weft::console::bounded_output;
using namespace std::chrono_literals;

namespace {

/// A pipe of one page.
struct narrow_pipe {
  narrow_pipe() {
    REQUIRE(::pipe(ends.data()) == 0);
    REQUIRE(::fcntl(ends[1], F_SETPIPE_SZ, page) == page);
  }
  ~narrow_pipe() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  /// What is in it.
  std::string read() {
    std::string out(2 * page, ' ');
    const auto got = ::read(ends[0], out.data(), out.size());
    out.resize(static_cast<std::size_t>(got));
    return out;
  }
  static constexpr int page = 4096;
  std::array<int, 2> ends{};
};

const std::string full(narrow_pipe::page, 'x');

} // namespace

TEST_CASE("output: lines go out as they are, also long ones") {
  narrow_pipe to;
  bounded_output out(to.ends[1], 0ms);
  CHECK(out.write("one\n"));
  CHECK(to.read() == "one\n");
  CHECK(out.write(full));
  CHECK(to.read() == full);
  CHECK(out.take_lost() == 0);
}

TEST_CASE("output: what is stuck is waited for once, then lines are counted until it goes on") {
  narrow_pipe to;
  bounded_output out(to.ends[1], 50ms);
  REQUIRE(out.write(full));
  const auto begun = std::chrono::steady_clock::now();
  CHECK(!out.write("lost\n"));
  const auto first = std::chrono::steady_clock::now() - begun;
  CHECK(first >= 50ms);
  for (int i = 0; i < 1000; ++i)
    CHECK(!out.write("lost\n"));
  CHECK(std::chrono::steady_clock::now() - begun < 20s); // and not a thousand times 50 ms
  CHECK(out.take_lost() == 0);                           // it is stuck still
  CHECK(to.read() == full);
  CHECK(out.take_lost() == 1001);
  CHECK(out.take_lost() == 0);
  CHECK(out.write("two\n"));
  CHECK(to.read() == "two\n");
}

TEST_CASE("output: a line that was cut does not spoil the next one") {
  narrow_pipe to;
  bounded_output out(to.ends[1], 0ms);
  CHECK(!out.write(full + full + "\n")); // the first half goes out
  CHECK(to.read() == full);
  CHECK(out.take_lost() == 1);
  CHECK(out.write("next\n"));
  CHECK(to.read() == "\nnext\n");
}

TEST_CASE("output: a descriptor that is gone loses lines and nothing else") {
  bounded_output out(-1, 0ms);
  CHECK(!out.write("lost\n"));
}
