#include "weft/console/daemon/state_dump.hpp"

#include "weft/console/http/json_writer.hpp"
#include "weft/core/base/version.hpp"
#include "weft/persistence/system.hpp"

namespace weft::console {

namespace {

constexpr std::chrono::milliseconds answer_within{1000};

void put_tree(json_writer& out, const actors::tree& of) {
  out.begin('{').key("name").value(of.name).key("condition").value(of.condition);
  out.key("restarts").value(of.restarts);
  if (of.waiting)
    out.key("waiting").value(*of.waiting);
  out.key("children").begin('[');
  for (const auto& below : of.children)
    put_tree(out, below);
  out.end(']').end('}');
}

void put_positions(json_writer& out, const actors::node_sample& now) {
  out.key("positions").begin('{').key("t").value(now.head.get());
  if (now.raft) {
    out.key("term").value(now.raft->term.get()).key("leads").value(now.raft->leads);
    out.key("commit_index").value(now.raft->committed.index.get());
    out.key("commit_t").value(now.raft->committed.t.get());
  }
  if (now.applied)
    out.key("applied_index").value(now.applied->get());
  out.end('}');
}

void put_counters(json_writer& out, const actors::node_figures& counts) {
  out.key("counters").begin('{');
  out.key("tx_committed").value(counts.committed.read());
  out.key("tx_committed_bytes").value(counts.committed_bytes.read());
  out.key("wal_written_bytes").value(counts.log_bytes.read());
  out.key("recovered_transactions").value(counts.recovered_transactions.read());
  out.key("tx_rejected").begin('{');
  for (const auto& row : all_errc())
    if (const auto n = counts.rejections(row.code); n != 0)
      out.key(row.name).value(n);
  out.end('}').end('}');
}

void put_streams(json_writer& out, const actors::streams& now) {
  out.key("streams").begin('{').key("clients").value(now.sessions);
  out.key("ring_bytes").value(now.ring_bytes).key("sent_records").value(now.counts.sent);
  out.key("lagged").value(now.counts.lagged).key("log_reads").value(now.counts.reads);
  out.end('}');
}

/// Whether there is one in `of`.
bool put_stopping(const actors::tree& of, const std::string& above, std::string& out) {
  bool found = false;
  for (const auto& part : of.children) {
    const auto path = above + part.name;
    const bool is_one = part.condition == "stopping" || part.condition == "killed";
    const bool below = put_stopping(part, path + "/", out);
    if (is_one && !below)
      out += (out.empty() ? "" : ", ") + path;
    found = found || is_one || below;
  }
  return found;
}

} // namespace

std::string names_of_stopping(const actors::tree& of) {
  std::string out;
  return put_stopping(of, "", out) ? out : "a part of the node";
}

std::string state_dump(const node_health& of, std::string_view node, instant started) {
  const auto uptime = persistence::wall_clock_us().get() - started.get();
  json_writer out;
  out.begin('{').key("node").value(node).key("version").value(version());
  out.key("pid").value(persistence::process_id()).key("phase").value(name_of(of.now()));
  out.key("uptime_seconds").value(static_cast<double>(uptime) / 1e6);
  const auto open = of.database();
  const auto now = open ? open->sample(answer_within)
                        : result<actors::node_sample>(fail(errc::no_leader, "it is not open"));
  if (!now) {
    out.key("tree").null().key("why").value(now.error().to_string());
    out.end('}');
    return std::move(out).text() + "\n";
  }
  put_tree(out.key("tree"), now->parts);
  put_positions(out, *now);
  out.key("credit").begin('{').key("in_use_bytes").value(now->credit_in_use);
  out.key("limit_bytes").value(now->credit_limit).key("refusals").value(now->credit_refusals);
  out.end('}');
  if (now->published)
    put_streams(out, *now->published);
  put_counters(out, open->figures());
  out.end('}');
  return std::move(out).text() + "\n";
}

} // namespace weft::console
