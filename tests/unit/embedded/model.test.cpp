// The model of transactions against a database on a disk: after every step, after every restart,
// and for every earlier t.
#include "support/catch.hpp"
#include "support/temp_folder.hpp"
#include "unit/tx/model_functions.hpp"
#include "unit/tx/model_views.hpp"
#include "unit/tx/random_request.hpp"

#include "weft/persistence/embedded/database.hpp"

#include <random>

namespace {

using namespace weft;
using namespace weft::test;
using embedded::database;

constexpr int steps = 120;
constexpr int restart_every = 20; ///< about
constexpr int hold_every = 30;    ///< about
constexpr std::size_t decisions = 60;

/// What a report says but for its views.
void require_same(const tx_report& thought, const tx_report& done) {
  REQUIRE(thought.t == done.t);
  REQUIRE(thought.next == done.next);
  REQUIRE(thought.tempids == done.tempids);
  REQUIRE(difference(views_of(thought.datoms), views_of(done.datoms)) == no_difference);
}

class restarted_database {
 public:
  explicit restarted_database(std::uint64_t seed) : random_(seed) {
    open();
    step(first_request());
  }

  void step() {
    std::vector<std::uint8_t> bytes(random_() % decisions);
    for (auto& byte : bytes)
      byte = static_cast<std::uint8_t>(random_());
    choices c(bytes);
    step(random_request(model_, c));
    if (random_() % hold_every == 0)
      held_.push_back(db_->view().value());
    if (random_() % restart_every == 0) {
      restart();
      check_past();
    }
  }

  /// The database now, and the views that were opened before, some of them of a database that is
  /// closed.
  void check_past() {
    REQUIRE(past_differences(db_->view().value(), model_) == no_difference);
    for (const auto& db : held_)
      REQUIRE(past_differences(db, model_) == no_difference);
    if (held_.size() > 2)
      held_.erase(held_.begin());
  }

  [[nodiscard]] int accepted() const { return accepted_; }
  [[nodiscard]] std::size_t forgotten() const { return model_.history().forgotten(); }

 private:
  void step(const tx_request& request) {
    INFO(describe(request));
    const auto last = model_.history().last();
    const auto expected = model_.transact(request, mode_);
    const auto thought = speculate(request);
    check_untouched(last);
    const auto report = db_->transact(request);
    for (const auto& other : thought)
      REQUIRE(other.has_value() == report.has_value());
    if (!report) {
      INFO(report.error().to_string());
      REQUIRE((expected.any_refusal || expected.refusals.contains(report.error().code)));
      check_untouched(last);
      return;
    }
    ++accepted_;
    last_ = *report;
    REQUIRE(expected.refusals.empty());
    REQUIRE(difference(views_of(report->datoms), model_.history().changes(last + 1)) ==
            no_difference);
    for (const auto& other : thought) {
      require_same(*other, *report);
      REQUIRE(difference(other->after, model_.facts()) == no_difference);
    }
    REQUIRE(live_difference(report->before, model_, {.basis = last, .as_of = last}) ==
            no_difference);
    REQUIRE(difference(report->after, model_.facts()) == no_difference);
    REQUIRE(difference(db_->view().value(), model_.facts()) == no_difference);
  }

  /// What the database thinks of the request, and what who has the last report does; at times what
  /// it would do if it had been thought of twice, of which there is no trace.
  std::vector<result<tx_report>> speculate(const tx_request& request) {
    std::vector<result<tx_report>> out = {db_->with(request)};
    const auto functions = model_functions();
    const with_options options = {.mode = mode_, .functions = &functions};
    if (last_)
      out.push_back(with(*last_, request, options));
    if (out[0] && random_() % 8 == 0)
      static_cast<void>(with(*out[0], request, options));
    return out;
  }

  void check_untouched(std::size_t last) const {
    const auto now = db_->view().value();
    REQUIRE(now.basis() == tx_number(last));
    REQUIRE(live_difference(now, model_, {.basis = last, .as_of = last}) == no_difference);
  }

  /// Closed in order, or dropped; strict or not from then on.
  void restart() {
    if (random_() % 2 == 0)
      REQUIRE(db_->close());
    db_.reset();
    mode_ = random_() % 4 == 0 ? schema_mode::strict : schema_mode::flexible;
    open();
    REQUIRE(difference(db_->view().value(), model_.facts()) == no_difference);
  }

  void open() {
    auto opened = database::open(folder_ / "db", {.mode = mode_, .functions = model_functions()});
    if (!opened)
      FAIL(opened.error().to_string());
    db_ = std::move(*opened);
  }

  temp_folder folder_;
  std::mt19937_64 random_;
  schema_mode mode_ = schema_mode::flexible;
  model model_;
  std::optional<database> db_;
  std::optional<tx_report> last_;
  std::vector<view> held_;
  int accepted_ = 0;
};

struct effect {
  int accepted = 0;
  std::size_t forgotten = 0; ///< facts
};

effect run(std::uint64_t seed) {
  INFO("seed " << seed);
  restarted_database db(seed);
  for (int i = 0; i < steps; ++i)
    db.step();
  db.check_past();
  return {db.accepted(), db.forgotten()};
}

} // namespace

TEST_CASE("a database on a disk does what the model says, restart after restart") {
  constexpr int seeds = 8;
  effect all;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const auto one = run(seed);
    all.accepted += one.accepted;
    all.forgotten += one.forgotten;
  }
  CHECK(all.accepted * 2 > seeds * steps);
  CHECK(all.forgotten > 50);
  run(std::random_device{}());
}
