#include "weft/console/cli/transfer/csv_mapping.hpp"

#include "weft/console/cli/transfer/form.hpp"
#include "weft/core/base/suggest.hpp"
#include "weft/core/datom/edn_value.hpp"
#include "weft/core/datom/text.hpp"

#include <algorithm>
#include <limits>
#include <set>

namespace weft::console {

namespace {

/// "user/age:long", ":user/age": an attribute and perhaps its type. @errors malformed_csv
result<csv_column> column_of(std::string_view text) {
  csv_column out;
  if (text.starts_with(':'))
    text.remove_prefix(1);
  if (const auto colon = text.rfind(':'); colon != std::string_view::npos) {
    out.type = value_type_from_name(text.substr(colon + 1));
    if (!out.type)
      return fail(errc::malformed_csv,
                  "there is no type '" + std::string(text.substr(colon + 1)) + "'",
                  {{"try", "long, double, boolean, instant, keyword, string, uuid, bytes, ref"}});
    text = text.substr(0, colon);
  }
  if (!is_keyword(text))
    return fail(
        errc::malformed_csv, "the column '" + std::string(text) + "' names no attribute",
        {{"try", "--csv-map '" + std::string(text) + "=ns/name', or ...= to leave it out"}});
  out.attribute = std::string(text);
  return out;
}

/// What is said about a column on the command line, or nothing.
const csv_settings::mapped* mapped_to(const csv_settings& how, const std::string& column) {
  const auto found = std::ranges::find(how.map, column, &csv_settings::mapped::column);
  return found == how.map.end() ? nullptr : &*found;
}

result<void> check_exists(const std::vector<std::string>& header, const std::string& column) {
  if (std::ranges::find(header, column) != header.end())
    return {};
  error out{errc::usage, "the file has no column '" + column + "'"};
  if (const auto near = nearest(column, header); !near.empty())
    out.fields.push_back({"nearest", near});
  return fail(std::move(out));
}

/// Infinities too, as EDN writes them.
result<double> parse_any_double(std::string_view text) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (text == "##Inf" || text == "##-Inf")
    return text == "##Inf" ? infinity : -infinity;
  return parse_double(text);
}

result<operand> scalar(std::string_view text, value_type type) {
  switch (type) {
  case value_type::long_: {
    WEFT_TRY(const auto x, parse_long(text));
    return operand(x);
  }
  case value_type::double_: {
    WEFT_TRY(const auto x, parse_any_double(text));
    return operand(x);
  }
  case value_type::instant_: {
    WEFT_TRY(const auto x, parse_instant(text));
    return operand(x);
  }
  case value_type::uuid_: {
    WEFT_TRY(const auto x, parse_uuid(text));
    return operand(x);
  }
  case value_type::bytes_: {
    WEFT_TRY(const auto x, parse_base64(text));
    return operand(value::bytes(x));
  }
  case value_type::keyword: {
    const auto v = value::keyword(text.starts_with(':') ? text.substr(1) : text);
    WEFT_CHECK(check(v.view()));
    return operand(v);
  }
  case value_type::boolean:
    if (text != "true" && text != "false")
      return fail(errc::invalid_value, "'" + std::string(text) + "' is neither true nor false");
    return operand(text == "true");
  default:
    return operand(text);
  }
}

/// A vector of keyword and value as a lookup ref, or several values.
result<operand> operand_of(edn_view node) {
  if (node.kind() == edn_kind::vector && !node.is_tagged("weft/tuple")) {
    std::vector<operand> items;
    for (const auto item : node.items()) {
      WEFT_TRY(items.emplace_back(), operand_of(item));
    }
    return list_of(std::move(items));
  }
  if (node.is_nil())
    return operand();
  WEFT_TRY(const auto v, infer_value(node));
  return operand(v);
}

} // namespace

result<csv_settings> csv_settings_of(const std::vector<std::string>& map,
                                     const std::string& id_column) {
  csv_settings out;
  out.id_column = id_column;
  for (const auto& text : map) {
    const auto equal = text.find('=');
    if (equal == 0 || equal == std::string::npos)
      return fail(errc::usage, "--csv-map " + text + " is not COLUMN=ATTRIBUTE",
                  {{"try", "--csv-map email=user/email"}});
    out.map.push_back({text.substr(0, equal), text.substr(equal + 1)});
  }
  return out;
}

result<csv_mapping> csv_mapping::of(const std::vector<std::string>& header,
                                    const csv_settings& how) {
  csv_mapping out;
  for (const auto& m : how.map)
    WEFT_CHECK(check_exists(header, m.column));
  if (!how.id_column.empty())
    WEFT_CHECK(check_exists(header, how.id_column));
  if (how.map.empty() && header == std::vector<std::string>{"e", "a", "v"}) {
    out.is_fact_list_ = true;
    return out;
  }
  if (how.map.empty() && header == std::vector<std::string>{"e", "a", "v", "t", "added"})
    return fail(errc::malformed_csv, "the file is a history", {{"try", history_advice}});
  std::set<std::string> seen;
  for (const auto& name : header) {
    const auto* mapped = mapped_to(how, name);
    csv_column column;
    const auto& attribute = mapped == nullptr ? name : mapped->attribute;
    // A plain word may name rows without being an attribute.
    const bool only_names =
        mapped == nullptr && name == how.id_column && name.find('/') == std::string::npos;
    if (!attribute.empty() && !only_names) {
      WEFT_TRY(column, column_of(attribute));
      if (!seen.insert(column.attribute).second)
        return fail(errc::malformed_csv, "two columns are :" + column.attribute);
    }
    column.names_row = name == how.id_column;
    out.columns_.push_back(std::move(column));
  }
  return out;
}

result<operand> csv_operand(std::string_view text, const std::string& attribute,
                            std::optional<value_type> type, const schema& s) {
  const auto* a = s.find(attribute);
  if (a != nullptr && (type == value_type::ref) != (a->type == value_type::ref) && type)
    return fail(errc::type_mismatch, ":" + attribute + " is " + std::string(name_of(a->type)) +
                                         ", the column says " + std::string(name_of(*type)));
  if (!type && a != nullptr)
    type = a->type;
  const auto kind = type.value_or(value_type::string);
  const bool is_edn = kind == value_type::tuple || kind == value_type::vector ||
                      (kind == value_type::ref && (text.starts_with('[') || text.starts_with(':')));
  if (!is_edn) {
    auto out = scalar(text, kind);
    if (out || !out.error().field("attribute").empty())
      return out;
    auto why = std::move(out).error();
    why.fields.push_back({"attribute", ":" + attribute});
    return fail(std::move(why));
  }
  WEFT_TRY(const edn tree, read_edn(text));
  return operand_of(tree);
}

} // namespace weft::console
