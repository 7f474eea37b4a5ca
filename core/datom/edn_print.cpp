// EDN as text.
#include "weft/core/datom/edn_literal.hpp"
#include "weft/core/datom/edn_value.hpp"

#include <cmath>

namespace weft {

namespace {

/// NaN is no value, and no text that is read: errors say with it what was refused.
void append_number(std::string& out, double x) {
  if (std::isnan(x))
    out += "##NaN";
  else if (std::isinf(x))
    out += x < 0 ? "##-Inf" : "##Inf";
  else
    append_double(out, x);
}

void append_component(std::string& out, float x) {
  if (!std::isfinite(x))
    append_number(out, static_cast<double>(x));
  else
    append_float(out, x);
}

void append_inst(std::string& out, instant x) {
  out += "#inst \"";
  append_instant(out, x);
  out += '"';
}

void append_uuid_literal(std::string& out, const uuid& x) {
  out += "#uuid \"";
  append_uuid(out, x);
  out += '"';
}

void append_bytes(std::string& out, bytes_view x) {
  out += "#weft/bytes \"";
  append_base64(out, x);
  out += '"';
}

void append_ref(std::string& out, entity_id x) {
  out += "#weft/ref ";
  append_long(out, static_cast<std::int64_t>(x.get()));
}

void append_items(std::string& out, std::string_view open, edn_view node, char close) {
  out += open;
  std::string_view separator;
  for (const edn_view& item : node.items()) {
    out += separator;
    append_edn(out, item);
    separator = " ";
  }
  out += close;
}

void append_map(std::string& out, edn_view node) {
  out += '{';
  std::string_view separator;
  for (const auto [key, value] : node.entries()) {
    out += separator;
    append_edn(out, key);
    out += ' ';
    append_edn(out, value);
    separator = ", ";
  }
  out += '}';
}

void append_tuple(std::string& out, value_view v) {
  out += "#weft/tuple [";
  std::string_view separator;
  for (auto elements = v.as_tuple(); !elements.at_end();) {
    out += separator;
    if (const auto element = elements.next())
      append_edn(out, *element);
    else
      out += "nil";
    separator = " ";
  }
  out += ']';
}

void append_vector(std::string& out, value_view v) {
  out += "#weft/vector [";
  for (std::size_t i = 0; i < v.vector_size(); ++i) {
    if (i != 0)
      out += ' ';
    append_component(out, v.vector_at(i));
  }
  out += ']';
}

} // namespace

void append_edn(std::string& out, edn_view node) {
  switch (node.kind()) {
  case edn_kind::nil:
    out += "nil";
    return;
  case edn_kind::boolean:
    out += node.as_bool() ? "true" : "false";
    return;
  case edn_kind::long_:
    return append_long(out, node.as_long());
  case edn_kind::double_:
    return append_number(out, node.as_double());
  case edn_kind::instant_:
    return append_inst(out, node.as_instant());
  case edn_kind::uuid_:
    return append_uuid_literal(out, node.as_uuid());
  case edn_kind::ref:
    return append_ref(out, node.as_ref());
  case edn_kind::string:
    return append_quoted(out, node.as_string());
  case edn_kind::bytes_:
    return append_bytes(out, node.as_bytes());
  case edn_kind::keyword:
    out += ':';
    out += node.as_keyword();
    return;
  case edn_kind::symbol:
    out += node.as_symbol();
    return;
  case edn_kind::list:
    return append_items(out, "(", node, ')');
  case edn_kind::vector:
    return append_items(out, "[", node, ']');
  case edn_kind::set:
    return append_items(out, "#{", node, '}');
  case edn_kind::map:
    return append_map(out, node);
  case edn_kind::tagged:
    out += '#';
    out += node.tag();
    out += ' ';
    return append_edn(out, node.form());
  }
}

void append_edn(std::string& out, value_view v) {
  switch (v.type()) {
  case value_type::boolean:
    out += v.as_bool() ? "true" : "false";
    return;
  case value_type::long_:
    return append_long(out, v.as_long());
  case value_type::double_:
    return append_number(out, v.as_double());
  case value_type::instant_:
    return append_inst(out, v.as_instant());
  case value_type::ref:
    return append_ref(out, v.as_ref());
  case value_type::keyword:
    out += ':';
    out += v.as_bytes();
    return;
  case value_type::string:
    return append_quoted(out, v.as_bytes());
  case value_type::uuid_:
    return append_uuid_literal(out, v.as_uuid());
  case value_type::bytes_:
    return append_bytes(out, v.as_bytes());
  case value_type::tuple:
    return append_tuple(out, v);
  case value_type::vector:
    return append_vector(out, v);
  }
}

void append_edn(std::string& out, const datom_view& d, const schema& names) {
  const auto* known = names.find(d.attribute);
  out += '[';
  append_long(out, static_cast<std::int64_t>(d.entity.get()));
  out += known != nullptr ? " :" + known->ident : " " + std::to_string(d.attribute.get());
  out += ' ';
  append_edn(out, d.value);
  out += ' ';
  append_long(out, static_cast<std::int64_t>(d.t.get()));
  out += d.added ? " true]" : " false]";
}

std::string to_edn(edn_view node) {
  std::string out;
  append_edn(out, node);
  return out;
}

std::string to_edn(value_view v) {
  std::string out;
  append_edn(out, v);
  return out;
}

std::string to_edn(const datom_view& d, const schema& names) {
  std::string out;
  append_edn(out, d, names);
  return out;
}

} // namespace weft
