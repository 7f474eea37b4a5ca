// The engine against the model: the same transactions, the same answers, the same facts.
#include "model.hpp"

#include "fixture.hpp"
#include "model_functions.hpp"
#include "model_views.hpp"
#include "random_request.hpp"
#include "random_value.hpp"
#include "support/property.hpp"

#include "weft/core/db/memory_index.hpp"
#include "weft/core/db/overlay.hpp"
#include "weft/core/tx/report.hpp"

#include <random>

using namespace weft;
using namespace weft::test;

namespace {

using program = std::vector<std::vector<std::uint8_t>>; // decisions, transaction by transaction

/// Every so often, nothing may be declared by its use.
constexpr std::size_t strict_every = 5;
/// Speculation goes so far beyond the database before it begins anew from there.
constexpr std::size_t speculations_max = 4;

/// Programs that are always the same.
constexpr std::uint64_t fixed_programs = 20;
/// A view is kept of so many transactions.
constexpr std::size_t held_every = 8;

/// What a test of many programs met: none of it may be missing.
struct coverage {
  std::size_t accepted = 0;
  std::map<errc, std::size_t> refused;
  std::map<value_type, std::size_t> stated; ///< datoms
  std::size_t forgotten = 0;                ///< facts
  std::size_t chained = 0;                  ///< speculations on top of speculations
};

/// Every answer of it is empty, or what differs.
class comparison {
 public:
  explicit comparison(coverage& seen) : seen_(seen) { db_.functions = model_functions(); }

  std::string step(const tx_request& request) {
    db_.mode = ++steps_ % strict_every == 0 ? schema_mode::strict : schema_mode::flexible;
    story_ += (db_.mode == schema_mode::strict ? "strict " : "") + describe(request) + "\n";
    const auto last = model_.history().last();
    const auto expected = model_.transact(request, db_.mode);
    const auto thought = speculate(request);
    auto differs = live_difference(db_.now(), model_, {.basis = last, .as_of = last});
    if (!differs.empty())
      return story_ + "speculation left something behind: " + differs;
    const auto done = db_.transact(request);
    differs = verdict(expected, done);
    for (const auto& report : thought)
      if (differs.empty())
        differs = same_thought(report, done);
    if (differs.empty())
      differs = difference(db_.now(), model_.facts());
    if (done)
      all_.push_back(*done);
    return differs.empty() ? differs : story_ + differs;
  }

  /// Every past is as it was, also for one who applies all datoms to an empty index, who looks
  /// from a view that was opened then, or who has proposals on top of one.
  std::string finish() {
    memory_index copy;
    overlay proposed;
    auto base = copy.open();
    std::vector<view> held;
    for (std::size_t i = 0; i < all_.size(); ++i) {
      const auto& done = all_[i];
      const auto t = tx_number(i + 1);
      const auto when = instant(static_cast<std::int64_t>(i));
      copy.apply(t, when, views_of(done.datoms), done.schema);
      proposed.append(t, when, views_of(done.datoms), done.schema);
      if (i == all_.size() / 3)
        base = copy.open();
      if (i % held_every == 1)
        held.push_back(copy.open());
    }
    held.push_back(copy.open());
    held.push_back(proposed.over(base));
    if (speculation_)
      held.push_back(speculation_->after);
    seen_.forgotten += model_.history().forgotten();
    for (const auto& db : held)
      if (auto differs = past_differences(db, model_); !differs.empty())
        return story_ + differs;
    return {};
  }

  [[nodiscard]] const model& now() const { return model_; }

 private:
  std::string verdict(const model_outcome& expected, const result<tx_plan>& done) {
    if (!done) {
      ++seen_.refused[done.error().code];
      const bool foreseen = expected.any_refusal || expected.refusals.contains(done.error().code);
      return foreseen ? "" : "unforeseen " + done.error().to_string();
    }
    ++seen_.accepted;
    for (const auto code : expected.refusals)
      return "accepted in spite of " + std::string(info(code).name);
    for (const auto& [name, e] : done->tempids)
      if (const auto it = expected.tempids.find(name);
          it == expected.tempids.end() || it->second != e)
        return "tempid " + name;
    if (done->tempids.size() != expected.tempids.size())
      return "a tempid is missing";
    for (const auto& d : done->datoms)
      ++seen_.stated[d.value.type()];
    return difference(views_of(done->datoms), model_.history().changes(model_.history().last()));
  }

  /// The same request without effect: on top of what was only thought of since a while ago, and
  /// now and then on the database.
  std::vector<result<tx_report>> speculate(const tx_request& request) {
    const monotonic_us clock = [this] { return db_.clock_us; };
    const with_options options = {
        .next = db_.next, .mode = db_.mode, .functions = &db_.functions, .clock = &clock};
    const bool chained = speculation_.has_value() && steps_ % speculations_max != 0;
    std::vector<result<tx_report>> out = {chained ? with(*speculation_, request, options)
                                                  : with(db_.now(), request, options)};
    if (chained && steps_ % speculations_max == 1)
      out.push_back(with(db_.now(), request, options));
    if (out[0]) {
      seen_.chained += chained ? 1 : 0;
      speculation_ = *out[0];
    }
    return out;
  }

  /// Whether thinking gave what doing gave.
  std::string same_thought(const result<tx_report>& thought, const result<tx_plan>& done) const {
    if (thought.has_value() != done.has_value())
      return "with: another verdict";
    if (!thought)
      return thought.error().code == done.error().code ? "" : "with: another error";
    if (thought->next != done->next || thought->tempids != done->tempids)
      return "with: other ids";
    auto out = difference(views_of(thought->datoms), views_of(done->datoms));
    if (out.empty())
      out = difference(thought->after, model_.facts());
    return out.empty() ? out : "with: " + out;
  }

  coverage& seen_;
  tx_database db_;
  model model_;
  std::vector<tx_plan> all_;
  std::optional<tx_report> speculation_;
  std::size_t steps_ = 0;
  std::string story_;
};

/// Runs a program; the answer is what differs.
std::string run(const program& steps, coverage& seen) {
  comparison both(seen);
  auto differs = both.step(first_request());
  for (std::size_t i = 0; i < steps.size() && differs.empty(); ++i) {
    choices c(steps[i]);
    differs = both.step(random_request(both.now(), c));
  }
  return differs.empty() ? both.finish() : differs;
}

/// Of the same generator and the same length as long ones of rapidcheck, and always the same ones.
program fixed_program(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  program out(1 + random() % 60);
  for (auto& bytes : out) {
    bytes.resize(random() % 60);
    for (auto& byte : bytes)
      byte = static_cast<std::uint8_t>(random());
  }
  return out;
}

} // namespace

TEST_CASE("model: any transactions have the effect the model says") {
  rc::prop("of any program", [] {
    const auto steps = *rc::gen::scale(0.6, rc::gen::arbitrary<program>());
    coverage seen;
    RC_ASSERT(run(steps, seen) == no_difference);
  });
}

// The programs are always the same, so that each of these is a promise and no matter of luck.
TEST_CASE("model: what random transactions do has everything in it") {
  coverage seen;
  for (std::uint64_t seed = 1; seed <= fixed_programs; ++seed) {
    INFO("seed " << seed);
    REQUIRE(run(fixed_program(seed), seen) == no_difference);
  }
  std::size_t refused = 0;
  for (const auto& [code, n] : seen.refused)
    refused += n;
  CHECK(seen.accepted > refused);
  CHECK(seen.accepted > 300);
  CHECK(seen.chained > 200);
  CHECK(seen.forgotten > 40);
  for (const auto type : random_types()) {
    INFO(name_of(type));
    CHECK(seen.stated[type] > 15);
  }
  for (const auto code :
       {errc::invalid_value, errc::value_too_large, errc::unknown_attribute, errc::unknown_entity,
        errc::type_mismatch, errc::unique_conflict, errc::datoms_conflict, errc::tempid_conflict,
        errc::tempid_unused, errc::cas_failed, errc::check_failed, errc::schema_invalid,
        errc::schema_violation, errc::tuple_read_only, errc::unknown_function,
        errc::function_failed}) {
    INFO(info(code).name);
    CHECK(seen.refused[code] > 0);
  }
}
