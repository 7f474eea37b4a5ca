#include "model_history.hpp"

#include <algorithm>

namespace weft::test {

namespace {

/// The order of an index, from the documentation: leading components, then the newest first and at
/// one t the assertion before the retraction.
bool before(index_order order, const datom_view& a, const datom_view& b) {
  const auto t_of = [](const datom_view& d) { return std::tuple(~d.t.get(), !d.added); };
  switch (order) {
  case index_order::eavt:
    return std::tuple(a.entity, a.attribute, a.value, t_of(a)) <
           std::tuple(b.entity, b.attribute, b.value, t_of(b));
  case index_order::aevt:
    return std::tuple(a.attribute, a.entity, a.value, t_of(a)) <
           std::tuple(b.attribute, b.entity, b.value, t_of(b));
  case index_order::avet:
    return std::tuple(a.attribute, a.value, a.entity, t_of(a)) <
           std::tuple(b.attribute, b.value, b.entity, t_of(b));
  case index_order::vaet:
    break;
  }
  return std::tuple(a.value, a.attribute, a.entity, t_of(a)) <
         std::tuple(b.value, b.attribute, b.entity, t_of(b));
}

} // namespace

datom_view model_history::datom_of(const model_fact& f, std::size_t t, bool added) {
  const auto& [e, a, v] = f;
  return {e, a, v.view(), tx_number(t), added};
}

void model_history::record(const model_facts& after,
                           const std::function<bool(attribute_id)>& forgets) {
  const auto t = transactions_++;
  for (auto& [fact, lives] : lives_)
    if (lives.front().ended == never && !after.contains(fact)) {
      lives.front().ended = t;
      lives.front().forgotten = forgets(std::get<1>(fact));
    }
  for (const auto& f : after) {
    auto& lives = lives_[f];
    if (lives.empty() || lives.front().ended != never)
      lives.insert(lives.begin(), {.began = t});
  }
}

std::vector<const model_fact*> model_history::live(const model_window& seen) const {
  std::vector<const model_fact*> out;
  for (const auto& [fact, lives] : lives_)
    for (const auto& x : lives)
      if (!x.lost(seen.basis) && x.began <= seen.as_of && x.ended > seen.as_of &&
          (!seen.since || x.began > *seen.since))
        out.push_back(&fact);
  return out;
}

std::vector<datom_view>
model_history::events(index_order order, const model_window& seen,
                      const std::function<bool(attribute_id)>& indexed) const {
  std::vector<datom_view> out;
  const auto within = [&](std::size_t t) {
    return t <= seen.as_of && (!seen.since || t > *seen.since);
  };
  for (const auto& [fact, lives] : lives_) {
    const auto& [e, a, v] = fact;
    const bool here = (order != index_order::avet || indexed(a)) &&
                      (order != index_order::vaet || v.type() == value_type::ref);
    for (const auto& x : lives) {
      if (!here || x.lost(seen.basis))
        continue;
      if (x.ended != never && within(x.ended))
        out.push_back(datom_of(fact, x.ended, false));
      if (within(x.began))
        out.push_back(datom_of(fact, x.began, true));
    }
  }
  std::sort(out.begin(), out.end(),
            [&](const datom_view& a, const datom_view& b) { return before(order, a, b); });
  return out;
}

std::vector<datom_view> model_history::changes(std::size_t t) const {
  std::vector<datom_view> out;
  for (const auto& [fact, lives] : lives_)
    for (const auto& x : lives) {
      if (x.began == t)
        out.push_back(datom_of(fact, t, true));
      if (x.ended == t)
        out.push_back(datom_of(fact, t, false));
    }
  std::sort(out.begin(), out.end(), [](const datom_view& a, const datom_view& b) {
    return std::tie(a.entity, a.attribute, a.added, a.value) <
           std::tie(b.entity, b.attribute, b.added, b.value);
  });
  return out;
}

std::size_t model_history::forgotten() const {
  std::size_t out = 0;
  for (const auto& [fact, lives] : lives_)
    out += static_cast<std::size_t>(
        std::count_if(lives.begin(), lives.end(), [](const life& x) { return x.forgotten; }));
  return out;
}

} // namespace weft::test
