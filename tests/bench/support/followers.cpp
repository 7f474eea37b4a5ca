#include "support/followers.hpp"

#include "support/machine.hpp"
#include "support/peers/redis.hpp"
#include "support/socket.hpp"
#include "support/weft_node.hpp"

#include "weft/fabric/connect.hpp"

#include <array>
#include <sys/epoll.h>
#include <thread>
#include <unistd.h>

namespace weft::bench {
namespace {

constexpr double patience_s = 60;
constexpr auto look_every = std::chrono::milliseconds(5);

std::int64_t now_ns() {
  return clock::now().time_since_epoch().count();
}

/// How long ago the reading of a commit was sent, if it is one.
void note_age(const wal_batch& batch, follower_figures& figures) {
  for (const auto facts = batch.datoms(); const datom_view& d : facts.value())
    if (batch.name_of(d.attribute) == reading_at) {
      figures.latency.add(static_cast<double>(now_ns() - d.value.as_long()) * 1e-3);
      return;
    }
}

void read_all(const wal_batch& batch, follower_figures& figures) {
  std::uint64_t sum = 0;
  for (const auto facts = batch.datoms(); const datom_view& d : facts.value())
    sum += d.entity.get() != 0 ? 1 : 0;
  figures.facts.fetch_add(sum, std::memory_order_relaxed);
}

caf::behavior follower(caf::event_based_actor* /*self*/, follower_figures* figures,
                       follow_options how) {
  return {[figures, how](const wal_batch& batch) {
    if (how.what == reads::time)
      note_age(batch, *figures);
    else if (how.what == reads::all)
      read_all(batch, *figures);
    figures->last_t.store(batch.t().get(), std::memory_order_relaxed);
    figures->deliveries.fetch_add(1, std::memory_order_relaxed);
    if (batch.t().get() == how.until)
      figures->done_ns = now_ns();
  }};
}

} // namespace

void follow_weft(const follow_options& how, follower_figures& figures) {
  caf::actor_system_config config;
  configure(config);
  caf::actor_system system(config);
  auto db = must(connect(system, weft_cluster, {.endpoints = {how.at}}));
  fabric::subscribe_options options;
  if (how.from_begin)
    options.start = stream::start_at::after_t(tx_number(0));
  if (how.window_bytes != 0)
    options.window_bytes = how.window_bytes;
  std::vector<actors::actor> all;
  figures.begun_ns = now_ns();
  for (std::size_t i = 0; i < how.subscribers; ++i) {
    all.push_back(actors::spawn(system, follower, &figures, how));
    static_cast<void>(must(db.subscribe_wal(all.back(), options)));
    ++figures.ready;
  }
  while (!figures.stop)
    std::this_thread::sleep_for(look_every);
  ::_exit(0); // nobody waits for what is under way
}

namespace {

/// One connection that reads the stream, block by block.
class redis_follower {
 public:
  redis_follower(std::uint16_t port, follower_figures& figures)
      : socket_(local_socket::tcp(port)), figures_(&figures) {
    ask();
  }
  [[nodiscard]] int descriptor() const { return socket_.descriptor(); }
  void hear() {
    socket_.read_into(in_);
    std::vector<std::string_view> strings; // the stream, then of each entry: id, field, value
    const auto size = redis_reply(in_, &strings);
    if (size == 0)
      return;
    for (std::size_t i = 3; i < strings.size(); i += 3) {
      figures_->latency.add(age_of(strings[i]));
      last_ = strings[i - 2];
    }
    figures_->deliveries.fetch_add(strings.size() / 3, std::memory_order_relaxed);
    in_.erase(0, size);
    ask();
  }

 private:
  void ask() {
    socket_.send(
        redis_command({"XREAD", "COUNT", "1000", "BLOCK", "0", "STREAMS", redis_stream, last_}));
  }

  local_socket socket_;
  follower_figures* figures_;
  std::string in_;
  std::string last_ = "$";
};

} // namespace

void follow_redis(std::uint16_t port, std::size_t subscribers, follower_figures& figures) {
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<std::unique_ptr<redis_follower>> all;
  for (std::size_t i = 0; i < subscribers; ++i) {
    all.push_back(std::make_unique<redis_follower>(port, figures));
    epoll_event what{};
    what.events = EPOLLIN;
    what.data.ptr = all.back().get();
    must(::epoll_ctl(epoll, EPOLL_CTL_ADD, all.back()->descriptor(), &what) == 0, "epoll_ctl");
    ++figures.ready;
  }
  std::array<epoll_event, 64> ready; // NOLINT(cppcoreguidelines-pro-type-member-init)
  while (!figures.stop) {
    const int n = ::epoll_wait(epoll, ready.data(), static_cast<int>(ready.size()), 100);
    for (int i = 0; i < n; ++i)
      static_cast<redis_follower*>(ready[static_cast<std::size_t>(i)].data.ptr)->hear();
  }
  ::_exit(0);
}

void wait_until_ready(const follower_figures& figures, std::size_t subscribers) {
  const auto begin = clock::now();
  while (figures.ready < subscribers) {
    must(seconds_since(begin) < patience_s, "to subscribe");
    std::this_thread::sleep_for(look_every);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(100)); // what was asked is on its way
}

std::uint64_t wait_for_deliveries(const follower_figures& figures, std::uint64_t count) {
  auto moved = clock::now();
  for (std::uint64_t seen = 0; seen < count && seconds_since(moved) < 5;) {
    std::this_thread::sleep_for(look_every);
    if (const auto now = figures.deliveries.load(); now != seen) {
      seen = now;
      moved = clock::now();
    }
  }
  return figures.deliveries;
}

} // namespace weft::bench
