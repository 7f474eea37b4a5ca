#include "weft/console/cli/commands/arguments.hpp"
#include "weft/console/cli/commands/commands.hpp"
#include "weft/console/cli/commands/execute.hpp"
#include "weft/console/cli/session.hpp"
#include "weft/console/cli/transfer/fact_writer.hpp"
#include "weft/console/cli/transfer/form_readers.hpp"
#include "weft/core/base/limits.hpp"

namespace weft::console {

namespace {

std::string_view text_of(cardinality c) {
  return c == cardinality::one ? "one" : "many";
}

cell unique_cell(uniqueness u) {
  if (u == uniqueness::none)
    return {};
  return std::string(u == uniqueness::value ? "value" : "identity");
}

/// "long", or of tuples what they are made of.
std::string type_text(const schema& s, const attribute& a) {
  std::string out(name_of(a.type));
  for (const auto part : a.tuple_of)
    out += " " + name_of(s, part);
  for (const auto part : a.tuple_types)
    out += " " + std::string(name_of(part));
  return out;
}

std::vector<std::string> attribute_columns() {
  return {"ident",     "type",       "cardinality", "unique", "indexed",
          "component", "no_history", "check",       "doc"};
}

result<std::array<cell, 9>> attribute_row(const view& db, const attribute& a) {
  WEFT_TRY(const auto doc, db.get(entity::of_attribute(a.id), builtin::doc));
  return std::array<cell, 9>{ident_text{a.ident},
                             type_text(db.schema(), a),
                             std::string(text_of(a.cardinality)),
                             unique_cell(a.unique),
                             a.indexed,
                             a.component,
                             a.no_history,
                             a.check_text.empty() ? cell() : cell(a.check_text),
                             doc ? cell(std::string(doc->view().as_bytes())) : cell()};
}

std::unique_ptr<form_reader> reader_of(syntax how, text_input& in) {
  static const auto builtin_only = schema::bootstrap();
  switch (how) {
  case syntax::jsonl:
    return read_json_lines(in, {});
  case syntax::json_array:
    return read_json_array(in, {});
  case syntax::csv:
    return read_csv_rows(in, {}, {}, []() -> const schema& { return *builtin_only; });
  case syntax::edn:
    break;
  }
  return read_edn_forms(in, {});
}

bool is_builtin(const attribute& a) {
  return a.id.get() < limits::first_user_attribute;
}

} // namespace

result<void> schema_show(session& in, const schema_show_options& options) {
  WEFT_TRY(const auto db, in.open_reading());
  WEFT_TRY(const auto now, db->view());
  const attribute* only = nullptr;
  if (!options.attribute.empty()) {
    WEFT_TRY(only, attribute_argument(now.schema(), options.attribute));
  }
  const auto out = in.print(attribute_columns());
  for (const auto* a : now.schema().attributes()) {
    if (only != a && (only != nullptr || (!options.builtin && is_builtin(*a))))
      continue;
    WEFT_TRY(const auto row, attribute_row(now, *a));
    out->row(row);
  }
  out->finish();
  return {};
}

result<void> schema_export(session& in) {
  const auto form = in.output_for_files(format::edn);
  if (form == format::table || form == format::raw)
    return fail(errc::usage, "schema import could not read that back",
                {{"try", "-o edn, json, jsonl or csv; `weft schema show` for a table"}});
  WEFT_TRY(const auto db, in.open_reading());
  WEFT_TRY(const auto now, db->view());
  const auto out = make_fact_writer(form, in.out(), in.where(), now);
  WEFT_CHECK(write_declarations(*out, now));
  out->finish();
  return {};
}

result<void> schema_import(session& in, const schema_import_options& options) {
  WEFT_TRY(auto input, text_input::open(options.source));
  WEFT_TRY(const auto beginning, input.read());
  const auto forms = reader_of(detect_syntax(options.source, beginning), input);
  tx_request all;
  for (;;) {
    WEFT_TRY(auto next, forms->next());
    if (!next)
      break;
    for (auto& op : next->operations)
      all.append(std::move(op));
  }
  return execute(in, all, {.id = "", .dry_run = options.dry_run});
}

} // namespace weft::console
