#include "weft/console/cli/commands/commands.hpp"
#include "weft/console/cli/session.hpp"

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

result<void> show_status(session& in) {
  WEFT_TRY(const auto folder, in.folder());
  WEFT_TRY(const auto db, in.open_reading());
  const auto now = db.status();
  const auto facts = now.facts_live + now.facts_history;
  document out;
  out.fields.push_back({"data", cell(folder)});
  out.fields.push_back({"database", cell(now.database_id.to_string())});
  out.fields.push_back({"t", cell(now.t)});
  out.fields.push_back({"instant", now.t.get() == 0 ? cell() : cell(now.last_instant)});
  out.fields.push_back({"chain", cell(now.chain)});
  out.fields.push_back({"facts_live", cell(now.facts_live)});
  out.fields.push_back({"facts_history", cell(now.facts_history)});
  out.fields.push_back({"log_bytes", cell(byte_count{now.log_bytes})});
  out.fields.push_back({"log_segments", cell(now.log_segments)});
  out.fields.push_back({"log_bytes_per_fact", each(now.log_bytes, facts)});
  out.fields.push_back({"index_bytes", cell(byte_count{now.index_bytes})});
  out.fields.push_back({"index_bytes_per_fact", each(now.index_bytes, facts)});
  const auto printer = in.print({}, amount::one);
  printer->put(out);
  printer->finish();
  return {};
}

} // namespace weft::console
