#include "weft/actors/node_metrics.hpp"

#include "weft/core/base/version.hpp"

#include <map>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <utility>

namespace weft::actors {

namespace {

// Divided by, so that 32 us is printed as 3.2e-05.
constexpr double ns_per_second = 1e9;
constexpr double us_per_second = 1e6;

double number(std::uint64_t x) {
  return static_cast<double>(x);
}

using gauges = prometheus::Family<prometheus::Gauge>;
using counters = prometheus::Family<prometheus::Counter>;

gauges& make_gauges(prometheus::Registry& in, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(in);
}
counters& make_counters(prometheus::Registry& in, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(in);
}

/// A counter that follows one which begins anew when its part does.
class follower {
 public:
  /// `per`: so many of what is counted are one of what is shown.
  explicit follower(prometheus::Counter& to, double per = 1) : to_(&to), per_(per) {}
  follower(prometheus::Registry& in, const char* name, const char* help)
      : follower(make_counters(in, name, help).Add({})) {}

  void advance(std::uint64_t now) {
    to_->Increment(number(now >= seen_ ? now - seen_ : now) / per_);
    seen_ = now;
  }

 private:
  prometheus::Counter* to_;
  double per_;
  std::uint64_t seen_ = 0;
};

using histograms = prometheus::Family<prometheus::Histogram>;

histograms& make_histograms(prometheus::Registry& in, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(in);
}

class histogram_follower {
 public:
  histogram_follower(histograms& in, const prometheus::Labels& labels)
      : to_(&in.Add(labels, bounds())) {}
  histogram_follower(prometheus::Registry& in, const char* name, const char* help)
      : histogram_follower(make_histograms(in, name, help), {}) {}

  void advance(const duration_counts::reading& now) {
    std::vector<double> more;
    for (std::size_t i = 0; i < now.in.size(); ++i)
      more.push_back(number(now.in[i] - seen_.in[i]));
    to_->ObserveMultiple(more, number(now.sum_ns - seen_.sum_ns) / ns_per_second);
    seen_ = now;
  }

 private:
  static prometheus::Histogram::BucketBoundaries bounds() {
    prometheus::Histogram::BucketBoundaries out;
    for (std::size_t i = 0; i < duration_counts::bounds; ++i)
      out.push_back(number(duration_counts::bound_ns(i)) / ns_per_second);
    return out;
  }
  prometheus::Histogram* to_;
  duration_counts::reading seen_;
};

/// One counter for each value of a label.
class labelled_followers {
 public:
  labelled_followers(prometheus::Registry& in, const char* name, const char* help,
                     const char* label, double per = 1)
      : family_(&make_counters(in, name, help)), label_(label), per_(per) {}

  void advance(const std::string& value, std::uint64_t now) {
    auto at = by_value_.find(value);
    if (at == by_value_.end())
      at = by_value_.emplace(value, follower(family_->Add({{label_, value}}), per_)).first;
    at->second.advance(now);
  }

 private:
  counters* family_;
  std::string label_;
  double per_;
  std::map<std::string, follower> by_value_;
};

} // namespace

struct node_metrics::families {
  explicit families(std::shared_ptr<prometheus::Registry> registry)
      : kept(std::move(registry)), in(*kept) {
    auto& all = make_histograms(in, "weft_query_duration_seconds",
                                "How long answering a question of a connection took, in seconds");
    for (const auto kind : query_kinds)
      queries.emplace_back(all, prometheus::Labels{{"kind", std::string(kind)}});
  }

  std::shared_ptr<prometheus::Registry> kept;
  prometheus::Registry& in;

  gauges& build_info = make_gauges(in, "weft_build_info",
                                   "What runs: version of Weft, commit of its sources; always 1");
  prometheus::Gauge& started =
      make_gauges(in, "weft_node_start_time_seconds", "When the process began, since 1970").Add({});

  // -- the log ---
  prometheus::Gauge& term = make_gauges(in, "weft_raft_term", "Raft term of the replica").Add({});
  prometheus::Gauge& is_leader =
      make_gauges(in, "weft_raft_is_leader", "1 when the replica leads its shard").Add({});
  prometheus::Gauge& commit_index =
      make_gauges(in, "weft_raft_commit_index", "Index of the last committed entry").Add({});
  prometheus::Gauge& applied_index =
      make_gauges(in, "weft_raft_applied_index", "Index of the last applied entry").Add({});
  follower elections{in, "weft_raft_elections_total", "Elections that the replica began"};
  histogram_follower sync{in, "weft_wal_fsync_duration_seconds",
                          "How long a sync of the log took, in seconds"};
  follower written{in, "weft_wal_written_bytes_total", "Bytes written to the log"};

  // -- transactions ---
  follower committed{in, "weft_tx_committed_total", "Transactions committed"};
  follower committed_bytes{in, "weft_tx_committed_bytes_total",
                           "Bytes of the records of committed transactions"};
  labelled_followers rejected{in, "weft_tx_rejected_total", "Transactions refused, by error",
                              "errc"};
  histogram_follower commit{in, "weft_tx_commit_duration_seconds",
                            "From the beginning of a transaction to its answer, in seconds"};
  labelled_followers stages{in, "weft_tx_stage_cpu_seconds_total",
                            "CPU time of commits, by stage, in seconds: an estimate", "stage",
                            ns_per_second};
  prometheus::Gauge& last_t = make_gauges(in, "weft_tx_last", "t of the last transaction").Add({});
  prometheus::Gauge& credit_used =
      make_gauges(in, "weft_request_credit_used_bytes", "Bytes of requests under way").Add({});
  prometheus::Gauge& credit_limit =
      make_gauges(in, "weft_request_credit_limit_bytes", "Bytes of requests that may be under way")
          .Add({});

  // -- queries ---
  std::vector<histogram_follower> queries;

  // -- streams ---
  prometheus::Gauge& clients =
      make_gauges(in, "weft_stream_clients", "Subscribers of the log").Add({});
  prometheus::Gauge& ring =
      make_gauges(in, "weft_stream_ring_bytes", "Bytes of recent records kept in memory").Add({});
  follower sent{in, "weft_stream_sent_records_total", "Records sent, to each subscriber"};
  follower lagged{in, "weft_stream_lagged_total", "How often a subscriber fell behind"};
  follower reads{in, "weft_stream_log_reads_total",
                 "Reads of the log for subscribers that are behind"};
  follower evaluations{in, "weft_stream_filter_evaluations_total",
                       "Evaluations of a filter on a record"};
  follower refused{in, "weft_stream_refused_total", "Subscriptions refused"};

  // -- the index, and opening ---
  prometheus::Gauge& index_bytes =
      make_gauges(in, "weft_index_bytes", "Bytes of the index in memory").Add({});
  gauges& facts = make_gauges(in, "weft_index_facts", "Facts in the index, by what they are");
  prometheus::Gauge& live = facts.Add({{"kind", "live"}});
  prometheus::Gauge& history = facts.Add({{"kind", "history"}});
  prometheus::Gauge& recovery_seconds =
      make_gauges(in, "weft_recovery_duration_seconds", "How long opening took, in seconds")
          .Add({});
  prometheus::Gauge& recovered_transactions =
      make_gauges(in, "weft_recovery_transactions", "Transactions that opening found").Add({});

  // -- actors ---
  labelled_followers restarts{in, "weft_actor_restarts_total", "Restarts of a part of the node",
                              "actor"};
  gauges& up = make_gauges(in, "weft_actor_up", "1 while a part of the node is up");
  gauges& waiting =
      make_gauges(in, "weft_actor_mailbox_messages", "Messages that wait for a part of the node");
  std::map<std::string, prometheus::Gauge*> waiting_of = {}; ///< by actor; null: it says nothing

  void update_parts(const tree& of, const std::string& above);
  void update_streams(const streams& now);
};

node_metrics::node_metrics(std::shared_ptr<prometheus::Registry> registry, instant started,
                           std::string commit)
    : all_(std::make_unique<families>(std::move(registry))) {
  all_->build_info.Add({{"version", std::string(version())}, {"commit", std::move(commit)}}).Set(1);
  all_->started.Set(static_cast<double>(started.get()) / us_per_second);
}

node_metrics::~node_metrics() = default;

void node_metrics::families::update_parts(const tree& of, const std::string& above) {
  for (const auto& part : of.children) {
    const auto path = above + part.name;
    restarts.advance(path, part.restarts);
    up.Add({{"actor", path}}).Set(part.condition == "up" ? 1 : 0);
    auto& depth = waiting_of[path];
    if (part.waiting) {
      depth = &waiting.Add({{"actor", path}});
      depth->Set(number(*part.waiting));
    } else if (depth != nullptr) { // it did not say
      waiting.Remove(std::exchange(depth, nullptr));
    }
    update_parts(part, path + "/");
  }
}

void node_metrics::families::update_streams(const streams& now) {
  clients.Set(number(now.sessions));
  ring.Set(number(now.ring_bytes));
  sent.advance(now.counts.sent);
  lagged.advance(now.counts.lagged);
  reads.advance(now.counts.reads);
  evaluations.advance(now.counts.evaluations);
  refused.advance(now.counts.refused);
}

void node_metrics::update(const node_sample& now, const node_figures& counts) {
  auto& to = *all_;
  to.sync.advance(counts.sync_ns.read());
  to.commit.advance(counts.commit_ns.read());
  to.written.advance(counts.log_bytes.read());
  for (std::size_t i = 0; i < commit_stages.size(); ++i)
    to.stages.advance(std::string(commit_stages[i]),
                      counts.stages.read(static_cast<commit_stage>(i)));
  to.elections.advance(counts.elections.read());
  for (std::size_t i = 0; i < to.queries.size(); ++i)
    to.queries[i].advance(counts.query_ns[i].read());
  to.committed.advance(counts.committed.read());
  to.committed_bytes.advance(counts.committed_bytes.read());
  for (const auto& row : all_errc()) {
    const auto refused =
        counts.rejections(row.code) + (row.code == errc::overloaded ? now.credit_refusals : 0);
    if (refused != 0 || row.code == errc::overloaded)
      to.rejected.advance(std::string(row.name), refused);
  }
  to.recovery_seconds.Set(number(counts.recovery_ns.read()) / ns_per_second);
  to.recovered_transactions.Set(number(counts.recovered_transactions.read()));
  to.credit_used.Set(number(now.credit_in_use));
  to.credit_limit.Set(number(now.credit_limit));
  to.last_t.Set(number(now.head.get()));
  to.is_leader.Set(now.raft && now.raft->leads ? 1 : 0);
  if (now.raft) {
    to.term.Set(number(now.raft->term.get()));
    to.commit_index.Set(number(now.raft->committed.index.get()));
  }
  if (now.applied)
    to.applied_index.Set(number(now.applied->get()));
  if (now.index) {
    to.index_bytes.Set(number(now.index->bytes));
    to.live.Set(number(now.index->facts_live));
    to.history.Set(number(now.index->facts_history));
  }
  if (now.published)
    to.update_streams(*now.published);
  to.update_parts(now.parts, "");
}

} // namespace weft::actors
