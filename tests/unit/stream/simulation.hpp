// One publisher, some subscribers and everything between them, in one thread and with a clock of
// its own: a network that loses, repeats, delays and reorders frames and breaks connections, a log
// that is slow or refuses, a publisher that restarts, consumers that are slow, pause, crash and
// come back. The same seed does the same.
//
// Each consumer knows the log, and holds every delivery against it: that is the model. Problems are
// collected with the seed that shows them.
#pragma once

#include "stream_log.hpp"

#include "weft/core/stream/subscriber.hpp"

#include <functional>
#include <map>
#include <memory>

namespace weft::test {

/// Numbers from a seed (splitmix64).
class dice {
 public:
  explicit dice(std::uint64_t seed) noexcept : state_(seed) {}
  std::uint64_t next() noexcept;
  std::uint64_t below(std::uint64_t n) noexcept { return next() % n; }
  /// True `permille` times in a thousand.
  bool chance(std::uint64_t permille) noexcept { return below(1000) < permille; }

 private:
  std::uint64_t state_;
};

/// What was seen to happen; each must, over enough seeds.
struct seen {
  std::uint64_t lost = 0;
  std::uint64_t repeated = 0;
  std::uint64_t reordered = 0;
  std::uint64_t broken = 0;
  std::uint64_t half_open = 0; ///< connections that only one side knows to be broken
  std::uint64_t restarts = 0;
  std::uint64_t crashes = 0;
  std::uint64_t pauses = 0;
  std::uint64_t reads = 0;
  std::uint64_t reads_failed = 0;
  std::uint64_t too_old = 0;
  std::uint64_t lagged = 0;
  std::uint64_t fragmented = 0;
  std::uint64_t gaps = 0;
  std::uint64_t doubled = 0;
  std::uint64_t stale = 0;
  std::uint64_t silences = 0; ///< noticed by subscribers
  std::uint64_t silent = 0;   ///< noticed by the publisher
  std::uint64_t skipped = 0;
  std::uint64_t stored = 0;
  std::uint64_t stores_failed = 0;
  std::uint64_t resumed_by_name = 0;
  std::uint64_t delivered = 0;
  std::uint64_t delivered_locally = 0;
  seen& operator+=(const seen& more);
};

class simulation {
 public:
  explicit simulation(std::uint64_t seed);
  ~simulation();
  simulation(const simulation&) = delete;
  simulation& operator=(const simulation&) = delete;

  /// Faults for a while, then none until everybody has everything.
  void run();
  [[nodiscard]] const std::vector<std::string>& problems() const noexcept { return problems_; }
  [[nodiscard]] const seen& what() const noexcept { return seen_; }

 private:
  class consumer;
  class remote_consumer;
  class local_consumer;

  void at(std::int64_t in_us, std::function<void()> what);
  void problem(const std::string& what);
  void commit();
  void restart();
  void perform(stream::publisher::effects& out);
  void answer(const stream::publisher::read_log& read);
  void store(const stream::named_cursor& c);
  void to_publisher(stream::peer_id from, const bytes& wire);
  /// A frame goes over the network, or gets lost there.
  void transmit(std::int64_t& last_us, std::function<void()> arrive);
  template <class Event>
  void tell(const Event& event) {
    stream::publisher::effects out;
    publisher_->step(event, out);
    perform(out);
  }

  std::uint64_t seed_;
  dice dice_;
  bool faults_ = true;
  std::int64_t now_us_ = 0;
  std::multimap<std::int64_t, std::function<void()>> agenda_;
  stream_log log_;
  std::uint64_t pruned_ = 0; ///< transactions that the log does not hold any more
  std::unique_ptr<stream::publisher> publisher_;
  std::uint64_t life_ = 0; ///< of the publisher
  std::map<std::string, stream::named_cursor> durable_;
  std::vector<std::unique_ptr<consumer>> consumers_;
  std::uint64_t next_peer_ = 1;
  std::vector<std::string> problems_;
  seen seen_;
};

} // namespace weft::test
