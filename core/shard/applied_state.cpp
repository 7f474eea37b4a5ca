#include "weft/core/shard/applied_state.hpp"

#include <utility>

namespace weft {

applied_state::applied_state(memory_index& index, record_check records,
                             stream::cursor_table cursors, const log_position& at)
    : index_(&index), records_(std::move(records)), cursors_(std::move(cursors)), position_(at) {}

result<void> applied_state::apply(const committed_entry& next) {
  const bool is_transaction = next.kind == entry_kind::transaction;
  const auto t = is_transaction ? position_.t.next() : position_.t;
  if (next.position.index != position_.index.next() || next.position.t != t)
    return fail(errc::invalid_argument,
                "entry " + std::to_string(next.position.index.get()) +
                    " does not follow what was applied",
                {{"index", std::to_string(position_.index.get())}});
  if (is_transaction) {
    WEFT_TRY(const auto rec, records_.next(*next.payload));
    index_->apply(rec.t(), rec.when(), rec.datoms(), records_.schema());
  }
  if (next.kind == entry_kind::cursor)
    WEFT_CHECK(cursors_.apply(*next.payload).map([](const auto&) {}));
  position_ = next.position;
  return {};
}

transactor::state applied_state::transactor_state() const {
  return {.committed = index_->open(),
          .next = records_.ids(),
          .last = records_.last(),
          .dedup = records_.dedup()};
}

transactor::state state_of(record_check&& records, const memory_index& index) {
  return {.committed = index.open(),
          .next = records.ids(),
          .last = records.last(),
          .dedup = records.take_dedup()};
}

} // namespace weft
