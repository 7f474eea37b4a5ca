// The model of transactions against a database on a disk: after every step, after every restart,
// and for every earlier t.
#include "support/catch.hpp"
#include "support/temp_folder.hpp"
#include "unit/tx/model_functions.hpp"
#include "unit/tx/random_request.hpp"

#include "weft/persistence/embedded/database.hpp"

#include <random>

namespace {

using namespace weft;
using namespace weft::test;
using embedded::database;

constexpr int steps = 120;
constexpr int restart_every = 20; ///< about
constexpr std::size_t decisions = 60;

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
    if (random_() % restart_every == 0) {
      restart();
      check_past();
    }
  }

  void check_past() const {
    const auto now = db_->view().value();
    for (std::uint64_t t = 0; t <= now.basis().get(); ++t)
      REQUIRE(facts_of(*now.as_of(tx_number(t))) == model_.facts_at(t));
  }

 private:
  void step(const tx_request& request) {
    INFO(describe(request));
    const auto expected = model_.transact(request, mode_);
    const auto report = db_->transact(request);
    if (!report) {
      INFO(report.error().to_string());
      REQUIRE((expected.any_refusal || expected.refusals.contains(report.error().code)));
    } else {
      REQUIRE(expected.refusals.empty());
      REQUIRE(facts_of(report->after) == model_.facts());
    }
    REQUIRE(facts_of(db_->view().value()) == model_.facts());
  }

  /// Closed in order, or dropped; strict or not from then on.
  void restart() {
    if (random_() % 2 == 0)
      REQUIRE(db_->close());
    db_.reset();
    mode_ = random_() % 4 == 0 ? schema_mode::strict : schema_mode::flexible;
    open();
    REQUIRE(facts_of(db_->view().value()) == model_.facts());
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
};

void run(std::uint64_t seed) {
  INFO("seed " << seed);
  restarted_database db(seed);
  for (int i = 0; i < steps; ++i)
    db.step();
  db.check_past();
}

} // namespace

TEST_CASE("a database on a disk does what the model says, restart after restart") {
  for (std::uint64_t seed = 1; seed <= 8; ++seed)
    run(seed);
  run(std::random_device{}());
}
