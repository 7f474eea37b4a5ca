#include "contract.hpp"

#include "weft/core/db/index_loader.hpp"
#include "weft/core/db/overlay.hpp"

using namespace weft;
using namespace weft::test;

namespace {

class memory_subject final : public subject {
 public:
  void apply(tx_number t, instant when, std::span<const datom_view> datoms,
             const std::shared_ptr<const schema>& schema_after) override {
    index_.apply(t, when, datoms, schema_after);
  }
  [[nodiscard]] view open() const override { return index_.open(); }

 private:
  memory_index index_{people_schema()};
};

/// Transactions are proposed to an overlay and reach the base later, as many at a time as `lag`
/// says: 0 leaves all of them in the overlay, n commits one when n wait.
template <class Base>
class overlay_subject final : public subject {
 public:
  explicit overlay_subject(std::size_t lag) : lag_(lag) {}

  void apply(tx_number t, instant when, std::span<const datom_view> datoms,
             const std::shared_ptr<const schema>& schema_after) override {
    proposed_.append(t, when, datoms, schema_after);
    waiting_.push_back({t, when, {}, schema_after});
    for (const auto& d : datoms)
      waiting_.back().datoms.push_back(d.to_datom());
    if (lag_ == 0 || waiting_.size() <= lag_)
      return;
    const auto& first = waiting_.front();
    std::vector<datom_view> views;
    for (const auto& d : first.datoms)
      views.push_back(view_of(d));
    base_.apply(first.t, first.when, std::span<const datom_view>(views), first.schema_after);
    if (first.t.get() % 3 != 0) // later is as good: the base of a view decides
      proposed_.drop_through(first.t);
    waiting_.pop_front();
  }
  [[nodiscard]] view open() const override { return proposed_.over(base_.open()); }

 private:
  struct transaction {
    tx_number t;
    instant when;
    datom_list datoms;
    std::shared_ptr<const schema> schema_after;
  };
  std::size_t lag_;
  Base base_{people_schema()};
  overlay proposed_;
  std::deque<transaction> waiting_;
};

/// An index that is loaded with the first transactions at once, as after a restart, and applies
/// what comes behind them.
class loaded_subject final : public subject {
 public:
  explicit loaded_subject(std::size_t loaded) : loaded_(loaded) {}

  void apply(tx_number t, instant when, std::span<const datom_view> datoms,
             const std::shared_ptr<const schema>& schema_after) override {
    if (t.get() > loaded_)
      return index_.apply(t, when, datoms, schema_after);
    first_.push_back({t, when, {}, schema_after});
    for (const auto& d : datoms)
      first_.back().datoms.push_back(d.to_datom());
    if (t.get() == loaded_)
      load(index_);
  }
  [[nodiscard]] view open() const override {
    if (first_.size() == loaded_)
      return index_.open();
    memory_index now(people_schema());
    load(now);
    return now.open();
  }

 private:
  struct transaction {
    tx_number t;
    instant when;
    datom_list datoms;
    std::shared_ptr<const schema> schema_after;
  };

  void load(memory_index& into) const {
    index_loader loader(into);
    for (const auto& [t, when, datoms, schema_after] : first_) {
      std::vector<datom_view> views;
      for (const auto& d : datoms)
        views.push_back(view_of(d));
      loader.add(t, when, views, schema_after);
    }
    REQUIRE(loader.finish());
  }

  std::size_t loaded_;
  std::vector<transaction> first_;
  memory_index index_{people_schema()};
};

/// A stack: each transaction is an overlay of its own over the view before, as chained
/// speculation makes them.
class stacked_subject final : public subject {
 public:
  void apply(tx_number t, instant when, std::span<const datom_view> datoms,
             const std::shared_ptr<const schema>& schema_after) override {
    overlays_.emplace_back();
    overlays_.back().append(t, when, datoms, schema_after);
    top_ = overlays_.back().over(top_);
  }
  [[nodiscard]] view open() const override { return top_; }

 private:
  memory_index base_{people_schema()};
  std::deque<overlay> overlays_;
  view top_ = base_.open();
};

/// Speculation on a view of the past: the base has gone on meanwhile.
class past_subject final : public subject {
 public:
  past_subject() {
    const auto noise = add(user(3), person_nick, value::string("later"), 1);
    const auto seen = view_of(noise);
    base_.apply(tx_number(1), instant(500), {&seen, 1}, people_schema());
  }
  void apply(tx_number t, instant when, std::span<const datom_view> datoms,
             const std::shared_ptr<const schema>& schema_after) override {
    speculation_.append(t, when, datoms, schema_after);
  }
  [[nodiscard]] view open() const override {
    return speculation_.over(*base_.open().as_of(tx_number(0)));
  }

 private:
  memory_index base_{people_schema()};
  overlay speculation_;
};

template <class Subject, class... Args>
void obeys_the_contract(Args... args) {
  rc::prop("any transactions, any question",
           [=] { check_contract([=] { return std::make_unique<Subject>(args...); }); });
}

} // namespace

TEST_CASE("the memory index obeys the contract of sources") {
  obeys_the_contract<memory_subject>();
}

TEST_CASE("an index that was loaded obeys the contract of sources") {
  const auto loaded = GENERATE(as<std::size_t>{}, 1, 4, 1000);
  obeys_the_contract<loaded_subject>(loaded);
}

TEST_CASE("an overlay over the model obeys the contract of sources") {
  obeys_the_contract<overlay_subject<naive_database>>(std::size_t{0});
}

TEST_CASE("an overlay over the memory index obeys the contract of sources") {
  const auto lag = GENERATE(as<std::size_t>{}, 0, 1, 4);
  obeys_the_contract<overlay_subject<memory_index>>(lag);
}

TEST_CASE("overlays over overlays obey the contract of sources") {
  obeys_the_contract<stacked_subject>();
}

TEST_CASE("an overlay over a view of the past obeys the contract of sources") {
  obeys_the_contract<past_subject>();
}
