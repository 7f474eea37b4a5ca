#include "weft/core/tx/plan.hpp"

#include "weft/core/tx/composite.hpp"
#include "weft/core/tx/describe.hpp"
#include "weft/core/tx/schema/change.hpp"
#include "weft/core/tx/schema/checks.hpp"
#include "weft/core/tx/schema/fold.hpp"
#include "weft/core/tx/schema/infer.hpp"
#include "weft/core/tx/unique.hpp"
#include "weft/core/tx/upsert.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weft {

namespace tx {

namespace {

/// One transaction on its way from request to datoms: a step after the other.
class planner {
 public:
  explicit planner(const tx_context& context)
      : context_(context), resolve_(context, tempids_), live_(context, resolve_),
        draft_(unchanged()) {}

  result<tx_plan> run(const tx_request& request);

 private:
  [[nodiscard]] schema_draft unchanged() const {
    return {.before = context_.before.shared_schema(),
            .now = context_.before.shared_schema(),
            .next = context_.next};
  }
  result<void> understand(const expansion& all);
  result<void> read_and_upsert(const expansion& all);
  [[nodiscard]] std::vector<std::pair<entity_id, entity_id>> found_attributes();
  void forget_reading();
  result<void> read(const expansion& all);
  result<void> read_schema(const expansion& all, statement_reader& reader);
  result<void> name_entities();
  result<void> check_used(std::size_t index, const std::vector<bool>& asserted);
  void put_names();
  result<entity_id> allocate();
  void call_by_id(const std::vector<removal>& removals);
  result<void> check_values(const change_list& changes) const;
  result<void> check_schema(const datom_list& datoms) const;
  tx_plan finish(const change_list& changes);

  const tx_context& context_;
  tempid_table tempids_;
  resolver resolve_;
  live_facts live_;
  schema_draft draft_;
  statement_list statements_;
  std::vector<removal> removals_;
};

result<tx_plan> planner::run(const tx_request& request) {
  WEFT_TRY(const auto all, expand(request, context_, resolve_, tempids_));
  WEFT_CHECK(understand(all));
  WEFT_CHECK(name_entities());
  call_by_id(all.removals);
  WEFT_CHECK(expand_removals(removals_, *draft_.now, live_, statements_));
  WEFT_TRY(auto changes, settle(statements_, live_));
  WEFT_CHECK(maintain_composites(changes, draft_, statements_.composites, live_));
  WEFT_CHECK(check_values(changes));
  WEFT_CHECK(check_unique(changes, draft_, resolve_));
  WEFT_CHECK(check_edits(draft_, changes, live_));
  auto out = finish(changes);
  WEFT_CHECK(check_schema(out.datoms));
  return out;
}

/// Reads all statements and finds out whom they are about. What is declared decides how the others
/// are read, and these may decide that a tempid of a declaration is an attribute of the database:
/// then all is read again with that known. Each round binds a tempid, so there is a last one.
result<void> planner::understand(const expansion& all) {
  const bool declares = std::any_of(all.facts.begin(), all.facts.end(), [](const raw_fact& f) {
    return f.about != nullptr && describes_attributes(f.about->id) && provisional::is(f.entity);
  });
  if (!declares)
    return read_and_upsert(all);
  for (auto known = tempids_;;) {
    auto done = read_and_upsert(all);
    const auto found = done ? found_attributes() : std::vector<std::pair<entity_id, entity_id>>();
    if (found.empty() && draft_.nameless)
      return fail(*draft_.nameless);
    if (found.empty())
      return done;
    for (const auto& [e, a] : found)
      WEFT_CHECK(known.bind(e, a));
    tempids_ = known;
    forget_reading();
  }
}

result<void> planner::read_and_upsert(const expansion& all) {
  WEFT_CHECK(read(all));
  return upsert(statements_, *draft_.now, resolve_, tempids_);
}

/// Entities of declarations that are attributes by an identity other than :db/ident.
std::vector<std::pair<entity_id, entity_id>> planner::found_attributes() {
  std::vector<std::pair<entity_id, entity_id>> out;
  for (const auto e : draft_.unplaced)
    if (const auto a = entity::to_attribute(tempids_.find(e)); a && !draft_.is_new(*a))
      out.emplace_back(e, entity::of_attribute(*a));
  return out;
}

void planner::forget_reading() {
  resolve_.unlearn();
  statements_ = {};
  draft_ = unchanged();
}

/// Statements about attributes first: how the others are read depends on them.
result<void> planner::read(const expansion& all) {
  statements_.facts.reserve(all.facts.size());
  statement_reader reader(resolve_, tempids_, statements_);
  const bool touches_schema =
      std::any_of(all.facts.begin(), all.facts.end(), [](const raw_fact& f) {
        return f.about == nullptr || describes_attributes(f.about->id);
      });
  if (touches_schema)
    WEFT_CHECK(read_schema(all, reader));
  for (const auto& f : all.facts) {
    if (f.about != nullptr && describes_attributes(f.about->id))
      continue; // read by read_schema
    const auto* a = f.about != nullptr ? draft_.now->find(f.about->id) : draft_.now->find(f.name);
    if (a != nullptr) // null: only empty lists are said of it
      WEFT_CHECK(reader.read(f, *a));
  }
  return {};
}

result<void> planner::read_schema(const expansion& all, statement_reader& reader) {
  for (const auto& f : all.facts)
    if (f.about != nullptr && describes_attributes(f.about->id))
      WEFT_CHECK(reader.read(f, *f.about));
  WEFT_CHECK(declare(draft_, statements_, resolve_, tempids_));
  WEFT_CHECK(infer(draft_, all.facts, context_.mode, statements_, resolve_));
  resolve_.learn(*draft_.now);
  return {};
}

/// Gives ids to the tempids that no identity decided, in the order of the request.
result<void> planner::name_entities() {
  put_names();
  const auto& entries = tempids_.entries();
  std::vector<bool> asserted(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (const auto e = tempids_.find(provisional::make(i)); provisional::is(e))
      asserted[provisional::index_of(e)] =
          asserted[provisional::index_of(e)] || entries[i].asserted;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    WEFT_CHECK(check_used(i, asserted));
    const auto e = tempids_.find(provisional::make(i));
    if (provisional::is(e) && asserted[provisional::index_of(e)]) {
      WEFT_TRY(const auto fresh, allocate());
      WEFT_CHECK(tempids_.bind(e, fresh));
    }
  }
  return {};
}

result<void> planner::check_used(std::size_t index, const std::vector<bool>& asserted) {
  const auto p = provisional::make(index);
  const auto& entry = tempids_.entries()[index];
  if (entry.asserted)
    return {};
  if (entry.from == origin::name) {
    const auto e = tempids_.find(p);
    if (!provisional::is(e) || asserted[provisional::index_of(e)])
      return {};
    return fail(located(entry.at, {errc::unknown_entity,
                                   fmt::format("no entity has {}", tempids_.describe(p)),
                                   {{"lookup", tempids_.describe(p)}}}));
  }
  if (entry.from == origin::anonymous && !entry.referred)
    return {}; // an empty map
  return fail(located(entry.at, {errc::tempid_unused,
                                 fmt::format("nothing is stated about {}", tempids_.describe(p)),
                                 {{"tempid", tempids_.describe(p)}}}));
}

/// Entities that were called by their :weft/name have it from now on.
void planner::put_names() {
  const auto& entries = tempids_.entries();
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (entries[i].from == origin::name && entries[i].asserted)
      statements_.facts.push_back({.entity = provisional::make(i),
                                   .about = draft_.now->find(builtin::name),
                                   .value = value_view::string(entries[i].name),
                                   .at = entries[i].at});
}

/// The upper half of local ids belongs to transactions.
result<entity_id> planner::allocate() {
  if (draft_.next.next_local > limits::transactions_max)
    return fail(errc::transaction_too_large, "the database has no room for entities");
  return entity::make(context_.shard, draft_.next.next_local++);
}

/// From here on nothing is provisional.
void planner::call_by_id(const std::vector<removal>& removals) {
  const auto known = [&](value_view v) {
    return v.type() == value_type::ref ? value_view::of(tempids_.find(v.as_ref())) : v;
  };
  for (auto* list : {&statements_.facts, &statements_.composites})
    for (auto& s : *list) {
      s.entity = tempids_.find(s.entity);
      s.value = known(s.value);
    }
  for (auto& e : statements_.expectations) {
    e.entity = tempids_.find(e.entity);
    if (e.value)
      e.value = known(*e.value);
  }
  for (const auto& r : removals)
    removals_.push_back({.entity = tempids_.find(r.entity), .at = r.at});
}

result<void> planner::check_values(const change_list& changes) const {
  if (changes.size() > limits::transaction_datoms_max)
    return fail(errc::transaction_too_large,
                fmt::format("{} datoms exceed the limit of {}", changes.size(),
                            limits::transaction_datoms_max),
                {{"datoms", std::to_string(changes.size())},
                 {"limit", std::to_string(limits::transaction_datoms_max)}});
  for (const auto& c : changes)
    if (c.added)
      if (auto checked = run_check(*c.about, c.value); !checked)
        return fail(located(c.at, std::move(checked).error()));
  return {};
}

tx_plan planner::finish(const change_list& changes) {
  tx_plan out{.tempids = tempids_.resolved(), .schema = draft_.now, .next = draft_.next};
  out.datoms.reserve(changes.size());
  for (const auto& c : changes)
    out.datoms.push_back({c.entity, c.about->id, value(c.value), context_.t, c.added});
  return out;
}

/// A replica reads the schema from the datoms alone: it must come to the same.
result<void> planner::check_schema(const datom_list& datoms) const {
  const auto is_schema = [](const datom& d) {
    return entity::to_attribute(d.entity).has_value() && describes_attributes(d.attribute);
  };
  if (draft_.edits.empty() && std::none_of(datoms.begin(), datoms.end(), is_schema))
    return {};
  std::vector<datom_view> views;
  for (const auto& d : datoms)
    if (is_schema(d))
      views.push_back(view_of(d));
  WEFT_TRY(const auto folded, fold_schema(draft_.before, views));
  if (*folded == *draft_.now)
    return {};
  return fail(errc::schema_invalid, "the facts about attributes contradict one another",
              {{"key", ":db/ident"}});
}

} // namespace

} // namespace tx

result<tx_plan> plan(const tx_request& request, const tx_context& context) {
  if (const auto& seen = context.before.window(); seen.history || seen.since)
    return fail(errc::invalid_argument,
                fmt::format("a {} view shows no one moment, and a transaction needs one: take "
                            "as_of or the present",
                            seen.history ? "history" : "since"));
  auto made = tx::planner(context).run(request);
  if (auto failed = context.before.source()->failure())
    return fail(*std::move(failed)); // whatever came of facts that could not be read
  return made;
}

} // namespace weft
