#include "weft/core/tx/timed_view.hpp"

#include <utility>

namespace weft::tx {

namespace {

/// Steps of a walk between two looks at the clock.
constexpr unsigned steps_per_look = 64;

} // namespace

class timed_view::watch {
 public:
  explicit watch(const deadline& until) noexcept : until_(&until) {}
  /// @throws time_is_up
  void look() const {
    if (on_.load(std::memory_order_acquire) && until_->passed())
      throw time_is_up();
  }
  void stop() noexcept { on_.store(false, std::memory_order_release); }

 private:
  const deadline* until_;
  std::atomic<bool> on_ = true; ///< the function runs, until_ is there
};

class timed_view::cursor final : public datom_cursor {
 public:
  cursor(std::unique_ptr<datom_cursor> inner, std::shared_ptr<const watch> of)
      : inner_(std::move(inner)), watch_(std::move(of)) {}
  [[nodiscard]] bool valid() const noexcept override { return inner_->valid(); }
  [[nodiscard]] const datom_view& get() const noexcept override { return inner_->get(); }
  void next() override {
    if (++steps_ % steps_per_look == 0)
      watch_->look();
    inner_->next();
  }
  [[nodiscard]] std::uint64_t looked_at() const noexcept override { return inner_->looked_at(); }

 private:
  std::unique_ptr<datom_cursor> inner_;
  std::shared_ptr<const watch> watch_;
  unsigned steps_ = 0;
};

class timed_view::source final : public fact_source {
 public:
  source(std::shared_ptr<const fact_source> inner, std::shared_ptr<const watch> of)
      : inner_(std::move(inner)), watch_(std::move(of)) {}
  [[nodiscard]] std::unique_ptr<datom_cursor> scan(const scan_spec& spec,
                                                   const time_window& window) const override {
    watch_->look();
    return std::make_unique<cursor>(inner_->scan(spec, window), watch_);
  }
  [[nodiscard]] std::optional<error> failure() const override { return inner_->failure(); }

 private:
  std::shared_ptr<const fact_source> inner_;
  std::shared_ptr<const watch> watch_;
};

timed_view::timed_view(const view& before, const deadline& until, const monotonic_us* clock)
    : watch_(clock != nullptr ? std::make_shared<watch>(until) : nullptr),
      view_(clock != nullptr ? view(std::make_shared<source>(before.source(), watch_),
                                    before.shared_schema(), before.basis(), before.window())
                             : before) {}

timed_view::~timed_view() {
  if (watch_)
    watch_->stop();
}

} // namespace weft::tx
