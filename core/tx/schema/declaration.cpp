#include "weft/core/tx/schema/declaration.hpp"

#include "weft/core/datom/edn_value.hpp"
#include "weft/core/tx/describe.hpp"
#include "weft/core/tx/schema/checks.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weft::tx {

namespace {

constexpr std::string_view type_space = "db.type/";

std::string type_keyword(value_type type) {
  return std::string(type_space) + std::string(weft::name_of(type));
}

std::optional<value_type> type_of(const std::optional<value>& keyword) {
  if (!keyword || keyword->type() != value_type::keyword)
    return std::nullopt;
  const auto text = keyword->view().as_bytes();
  if (!text.starts_with(type_space))
    return std::nullopt;
  return value_type_from_name(text.substr(type_space.size()));
}

bool is_scalar(value_type type) noexcept {
  return type != value_type::tuple && type != value_type::vector;
}

/// "[:db.type/long :db.type/string]", or nothing.
std::optional<std::vector<value_type>> types_of(std::string_view text) {
  const auto tree = read_edn(text);
  if (!tree || tree->view().kind() != edn_kind::vector)
    return std::nullopt;
  std::vector<value_type> out;
  for (const auto node : tree->view().items()) {
    const auto type = node.kind() == edn_kind::keyword ? type_of(value::keyword(node.as_keyword()))
                                                       : std::nullopt;
    if (!type || !is_scalar(*type))
      return std::nullopt;
    out.push_back(*type);
  }
  return out;
}

std::string types_text(const std::vector<value_type>& types) {
  std::string out;
  for (const auto type : types)
    out += (out.empty() ? ":" : " :") + type_keyword(type);
  return "[" + out + "]";
}

bool is_tuple_size(std::size_t n) noexcept {
  return n >= limits::tuple_elements_min && n <= limits::tuple_elements_max;
}

std::string_view local_name(std::string_view ident) noexcept {
  const auto slash = ident.find('/');
  return slash == std::string_view::npos ? ident : ident.substr(slash + 1);
}

} // namespace

error invalid_declaration(std::string_view key, const std::string& ident, std::string detail) {
  error e{errc::schema_invalid, std::move(detail), {{"key", std::string(key)}}};
  if (!ident.empty())
    e.fields.push_back({"attribute", ":" + ident});
  return e;
}

bool is_reserved_name(std::string_view ident) noexcept {
  const auto slash = ident.find('/');
  const auto space = slash == std::string_view::npos ? std::string_view() : ident.substr(0, slash);
  if (space == "weft.node") // what nodes state about themselves, as anybody states something
    return false;
  return space == "db" || space == "weft" || space.starts_with("db.") || space.starts_with("weft.");
}

result<void> check_name(const std::string& ident) {
  if (local_name(ident).starts_with('_'))
    return fail(invalid_declaration(":db/ident", ident,
                                    "names that begin with _ are for reverse references"));
  return {};
}

std::string parts_text(const attribute& composite, const schema& s) {
  std::string out;
  for (const auto part : composite.tuple_of)
    out += (out.empty() ? ":" : " :") + s.find(part)->ident;
  return "[" + out + "]";
}

declaration::declaration(const attribute& a, const schema& s) {
  at(builtin::ident) = value::keyword(a.ident);
  at(builtin::value_type_) = value::keyword(type_keyword(a.type));
  at(builtin::cardinality) = value::keyword(
      a.cardinality == cardinality::many ? "db.cardinality/many" : "db.cardinality/one");
  if (a.unique != uniqueness::none)
    at(builtin::unique) =
        value::keyword(a.unique == uniqueness::identity ? "db.unique/identity" : "db.unique/value");
  at(builtin::index) = value::of(a.indexed);
  at(builtin::is_component) = value::of(a.component);
  at(builtin::no_history) = value::of(a.no_history);
  if (!a.tuple_of.empty())
    at(builtin::tuple_attrs) = value::string(parts_text(a, s));
  if (a.tuple_types.size() == 1)
    at(builtin::tuple_type) = value::keyword(type_keyword(a.tuple_types[0]));
  if (a.tuple_types.size() > 1)
    at(builtin::tuple_types) = value::string(types_text(a.tuple_types));
  if (!a.check_text.empty())
    at(builtin::check) = value::string(a.check_text);
}

std::string declaration::ident() const {
  const auto& v = (*this)[builtin::ident];
  return v && v->type() == value_type::keyword ? std::string(v->view().as_bytes()) : std::string();
}

result<attribute> declaration::read(attribute_id id) const {
  attribute a{.id = id, .ident = ident()};
  const auto wrong = [&](std::string_view key, std::string detail) {
    return fail(invalid_declaration(key, a.ident, std::move(detail)));
  };
  if (a.ident.empty())
    return wrong(":db/ident", "an attribute needs :db/ident, its name");
  WEFT_CHECK(check_name(a.ident));
  const auto type = type_of((*this)[builtin::value_type_]);
  if (!type)
    return wrong(":db/valueType", (*this)[builtin::value_type_]
                                      ? fmt::format("{} is no type; :db.type/string is one",
                                                    text_of((*this)[builtin::value_type_]->view()))
                                      : "an attribute needs :db/valueType, as :db.type/string");
  a.type = *type;
  WEFT_CHECK(read_flags(a));
  WEFT_CHECK(read_tuple(a));
  if (const auto& text = (*this)[builtin::check]) {
    if (text->type() != value_type::string)
      return wrong(":weft/check", "a constraint is EDN text");
    a.check_text = text->view().as_bytes();
    auto compiled = compile_check(a.check_text, a.type);
    if (!compiled)
      return fail(about(a, std::move(compiled).error()));
    a.check = *std::move(compiled);
  }
  return a;
}

result<void> declaration::read_flags(attribute& a) const {
  const auto wrong = [&](std::string_view key, std::string detail) {
    return fail(invalid_declaration(key, a.ident, std::move(detail)));
  };
  const auto says = [&](attribute_id key, std::string_view keyword) {
    const auto& v = (*this)[key];
    return v && v->view() == value_view::keyword(keyword);
  };
  const auto flag = [&](attribute_id key, bool otherwise) {
    const auto& v = (*this)[key];
    return v && v->type() == value_type::boolean ? v->view().as_bool() : otherwise;
  };
  if (says(builtin::cardinality, "db.cardinality/many"))
    a.cardinality = cardinality::many;
  else if ((*this)[builtin::cardinality] && !says(builtin::cardinality, "db.cardinality/one"))
    return wrong(":db/cardinality", "it is :db.cardinality/one or :db.cardinality/many");
  if (says(builtin::unique, "db.unique/identity"))
    a.unique = uniqueness::identity;
  else if (says(builtin::unique, "db.unique/value"))
    a.unique = uniqueness::value;
  else if ((*this)[builtin::unique])
    return wrong(":db/unique", "it is :db.unique/identity or :db.unique/value");
  a.indexed = flag(builtin::index, true);
  a.component = flag(builtin::is_component, false);
  a.no_history = flag(builtin::no_history, false);
  if (a.unique != uniqueness::none && a.type == value_type::vector)
    return wrong(":db/unique", "vectors cannot be unique");
  if (a.unique != uniqueness::none && !a.indexed)
    return wrong(":db/index", "a unique attribute is always indexed");
  if (a.component && a.type != value_type::ref)
    return wrong(":db/isComponent", "only refs have components");
  return {};
}

result<void> declaration::read_tuple(attribute& a) const {
  const auto& parts = (*this)[builtin::tuple_attrs];
  const auto& types = (*this)[builtin::tuple_types];
  const auto& type = (*this)[builtin::tuple_type];
  const auto wrong = [&](std::string_view key, std::string detail) {
    return fail(invalid_declaration(key, a.ident, std::move(detail)));
  };
  const int kinds = (parts ? 1 : 0) + (types ? 1 : 0) + (type ? 1 : 0);
  const auto key = parts ? ":db/tupleAttrs" : types ? ":db/tupleTypes" : ":db/tupleType";
  if (a.type != value_type::tuple)
    return kinds == 0 ? result<void>() : wrong(key, "only an attribute of :db.type/tuple has it");
  if (kinds != 1)
    return wrong(key, "a tuple has one of :db/tupleAttrs, :db/tupleTypes and :db/tupleType");
  if (parts && a.cardinality != cardinality::one)
    return wrong(":db/cardinality", "a composite tuple is one value");
  if (types) {
    auto list =
        types->type() == value_type::string ? types_of(types->view().as_bytes()) : std::nullopt;
    if (!list || !is_tuple_size(list->size()))
      return wrong(key, "it is a vector of 2 to 8 types, as [:db.type/long :db.type/string]");
    a.tuple_types = *std::move(list);
  }
  if (type) {
    const auto one = type_of(type);
    if (!one || !is_scalar(*one))
      return wrong(key, "it is a type, as :db.type/long, and not tuple or vector");
    a.tuple_types = {*one};
  }
  return {};
}

result<void> declaration::read_parts(attribute& a, const schema& names,
                                     const schema& others) const {
  const auto wrong = [&](std::string detail) {
    return fail(invalid_declaration(":db/tupleAttrs", a.ident, std::move(detail)));
  };
  const auto& text = (*this)[builtin::tuple_attrs];
  if (!text)
    return {};
  const auto tree = text->type() == value_type::string ? read_edn(text->view().as_bytes())
                                                       : result<edn>(fail(errc::malformed_edn, ""));
  if (!tree || tree->view().kind() != edn_kind::vector || !is_tuple_size(tree->view().size()))
    return wrong("it is a vector of 2 to 8 attributes, as [:user/first :user/last]");
  for (const auto node : tree->view().items()) {
    if (node.kind() != edn_kind::keyword)
      return wrong(fmt::format("{} is no attribute", to_edn(node)));
    const auto* part = names.find(node.as_keyword());
    if (part == nullptr)
      part = others.find(node.as_keyword());
    if (part == nullptr)
      return wrong(fmt::format("there is no attribute {}", to_edn(node)));
    if (!is_scalar(part->type) || part->cardinality != cardinality::one)
      return wrong(fmt::format("{} has many values, or tuples or vectors", to_edn(node)));
    if (part->id.get() < limits::first_user_attribute && part->id != builtin::name)
      return wrong(fmt::format("{} is built in", to_edn(node)));
    if (std::find(a.tuple_of.begin(), a.tuple_of.end(), part->id) != a.tuple_of.end())
      return wrong(fmt::format("{} is there twice", to_edn(node)));
    a.tuple_of.push_back(part->id);
  }
  return {};
}

} // namespace weft::tx
