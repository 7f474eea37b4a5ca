#include "weft/core/db/memory_source.hpp"

#include "weft/core/db/forest_walk.hpp"

namespace weft {

namespace {

/// Which facts a window at a basis shows. A fact is looked at in exactly one of the two forests: in
/// the history when it ended at or before the basis, else in the current one.
class time_filter {
 public:
  time_filter(const time_window& window, tx_number basis) noexcept
      : basis_(basis), as_of_(std::min(window.as_of, basis)), since_(window.since),
        history_(window.history) {}

  /// Whether the history trees can hold anything to show.
  [[nodiscard]] bool needs_history() const noexcept { return history_ || as_of_ < basis_; }

  [[nodiscard]] bool shows_current(const stored_fact& fact) const noexcept {
    return shows_assertion(fact) && fact.retracted_at() > basis_;
  }
  [[nodiscard]] bool shows_ended(const stored_fact& fact) const noexcept {
    if (fact.retracted_at() > basis_)
      return false;
    return history_ ? shows_assertion(fact) || shows_retraction(fact)
                    : shows_assertion(fact) && fact.retracted_at() > as_of_;
  }
  [[nodiscard]] bool shows_assertion(const stored_fact& fact) const noexcept {
    return within(fact.t());
  }
  /// As a datom of its own, of a fact that ended at or before the basis.
  [[nodiscard]] bool shows_retraction(const stored_fact& fact) const noexcept {
    return history_ && within(fact.retracted_at());
  }

 private:
  [[nodiscard]] bool within(tx_number t) const noexcept {
    return t <= as_of_ && (!since_ || t > *since_);
  }

  tx_number basis_;
  tx_number as_of_;
  std::optional<tx_number> since_;
  bool history_;
};

class memory_cursor final : public datom_cursor {
 public:
  memory_cursor(const memory_tables& tables, const schema& s, const scan_spec& spec,
                const time_filter& filter)
      : filter_(filter), spec_(spec) {
    current_.start(tables.current, spec_.get(), s);
    if (filter_.needs_history())
      ended_.start(tables.history, spec_.get(), s);
    show();
  }

  [[nodiscard]] bool valid() const noexcept override { return fact_ != nullptr; }
  [[nodiscard]] const datom_view& get() const noexcept override { return datom_; }
  void next() override {
    WEFT_ASSERT(valid());
    if (other_event_) {
      other_event_ = false;
      show_event(!datom_.added);
      return;
    }
    if (fact_ == ended_.fact())
      ended_.next();
    else
      current_.next();
    show();
  }
  [[nodiscard]] std::uint64_t looked_at() const noexcept override {
    return current_.looked_at() + ended_.looked_at();
  }

 private:
  struct is_shown {
    const time_filter* filter;
    bool operator()(const stored_fact& fact) const noexcept { return filter->shows_current(fact); }
  };
  struct ended_is_shown {
    const time_filter* filter;
    bool operator()(const stored_fact& fact) const noexcept { return filter->shows_ended(fact); }
  };

  void show() {
    const bool ended =
        ended_.fact() != nullptr && (current_.fact() == nullptr || ended_.comes_before(current_));
    fact_ = ended ? ended_.fact() : current_.fact();
    if (fact_ == nullptr)
      return;
    datom_ = fact_->view();
    if (!ended || !filter_.shows_retraction(*fact_))
      return;
    // Newest first: the retraction, then the assertion; backward the other way round.
    other_event_ = filter_.shows_assertion(*fact_);
    if (!other_event_ || !spec_.get().reverse)
      show_event(false);
  }

  void show_event(bool added) {
    datom_.added = added;
    datom_.t = added ? fact_->t() : fact_->retracted_at();
  }

  time_filter filter_;
  owned_spec spec_;
  forest_walk<is_shown> current_{is_shown{&filter_}};
  forest_walk<ended_is_shown> ended_{ended_is_shown{&filter_}};
  const stored_fact* fact_ = nullptr;
  datom_view datom_{};
  bool other_event_ = false; ///< the other event of fact_ comes next
};

} // namespace

std::unique_ptr<datom_cursor> memory_source::scan(const scan_spec& spec,
                                                  const time_window& window) const {
  return std::make_unique<memory_cursor>(*tables_, *opened_.schema, spec,
                                         time_filter(window, opened_.basis));
}

} // namespace weft
