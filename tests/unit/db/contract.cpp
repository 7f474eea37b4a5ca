#include "contract.hpp"

#include <algorithm>
#include <ostream>

namespace weft::test {

namespace {

constexpr std::uint8_t no_flip = 200; // most values of a flip byte mean: none

std::string text_of(value_view v) {
  switch (v.type()) {
  case value_type::long_:
    return std::to_string(v.as_long());
  case value_type::ref:
    return "#" + std::to_string(v.as_ref().get());
  case value_type::string:
  case value_type::keyword:
    return std::string(v.as_bytes());
  default:
    return std::string(name_of(v.type()));
  }
}

/// Where two answers begin to differ, and a little of what follows: "[3 1025 5 + @2]".
std::string from_difference(const datom_list& shown, const datom_list& other) {
  const auto at = std::mismatch(shown.begin(), shown.end(), other.begin(), other.end()).first;
  std::string out = "after " + std::to_string(at - shown.begin()) + " equal datoms\n";
  for (auto d = at; d != shown.end() && d < at + 6; ++d)
    out += "[" + std::to_string(d->entity.get()) + " " + std::to_string(d->attribute.get()) + " " +
           text_of(d->value.view()) + (d->added ? " + @" : " - @") + std::to_string(d->t.get()) +
           "]\n";
  return out;
}

datom_list answer(const view& v, const question& q) {
  auto window = q.window;
  window.as_of = std::min(window.as_of, v.window().as_of); // the source may be ahead of the view
  return collect(*v.source()->scan(q.spec, window));
}

using fact_key = std::tuple<entity_id, attribute_id, value>;

std::set<fact_key> live_facts(const view& v) {
  std::set<fact_key> out;
  for (auto at = v.source()->scan({}, {}); at->valid(); at->next())
    out.emplace(at->get().entity, at->get().attribute, value(at->get().value));
  return out;
}

std::shared_ptr<const schema> flipped(const std::shared_ptr<const schema>& s, std::uint8_t flip) {
  if (flip >= no_flip || flip % 4 != 0)
    return s;
  auto a = *s->find(pool_attributes[flip / 4 % pool_attributes.size()]);
  if (flip % 8 == 0)
    a.indexed = !a.indexed;
  else
    a.no_history = !a.no_history;
  return s->with(a);
}

} // namespace

std::ostream& operator<<(std::ostream& out, const wish& w) {
  return out << (w.add ? "+" : "-") << int{w.entity} << "/" << int{w.attribute} << "/"
             << int{w.value};
}

std::ostream& operator<<(std::ostream& out, const step& s) {
  for (const auto& w : s.wishes)
    out << w << " ";
  return out << "flip " << int{s.flip};
}

rc::Gen<std::vector<step>> any_script() {
  const auto small = [](std::uint8_t n) { return rc::gen::inRange<std::uint8_t>(0, n); };
  const auto one_wish = rc::gen::build<wish>(
      rc::gen::set(&wish::entity, small(7)), rc::gen::set(&wish::attribute, small(8)),
      rc::gen::set(&wish::value, small(5)),
      rc::gen::set(&wish::add, rc::gen::map(small(3), [](auto n) { return n != 0; })));
  const auto wishes = rc::gen::resize(8, rc::gen::container<std::vector<wish>>(one_wish));
  const auto one_step = rc::gen::build<step>(
      rc::gen::set(&step::wishes, wishes),
      rc::gen::set(&step::flip, rc::gen::weightedOneOf<std::uint8_t>(
                                    {{5, rc::gen::just(no_flip)}, {1, small(32)}})));
  return rc::gen::resize(14, rc::gen::container<std::vector<step>>(one_step));
}

// -- questions ---

std::ostream& operator<<(std::ostream& out, const question& q) {
  const auto bound = [&](const char* name, const std::optional<scan_bound>& b) {
    out << " " << name << ":";
    if (!b)
      return;
    if (b->at.entity)
      out << " e" << b->at.entity->get();
    if (b->at.attribute)
      out << " a" << b->at.attribute->get();
    if (b->at.value)
      out << " v(" << name_of(b->at.value->type()) << ")";
    out << (b->inclusive ? " inclusive" : " exclusive");
  };
  out << name_of(q.spec.order) << (q.spec.reverse ? " backward" : " forward");
  bound("lower", q.spec.lower);
  bound("upper", q.spec.upper);
  out << " as_of " << q.window.as_of.get();
  if (q.window.since)
    out << " since " << q.window.since->get();
  return out << (q.window.history ? " history" : "");
}

std::optional<scan_bound> questioner::bound() {
  if (below(4) == 0)
    return std::nullopt;
  scan_bound out;
  if (below(4) != 0)
    out.at.entity = below(8) == 0 ? entity_id(below(20)) : pool_entity(below(8));
  const auto a = pool_attributes[below(pool_attributes.size())];
  if (below(4) != 0) {
    constexpr std::array odd = {attribute_id(0), attribute_id(7), attribute_id(5000),
                                attribute_id(1U << 20U), attribute_id(~0U)};
    out.at.attribute = below(8) == 0 ? odd[below(odd.size())] : a;
  }
  if (below(4) != 0) {
    const auto type_of = below(8) == 0 ? pool_attributes[below(pool_attributes.size())] : a;
    values_.push_back(pool_value(type_of, below(6)));
    out.at.value = values_.back().view();
  }
  out.inclusive = below(3) != 0;
  return out;
}

time_window questioner::window(tx_number head) {
  time_window out;
  const auto any_t = [&] { return tx_number(below(static_cast<unsigned>(head.get()) + 2)); };
  if (below(2) == 0)
    out.as_of = any_t();
  if (below(3) == 0)
    out.since = any_t();
  out.history = below(3) == 0;
  return out;
}

question questioner::ask(tx_number head) {
  question q;
  q.spec.order = all_index_orders[below(4)];
  q.spec.lower = bound();
  q.spec.upper = below(3) == 0 ? q.spec.lower : bound(); // equal ends: all that matches
  q.spec.reverse = below(2) == 0;
  q.window = window(head);
  return q;
}

void compare_answers(const view& expected, const view& actual, const question& q) {
  const auto x = answer(expected, q);
  const auto y = answer(actual, q);
  if (x == y)
    return;
  std::ostringstream out;
  out << "basis " << expected.basis().get() << ", " << q << "\nexpected " << from_difference(x, y)
      << "actual " << from_difference(y, x);
  RC_FAIL(out.str());
}

// -- side by side ---

/// The difference between what is live and what the wishes, one after the other, make of it.
datom_list side_by_side::resolve(const step& s, tx_number t) const {
  const auto before = live_facts(model_.open());
  auto after = before;
  for (const auto& w : s.wishes) {
    const auto e = pool_entity(w.entity);
    const auto a = pool_attributes[w.attribute];
    if (schema_->find(a)->cardinality == cardinality::one && w.add)
      std::erase_if(after,
                    [&](const fact_key& k) { return std::get<0>(k) == e && std::get<1>(k) == a; });
    if (w.add)
      after.emplace(e, a, pool_value(a, w.value));
    else
      after.erase({e, a, pool_value(a, w.value)});
  }
  datom_list out;
  const auto say = [&](const fact_key& k, bool added) {
    out.push_back({std::get<0>(k), std::get<1>(k), std::get<2>(k), t, added});
  };
  for (const auto& k : before)
    if (!after.contains(k))
      say(k, false);
  for (const auto& k : after)
    if (!before.contains(k))
      say(k, true);
  std::stable_sort(out.begin(), out.end(), [](const datom& x, const datom& y) {
    return std::pair(x.entity, x.attribute) < std::pair(y.entity, y.attribute);
  });
  return out;
}

void side_by_side::run(const step& s) {
  const auto t = model_.head().next();
  const instant when(static_cast<std::int64_t>(t.get()) * 1000);
  schema_ = flipped(schema_, s.flip);
  const auto datoms = resolve(s, t);
  model_.apply(t, when, datoms, schema_);
  std::vector<datom_view> views;
  for (const auto& d : datoms)
    views.push_back(view_of(d));
  subject_.apply(t, when, views, schema_);
  for (auto& h : held_)
    if (h.walk->valid()) {
      h.walked.push_back(h.walk->get().to_datom());
      h.walk->next();
    }
}

void side_by_side::compare_now() {
  const auto expected = model_.open();
  const auto actual = subject_.open();
  RC_ASSERT(actual.basis() == expected.basis());
  RC_ASSERT(actual.shared_schema() == expected.shared_schema());
  const auto head = model_.head();
  for (std::uint64_t t = 0; t <= head.get() + 1; ++t)
    for (const bool history : {false, true})
      for (const auto order : all_index_orders)
        for (const bool reverse : {false, true})
          compare_answers(
              expected, actual,
              {{.order = order, .reverse = reverse}, {.as_of = tx_number(t), .history = history}});
  for (int i = 0; i < 200; ++i)
    compare_answers(expected, actual, questions_.ask(head));
}

void side_by_side::hold() {
  auto expected = model_.open();
  auto actual = subject_.open();
  auto asked = questions_.ask(model_.head());
  asked.window.as_of = std::min(asked.window.as_of, actual.window().as_of);
  auto walk = actual.source()->scan(asked.spec, asked.window);
  held_.push_back({std::move(expected), std::move(actual), asked, std::move(walk), {}});
}

void side_by_side::compare_held() {
  // Not in the order in which they were opened: what each holds must not depend on the others.
  std::shuffle(held_.begin(), held_.end(),
               std::mt19937(questions_.ask(model_.head()).spec.reverse));
  while (!held_.empty()) {
    auto& h = held_.back();
    compare_answers(h.expected, h.actual, {});
    compare_answers(h.expected, h.actual, {{}, {.history = true}});
    for (int i = 0; i < 30; ++i)
      compare_answers(h.expected, h.actual, questions_.ask(model_.head()));
    for (; h.walk->valid(); h.walk->next())
      h.walked.push_back(h.walk->get().to_datom());
    RC_ASSERT(h.walked == answer(h.expected, h.asked));
    held_.pop_back();
  }
}

} // namespace weft::test
