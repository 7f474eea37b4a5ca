// The facts of a view that another process holds open, as a fact_source: read in chunks as a walk
// comes to them. So a view of a node's database is a view like any other.
//
//   const auto now = open_remote_view(answer, [&](const read_request& r) { return ask(r); });
//   WEFT_TRY(auto facts, now.datoms(index_order::eavt, {.entity = ada}));
//
// Values point into what was read: the last remote_facts::kept_bytes_max of it stay in memory, and
// what a walk stands at. Copy what is to be kept longer. A read that fails ends all walks;
// view::check and datom_range::check say why.
// const is thread-safe: reads of several threads are asked one after the other. Cost of a scan: a
// round trip for its first datoms, then one for each chunk, of growing size.
#pragma once

#include "weft/core/db/view.hpp"
#include "weft/core/protocol/message.hpp"

#include <deque>
#include <functional>
#include <mutex>

namespace weft::protocol {

class remote_facts final : public fact_source {
 public:
  /// What stays in memory, beside the chunks that walks stand at.
  static constexpr std::size_t kept_bytes_max = 8U << 20U;
  using chunk = std::shared_ptr<const datoms_answer>;

  /// Asks the node, and waits. Called by one thread at a time.
  using fetch_function = std::function<result<datoms_answer>(const read_request&)>;

  /// `at_end` is called when nobody reads the view any more.
  remote_facts(std::uint32_t of_view, fetch_function fetch, std::function<void()> at_end = {});
  ~remote_facts() override;

  [[nodiscard]] std::unique_ptr<datom_cursor> scan(const scan_spec& spec,
                                                   const time_window& window) const override;
  [[nodiscard]] std::optional<error> failure() const override;

  /// A chunk; its values are in it. Null once a read has failed.
  [[nodiscard]] chunk read(read_request what) const;

 private:
  std::uint32_t view_;
  fetch_function fetch_;
  std::function<void()> at_end_;
  mutable std::mutex mutex_; // guards the three below, and fetch_
  mutable std::deque<chunk> kept_;
  mutable std::size_t kept_bytes_ = 0;
  mutable std::optional<error> failed_;
};

/// The schema of a view: a check that this version cannot read is not made. Cost: O(attributes).
[[nodiscard]] std::shared_ptr<const schema> schema_of(const view_answer& opened);
/// The view that `opened` describes. Cost: O(attributes).
[[nodiscard]] view open_remote_view(const view_answer& opened, remote_facts::fetch_function fetch,
                                    std::function<void()> at_end = {});

} // namespace weft::protocol
