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
#include <set>

namespace weft::test {

/// A fact from its assertion to its retraction.
struct naive_fact {
  datom said;
  std::optional<tx_number> retracted_at = {};
  bool forgotten = false; ///< retracted, of an attribute without history
};

class naive_cursor final : public datom_cursor {
 public:
  explicit naive_cursor(datom_list found) : found_(std::move(found)) { show(); }
  [[nodiscard]] bool valid() const noexcept override { return at_ < found_.size(); }
  [[nodiscard]] const datom_view& get() const noexcept override { return current_; }
  void next() override {
    WEFT_ASSERT(valid());
    ++at_;
    show();
  }

 private:
  void show() {
    if (valid())
      current_ = view_of(found_[at_]);
  }

  datom_list found_;
  std::size_t at_ = 0;
  datom_view current_{};
};

class naive_source final : public fact_source {
 public:
  naive_source(std::vector<naive_fact> facts, std::set<attribute_id> in_avet, tx_number basis)
      : facts_(std::move(facts)), in_avet_(std::move(in_avet)), basis_(basis) {}

  [[nodiscard]] std::unique_ptr<datom_cursor> scan(const scan_spec& spec,
                                                   const time_window& window) const override {
    datom_list found;
    for (const auto& fact : facts_)
      for (auto& d : seen(fact, window))
        if (holds(spec.order, d) && inside(spec, view_of(d)))
          found.push_back(std::move(d));
    std::sort(found.begin(), found.end(), [&](const datom& a, const datom& b) {
      return compare(spec.order, view_of(a), view_of(b)) < 0;
    });
    if (spec.reverse)
      std::reverse(found.begin(), found.end());
    return std::make_unique<naive_cursor>(std::move(found));
  }

 private:
  [[nodiscard]] datom_list seen(const naive_fact& fact, const time_window& window) const {
    if (fact.forgotten)
      return {};
    const auto as_of = std::min(window.as_of, basis_);
    const auto within = [&](tx_number t) {
      return t <= as_of && (!window.since || t > *window.since);
    };
    auto retraction = fact.said;
    const bool retracted = fact.retracted_at && *fact.retracted_at <= as_of;
    if (retracted) {
      retraction.t = *fact.retracted_at;
      retraction.added = false;
    }
    datom_list out;
    if (within(fact.said.t) && (window.history || !retracted))
      out.push_back(fact.said);
    if (window.history && retracted && within(retraction.t))
      out.push_back(retraction);
    return out;
  }

  [[nodiscard]] bool holds(index_order order, const datom& d) const {
    if (order == index_order::avet)
      return in_avet_.contains(d.attribute);
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
  std::set<attribute_id> in_avet_;
  tx_number basis_;
};

/// Applies transactions to naive sources. An attribute is in avet from the first schema that says
/// so. Cost: O(facts) for everything.
class naive_database {
 public:
  explicit naive_database(std::shared_ptr<const schema> initial = schema::bootstrap(),
                          shard_id shard = shard_id(0))
      : shard_(shard) {
    for (const auto& d : bootstrap_datoms())
      facts_.push_back({d});
    learn(std::move(initial));
  }

  /// Datoms in stream order, without :db/txInstant, which is added here.
  template <class Datoms>
  void apply(tx_number t, instant when, const Datoms& datoms,
             std::shared_ptr<const schema> schema_after) {
    WEFT_ASSERT(t == head_.next());
    learn(std::move(schema_after));
    for (const auto& d : datoms)
      apply_one(t, as_view(d));
    apply_one(
        t, {entity::of_transaction(shard_, t), builtin::tx_instant, value_view::of(when), t, true});
    head_ = t;
  }

  [[nodiscard]] view open() const {
    return view(std::make_shared<naive_source>(facts_, in_avet_, head_), schema_, head_);
  }
  [[nodiscard]] tx_number head() const noexcept { return head_; }

 private:
  static datom_view as_view(const datom_view& d) noexcept { return d; }
  static datom_view as_view(const datom& d) noexcept { return view_of(d); }

  void learn(std::shared_ptr<const schema> s) {
    schema_ = std::move(s);
    for (const auto* a : schema_->attributes())
      if (a->in_avet())
        in_avet_.insert(a->id);
  }

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
      live->forgotten = schema_->find(d.attribute)->no_history;
    }
  }

  shard_id shard_;
  std::vector<naive_fact> facts_;
  std::set<attribute_id> in_avet_;
  std::shared_ptr<const schema> schema_;
  tx_number head_;
};

} // namespace weft::test
