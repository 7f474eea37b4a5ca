#include "model_views.hpp"

#include "weft/core/datom/edn_value.hpp"

#include <algorithm>

namespace weft::test {

namespace {

/// How many of the earlier t are asked for all there is to ask.
constexpr std::size_t windows = 3;

std::string text_of(const datom_view& d) {
  return "[" + std::to_string(d.entity.get()) + " " + std::to_string(d.attribute.get()) + " " +
         to_edn(d.value) + (d.added ? " + " : " - ") + std::to_string(d.t.get()) + "]";
}

std::string about(const model_window& seen, std::string_view what, const std::string& differs) {
  if (differs.empty())
    return {};
  return std::string(what) + " as of " + std::to_string(seen.as_of) +
         (seen.since ? " since " + std::to_string(*seen.since) : "") + " from " +
         std::to_string(seen.basis) + ": " + differs;
}

/// Walks both, which are in the order of eavt. `next` is the model's next fact, or null.
template <class Next>
std::string live_difference(const view& db, Next next) {
  auto all = db.datoms(index_order::eavt);
  const auto* expected = next();
  for (const auto& d : *all) {
    if (d.attribute == builtin::tx_instant)
      continue;
    if (expected == nullptr)
      return "unexpected " + text_of(d);
    const auto& [e, a, v] = *expected;
    if (e != d.entity || a != d.attribute || !(v.view() == d.value))
      return text_of(d) + " where " + text_of({e, a, v.view(), {}}) + " belongs";
    expected = next();
  }
  if (expected == nullptr)
    return {};
  const auto& [e, a, v] = *expected;
  return "missing " + text_of({e, a, v.view(), {}});
}

/// One walk of a history.
std::string walk_difference(const view& past, index_order order, direction way,
                            std::span<const datom_view> expected, std::size_t transactions) {
  std::vector<datom_view> shown;
  std::size_t instants = 0;
  auto all = past.datoms(order, {}, way);
  for (const auto& d : *all) {
    if (d.attribute != builtin::tx_instant)
      shown.push_back(d);
    else if (d.added && d.entity == entity::of_transaction(shard_id(0), d.t))
      ++instants;
  }
  if (auto differs = difference(shown, expected); !differs.empty())
    return std::string(name_of(order)) + " " + differs;
  if (order != index_order::vaet && instants != transactions)
    return std::to_string(instants) + " instants of transactions";
  return {};
}

std::string history_difference(const view& past, const model& m, const model_window& seen) {
  const auto indexed = [&](attribute_id id) {
    const auto* a = past.schema().find(id);
    return a != nullptr && a->in_avet(); // null: declared after the view's basis
  };
  const auto transactions = seen.as_of - std::min(seen.as_of, seen.since.value_or(0));
  for (const auto order : all_index_orders) {
    auto expected = m.history().events(order, seen, indexed);
    for (const auto way : {direction::forward, direction::backward}) {
      if (auto differs = walk_difference(past, order, way, expected, transactions);
          !differs.empty())
        return about(seen, "history", differs);
      std::reverse(expected.begin(), expected.end());
    }
  }
  return {};
}

} // namespace

std::string difference(std::span<const datom_view> shown, std::span<const datom_view> expected) {
  const auto [at, wanted] =
      std::mismatch(shown.begin(), shown.end(), expected.begin(), expected.end());
  if (at == shown.end() && wanted == expected.end())
    return {};
  return (at == shown.end() ? "an end" : text_of(*at)) + " where " +
         (wanted == expected.end() ? "the end" : text_of(*wanted)) + " belongs, after " +
         std::to_string(at - shown.begin()) + " datoms";
}

std::string difference(const view& db, const model_facts& expected) {
  auto at = expected.begin();
  return live_difference(db, [&] { return at == expected.end() ? nullptr : &*at++; });
}

std::string live_difference(const view& db, const model& m, const model_window& seen) {
  const auto live = m.history().live(seen);
  auto at = live.begin();
  return about(seen, "live",
               live_difference(db, [&] { return at == live.end() ? nullptr : *at++; }));
}

std::string past_difference(const view& db, const model& m, const model_window& seen) {
  auto past = *db.as_of(tx_number(seen.as_of));
  if (seen.since)
    past = *past.since(tx_number(*seen.since));
  auto out = live_difference(past, m, seen);
  return out.empty() ? history_difference(*past.history(), m, seen) : out;
}

std::string past_differences(const view& db, const model& m) {
  const std::size_t basis = db.basis().get();
  const auto stride = basis / windows + 1;
  std::string out;
  for (std::size_t t = 0; t <= basis && out.empty(); ++t) {
    const model_window then{.basis = basis, .as_of = t};
    if ((basis - t) % stride != 0) {
      out = live_difference(*db.as_of(tx_number(t)), m, then);
      continue;
    }
    out = past_difference(db, m, then);
    for (const auto as_of : {basis, (basis + t) / 2})
      if (out.empty())
        out = past_difference(db, m, {.basis = basis, .as_of = as_of, .since = t});
  }
  return out;
}

} // namespace weft::test
