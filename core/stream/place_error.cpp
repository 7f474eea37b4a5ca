#include "weft/core/stream/place_error.hpp"

#include <fmt/format.h>

namespace weft::stream {

result<void> check_origin(const stream_origin& wanted, const stream_origin& mine) {
  if (wanted.shard != mine.shard)
    return fail(errc::cursor_invalid, "the stream of another shard was asked for",
                {{"shard", std::to_string(wanted.shard.get())}});
  if (wanted.database == database_id{})
    return {};
  if (wanted.database != mine.database)
    return fail(errc::cursor_invalid,
                fmt::format("the cursor is of database {}, this is {}", wanted.database.to_string(),
                            mine.database.to_string()),
                {{"database", mine.database.to_string()}});
  if (wanted.lineage != mine.lineage)
    return fail(errc::cursor_diverged,
                "the database was restored into another history after the cursor was made",
                {{"lineage", std::to_string(mine.lineage)}});
  return {};
}

error ahead_of(tx_number head, tx_number t) {
  return {errc::cursor_ahead,
          fmt::format("the cursor is at {}, the database at {}", t.get(), head.get()),
          {{"head", std::to_string(head.get())}}};
}

error diverged_at(tx_number t) {
  return {errc::cursor_diverged,
          fmt::format("the database has another transaction {} than the cursor", t.get()),
          {{"t", std::to_string(t.get())}}};
}

error too_old(const error& pruned) {
  const auto earliest = std::string(pruned.field("earliest"));
  return {errc::cursor_too_old,
          "the log does not reach back to the cursor any more; the earliest transaction that it "
          "holds is " +
              earliest,
          {{"earliest", earliest}}};
}

} // namespace weft::stream
