#include "weft/core/tx/upsert.hpp"

#include "weft/core/tx/describe.hpp"

#include <algorithm>

namespace weft::tx {

namespace {

/// `claimant` is to have `value` as its identity. Tuples hold provisional refs until they are
/// known.
struct claim {
  entity_id claimant;
  const attribute* about;
  value_view value;
};

/// The parts of a composite identity that are stated about one entity.
struct partial {
  const attribute* composite = nullptr;
  std::vector<std::optional<value_view>> parts;
  [[nodiscard]] bool complete() const {
    return std::all_of(parts.begin(), parts.end(), [](const auto& p) { return p.has_value(); });
  }
};

class upserter {
 public:
  upserter(const schema& now, resolver& resolve, tempid_table& tempids)
      : schema_(now), resolve_(resolve), tempids_(tempids) {}

  void learn(const statement& s);
  void learn_name(entity_id e, std::string_view name);
  result<void> settle();

 private:
  void learn_part(entity_id e, const statement& s);
  void take_part(entity_id e, const attribute& composite, std::size_t index, value_view v);
  void push(claim c);
  void depend(value_view v, std::size_t index);
  result<void> settle_one(const claim& c);
  value_view current(value_view v);
  bool is_known(value_view v);
  result<void> same(entity_id a, entity_id b);
  result<void> bind(entity_id p, entity_id e);
  void requeue(entity_id e);
  void move_partials(entity_id from, entity_id to);

  const schema& schema_;
  resolver& resolve_;
  tempid_table& tempids_;
  std::vector<claim> claims_;
  std::vector<std::size_t> waiting_; // claims whose meaning is new
  std::unordered_map<unique_key, entity_id, unique_key_hash> claimants_;
  std::unordered_map<entity_id, std::vector<std::size_t>> dependents_; // claims on refs to it
  std::unordered_map<entity_id, std::vector<partial>> partials_;
};

void upserter::learn(const statement& s) {
  if (s.what != verb::add)
    return;
  if (s.about->unique == uniqueness::identity && !lacks_parts(*s.about, s.value))
    push({s.entity, s.about, s.value});
  if (!schema_.composites_of(s.about->id).empty())
    learn_part(tempids_.find(s.entity), s);
}

void upserter::learn_name(entity_id e, std::string_view name) {
  push({e, schema_.find(builtin::name), value_view::string(name)});
}

void upserter::learn_part(entity_id e, const statement& s) {
  for (const auto id : schema_.composites_of(s.about->id)) {
    const auto& composite = *schema_.find(id);
    if (composite.unique != uniqueness::identity)
      continue;
    const auto it = std::find(composite.tuple_of.begin(), composite.tuple_of.end(), s.about->id);
    take_part(e, composite, static_cast<std::size_t>(it - composite.tuple_of.begin()), s.value);
  }
}

void upserter::take_part(entity_id e, const attribute& composite, std::size_t index, value_view v) {
  auto& all = partials_[e];
  auto it = std::find_if(all.begin(), all.end(),
                         [&](const partial& p) { return p.composite == &composite; });
  if (it == all.end())
    it = all.insert(
        it, {&composite, std::vector<std::optional<value_view>>(composite.tuple_of.size())});
  const bool was_complete = it->complete();
  it->parts[index] = v;
  if (was_complete || !it->complete())
    return;
  std::vector<std::optional<value>> elements;
  for (const auto& part : it->parts)
    elements.emplace_back(value(*part));
  push({e, &composite, resolve_.keep(value::tuple(elements))});
}

void upserter::push(claim c) {
  const auto index = claims_.size();
  claims_.push_back(c);
  waiting_.push_back(index);
  if (c.value.type() == value_type::ref)
    depend(c.value, index);
  if (c.value.type() == value_type::tuple)
    for (auto reader = c.value.as_tuple(); !reader.at_end();)
      if (const auto element = reader.next(); element && element->type() == value_type::ref)
        depend(*element, index);
}

void upserter::depend(value_view v, std::size_t index) {
  if (const auto e = tempids_.find(v.as_ref()); provisional::is(e))
    dependents_[e].push_back(index);
}

/// The value with every ref that is known by now.
value_view upserter::current(value_view v) {
  if (v.type() == value_type::ref)
    return value_view::of(tempids_.find(v.as_ref()));
  if (v.type() != value_type::tuple)
    return v;
  std::vector<std::optional<value>> elements;
  bool changed = false;
  for (auto reader = v.as_tuple(); !reader.at_end();) {
    const auto element = reader.next();
    auto& out = elements.emplace_back();
    if (!element)
      continue;
    const auto now = element->type() == value_type::ref ? current(*element) : *element;
    changed |= !(now == *element);
    out = value(now);
  }
  return changed ? resolve_.keep(value::tuple(elements)) : v;
}

/// Whether the value can be looked up: it refers to nothing that may be new.
bool upserter::is_known(value_view v) {
  if (v.type() == value_type::ref)
    return !provisional::is(v.as_ref());
  if (v.type() == value_type::tuple)
    for (auto reader = v.as_tuple(); !reader.at_end();)
      if (const auto element = reader.next(); element && !is_known(*element))
        return false;
  return true;
}

result<void> upserter::settle() {
  for (std::size_t next = 0; next < waiting_.size(); ++next)
    WEFT_CHECK(settle_one(claim(claims_[waiting_[next]])));
  return {};
}

result<void> upserter::settle_one(const claim& c) {
  const auto v = current(c.value);
  if (is_known(v) && provisional::is(c.claimant))
    if (const auto holder = resolve_.holder(*c.about, v))
      WEFT_CHECK(same(c.claimant, *holder));
  const auto [it, inserted] = claimants_.try_emplace({c.about->id, v}, c.claimant);
  return inserted ? result<void>() : same(it->second, c.claimant);
}

/// Two names of one entity. Two entities of the database stay two: they conflict later, as
/// unique_conflict.
result<void> upserter::same(entity_id a, entity_id b) {
  const auto x = tempids_.find(a);
  const auto y = tempids_.find(b);
  if (x == y)
    return {};
  if (!provisional::is(y) && provisional::is(a))
    return bind(a, y);
  if (!provisional::is(x))
    return provisional::is(b) ? bind(b, x) : result<void>();
  const auto merged = tempids_.merge(x, y);
  requeue(merged.gone);
  auto& kept = dependents_[merged.kept];
  auto& gone = dependents_[merged.gone];
  kept.insert(kept.end(), gone.begin(), gone.end());
  dependents_.erase(merged.gone);
  move_partials(merged.gone, merged.kept);
  return {};
}

result<void> upserter::bind(entity_id p, entity_id e) {
  const auto representative = tempids_.find(p);
  WEFT_TRY(const bool news, tempids_.bind(p, e));
  if (news) {
    requeue(representative);
    dependents_.erase(representative);
    move_partials(representative, e);
  }
  return {};
}

/// Claims on refs to `e` mean something else from now on.
void upserter::requeue(entity_id e) {
  if (const auto it = dependents_.find(e); it != dependents_.end())
    waiting_.insert(waiting_.end(), it->second.begin(), it->second.end());
}

void upserter::move_partials(entity_id from, entity_id to) {
  const auto it = partials_.find(from);
  if (it == partials_.end())
    return;
  const auto gone = std::move(it->second);
  partials_.erase(it);
  for (const auto& p : gone)
    for (std::size_t i = 0; i < p.parts.size(); ++i)
      if (p.parts[i])
        take_part(to, *p.composite, i, *p.parts[i]);
}

} // namespace

result<void> upsert(const statement_list& statements, const schema& now, resolver& resolve,
                    tempid_table& tempids) {
  if (tempids.entries().empty())
    return {};
  upserter work(now, resolve, tempids);
  for (const auto& s : statements.facts)
    work.learn(s);
  for (const auto& s : statements.composites)
    work.learn(s);
  for (std::size_t i = 0; i < tempids.entries().size(); ++i)
    if (const auto& entry = tempids.entries()[i]; entry.from == origin::name)
      work.learn_name(provisional::make(i), entry.name);
  return work.settle();
}

} // namespace weft::tx
