// The facts of a view that another process holds open: read in chunks, as they are asked for. The
// pure part: whoever has a connection gives a function that fetches one chunk.
//
//   auto source = std::make_shared<remote_facts>(number, fetch, [] { ... });   // closes the view
//   const view remote(source, schema, basis);
//   for (const datom_view& d : *remote.datoms(index_order::eavt)) ...
//
// A walk goes on where its last chunk ended, behind that datom: its key as a bound, and how many of
// that key there were. Chunks begin small and grow, so looking something up is one small answer.
// Memory: all that was read through it, until it goes; open another view for another long walk.
// Threads: const is thread-safe if `fetch` is.
#pragma once

#include "weft/core/protocol/message.hpp"

#include <functional>
#include <mutex>

namespace weft::protocol {

class remote_facts final : public fact_source {
 public:
  /// Answers one read; blocks until it can.
  using fetch_function = std::function<result<datoms_answer>(const read_request&)>;

  /// Reads of the view with this number. `close`, unless it is null, is called by the destructor.
  remote_facts(std::uint32_t view, fetch_function fetch, std::function<void()> close = {});
  ~remote_facts() override;

  /// Fetches the first chunk. Cost: one answer for each chunk.
  [[nodiscard]] std::unique_ptr<datom_cursor> scan(const scan_spec& spec,
                                                   const time_window& window) const override;
  [[nodiscard]] std::optional<error> failure() const override;

 private:
  friend class remote_cursor;

  /// Kept for as long as this lives; no datoms once reading has failed.
  [[nodiscard]] std::shared_ptr<const datoms_answer> read(const read_request& what) const;

  std::uint32_t view_;
  fetch_function fetch_;
  std::function<void()> close_;
  mutable std::mutex mutex_; // guards what follows
  mutable std::vector<std::shared_ptr<const datoms_answer>> chunks_;
  mutable std::optional<error> failure_;
};

} // namespace weft::protocol
