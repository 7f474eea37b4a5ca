// The engine against the model: the same transactions, the same answers, the same facts.
#include "model.hpp"

#include "fixture.hpp"
#include "model_functions.hpp"
#include "random_request.hpp"
#include "support/property.hpp"

#include "weft/core/db/memory_index.hpp"

using namespace weft;
using namespace weft::test;

namespace {

using program = std::vector<std::vector<std::uint8_t>>; // decisions, transaction by transaction

/// Every so often, nothing may be declared by its use.
constexpr std::size_t strict_every = 5;

/// What a test of many programs met: none of it may be missing.
struct coverage {
  std::size_t accepted = 0;
  std::map<errc, std::size_t> refused;
};

class comparison {
 public:
  comparison() {
    db_.functions = model_functions();
    step(first_request());
  }

  void step(const tx_request& request) {
    db_.mode = ++steps_ % strict_every == 0 ? schema_mode::strict : schema_mode::flexible;
    RC_LOG() << (db_.mode == schema_mode::strict ? "strict " : "") << describe(request) << "\n";
    const auto expected = model_.transact(request, db_.mode);
    const auto done = db_.plan(request);
    if (!done) {
      RC_LOG() << done.error().to_string() << "\n";
      ++seen.refused[done.error().code];
      RC_ASSERT(expected.any_refusal || expected.refusals.contains(done.error().code));
      return;
    }
    for (const auto code : expected.refusals)
      RC_LOG() << "expected " << info(code).name << "\n";
    RC_ASSERT(expected.refusals.empty());
    ++seen.accepted;
    RC_ASSERT(std::is_sorted(done->datoms.begin(), done->datoms.end(), in_stream_order));
    RC_ASSERT(done->tempids.size() == expected.tempids.size());
    for (const auto& [name, e] : done->tempids)
      RC_ASSERT(expected.tempids.at(name) == e);
    all_.push_back(*done);
    RC_ASSERT(db_.transact(request).has_value());
    RC_ASSERT(facts_of(db_.now()) == model_.facts());
  }

  /// Every past is as it was, also for one who applies all datoms to an empty index.
  void finish() {
    memory_index copy;
    for (std::size_t i = 0; i < all_.size(); ++i) {
      std::vector<datom_view> datoms;
      for (const auto& d : all_[i].datoms)
        datoms.push_back(view_of(d));
      copy.apply(tx_number(i + 1), instant(static_cast<std::int64_t>(i)), datoms, all_[i].schema);
    }
    for (std::size_t t = 0; t <= all_.size(); ++t) {
      RC_ASSERT(facts_of(*db_.now().as_of(tx_number(t))) == model_.facts_at(t));
      RC_ASSERT(facts_of(*copy.open().as_of(tx_number(t))) == model_.facts_at(t));
    }
  }

  [[nodiscard]] const model& now() const { return model_; }
  coverage seen;

 private:
  static bool in_stream_order(const datom& a, const datom& b) {
    return std::tuple(a.entity, a.attribute, a.added, a.value) <
           std::tuple(b.entity, b.attribute, b.added, b.value);
  }

  tx_database db_;
  model model_;
  std::vector<tx_plan> all_;
  std::size_t steps_ = 0;
};

} // namespace

TEST_CASE("model: any transactions have the effect the model says") {
  coverage total;
  rc::prop("of any program", [&](const program& steps) {
    comparison both;
    for (const auto& bytes : steps) {
      choices c(bytes);
      both.step(random_request(both.now(), c));
    }
    both.finish();
    total.accepted += both.seen.accepted;
    for (const auto& [code, n] : both.seen.refused)
      total.refused[code] += n;
  });
  if (total.accepted < 500)
    return; // a replay, or a few programs only
  for (const auto code :
       {errc::unknown_attribute, errc::unknown_entity, errc::type_mismatch, errc::unique_conflict,
        errc::datoms_conflict, errc::tempid_conflict, errc::tempid_unused, errc::cas_failed,
        errc::check_failed, errc::schema_invalid, errc::tuple_read_only, errc::function_failed}) {
    INFO(info(code).name);
    CHECK(total.refused[code] > 0);
  }
}
