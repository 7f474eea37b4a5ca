#include "weft/console/cli/database/figures.hpp"

namespace weft::console {

namespace {

/// Fewer facts say nothing about what a fact takes: a log needs some kilobytes without any.
constexpr std::uint64_t telling_facts = 1000;

/// Bytes for each fact, or nothing of a database that is too small to tell.
cell each(std::uint64_t bytes, std::uint64_t facts) {
  if (facts < telling_facts)
    return {};
  const auto tenths = bytes * 10 / facts;
  return static_cast<double>(tenths) / 10.0;
}

} // namespace

void add_figures(document& to, const database_figures& now) {
  const auto facts = now.facts_live + now.facts_history;
  auto& out = to.fields;
  out.push_back({"database", cell(now.database.to_string())});
  out.push_back({"t", cell(now.t)});
  out.push_back({"instant", now.t.get() == 0 ? cell() : cell(now.when)});
  out.push_back({"chain", cell(now.chain)});
  out.push_back({"facts_live", cell(now.facts_live)});
  out.push_back({"facts_history", cell(now.facts_history)});
  out.push_back({"log_bytes", cell(byte_count{now.log_bytes})});
  out.push_back({"log_segments", cell(now.log_segments)});
  out.push_back({"log_bytes_per_fact", each(now.log_bytes, facts)});
  out.push_back({"index_bytes", cell(byte_count{now.index_bytes})});
  out.push_back({"index_bytes_per_fact", each(now.index_bytes, facts)});
}

} // namespace weft::console
