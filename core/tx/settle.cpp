#include "weft/core/tx/settle.hpp"

#include "weft/core/tx/describe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <unordered_set>

namespace weft::tx {

namespace {

using statements_of = std::span<const statement>; // one entity and attribute, by value

bool by_fact(const statement& a, const statement& b) noexcept {
  if (a.entity != b.entity)
    return a.entity < b.entity;
  if (a.about != b.about)
    return a.about->id < b.about->id;
  if (const auto c = a.value <=> b.value; c != 0)
    return c < 0;
  return a.what < b.what;
}

auto conflict(const statement& s, const live_facts& live, std::string_view what,
              std::string other) {
  return fail(
      located(s.at, {errc::datoms_conflict,
                     fmt::format("{} of {} {}", name_of(*s.about), live.phrase(s.entity), what),
                     {{"attribute", name_of(*s.about)},
                      {"entity", live.name(s.entity)},
                      {"value", text_of(s.value)},
                      {"other", std::move(other)}}}));
}

auto contradicts(const statement& s, const live_facts& live) {
  return conflict(s, live, "is both stated and taken back", text_of(s.value));
}

bool contains(const std::vector<value_view>& sorted, value_view v) {
  return std::binary_search(sorted.begin(), sorted.end(), v,
                            [](value_view a, value_view b) { return (a <=> b) < 0; });
}

/// What is said about one entity and attribute.
struct said {
  const statement* first = nullptr;
  statements_of all;
  std::vector<value_view> added; // in order, each once
  std::vector<value_view> retracted;
  bool retracts_all = false; // every live value is retracted
};

class settler {
 public:
  settler(const live_facts& live, std::size_t statements) : live_(live) {
    out_.reserve(statements);
  }

  result<void> group(statements_of all);
  change_list take() { return std::move(out_); }

 private:
  result<void> read(statements_of all);
  result<void> one_value();
  result<void> many_values();
  result<void> retract_all_but(const std::vector<value_view>& live, bool replaced);
  void push(value_view v, bool added) {
    out_.push_back({said_.first->entity, said_.first->about, v, added, at_of(v)});
  }
  [[nodiscard]] text_position at_of(value_view v) const;

  const live_facts& live_;
  said said_;
  change_list out_;
};

result<void> settler::group(statements_of all) {
  const auto& first = all.front();
  if (all.size() == 1 && first.what == verb::add && live_.is_new(first.entity)) {
    out_.push_back({first.entity, first.about, first.value, true, first.at});
    return {};
  }
  WEFT_CHECK(read(all));
  if (live_.is_new(first.entity)) {
    for (const auto v : said_.added)
      push(v, true);
    return {};
  }
  return first.about->cardinality == cardinality::one ? one_value() : many_values();
}

/// Where a value was written; the first of what is said when it was not.
text_position settler::at_of(value_view v) const {
  if (said_.all.size() == 1)
    return said_.first->at;
  const auto it =
      std::lower_bound(said_.all.begin(), said_.all.end(), v,
                       [](const statement& s, value_view x) { return (s.value <=> x) < 0; });
  return it != said_.all.end() && it->value == v ? it->at : said_.first->at;
}

result<void> settler::read(statements_of all) {
  said_.first = &all.front();
  said_.all = all;
  said_.added.clear();
  said_.retracted.clear();
  said_.retracts_all = false;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& s = all[i];
    if (s.what == verb::retract_all) {
      said_.retracts_all = true;
      continue;
    }
    auto& values = s.what == verb::add ? said_.added : said_.retracted;
    if (!values.empty() && values.back() == s.value)
      continue;
    if (s.what == verb::add && !said_.retracted.empty() && said_.retracted.back() == s.value)
      return contradicts(s, live_);
    values.push_back(s.value);
  }
  if (said_.first->about->cardinality == cardinality::one && said_.added.size() > 1) {
    auto s = *said_.first;
    s.value = said_.added[0];
    s.at = at_of(said_.added[1]);
    return conflict(s, live_, "has one value, and two are stated", text_of(said_.added[1]));
  }
  return {};
}

/// Takes back live values: those that are named, all if it is said so, and replaced ones.
result<void> settler::retract_all_but(const std::vector<value_view>& live, bool replaced) {
  for (const auto v : live) {
    const bool stated = contains(said_.added, v);
    if (said_.retracts_all && stated) {
      auto s = *said_.first;
      s.value = v;
      s.at = at_of(v);
      return contradicts(s, live_);
    }
    if (!stated && (said_.retracts_all || replaced || contains(said_.retracted, v)))
      push(v, false);
  }
  return {};
}

result<void> settler::one_value() {
  const auto live = live_.values(said_.first->entity, said_.first->about->id);
  WEFT_CHECK(retract_all_but(live, !said_.added.empty()));
  for (const auto v : said_.added)
    if (!contains(live, v))
      push(v, true);
  return {};
}

result<void> settler::many_values() {
  const auto e = said_.first->entity;
  const auto a = said_.first->about->id;
  if (said_.retracts_all) {
    const auto live = live_.values(e, a);
    WEFT_CHECK(retract_all_but(live, false));
  } else {
    for (const auto v : said_.retracted)
      if (live_.has(e, a, v))
        push(v, false);
  }
  for (const auto v : said_.added)
    if (!live_.has(e, a, v))
      push(v, true);
  return {};
}

result<void> check_expectation(const expectation& e, const live_facts& live) {
  const auto found =
      live.is_new(e.entity) ? std::vector<value_view>() : live.values(e.entity, e.about->id);
  const bool as_expected = e.value ? contains(found, *e.value) : found.empty();
  if (as_expected)
    return {};
  const auto expected = e.value ? text_of(*e.value) : "nil";
  const auto is = found.empty() ? "nil" : text_of(found.front());
  return fail(located(e.at, {errc::cas_failed,
                             fmt::format("{} of {} is {}, not {}", name_of(*e.about),
                                         live.phrase(e.entity), is, expected),
                             {{"attribute", name_of(*e.about)},
                              {"entity", live.name(e.entity)},
                              {"expected", expected},
                              {"found", is}}}));
}

class remover {
 public:
  remover(const schema& now, const live_facts& live, statement_list& out)
      : schema_(now), live_(live), out_(out) {}

  void want(entity_id e, text_position at) {
    if (!live_.is_new(e) && seen_.insert(e).second)
      waiting_.push_back({e, at});
  }
  result<void> run();

 private:
  result<void> remove(const removal& r);
  result<void> push(const datom_view& d, const attribute& a, text_position at);

  const schema& schema_;
  const live_facts& live_;
  statement_list& out_;
  std::vector<removal> waiting_;
  std::unordered_set<entity_id> seen_; // components may go round in circles
};

result<void> remover::run() {
  while (!waiting_.empty()) {
    const auto r = waiting_.back();
    waiting_.pop_back();
    if (auto done = remove(r); !done)
      return fail(located(r.at, std::move(done).error()));
  }
  return {};
}

result<void> remover::remove(const removal& r) {
  const auto e = r.entity;
  if (e.get() < limits::first_user_attribute)
    return fail(errc::reserved_attribute, "built-in attributes cannot be removed",
                {{"entity", name_of(e)}});
  if (const auto a = entity::to_attribute(e))
    return fail(errc::schema_invalid, "attributes cannot be removed",
                {{"key", ":db/ident"}, {"attribute", name_of(*schema_.find(*a))}});
  for (auto at = live_.scan(index_order::eavt, {.entity = e}); at->valid(); at->next()) {
    const auto& d = at->get();
    const auto& a = *schema_.find(d.attribute);
    if (a.id == builtin::tx_instant || !a.tuple_of.empty())
      continue; // the one is no fact, the other goes with its parts
    WEFT_CHECK(push(d, a, r.at));
    if (a.component && !entity::to_attribute(d.value.as_ref()))
      want(d.value.as_ref(), r.at);
  }
  const auto self = value_view::of(e);
  for (auto at = live_.scan(index_order::vaet, {.value = self}); at->valid(); at->next())
    WEFT_CHECK(push(at->get(), *schema_.find(at->get().attribute), r.at));
  return {};
}

result<void> remover::push(const datom_view& d, const attribute& a, text_position at) {
  if (out_.facts.size() >= limits::transaction_datoms_max)
    return fail(errc::transaction_too_large,
                fmt::format("more than {} facts", limits::transaction_datoms_max),
                {{"limit", std::to_string(limits::transaction_datoms_max)}});
  out_.facts.push_back({d.entity, &a, live_.keep(d.value), verb::retract, at});
  return {};
}

} // namespace

bool in_stream_order(const change& a, const change& b) noexcept {
  if (a.entity != b.entity)
    return a.entity < b.entity;
  if (a.about != b.about)
    return a.about->id < b.about->id;
  if (a.added != b.added)
    return b.added;
  return (a.value <=> b.value) < 0;
}

bool takes_back(const change_list& changes, entity_id e, attribute_id a, value_view v) noexcept {
  const auto less = [](const change& c, const auto& key) {
    const auto& [entity, attribute, value] = key;
    if (c.entity != entity)
      return c.entity < entity;
    if (c.about->id != attribute)
      return c.about->id < attribute;
    return !c.added && (c.value <=> value) < 0;
  };
  const auto it = std::lower_bound(changes.begin(), changes.end(), std::tuple(e, a, v), less);
  return it != changes.end() && it->entity == e && it->about->id == a && !it->added &&
         it->value == v;
}

bool live_facts::is_new(entity_id e) const noexcept {
  if (e == entity::of_transaction(context_.shard, context_.t))
    return true;
  if (const auto a = entity::to_attribute(e))
    return a->get() >= context_.next.next_attribute;
  return !entity::is_transaction(e) && entity::local_of(e) >= context_.next.next_local;
}

std::unique_ptr<datom_cursor> live_facts::scan(index_order order, const components& match) const {
  const auto& db = context_.before;
  return db.source()->scan({.order = order, .lower = {{match}}, .upper = {{match}}}, db.window());
}

bool live_facts::has(entity_id e, attribute_id a, value_view v) const {
  return scan(index_order::eavt, {.entity = e, .attribute = a, .value = v})->valid();
}

std::vector<value_view> live_facts::values(entity_id e, attribute_id a) const {
  std::vector<value_view> out;
  for (auto at = scan(index_order::eavt, {.entity = e, .attribute = a}); at->valid(); at->next())
    out.push_back(keep(at->get().value));
  return out;
}

result<void> expand_removals(const std::vector<removal>& removals, const schema& now,
                             const live_facts& live, statement_list& statements) {
  if (removals.empty())
    return {};
  remover work(now, live, statements);
  for (const auto& r : removals)
    work.want(r.entity, r.at);
  return work.run();
}

result<change_list> settle(statement_list& statements, const live_facts& live) {
  for (const auto& e : statements.expectations)
    WEFT_CHECK(check_expectation(e, live));
  auto& facts = statements.facts;
  if (!std::is_sorted(facts.begin(), facts.end(), by_fact))
    std::sort(facts.begin(), facts.end(), by_fact);
  settler work(live, facts.size());
  for (std::size_t i = 0; i < facts.size();) {
    auto end = i + 1;
    while (end < facts.size() && facts[end].entity == facts[i].entity &&
           facts[end].about == facts[i].about)
      ++end;
    WEFT_CHECK(work.group(statements_of(facts).subspan(i, end - i)));
    i = end;
  }
  return work.take();
}

} // namespace weft::tx
