// Signals: what somebody should look at, found in the facts that flow by. A machine without actors:
// commits in, signals out.
//
//   threshold    a value crossed a line; raised once, again when it was on the other side meanwhile
//   rate         a counter grows faster than so many a second, between two commits that state it
//   new package  a package that was not known
#pragma once

#include "weft/core/stream/wal_batch.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace telemetry {

struct signal {
  enum class kind : std::uint8_t { threshold, rate, new_package };
  kind what;
  std::string text; ///< a line for people
};
[[nodiscard]] const char* name_of(signal::kind what);

/// Raised while `attribute` is on the wrong side of `limit`.
struct threshold {
  std::string attribute;
  bool above; ///< else below
  double limit;
  double clear; ///< and only over when it is on the right side of this
};
/// Raised while `attribute` grows by more than this in a second.
struct rate {
  std::string attribute;
  double a_second;
};

class signals {
 public:
  struct options {
    std::vector<threshold> thresholds = {};
    std::vector<rate> rates = {};
    std::string package_attribute = "package/id"; ///< its facts are packages
  };
  explicit signals(options how) : how_(std::move(how)) {}

  /// A fact as it was stated, in order of time.
  struct statement {
    weft::entity_id entity;
    std::string_view attribute;
    weft::value_view value;
    weft::instant when;
  };
  void hear(const statement& fact, std::vector<signal>& raised);
  /// All facts that a commit states. @errors as wal_batch::datoms
  [[nodiscard]] weft::result<std::vector<signal>> hear(const weft::wal_batch& batch);

 private:
  struct known {
    double value;
    weft::instant when;
  };
  using subject = std::pair<weft::entity_id, std::string>;

  void watch(const threshold& rule, const statement& fact, double now, std::vector<signal>& raised);
  void watch(const rate& rule, const statement& fact, double now, std::vector<signal>& raised);

  options how_;
  std::map<subject, bool> is_raised_;
  std::map<subject, known> counters_;
};

} // namespace telemetry
