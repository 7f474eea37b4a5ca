#include "weft/core/protocol/remote_facts.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/core/base/limits.hpp"

#include <algorithm>
#include <utility>

namespace weft::protocol {

namespace {

/// What a first chunk has, about; each next one has twice as much.
constexpr std::size_t first_chunk_bytes = 4096;

bool same_key(const datom_view& a, const datom_view& b) noexcept {
  return a.entity == b.entity && a.attribute == b.attribute && a.value == b.value;
}

} // namespace

class remote_cursor final : public datom_cursor {
 public:
  remote_cursor(const remote_facts& source, read_request first)
      : source_(&source), next_(std::move(first)) {
    fetch();
  }

  [[nodiscard]] bool valid() const noexcept override { return at_ < chunk_->datoms.size(); }
  [[nodiscard]] const datom_view& get() const noexcept override { return chunk_->datoms[at_]; }
  void next() override {
    ++at_;
    ++looked_at_;
    if (valid() || chunk_->complete || chunk_->datoms.empty())
      return;
    go_behind_last();
    fetch();
  }
  [[nodiscard]] std::uint64_t looked_at() const noexcept override { return looked_at_; }

 private:
  void fetch() {
    chunk_ = source_->read(next_);
    at_ = 0;
    next_.bytes = std::min(2 * next_.bytes, limits::read_chunk_bytes_max);
  }

  /// Before the next chunk come, of what its bound lets in, the datoms of the last one's key.
  void go_behind_last() {
    const auto& all = chunk_->datoms;
    const auto& last = all.back();
    const auto others = std::find_if(all.rbegin(), all.rend(),
                                     [&](const datom_view& d) { return !same_key(d, last); });
    const auto of_key = static_cast<std::uint64_t>(others - all.rbegin());
    const bool all_of_key = others == all.rend();
    auto& bound = next_.reverse ? next_.upper : next_.lower;
    const bool same_bound = all_of_key && went_on_ && bound->entity == last.entity &&
                            bound->attribute == last.attribute && bound->value &&
                            bound->value->view() == last.value;
    next_.skip = same_bound ? next_.skip + of_key : of_key;
    bound = read_request::bound{last.entity, last.attribute, value(last.value), true};
    went_on_ = true;
  }

  const remote_facts* source_;
  read_request next_;
  bool went_on_ = false; ///< the bound is a datom's key, not the caller's
  std::shared_ptr<const datoms_answer> chunk_;
  std::size_t at_ = 0;
  std::uint64_t looked_at_ = 0;
};

remote_facts::remote_facts(std::uint32_t view, fetch_function fetch, std::function<void()> close)
    : view_(view), fetch_(std::move(fetch)), close_(std::move(close)) {}

remote_facts::~remote_facts() {
  if (close_)
    close_();
}

std::unique_ptr<datom_cursor> remote_facts::scan(const scan_spec& spec,
                                                 const time_window& window) const {
  return std::make_unique<remote_cursor>(*this,
                                         read_request{.view = view_,
                                                      .order = spec.order,
                                                      .lower = read_request::owning(spec.lower),
                                                      .upper = read_request::owning(spec.upper),
                                                      .reverse = spec.reverse,
                                                      .window = window,
                                                      .bytes = first_chunk_bytes});
}

std::optional<error> remote_facts::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

std::shared_ptr<const datoms_answer> remote_facts::read(const read_request& what) const {
  static const auto nothing =
      std::make_shared<const datoms_answer>(datoms_answer{.datoms = {}, .complete = true});
  if (failure())
    return nothing;
  auto got = fetch_(what);
  const std::lock_guard lock(mutex_);
  if (got && got->datoms.empty() && !got->complete)
    got = fail(errc::malformed_frame, "the node answered a read with nothing, and says there is more");
  if (!got) {
    failure_ = failure_.value_or(got.error());
    return nothing;
  }
  chunks_.push_back(std::make_shared<const datoms_answer>(std::move(*got)));
  return chunks_.back();
}

} // namespace weft::protocol
