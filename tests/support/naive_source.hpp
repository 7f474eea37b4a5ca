// The model of an index: a vector of facts, filtered and sorted anew for each scan. Slow and
// obviously correct; what the real indexes are compared with, and a stand-in for them.
//
//   naive_database db;
//   db.apply(tx_number(1), instant(1000), datoms, schema);
//   view v = db.open();
#pragma once

#include "weft/core/base/assert.hpp"
#include "weft/core/db/view.hpp"

#include <algorithm>

namespace weft::test {

/// A fact from its assertion to its retraction.
struct naive_fact {
  datom said;
  std::optional<tx_number> retracted_at = {};
  bool forgotten = false; ///< retracted, of an attribute without history
};

class naive_cursor final : public datom_cursor {
 public:
  explicit naive_cursor(std::vector<datom_view> found) : found_(std::move(found)) {}
  [[nodiscard]] bool valid() const noexcept override { return at_ < found_.size(); }
  [[nodiscard]] const datom_view& get() const noexcept override { return found_[at_]; }
  void next() override {
    WEFT_ASSERT(valid());
    ++at_;
  }

 private:
  std::vector<datom_view> found_;
  std::size_t at_ = 0;
};

class naive_source final : public fact_source {
 public:
  naive_source(std::vector<naive_fact> facts, std::shared_ptr<const schema> s, tx_number basis)
      : facts_(std::move(facts)), schema_(std::move(s)), basis_(basis) {}

  [[nodiscard]] std::unique_ptr<datom_cursor> scan(const scan_spec& spec,
                                                   const time_window& window) const override {
    std::vector<datom_view> found;
    for (const auto& fact : facts_)
      for (const auto& d : seen(fact, window))
        if (holds(spec.order, d) && inside(spec, d))
          found.push_back(d);
    std::sort(found.begin(), found.end(), [&](const datom_view& a, const datom_view& b) {
      return compare(spec.order, a, b) < 0;
    });
    if (spec.reverse)
      std::reverse(found.begin(), found.end());
    return std::make_unique<naive_cursor>(std::move(found));
  }

 private:
  [[nodiscard]] std::vector<datom_view> seen(const naive_fact& fact,
                                             const time_window& window) const {
    if (fact.forgotten)
      return {};
    const auto as_of = std::min(window.as_of, basis_);
    const auto within = [&](tx_number t) {
      return t <= as_of && (!window.since || t > *window.since);
    };
    const auto assertion = view_of(fact.said);
    auto retraction = assertion;
    const bool retracted = fact.retracted_at && *fact.retracted_at <= as_of;
    if (retracted) {
      retraction.t = *fact.retracted_at;
      retraction.added = false;
    }
    std::vector<datom_view> out;
    if (within(assertion.t) && (window.history || !retracted))
      out.push_back(assertion);
    if (window.history && retracted && within(retraction.t))
      out.push_back(retraction);
    return out;
  }

  [[nodiscard]] bool holds(index_order order, const datom_view& d) const {
    if (order == index_order::avet)
      return schema_->find(d.attribute)->in_avet();
    return order != index_order::vaet || d.value.type() == value_type::ref;
  }

  [[nodiscard]] static bool inside(const scan_spec& spec, const datom_view& d) {
    if (spec.lower) {
      const auto c = compare(spec.order, d, spec.lower->at);
      if (c < 0 || (c == 0 && !spec.lower->inclusive))
        return false;
    }
    if (spec.upper) {
      const auto c = compare(spec.order, d, spec.upper->at);
      if (c > 0 || (c == 0 && !spec.upper->inclusive))
        return false;
    }
    return true;
  }

  std::vector<naive_fact> facts_;
  std::shared_ptr<const schema> schema_;
  tx_number basis_;
};

/// Applies transactions to naive sources. Cost: O(facts) for everything.
class naive_database {
 public:
  explicit naive_database(std::shared_ptr<const schema> initial = schema::bootstrap(),
                          shard_id shard = shard_id(0))
      : shard_(shard), schema_(std::move(initial)) {
    for (const auto& d : bootstrap_datoms())
      facts_.push_back({d});
  }

  /// Datoms in stream order, without :db/txInstant, which is added here.
  template <class Datoms>
  void apply(tx_number t, instant when, const Datoms& datoms,
             std::shared_ptr<const schema> schema_after) {
    WEFT_ASSERT(t == head_.next());
    schema_ = std::move(schema_after);
    for (const auto& d : datoms)
      apply_one(t, as_view(d));
    apply_one(
        t, {entity::of_transaction(shard_, t), builtin::tx_instant, value_view::of(when), t, true});
    head_ = t;
  }

  [[nodiscard]] view open() const {
    return view(std::make_shared<naive_source>(facts_, schema_, head_), schema_, head_);
  }
  [[nodiscard]] tx_number head() const noexcept { return head_; }

 private:
  static datom_view as_view(const datom_view& d) noexcept { return d; }
  static datom_view as_view(const datom& d) noexcept { return view_of(d); }

  void apply_one(tx_number t, const datom_view& d) {
    const auto live = std::find_if(facts_.begin(), facts_.end(), [&](const naive_fact& f) {
      return !f.retracted_at && f.said.entity == d.entity && f.said.attribute == d.attribute &&
             f.said.value.view() == d.value;
    });
    WEFT_ASSERT(d.t == t && d.added == (live == facts_.end()));
    if (d.added) {
      facts_.push_back({d.to_datom()});
    } else {
      live->retracted_at = t;
      live->forgotten = schema_->forgets(*schema_->find(d.attribute));
    }
  }

  shard_id shard_;
  std::vector<naive_fact> facts_;
  std::shared_ptr<const schema> schema_;
  tx_number head_;
};

} // namespace weft::test
