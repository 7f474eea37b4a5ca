#include "weft/console/daemon/health.hpp"

#include "weft/core/base/limits.hpp"

#include <algorithm>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <utility>

namespace weft::console {

namespace {

constexpr auto answer_within = std::chrono::duration_cast<std::chrono::milliseconds>(
    std::chrono::microseconds(limits::health_answer_us_max));

std::string lag_failure(const actors::node_sample& now) {
  if (!now.raft || !now.applied)
    return "a part of the shard does not answer";
  const auto committed = now.raft->committed.index.get();
  const auto lag = committed - std::min(committed, now.applied->get());
  if (lag <= limits::ready_lag_entries_max)
    return {};
  return std::to_string(lag) + " entries are committed and not applied";
}

} // namespace

std::string_view name_of(phase now) noexcept {
  switch (now) {
  case phase::starting:
    return "starting";
  case phase::ready:
    return "ready";
  case phase::stopping:
    return "stopping";
  }
  return "unknown";
}

void node_health::set(std::shared_ptr<fabric::database> open) {
  const std::lock_guard lock(mutex_);
  database_ = std::move(open);
}

std::shared_ptr<fabric::database> node_health::database() const {
  const std::lock_guard lock(mutex_);
  return database_;
}

bool node_health::lives() const {
  const auto open = database();
  return now() != phase::ready || !open || open->lives(answer_within);
}

std::vector<health_check> readiness(const actors::node_sample& now) {
  const bool leads = now.raft && now.raft->leads;
  return {{"leader", leads ? "" : "the shard has no leader at the moment"},
          {"lag", lag_failure(now)}};
}

std::vector<health_check> readiness(const node_health& of) {
  std::vector<health_check> out = {
      {"shutdown", of.now() == phase::stopping ? "the node stops" : ""},
      {"storage", of.now() == phase::starting ? "the data folder is being opened" : ""}};
  const auto open = of.now() == phase::ready ? of.database() : nullptr;
  if (!open) {
    out.push_back({"leader", "there is none yet, or none any more"});
    return out;
  }
  const auto now = open->sample(answer_within);
  if (!now) {
    out.push_back({"leader", now.error().detail});
    return out;
  }
  for (auto& check : readiness(*now))
    out.push_back(std::move(check));
  return out;
}

http_answer health_answer(std::string_view page, const std::vector<health_check>& checks,
                          const http_request& asked) {
  std::string lines;
  bool holds = true;
  const auto [first, last] = asked.query.equal_range("exclude");
  for (const auto& check : checks) {
    const bool excluded =
        std::any_of(first, last, [&](const auto& pair) { return pair.second == check.name; });
    if (excluded)
      lines += "[+]" + check.name + " excluded: ok\n";
    else if (check.failure.empty())
      lines += "[+]" + check.name + " ok\n";
    else
      lines += "[-]" + check.name + " failed: " + check.failure + "\n";
    holds = holds && (excluded || check.failure.empty());
  }
  for (auto it = first; it != last; ++it)
    if (std::ranges::find(checks, it->second, &health_check::name) == checks.end())
      lines += "warn: no check is called '" + it->second + "'\n";
  if (holds && !asked.query.contains("verbose"))
    return {.body = "ok\n"};
  lines += std::string(page) + " check " + (holds ? "passed" : "failed") + "\n";
  return {.status = holds ? 200 : 503, .body = lines};
}

std::map<std::string, http_page> pages_of(std::shared_ptr<const node_health> of,
                                          std::shared_ptr<prometheus::Registry> metrics) {
  std::map<std::string, http_page> out;
  out["/livez"] = [of](const http_request& asked) {
    const std::string failure = of->lives() ? "" : "it does not answer";
    return health_answer("livez", {{"supervisor", failure}}, asked);
  };
  out["/readyz"] = [of](const http_request& asked) {
    return health_answer("readyz", readiness(*of), asked);
  };
  if (metrics)
    out["/metrics"] = [of, metrics](const http_request& /*asked*/) {
      if (const auto open = of->database()) // without an answer the metrics are those of before
        static_cast<void>(open->sample(answer_within));
      return http_answer{.type = "text/plain; version=0.0.4; charset=utf-8",
                         .body = prometheus::TextSerializer().Serialize(metrics->Collect())};
    };
  return out;
}

} // namespace weft::console
