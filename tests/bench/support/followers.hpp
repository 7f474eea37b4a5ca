// Subscribers in a process of their own: actors of another actor system, or readers of a stream of
// Redis. They measure how old what they get is.
//
//   shared_page<follower_figures> seen;
//   auto process = child_process::work([&] { follow_weft({.at = node.peers()}, *seen); });
#pragma once

#include "support/shared_figures.hpp"

#include "weft/core/cluster/address.hpp"

namespace weft::bench {

struct follower_figures {
  std::atomic<std::uint64_t> ready = 0; ///< subscribers
  std::atomic<std::uint64_t> deliveries = 0;
  std::atomic<std::uint64_t> facts = 0; ///< looked at
  std::atomic<std::uint64_t> last_t = 0;
  std::atomic<std::int64_t> begun_ns = 0; ///< of the steady clock: when it asked for the log
  std::atomic<std::int64_t> done_ns = 0;  ///< when `until` had come
  std::atomic<bool> stop = false;
  latency_histogram latency;
};

enum class reads : std::uint8_t {
  nothing, ///< the datoms stay encoded
  time,    ///< it looks for when the reading was sent
  all,     ///< every datom
};

struct follow_options {
  listen_address at;
  std::size_t subscribers = 1;
  reads what = reads::time;
  bool from_begin = false;
  std::uint64_t until = 0;      ///< it notes when it has seen this t
  std::size_t window_bytes = 0; ///< 0: the default
};

/// Until `figures.stop`.
void follow_weft(const follow_options& how, follower_figures& figures);

/// Subscribers with XREAD BLOCK, a connection each, all in one thread.
void follow_redis(std::uint16_t port, std::size_t subscribers, follower_figures& figures);

/// Waits until so many subscribers are ready. Stops the benchmark after a while.
void wait_until_ready(const follower_figures& figures, std::size_t subscribers);
/// Waits until there were so many deliveries, or none came for a while; how many there were.
std::uint64_t wait_for_deliveries(const follower_figures& figures, std::uint64_t count);

} // namespace weft::bench
