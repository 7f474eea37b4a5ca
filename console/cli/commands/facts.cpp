#include "weft/console/cli/commands/facts.hpp"

#include "weft/core/datom/text.hpp"

namespace weft::console {

namespace {

dictionary tempids_of(const std::vector<resolved_tempid>& tempids) {
  dictionary out;
  for (const auto& t : tempids)
    out.emplace_back(t.name, t.entity);
  return out;
}

void add_row(grid& to, const schema& s, const datom_view& d) {
  const auto cells = fact_row(s, d);
  to.rows.emplace_back(cells.begin(), cells.end());
}

} // namespace

std::vector<std::string> fact_columns() {
  return {"e", "a", "v", "t", "added"};
}

cell attribute_cell(const schema& s, attribute_id a) {
  if (const auto* found = s.find(a); found != nullptr)
    return ident_text{found->ident};
  return ordinal{a.get()};
}

std::array<cell, 5> fact_row(const schema& s, const datom_view& d) {
  return {d.entity, attribute_cell(s, d.attribute), d.value, d.t, d.added};
}

document transaction_document(const schema& s, const record_view& r) {
  document out;
  out.fields.push_back({"t", cell(r.t())});
  out.fields.push_back({"instant", cell(r.when())});
  if (r.request()) {
    std::string id;
    append_uuid(id, r.request()->id);
    out.fields.push_back({"request", cell(std::move(id))});
  }
  out.fields.push_back({"tempids", tempids_of(r.tempids())});
  grid datoms{fact_columns(), {}};
  for (const auto& d : r.datoms())
    add_row(datoms, s, d);
  out.fields.push_back({"datoms", std::move(datoms)});
  return out;
}

document transaction_document(const transaction_report& r) {
  document out;
  out.fields.push_back({"t", cell(r.t)});
  out.fields.push_back({"instant", cell(r.when)});
  out.fields.push_back({"tempids", tempids_of(r.tempids)});
  grid datoms{fact_columns(), {}};
  for (const auto& d : r.datoms)
    add_row(datoms, *r.names, view_of(d));
  out.fields.push_back({"datoms", std::move(datoms)});
  return out;
}

} // namespace weft::console
