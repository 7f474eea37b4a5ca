#include "weft/core/protocol/remote_facts.hpp"

#include "weft/core/base/limits.hpp"
#include "weft/core/tx/schema/checks.hpp"

#include <algorithm>
#include <utility>

namespace weft::protocol {

namespace {

/// Few ask for much: the first chunk of a walk is small.
constexpr std::size_t first_bytes = 4096;
constexpr std::size_t growth = 4;

/// Walks chunk by chunk. Goes on at the last datom of a chunk, without those that equal it there.
class remote_cursor final : public datom_cursor {
 public:
  remote_cursor(const remote_facts& of, const scan_spec& spec, const time_window& window)
      : of_(&of) {
    next_.order = spec.order;
    next_.lower = read_request::owning(spec.lower);
    next_.upper = read_request::owning(spec.upper);
    next_.reverse = spec.reverse;
    next_.window = window;
    next_.bytes = first_bytes;
    fetch();
  }

  [[nodiscard]] bool valid() const noexcept override {
    return chunk_ != nullptr && at_ < chunk_->datoms.size();
  }
  [[nodiscard]] const datom_view& get() const noexcept override { return chunk_->datoms[at_]; }
  void next() override {
    const auto& before = get();
    ++at_;
    if (at_ < chunk_->datoms.size()) {
      equal_ = same_fact(before, chunk_->datoms[at_]) ? equal_ + 1 : 1;
      return;
    }
    if (!chunk_->complete)
      go_on_after(before);
  }
  [[nodiscard]] std::uint64_t looked_at() const noexcept override { return seen_; }

 private:
  static bool same_fact(const datom_view& a, const datom_view& b) {
    return a.entity == b.entity && a.attribute == b.attribute && a.value == b.value;
  }
  void go_on_after(const datom_view& last) {
    auto& end = next_.reverse ? next_.upper : next_.lower;
    end = read_request::bound{last.entity, last.attribute, value(last.value), true};
    next_.skip = equal_;
    next_.bytes = std::min(next_.bytes * growth, limits::read_chunk_bytes_max);
    const datom_view before = last;
    passed_ = std::move(chunk_); // what `before` points into
    fetch();
    if (valid() && same_fact(before, get()))
      ++equal_;
    else
      equal_ = 1;
  }
  void fetch() {
    chunk_ = of_->read(next_);
    at_ = 0;
    seen_ += chunk_ != nullptr ? chunk_->datoms.size() : 0;
  }

  const remote_facts* of_;
  read_request next_;
  remote_facts::chunk chunk_;
  remote_facts::chunk passed_; ///< the one before it
  std::size_t at_ = 0;
  std::uint64_t equal_ = 1; ///< datoms up to the current one that say the same of e, a and v
  std::uint64_t seen_ = 0;
};

} // namespace

remote_facts::remote_facts(std::uint32_t of_view, fetch_function fetch,
                           std::function<void()> at_end)
    : view_(of_view), fetch_(std::move(fetch)), at_end_(std::move(at_end)) {}

remote_facts::~remote_facts() {
  if (at_end_)
    at_end_();
}

std::unique_ptr<datom_cursor> remote_facts::scan(const scan_spec& spec,
                                                 const time_window& window) const {
  return std::make_unique<remote_cursor>(*this, spec, window);
}

std::optional<error> remote_facts::failure() const {
  const std::lock_guard lock(mutex_);
  return failed_;
}

remote_facts::chunk remote_facts::read(read_request what) const {
  what.view = view_;
  const std::lock_guard lock(mutex_);
  if (failed_)
    return nullptr;
  auto got = fetch_(what);
  if (got && got->datoms.empty() && !got->complete)
    got =
        fail(errc::malformed_frame, "a node answered a read with nothing, and said there is more");
  if (!got) {
    failed_ = std::move(got).error();
    return nullptr;
  }
  const auto cost = [](const chunk& c) {
    return c->datoms.size() * sizeof(datom_view) + (c->wire != nullptr ? c->wire->size() : 0);
  };
  kept_.push_back(std::make_shared<const datoms_answer>(std::move(*got)));
  kept_bytes_ += cost(kept_.back());
  for (; kept_bytes_ > kept_bytes_max && kept_.size() > 1; kept_.pop_front())
    kept_bytes_ -= cost(kept_.front());
  return kept_.back();
}

std::shared_ptr<const schema> schema_of(const view_answer& opened) {
  auto attributes = opened.schema;
  for (auto& a : attributes)
    if (!a.check_text.empty())
      if (auto compiled = tx::compile_check(a.check_text, a.type))
        a.check = std::move(*compiled);
  return schema::bootstrap()->with(std::move(attributes));
}

view open_remote_view(const view_answer& opened, remote_facts::fetch_function fetch,
                      std::function<void()> at_end) {
  return {std::make_shared<remote_facts>(opened.view, std::move(fetch), std::move(at_end)),
          schema_of(opened), opened.basis};
}

} // namespace weft::protocol
