// The pages of a node that say how it is: /livez, /readyz, /metrics.
//
//   GET /livez                  200 while the node's supervisor answers within a second
//   GET /readyz                 200 when it takes requests, else 503; ?verbose, ?exclude=CHECK
//   GET /metrics                text 0.0.4
//
// Live is not ready: a node that recovers, has no leader or stops, lives. Thread-safe.
#pragma once

#include "weft/console/http/server.hpp"
#include "weft/fabric/database.hpp"

#include <atomic>
#include <mutex>

namespace weft::console {

/// Where a daemon is in its life.
enum class phase : std::uint8_t { starting, ready, stopping };
/// "starting".
[[nodiscard]] std::string_view name_of(phase now) noexcept;

/// What the pages look at; the daemon changes it.
class node_health {
 public:
  void enter(phase now) noexcept { phase_ = now; }
  [[nodiscard]] phase now() const noexcept { return phase_; }
  /// The database, while it is open.
  void set(std::shared_ptr<fabric::database> open);
  [[nodiscard]] std::shared_ptr<fabric::database> database() const;
  /// Whether its supervisor answers; before it is open, whether anybody asks.
  [[nodiscard]] bool lives() const;

 private:
  std::atomic<phase> phase_ = phase::starting;
  mutable std::mutex mutex_; // guards database_
  std::shared_ptr<fabric::database> database_;
};

/// One thing that must hold.
struct health_check {
  std::string name;
  std::string failure; ///< "" when it holds
};
/// What a node needs to be ready. Cost: that of a sample.
[[nodiscard]] std::vector<health_check> readiness(const node_health& of);
/// Of these, what a sample says: "leader" and "lag".
[[nodiscard]] std::vector<health_check> readiness(const actors::node_sample& now);

/// The answer of a page about these, as Kubernetes does it: `page` is "readyz".
[[nodiscard]] http_answer health_answer(std::string_view page,
                                        const std::vector<health_check>& checks,
                                        const http_request& asked);

/// All pages; /metrics is missing without a registry.
[[nodiscard]] std::map<std::string, http_page>
pages_of(std::shared_ptr<const node_health> of, std::shared_ptr<prometheus::Registry> metrics);

} // namespace weft::console
