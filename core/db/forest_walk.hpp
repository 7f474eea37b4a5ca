// A walk over one forest: the facts of an order between two bounds, in either direction, that a
// filter lets through. Cursors are made of such walks.
#pragma once

#include "weft/core/db/fact_forest.hpp"

#include <algorithm>

namespace weft {

/// A scan_spec that owns its values, because a walk may live longer than who asked for it.
class owned_spec {
 public:
  explicit owned_spec(const scan_spec& spec) : spec_(spec) {
    own(spec_.lower, lower_);
    own(spec_.upper, upper_);
  }
  owned_spec(const owned_spec&) = delete;
  owned_spec& operator=(const owned_spec&) = delete;

  [[nodiscard]] const scan_spec& get() const noexcept { return spec_; }

 private:
  static void own(std::optional<scan_bound>& bound, value& storage) {
    if (!bound || !bound->at.value || !bound->at.value->is_long_form())
      return;
    storage = value(*bound->at.value);
    bound->at.value = storage.view();
  }

  scan_spec spec_;
  value lower_;
  value upper_;
};

/// `Filter` is called with each fact between the bounds and says whether it is shown.
template <class Filter>
class forest_walk {
 public:
  explicit forest_walk(Filter filter) : filter_(std::move(filter)) {}

  /// Goes to the first fact. The forest, the spec and the schema, which says what is in avet, must
  /// outlive the walk.
  void start(const fact_forest& forest, const scan_spec& spec, const schema& s) {
    forest_ = &forest;
    spec_ = &spec;
    reverse_ = spec.reverse;
    schema_ = &s;
    if (spec.order == index_order::eavt || spec.order == index_order::vaet) {
      enter(spec.order == index_order::eavt ? forest.eavt() : forest.vaet(), {});
    } else {
      const auto& from = spec.reverse ? spec.upper : spec.lower;
      const auto ends_of_ids = spec.reverse ? last_attribute : attribute_id(0);
      open_attribute(from ? from->at.attribute.value_or(ends_of_ids) : ends_of_ids);
    }
    find();
  }

  /// The fact walked to, or null behind the last one (and before start).
  [[nodiscard]] const stored_fact* fact() const noexcept { return fact_; }
  /// To the next one. Requires fact() != nullptr.
  void next() {
    step();
    find();
  }
  /// Facts looked at so far.
  [[nodiscard]] std::uint64_t looked_at() const noexcept { return looked_at_; }
  /// Whether this walk is on a fact that comes, in its direction, before that of `other`, a walk
  /// by the same spec that is on a fact.
  template <class Other>
  [[nodiscard]] bool comes_before(const forest_walk<Other>& other) const {
    const auto a = place();
    const auto b = other.place();
    auto c = a <=> b;
    if (c == 0)
      c = compare(spec_->order, fact_->view(), other.fact()->view());
    return (c < 0) != spec_->reverse;
  }
  [[nodiscard]] std::array<std::uint64_t, 3> place() const noexcept {
    return {attribute_ ? attribute_->get() : 0U, at_.first(), at_.second()};
  }

 private:
  static constexpr attribute_id last_attribute{limits::first_user_local - 1};

  void step() noexcept { reverse_ ? at_.previous() : at_.next(); }

  void find() {
    for (;;) {
      for (; at_.valid() && inside(); step()) {
        fact_ = at_.fact();
        ++looked_at_;
        if (filter_(*fact_))
          return;
      }
      fact_ = nullptr;
      if (!attribute_)
        return;
      if (reverse_ && attribute_ == attribute_id(0))
        attribute_.reset();
      else
        open_attribute(attribute_id(reverse_ ? attribute_->get() - 1 : attribute_->get() + 1));
    }
  }

  [[nodiscard]] bool inside() const {
    if (!limit_)
      return true;
    const auto c = (*limit_)(at_.node(), at_.slot());
    return c == 0 ? limit_inclusive_ : (c < 0) != reverse_;
  }

  /// Opens the trees of the first attribute at or behind `from` (backward: the last at or before).
  void open_attribute(attribute_id from) {
    attribute_.reset();
    at_ = {};
    const auto& end = reverse_ ? spec_->lower : spec_->upper;
    const auto behind_all = reverse_ ? attribute_id(0) : last_attribute;
    const auto last = end && end->at.attribute ? *end->at.attribute : behind_all;
    const auto is_beyond = [&](attribute_id a) { return reverse_ ? a < last : last < a; };
    if (is_beyond(from))
      return;
    const auto* trees = from == last ? forest_->find(from) : nearest(from);
    if (trees == nullptr || is_beyond(trees->id))
      return;
    attribute_ = trees->id;
    if (spec_->order == index_order::aevt)
      return enter(trees->aevt, trees->id);
    const auto* a = schema_->find(trees->id);
    if (a != nullptr && a->in_avet())
      enter(trees->avet, trees->id);
  }

  [[nodiscard]] const attribute_trees* nearest(attribute_id from) const noexcept {
    return reverse_ ? forest_->at_or_before(from) : forest_->at_or_behind(from);
  }

  /// A bound in a tree: of the attribute `only`, when it is a tree of one.
  [[nodiscard]] std::optional<tree_bound> in_tree(const std::optional<scan_bound>& bound,
                                                  std::optional<attribute_id> only) const {
    if (!bound)
      return std::nullopt;
    const auto& a = bound->at.attribute;
    static const components nothing;
    if (only && !a) // nothing leading is given: everything equals it
      return tree_bound(spec_->order, nothing, forest_->origin(), {});
    if (only && a != only)
      return std::nullopt;
    const auto* trees = a && bound->at.value ? forest_->find(*a) : nullptr;
    const auto type = trees != nullptr ? std::optional(trees->type) : std::nullopt;
    return tree_bound(spec_->order, bound->at, forest_->origin(), type);
  }

  void enter(const fact_tree& tree, std::optional<attribute_id> only) {
    const auto& begin = reverse_ ? spec_->upper : spec_->lower;
    const auto& end = reverse_ ? spec_->lower : spec_->upper;
    const auto from = in_tree(begin, only);
    limit_ = in_tree(end, only);
    limit_inclusive_ = !limit_ || end->inclusive;
    // The equals of an inclusive bound come: forward they are behind it, backward before it.
    const bool equal_before = from && begin->inclusive == reverse_;
    at_ = tree.seek([&](const tree_node& node, unsigned slot) {
      if (!from)
        return reverse_;
      const auto c = (*from)(node, slot);
      return equal_before ? c <= 0 : c < 0;
    });
    reverse_ ? at_.settle_backward() : at_.settle_forward();
  }

  Filter filter_;
  const fact_forest* forest_ = nullptr;
  const scan_spec* spec_ = nullptr;
  const schema* schema_ = nullptr;
  std::optional<attribute_id> attribute_; ///< whose tree is open, in aevt and avet
  tree_position at_;
  const stored_fact* fact_ = nullptr;
  std::optional<tree_bound> limit_;
  std::uint64_t looked_at_ = 0;
  bool limit_inclusive_ = true;
  bool reverse_ = false;
};

} // namespace weft
