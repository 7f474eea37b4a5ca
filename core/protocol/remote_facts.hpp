// The facts of a view that another process holds open, as a fact_source: read in chunks as a walk
// comes to them. So a view of a node's database is a view like any other.
//
//   const auto now = open_remote_view(answer, [&](const read_request& r) { return ask(r); });
//   WEFT_TRY(auto facts, now.datoms(index_order::eavt, {.entity = ada}));
//
// What was read stays in memory as long as the view, because values point into it. A read that
// fails ends all walks; view::check and datom_range::check say why.
// const is thread-safe: reads of several threads are asked one after the other. Cost of a scan: a
// round trip for its first datoms, then one for each chunk, of growing size.
#pragma once

#include "weft/core/db/view.hpp"
#include "weft/core/protocol/message.hpp"

#include <functional>
#include <mutex>

namespace weft::protocol {

class remote_facts final : public fact_source {
 public:
  /// Asks the node, and waits. Called by one thread at a time.
  using fetch_function = std::function<result<datoms_answer>(const read_request&)>;

  /// `at_end` is called when nobody reads the view any more.
  remote_facts(std::uint32_t of_view, fetch_function fetch, std::function<void()> at_end = {});
  ~remote_facts() override;

  [[nodiscard]] std::unique_ptr<datom_cursor> scan(const scan_spec& spec,
                                                   const time_window& window) const override;
  [[nodiscard]] std::optional<error> failure() const override;

  /// A chunk, which stays as long as this. Null once a read has failed.
  [[nodiscard]] const datoms_answer* read(read_request what) const;

 private:
  std::uint32_t view_;
  fetch_function fetch_;
  std::function<void()> at_end_;
  mutable std::mutex mutex_; // guards the two below, and fetch_
  mutable std::vector<std::unique_ptr<const datoms_answer>> chunks_;
  mutable std::optional<error> failed_;
};

/// The view that `opened` describes; it knows no declared checks of values. Cost: O(attributes).
[[nodiscard]] view open_remote_view(const view_answer& opened, remote_facts::fetch_function fetch,
                                    std::function<void()> at_end = {});

} // namespace weft::protocol
