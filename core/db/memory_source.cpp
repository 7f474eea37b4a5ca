#include "weft/core/db/memory_source.hpp"

#include <algorithm>

namespace weft {

namespace {

/// Which facts a window at a basis shows. A fact is looked at in exactly one of the two forests: in
/// the history when it ended at or before the basis, else in the current one.
class time_filter {
 public:
  time_filter(const time_window& window, tx_number basis) noexcept
      : basis_(basis), as_of_(std::min(window.as_of, basis)),
        from_(window.since ? std::max(window.since->next(), *window.since) : tx_number(0)),
        history_(window.history) {}

  /// Whether the history trees can hold anything to show.
  [[nodiscard]] bool needs_history() const noexcept { return history_ || as_of_ < basis_; }

  [[nodiscard]] bool shows_current(const stored_fact& fact) const noexcept {
    return shows_assertion(fact) && fact.retracted_at() > basis_;
  }
  [[nodiscard]] bool shows_ended(const stored_fact& fact) const noexcept {
    const auto end = fact.retracted_at();
    if (end > basis_)
      return false;
    if (history_)
      return shows_assertion(fact) || shows_retraction(fact);
    return shows_assertion(fact) && end > as_of_;
  }
  [[nodiscard]] bool shows_assertion(const stored_fact& fact) const noexcept {
    return fact.t() <= as_of_ && fact.t() >= from_;
  }
  /// As a datom of its own, of a fact that ended at or before the basis.
  [[nodiscard]] bool shows_retraction(const stored_fact& fact) const noexcept {
    return history_ && fact.retracted_at() <= as_of_ && fact.retracted_at() >= from_;
  }

 private:
  tx_number basis_;
  tx_number as_of_;
  tx_number from_;
  bool history_;
};

/// A bound that owns its value, because a walk may live longer than who asked for it.
class owned_bound {
 public:
  explicit owned_bound(const std::optional<scan_bound>& bound) : bound_(bound) {
    if (bound_ && bound_->at.value && bound_->at.value->is_long_form()) {
      value_ = value(*bound_->at.value);
      bound_->at.value = value_.view();
    }
  }
  owned_bound(const owned_bound&) = delete;
  owned_bound& operator=(const owned_bound&) = delete;

  [[nodiscard]] bool given() const noexcept { return bound_.has_value(); }
  [[nodiscard]] bool inclusive() const noexcept { return bound_->inclusive; }
  [[nodiscard]] const components& at() const noexcept { return bound_->at; }
  [[nodiscard]] std::optional<attribute_id> attribute() const noexcept {
    return bound_ ? bound_->at.attribute : std::nullopt;
  }

 private:
  std::optional<scan_bound> bound_;
  value value_;
};

/// Ends of a walk in one tree.
struct tree_ends {
  std::optional<tree_bound> lower;
  std::optional<tree_bound> upper;
  bool lower_inclusive = true;
  bool upper_inclusive = true;
};

/// The facts that a filter shows of one tree, current or of what ended, between two ends.
template <bool Ended>
class tree_walk {
 public:
  void start(const fact_tree& tree, const tree_ends& ends, bool reverse,
             const time_filter& filter) {
    reverse_ = reverse;
    limit_ = reverse ? ends.lower : ends.upper;
    limit_inclusive_ = reverse ? ends.lower_inclusive : ends.upper_inclusive;
    const auto& from = reverse ? ends.upper : ends.lower;
    // Forward, an inclusive end lets its equals come; backward, it lets them be passed.
    const bool equal_before = reverse ? ends.upper_inclusive : !ends.lower_inclusive;
    at_ = tree.seek([&](std::uint64_t first, std::uint64_t second, const stored_fact* fact) {
      if (!from)
        return reverse;
      const auto c = (*from)(first, second, fact);
      return equal_before ? c <= 0 : c < 0;
    });
    reverse ? at_.settle_backward() : at_.settle_forward();
    find(filter);
  }

  [[nodiscard]] const stored_fact* fact() const noexcept { return fact_; }
  [[nodiscard]] tree_entry entry() const noexcept { return {at_.first(), at_.second(), fact_}; }

  void next(const time_filter& filter) {
    step();
    find(filter);
  }

 private:
  void step() noexcept { reverse_ ? at_.previous() : at_.next(); }

  void find(const time_filter& filter) {
    for (; at_.valid() && inside(); step()) {
      fact_ = at_.fact();
      if (Ended ? filter.shows_ended(*fact_) : filter.shows_current(*fact_))
        return;
    }
    fact_ = nullptr;
  }

  [[nodiscard]] bool inside() const {
    if (!limit_)
      return true;
    const auto c = (*limit_)(at_.first(), at_.second(), at_.fact());
    return c == 0 ? limit_inclusive_ : (c < 0) != reverse_;
  }

  tree_position at_;
  const stored_fact* fact_ = nullptr;
  std::optional<tree_bound> limit_;
  bool limit_inclusive_ = true;
  bool reverse_ = false;
};

class memory_cursor final : public datom_cursor {
 public:
  memory_cursor(const memory_tables& tables, const scan_spec& spec, const time_filter& filter)
      : tables_(tables), filter_(filter), order_(spec.order), reverse_(spec.reverse),
        lower_(spec.lower), upper_(spec.upper) {
    if (by_attribute())
      open_attribute(reverse_ ? upper_.attribute().value_or(last_attribute)
                              : lower_.attribute().value_or(attribute_id(0)));
    else
      open_whole();
    show_first();
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
      ended_.next(filter_);
    else
      current_.next(filter_);
    show_first();
  }

 private:
  static constexpr attribute_id last_attribute{limits::first_user_local - 1};

  [[nodiscard]] bool by_attribute() const noexcept {
    return order_ == index_order::aevt || order_ == index_order::avet;
  }
  [[nodiscard]] std::optional<value_type> type_of(std::optional<attribute_id> a) const noexcept;
  [[nodiscard]] tree_ends ends_in(std::optional<attribute_id> only) const;
  [[nodiscard]] const attribute_trees* nearest(const fact_forest& forest,
                                               attribute_id a) const noexcept {
    return reverse_ ? forest.at_or_before(a) : forest.at_or_behind(a);
  }
  void open_whole();
  void open_attribute(attribute_id from);
  void open_next_attribute();
  [[nodiscard]] bool ended_comes_first() const;
  void show_first();
  void show_event(bool added);

  const memory_tables& tables_;
  time_filter filter_;
  index_order order_;
  bool reverse_;
  owned_bound lower_;
  owned_bound upper_;
  std::optional<attribute_id> attribute_; ///< whose trees are open, absent behind the last one
  tree_walk<false> current_;
  tree_walk<true> ended_;
  const stored_fact* fact_ = nullptr;
  datom_view datom_{};
  bool other_event_ = false; ///< the other event of fact_ comes next
};

std::optional<value_type> memory_cursor::type_of(std::optional<attribute_id> a) const noexcept {
  if (!a)
    return std::nullopt;
  const auto* trees = tables_.current.find(*a);
  if (trees == nullptr)
    trees = tables_.history.find(*a);
  return trees != nullptr ? std::optional(trees->type) : std::nullopt;
}

/// The bounds, in the trees of one attribute or in a whole one.
tree_ends memory_cursor::ends_in(std::optional<attribute_id> only) const {
  const auto bound = [&](const owned_bound& b) -> std::optional<tree_bound> {
    if (!b.given() || (only && b.attribute() != only))
      return std::nullopt;
    return tree_bound(order_, b.at(), tables_.current.origin(), type_of(b.at().attribute));
  };
  return {bound(lower_), bound(upper_), !lower_.given() || lower_.inclusive(),
          !upper_.given() || upper_.inclusive()};
}

void memory_cursor::open_whole() {
  const auto ends = ends_in(std::nullopt);
  const auto tree = [&](const fact_forest& forest) -> const fact_tree& {
    return order_ == index_order::eavt ? forest.eavt() : forest.vaet();
  };
  current_.start(tree(tables_.current), ends, reverse_, filter_);
  if (filter_.needs_history())
    ended_.start(tree(tables_.history), ends, reverse_, filter_);
}

/// Opens the first attribute at or behind `from` (backward: the last at or before it).
void memory_cursor::open_attribute(attribute_id from) {
  const auto* current = nearest(tables_.current, from);
  const auto* ended = filter_.needs_history() ? nearest(tables_.history, from) : nullptr;
  if (current != nullptr && ended != nullptr && current->id != ended->id)
    ((current->id < ended->id) != reverse_ ? ended : current) = nullptr;
  const auto* found = current != nullptr ? current : ended;
  const auto limit = reverse_ ? lower_.attribute() : upper_.attribute();
  attribute_.reset();
  if (found == nullptr || (limit && (reverse_ ? found->id < *limit : found->id > *limit)))
    return;
  attribute_ = found->id;
  const auto ends = ends_in(attribute_);
  const auto tree = [&](const attribute_trees& trees) -> const fact_tree& {
    return order_ == index_order::aevt ? trees.aevt : trees.avet;
  };
  if (current != nullptr)
    current_.start(tree(*current), ends, reverse_, filter_);
  if (ended != nullptr)
    ended_.start(tree(*ended), ends, reverse_, filter_);
}

void memory_cursor::open_next_attribute() {
  if (reverse_ && attribute_ == attribute_id(0))
    attribute_.reset();
  else
    open_attribute(attribute_id(reverse_ ? attribute_->get() - 1 : attribute_->get() + 1));
}

bool memory_cursor::ended_comes_first() const {
  if (current_.fact() == nullptr || ended_.fact() == nullptr)
    return ended_.fact() != nullptr;
  const auto a = ended_.entry();
  const auto b = current_.entry();
  auto c = a.first <=> b.first;
  if (c == 0)
    c = a.second <=> b.second;
  if (c == 0)
    c = compare(order_, a.fact->view(), b.fact->view());
  return (c < 0) != reverse_;
}

void memory_cursor::show_first() {
  while (attribute_ && current_.fact() == nullptr && ended_.fact() == nullptr)
    open_next_attribute();
  const bool ended = ended_comes_first();
  fact_ = ended ? ended_.fact() : current_.fact();
  if (fact_ == nullptr)
    return;
  datom_ = fact_->view();
  if (!ended || !filter_.shows_retraction(*fact_))
    return;
  // Newest first: the retraction, then the assertion; backward the other way round.
  other_event_ = filter_.shows_assertion(*fact_);
  if (!other_event_ || !reverse_)
    show_event(false);
}

void memory_cursor::show_event(bool added) {
  datom_.added = added;
  datom_.t = added ? fact_->t() : fact_->retracted_at();
}

} // namespace

std::unique_ptr<datom_cursor> memory_source::scan(const scan_spec& spec,
                                                  const time_window& window) const {
  return std::make_unique<memory_cursor>(*tables_, spec, time_filter(window, basis_));
}

} // namespace weft
