#include "weft/core/tx/expand.hpp"

#include "weft/core/tx/call.hpp"
#include "weft/core/tx/describe.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weft::tx {

namespace {

const operand* id_of(const std::vector<map_entry>& entries) noexcept {
  for (const auto& entry : entries)
    if (entry.attribute == "db/id")
      return &entry.value;
  return nullptr;
}

bool is_map(const operand& x) noexcept {
  return x.what() == operand::kind::map;
}

/// "ns/_name" or "_name"
bool is_reverse(std::string_view name) noexcept {
  const auto slash = name.find('/');
  const auto local = slash == std::string_view::npos ? name : name.substr(slash + 1);
  return local.size() > 1 && local.front() == '_';
}

std::string without_underscore(std::string_view name) {
  std::string out(name);
  out.erase(out.find('/') + 1, 1); // npos + 1 is 0
  return out;
}

/// How many facts a request states, lists and nested maps counted as one.
std::size_t facts_in(const tx_request& request) noexcept {
  std::size_t n = 0;
  for (const auto& op : request.operations())
    n += op.what == operation::kind::put && is_map(op.value) ? op.value.entries().size() : 1;
  return n;
}

class expander {
 public:
  expander(const tx_context& context, resolver& resolve, tempid_table& tempids)
      : schema_(context.before.schema()), resolve_(resolve), tempids_(tempids), calls_(context) {}

  result<void> expand(const tx_request& request, std::size_t depth);
  expansion take() { return std::move(out_); }

 private:
  result<void> one(const operation& op, std::size_t depth);
  result<void> call(const operation& op, std::size_t depth);
  result<void> put(const operation& op);
  result<void> entries(entity_id e, const std::vector<map_entry>& facts, text_position at);
  result<void> fact(raw_fact f, const operand& v);
  result<void> forward(raw_fact f, const operand& v);
  result<void> reverse(raw_fact f, const operand& v);
  result<void> reverse_one(raw_fact f, const operand& v);
  result<void> nest(raw_fact f, const operand& map);
  result<entity_id> nested(const operand& map, raw_fact& f);
  result<void> count(text_position at);
  result<void> push(raw_fact f);

  const schema& schema_;
  resolver& resolve_;
  tempid_table& tempids_;
  call_runner calls_;
  expansion out_;
  std::size_t operations_ = 0;
};

result<void> expander::expand(const tx_request& request, std::size_t depth) {
  if (depth == 0) // asking for a little more with every function that is called costs O(calls^2)
    out_.facts.reserve(facts_in(request));
  for (const auto& op : request.operations())
    if (auto done = one(op, depth); !done)
      return fail(located(op.at, std::move(done).error()));
  return {};
}

result<void> expander::one(const operation& op, std::size_t depth) {
  using kind = operation::kind;
  WEFT_CHECK(check_depth(op));
  if (op.what == kind::call)
    return call(op, depth);
  if (op.what == kind::put)
    return put(op);
  WEFT_TRY(const auto e, resolve_.entity(op.entity, op.at));
  if (op.what == kind::retract_entity) {
    WEFT_CHECK(count(op.at));
    out_.removals.push_back({.entity = e, .at = op.at});
    return {};
  }
  raw_fact f{.entity = e, .name = op.attribute, .at = op.at};
  if (op.what == kind::retract)
    f.what = op.value.is_nil() ? raw_fact::kind::retract_all : raw_fact::kind::retract;
  if (op.what == kind::cas) {
    if (op.arguments.size() != 1)
      return fail(errc::malformed_transaction,
                  fmt::format("cas has one expected value, not {}", op.arguments.size()),
                  {{"attribute", fmt::format(":{}", op.attribute)}});
    f.what = raw_fact::kind::cas;
    f.expected = &op.arguments.front();
  }
  return fact(f, op.value);
}

result<void> expander::call(const operation& op, std::size_t depth) {
  WEFT_CHECK(count(op.at));
  WEFT_TRY(auto answer, calls_.run(op, depth));
  out_.answers.push_back(std::move(answer));
  return expand(out_.answers.back(), depth + 1);
}

result<void> expander::put(const operation& op) {
  if (!is_map(op.value))
    return fail(errc::malformed_transaction, "facts are put as a map of attributes");
  const auto& facts = op.value.entries();
  const auto* id = id_of(facts);
  if (id != nullptr && !op.entity.is_nil())
    return fail(errc::malformed_transaction, "the entity of a map is given twice");
  if (id == nullptr && !op.entity.is_nil())
    id = &op.entity;
  if (id == nullptr)
    return entries(tempids_.anonymous({}, op.at), facts, op.at);
  WEFT_TRY(const auto e, resolve_.entity(*id, op.at));
  return entries(e, facts, op.at);
}

result<void> expander::entries(entity_id e, const std::vector<map_entry>& facts, text_position at) {
  for (const auto& entry : facts) {
    if (entry.attribute == "db/id")
      continue;
    const auto here = entry.at.line != 0 ? entry.at : at;
    WEFT_CHECK(fact({.entity = e, .name = entry.attribute, .at = here}, entry.value));
  }
  return {};
}

result<void> expander::fact(raw_fact f, const operand& v) {
  if (is_reverse(f.name))
    return reverse(f, v);
  f.about = schema_.find(f.name);
  return forward(f, v);
}

result<void> expander::forward(raw_fact f, const operand& v) {
  if (is_map(v))
    return nest(f, v);
  const bool of_maps =
      v.what() == operand::kind::list && std::any_of(v.items().begin(), v.items().end(), is_map);
  if (!of_maps) {
    f.value = &v;
    return push(f);
  }
  f.in_list = true;
  for (const auto& item : v.items())
    WEFT_CHECK(forward(f, item));
  return {};
}

result<void> expander::reverse(raw_fact f, const operand& v) {
  if (f.what != raw_fact::kind::add && f.what != raw_fact::kind::retract)
    return fail(
        errc::malformed_transaction,
        fmt::format(":{} turns a fact round; only add and retract of one value can", f.name),
        {{"attribute", fmt::format(":{}", f.name)}});
  f.name = out_.names.emplace_back(without_underscore(f.name));
  f.about = schema_.find(f.name);
  if (v.what() != operand::kind::list || resolve_.is_lookup(v))
    return reverse_one(f, v);
  for (const auto& item : v.items())
    WEFT_CHECK(reverse_one(f, item));
  return {};
}

result<void> expander::reverse_one(raw_fact f, const operand& v) {
  f.target = f.entity;
  if (is_map(v)) {
    WEFT_TRY(f.entity, nested(v, f));
    f.nested = nullptr; // it is no part of the target, and found by what it says of it
    return push(f);
  }
  WEFT_TRY(f.entity, resolve_.entity(v, f.at));
  return push(f);
}

result<void> expander::nest(raw_fact f, const operand& map) {
  WEFT_TRY(f.target, nested(map, f));
  return push(f);
}

/// States the facts of a nested map; its entity. f.nested is set when it names no entity itself.
result<entity_id> expander::nested(const operand& map, raw_fact& f) {
  if (f.what != raw_fact::kind::add)
    return fail(errc::malformed_transaction, "a nested map can only be added",
                {{"attribute", fmt::format(":{}", f.name)}});
  const auto* id = id_of(map.entries());
  if (id == nullptr)
    f.nested = &map;
  auto e = entity_id();
  if (id == nullptr) {
    e = tempids_.anonymous(f.name, f.at);
  } else {
    WEFT_TRY(e, resolve_.entity(*id, f.at));
  }
  WEFT_CHECK(entries(e, map.entries(), f.at));
  return e;
}

result<void> expander::count(text_position at) {
  if (++operations_ <= limits::transaction_datoms_max)
    return {};
  return fail(located(
      at, {errc::transaction_too_large,
           fmt::format("more than {} facts, entities and calls", limits::transaction_datoms_max),
           {{"limit", std::to_string(limits::transaction_datoms_max)}}}));
}

result<void> expander::push(raw_fact f) {
  WEFT_CHECK(count(f.at));
  if (f.value == nullptr)
    tempids_.mark_referred(f.target);
  out_.facts.push_back(f);
  return {};
}

} // namespace

bool says_who(const operand& map, const schema& s) noexcept {
  return std::any_of(map.entries().begin(), map.entries().end(), [&](const auto& entry) {
    const auto* a = s.find(entry.attribute);
    return a != nullptr && a->unique != uniqueness::none;
  });
}

result<expansion> expand(const tx_request& request, const tx_context& context, resolver& resolve,
                         tempid_table& tempids) {
  expander work(context, resolve, tempids);
  WEFT_CHECK(work.expand(request, 0));
  return work.take();
}

} // namespace weft::tx
