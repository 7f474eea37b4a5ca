#include "weft/console/cli/commands/arguments.hpp"
#include "weft/console/cli/commands/commands.hpp"
#include "weft/console/cli/commands/facts.hpp"
#include "weft/console/cli/session.hpp"

#include <algorithm>

namespace weft::console {

namespace {

auto nothing_said(std::string_view about) {
  return fail(errc::not_found, "nothing is said about " + std::string(about),
              {{"try", "`weft history` tells what was said before"}});
}

/// One field for each attribute; the values point into `facts`.
document entity_document(const schema& s, entity_id e, const entity_map& facts) {
  document out;
  out.fields.push_back({":db/id", cell(e)});
  for (const auto& [id, values] : facts) {
    const auto* a = s.find(id);
    field f{name_of(s, id), cell(values.front().view())};
    if (a != nullptr && a->cardinality == cardinality::many) {
      cell_list all;
      for (const auto& v : values)
        all.emplace_back(v.view());
      f.what = std::move(all);
    }
    out.fields.push_back(std::move(f));
  }
  return out;
}

/// csv and raw have a row for each fact.
result<void> print_facts(session& in, const view& db, entity_id e) {
  WEFT_TRY(auto facts, db.datoms(index_order::eavt, {.entity = e}));
  const auto out = in.print(fact_columns());
  for (const auto& d : facts)
    out->row(fact_row(db.schema(), d));
  out->finish();
  return facts.check();
}

result<void> print_history(session& in, const view& db, const history_options& options) {
  WEFT_TRY(const auto e, entity_argument(db, options.entity));
  components match{.entity = e};
  if (!options.attribute.empty()) {
    WEFT_TRY(const auto* a, attribute_argument(db.schema(), options.attribute));
    match.attribute = a->id;
  }
  WEFT_TRY(const auto all, db.history());
  WEFT_TRY(auto facts, all.datoms(index_order::eavt, match));
  datom_list changes;
  for (const auto& d : facts)
    changes.push_back(d.to_datom());
  WEFT_CHECK(facts.check());
  if (changes.empty())
    return fail(errc::not_found,
                options.attribute.empty() ? "nothing was ever said about " + options.entity
                                          : "no " + name_of(db.schema(), *match.attribute) +
                                                " was ever said of " + options.entity,
                {{"try", options.attribute.empty()
                             ? "`weft datoms eavt` lists what there is"
                             : "`weft history` without an attribute tells the others"}});
  // Oldest first; within a transaction what is taken back stands before what replaces it.
  std::ranges::stable_sort(changes, [](const datom& x, const datom& y) {
    return std::tie(x.t, x.attribute, x.added) < std::tie(y.t, y.attribute, y.added);
  });
  const auto out = in.print({"t", "instant", "a", "v", "added"});
  for (const auto& d : changes) {
    WEFT_TRY(const auto when,
             db.get(entity::of_transaction(entity::shard_of(e), d.t), builtin::tx_instant));
    const cell instant_cell = when ? cell(when->view().as_instant()) : cell();
    out->row(std::array<cell, 5>{d.t, instant_cell, attribute_cell(db.schema(), d.attribute),
                                 d.value.view(), d.added});
  }
  out->finish();
  return {};
}

} // namespace

result<void> entity_show(session& in, const entity_options& options) {
  WEFT_TRY(const auto db, in.open_reading());
  WEFT_TRY(const auto now, db->view());
  if (options.when.history) {
    auto then = options.when;
    then.history = false;
    WEFT_TRY(const auto from, in_time(now, then));
    return print_history(in, from, {options.entity, ""});
  }
  WEFT_TRY(const auto then, in_time(now, options.when));
  WEFT_TRY(const auto e, entity_argument(then, options.entity));
  WEFT_TRY(const auto facts, then.entity(e));
  if (facts.empty())
    return nothing_said(options.entity);
  if (in.output() == format::csv || in.output() == format::raw)
    return print_facts(in, then, e);
  const auto out = in.print({}, amount::one);
  out->put(entity_document(then.schema(), e, facts));
  out->finish();
  return {};
}

result<void> entity_history(session& in, const history_options& options) {
  WEFT_TRY(const auto db, in.open_reading());
  WEFT_TRY(const auto now, db->view());
  return print_history(in, now, options);
}

} // namespace weft::console
