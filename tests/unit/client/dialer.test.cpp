// Connections that a process makes, against real sockets.
#include "weft/fabric/dialer.hpp"

#include "support/silent_listener.hpp"

#include "weft/fabric/edge.hpp"

#include <condition_variable>
#include <mutex>
#include <vector>

using namespace weft;
using fabric::byte_connection;
using fabric::dialer;
using test::silent_listener;

namespace {

constexpr auto a_while = std::chrono::seconds(30);

/// What the thread of the sockets tells, for a thread that waits.
class told {
 public:
  void hear(result<std::shared_ptr<byte_connection>> what) {
    const std::lock_guard lock(mutex_);
    if (what) {
      made_.push_back(std::move(*what));
      made_.back()->begin([this](bytes piece) { hear(piece); },
                          [this](error why) { hear(std::move(why)); });
    } else {
      failed_.push_back(std::move(what.error()));
    }
    changed_.notify_all();
  }
  dialer::told_function function() {
    return [this](result<std::shared_ptr<byte_connection>> what) { hear(std::move(what)); };
  }

  std::vector<error> wait_for_failures(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, a_while, [&] { return failed_.size() >= count; });
    return failed_;
  }
  std::vector<std::shared_ptr<byte_connection>> wait_for_made(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, a_while, [&] { return made_.size() >= count; });
    return made_;
  }
  bytes wait_for_bytes(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, a_while, [&] { return got_.size() >= count; });
    return got_;
  }
  std::vector<error> wait_for_ends(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, a_while, [&] { return ended_.size() >= count; });
    return ended_;
  }

 private:
  void hear(const bytes& piece) {
    const std::lock_guard lock(mutex_);
    got_ += piece;
    changed_.notify_all();
  }
  void hear(error why) {
    const std::lock_guard lock(mutex_);
    ended_.push_back(std::move(why));
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<byte_connection>> made_;
  std::vector<error> failed_;
  std::vector<error> ended_;
  bytes got_;
};

/// An edge that says again what it is told.
struct echo {
  std::unique_ptr<fabric::edge> door =
      fabric::edge::open({.address = listen_address{"127.0.0.1", 0},
                          .on_connection =
                              [](std::shared_ptr<byte_connection> who) {
                                who->begin(
                                    [who](bytes piece) {
                                      const auto size = piece.size();
                                      who->write(std::move(piece));
                                      who->taken(size);
                                    },
                                    [](const error&) {});
                              }})
          .value();
  [[nodiscard]] listen_address at() const { return *door->address(); }
};

/// A port that somebody had, and nobody has now.
listen_address nowhere() {
  return silent_listener().at();
}

} // namespace

TEST_CASE("dialer: bytes go both ways, by number and by name") {
  for (const auto* host : {"127.0.0.1", "localhost"}) {
    const echo other;
    told heard;
    const auto by = dialer::start().value();
    by->dial({host, other.at().port}, a_while, heard.function());
    const auto made = heard.wait_for_made(1);
    REQUIRE(made.size() == 1);
    CHECK(made[0]->peer() == std::string(host) + ":" + std::to_string(other.at().port));
    const bytes much(3'000'000, 'x'); // more than the buffers of a socket
    made[0]->write("hello");
    made[0]->write(much);
    made[0]->taken(0);
    std::size_t seen = 0;
    while (seen < 5 + much.size()) { // it reads on as what came is taken
      const auto now = heard.wait_for_bytes(seen + 1).size();
      REQUIRE(now > seen);
      made[0]->taken(now - seen);
      seen = now;
    }
    CHECK(heard.wait_for_bytes(seen) == "hello" + much);
  }
}

TEST_CASE("dialer: nobody there is said at once, with the address") {
  told heard;
  const auto by = dialer::start().value();
  const auto at = nowhere();
  by->dial(at, a_while, heard.function());
  const auto failed = heard.wait_for_failures(1);
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].code == errc::unreachable);
  CHECK(failed[0].field("address") == at.to_string());
  CHECK(failed[0].detail.find("Connection refused") != std::string::npos);
  by->dial({"no.such.host.invalid", 1}, a_while, heard.function());
  CHECK(heard.wait_for_failures(2).size() == 2);
}

TEST_CASE("dialer: what is not taken keeps nobody from being heard") {
  // It takes a little, answers, and takes no more.
  const auto door = fabric::edge::open({.address = listen_address{"127.0.0.1", 0},
                                        .on_connection =
                                            [](std::shared_ptr<byte_connection> who) {
                                              who->begin([who](const bytes&) { who->write("."); },
                                                         [](const error&) {});
                                            }})
                        .value();
  told heard;
  const auto by = dialer::start().value();
  by->dial(*door->address(), a_while, heard.function());
  const auto made = heard.wait_for_made(1);
  REQUIRE(made.size() == 1);
  made[0]->write(bytes(3 * limits::connection_unsent_bytes_max, 'x'));
  CHECK(!heard.wait_for_bytes(1).empty());
}

TEST_CASE("dialer: who hangs, hangs alone, and for its time") {
  silent_listener deaf;
  deaf.fill();
  const echo other;
  told heard;
  const auto by = dialer::start().value();
  for (int i = 0; i < 10; ++i)
    by->dial(deaf.at(), std::chrono::milliseconds(300), heard.function());
  by->dial(other.at(), a_while, heard.function());
  CHECK(heard.wait_for_made(1).size() == 1);
  const auto failed = heard.wait_for_failures(10);
  REQUIRE(failed.size() == 10);
  for (const auto& why : failed)
    CHECK(why.detail.find("in time") != std::string::npos);
}

TEST_CASE("dialer: one that goes tells all that waited, each once") {
  silent_listener deaf;
  deaf.fill();
  const echo other;
  told heard;
  auto by = dialer::start().value();
  for (int i = 0; i < 10; ++i)
    by->dial(deaf.at(), a_while, heard.function());
  by->dial(other.at(), a_while, heard.function());
  const auto made = heard.wait_for_made(1);
  REQUIRE(made.size() == 1);
  by.reset();
  CHECK(heard.wait_for_failures(10).size() == 10);
  CHECK(heard.wait_for_ends(1).size() == 1);
  made[0]->write("nobody is there");
  made[0]->hang_up();
}
