// One connection to a server, and the loop that keeps requests on the way: the same for Weft and
// its peers, so that what differs is the server.
//
//   std::vector<std::unique_ptr<requester>> all = ...;
//   const round r = run_closed_loop(all, 64, 0.5, server.id());   // 64 commits on the way
#pragma once

#include "support/clients.hpp"
#include "support/machine.hpp"

#include <functional>
#include <memory>
#include <sys/types.h>
#include <unordered_map>

namespace weft::bench {

class requester {
 public:
  requester() = default;
  requester(const requester&) = delete;
  requester& operator=(const requester&) = delete;
  virtual ~requester() = default;

  [[nodiscard]] virtual int descriptor() const = 0;
  /// Sends one durable write: five facts, or what comes closest.
  virtual void ask() = 0;
  /// Takes what came, without waiting: for each answer, how long ago it was asked.
  virtual void hear(std::vector<double>& latencies_us) = 0;
};
using requesters = std::vector<std::unique_ptr<requester>>;

/// When requests were sent, by their number.
class send_times {
 public:
  void sent(std::uint64_t number) { at_.emplace(number, clock::now()); }
  void answered(std::uint64_t number, std::vector<double>& latencies_us) {
    if (const auto found = at_.extract(number))
      latencies_us.push_back(microseconds_since(found.mapped()));
  }

 private:
  std::unordered_map<std::uint64_t, clock::time_point> at_;
};

/// `in_flight` requests over all connections, the next one when one is answered. CPU time is that
/// of the process `server`.
[[nodiscard]] round run_closed_loop(requesters& all, std::size_t in_flight, double seconds,
                                    pid_t server);
/// `rate` requests in each second over all connections, whether answered or not; with more than
/// `in_flight_max` on the way it waits.
[[nodiscard]] round run_paced(requesters& all, double rate, std::size_t in_flight_max,
                              double seconds, pid_t server);

} // namespace weft::bench
