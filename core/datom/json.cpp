#include "weft/core/datom/json.hpp"

#include "weft/core/datom/edn_builder.hpp"
#include "weft/core/datom/edn_literal.hpp"

#include <algorithm>
#include <cmath>

namespace weft {

namespace {

/// Writes {"$tag":"..."}.
class tagged_text {
 public:
  tagged_text(std::string& out, std::string_view tag) : out_(out) {
    out_ += "{\"$";
    out_ += tag;
    out_ += "\":\"";
  }
  tagged_text(const tagged_text&) = delete;
  tagged_text& operator=(const tagged_text&) = delete;
  ~tagged_text() { out_ += "\"}"; }

 private:
  std::string& out_;
};

void append_whole(std::string& out, std::int64_t x) {
  constexpr std::int64_t exact = 1LL << 53U; // up to here doubles are all integers
  if (x >= -exact && x <= exact)
    return append_long(out, x);
  const tagged_text tag(out, "long");
  append_long(out, x);
}

template <class Float>
void append_number(std::string& out, Float x, void append(std::string&, Float)) {
  if (!std::isinf(x))
    return append(out, x);
  const tagged_text tag(out, "double");
  out += x < 0 ? "-Infinity" : "Infinity";
}

void append_instant_object(std::string& out, instant x) {
  const tagged_text tag(out, "instant");
  append_instant(out, x);
}

void append_uuid_object(std::string& out, const uuid& x) {
  const tagged_text tag(out, "uuid");
  append_uuid(out, x);
}

void append_ref_object(std::string& out, entity_id x) {
  const tagged_text tag(out, "ref");
  append_long(out, static_cast<std::int64_t>(x.get()));
}

void append_bytes_object(std::string& out, bytes_view x) {
  const tagged_text tag(out, "bytes");
  append_base64(out, x);
}

/// Keywords and symbols hold nothing that JSON escapes.
void append_name_object(std::string& out, std::string_view tag_name, std::string_view name) {
  const tagged_text tag(out, tag_name);
  out += name;
}

void append_array(std::string& out, std::span<const edn_view> items) {
  out += '[';
  std::string_view separator;
  for (const edn_view& item : items) {
    out += separator;
    append_json(out, item);
    separator = ",";
  }
  out += ']';
}

void append_tagged_array(std::string& out, std::string_view tag, std::span<const edn_view> items) {
  out += "{\"$";
  out += tag;
  out += "\":";
  append_array(out, items);
  out += '}';
}

/// Keys that begin like a tag have a colon.
void append_key(std::string& out, std::string_view keyword) {
  out += '"';
  if (keyword.front() == '$')
    out += ':';
  out += keyword;
  out += "\":";
}

void append_object(std::string& out, edn_view map) {
  out += '{';
  std::string_view separator;
  for (const auto [key, value] : map.entries()) {
    out += separator;
    append_key(out, key.as_keyword());
    append_json(out, value);
    separator = ",";
  }
  out += '}';
}

void append_pairs(std::string& out, edn_view map) {
  out += "{\"$map\":[";
  std::string_view separator;
  for (const auto [key, value] : map.entries()) {
    out += separator;
    out += '[';
    append_json(out, key);
    out += ',';
    append_json(out, value);
    out += ']';
    separator = ",";
  }
  out += "]}";
}

void append_map(std::string& out, edn_view map) {
  const auto entries = map.entries();
  const bool object = std::ranges::all_of(
      entries, [](const edn_entry& e) { return e.key.kind() == edn_kind::keyword; });
  if (object)
    append_object(out, map);
  else
    append_pairs(out, map);
}

void append_tagged(std::string& out, edn_view node) {
  if (node.form().kind() == edn_kind::vector) {
    if (node.tag() == "weft/vector")
      return append_tagged_array(out, "vector", node.form().items());
    if (node.tag() == "weft/tuple")
      return append_tagged_array(out, "tuple", node.form().items());
  }
  out += "{\"$tagged\":[\"";
  out += node.tag();
  out += "\",";
  append_json(out, node.form());
  out += "]}";
}

void append_tuple(std::string& out, value_view v) {
  out += "{\"$tuple\":[";
  std::string_view separator;
  for (auto elements = v.as_tuple(); !elements.at_end();) {
    out += separator;
    if (const auto element = elements.next())
      append_json(out, *element);
    else
      out += "null";
    separator = ",";
  }
  out += "]}";
}

void append_vector(std::string& out, value_view v) {
  out += "{\"$vector\":[";
  for (std::size_t i = 0; i < v.vector_size(); ++i) {
    if (i != 0)
      out += ',';
    append_number(out, v.vector_at(i), append_float);
  }
  out += "]}";
}

} // namespace

void append_json(std::string& out, edn_view node) {
  switch (node.kind()) {
  case edn_kind::nil:
    out += "null";
    return;
  case edn_kind::boolean:
    out += node.as_bool() ? "true" : "false";
    return;
  case edn_kind::long_:
    return append_whole(out, node.as_long());
  case edn_kind::double_:
    return append_number(out, node.as_double(), append_double);
  case edn_kind::instant_:
    return append_instant_object(out, node.as_instant());
  case edn_kind::uuid_:
    return append_uuid_object(out, node.as_uuid());
  case edn_kind::ref:
    return append_ref_object(out, node.as_ref());
  case edn_kind::string:
    return append_quoted(out, node.as_string());
  case edn_kind::bytes_:
    return append_bytes_object(out, node.as_bytes());
  case edn_kind::keyword:
    return append_name_object(out, "keyword", node.as_keyword());
  case edn_kind::symbol:
    return append_name_object(out, "symbol", node.as_symbol());
  case edn_kind::list:
    return append_tagged_array(out, "list", node.items());
  case edn_kind::vector:
    return append_array(out, node.items());
  case edn_kind::set:
    return append_tagged_array(out, "set", node.items());
  case edn_kind::map:
    return append_map(out, node);
  case edn_kind::tagged:
    return append_tagged(out, node);
  }
}

void append_json(std::string& out, value_view v) {
  switch (v.type()) {
  case value_type::boolean:
    out += v.as_bool() ? "true" : "false";
    return;
  case value_type::long_:
    return append_whole(out, v.as_long());
  case value_type::double_:
    return append_number(out, v.as_double(), append_double);
  case value_type::instant_:
    return append_instant_object(out, v.as_instant());
  case value_type::ref:
    return append_ref_object(out, v.as_ref());
  case value_type::keyword:
    return append_name_object(out, "keyword", v.as_bytes());
  case value_type::string:
    return append_quoted(out, v.as_bytes());
  case value_type::uuid_:
    return append_uuid_object(out, v.as_uuid());
  case value_type::bytes_:
    return append_bytes_object(out, v.as_bytes());
  case value_type::tuple:
    return append_tuple(out, v);
  case value_type::vector:
    return append_vector(out, v);
  }
}

void append_json(std::string& out, const datom_view& d, const schema& names) {
  const auto* known = names.find(d.attribute);
  out += "{\"e\":\"";
  append_long(out, static_cast<std::int64_t>(d.entity.get()));
  out += "\",\"a\":\"";
  out += known != nullptr ? known->ident : std::to_string(d.attribute.get());
  out += "\",\"v\":";
  append_json(out, d.value);
  out += ",\"t\":";
  append_long(out, static_cast<std::int64_t>(d.t.get()));
  out += d.added ? ",\"added\":true}" : ",\"added\":false}";
}

std::string to_json(edn_view node) {
  std::string out;
  append_json(out, node);
  return out;
}

std::string to_json(value_view v) {
  std::string out;
  append_json(out, v);
  return out;
}

std::string to_json(const datom_view& d, const schema& names) {
  std::string out;
  append_json(out, d, names);
  return out;
}

// -- transactions ---

namespace {

/// Which element of an operation is an attribute or a function's name; 0: none.
std::size_t name_position(edn_view operation) noexcept {
  const bool keyword = operation.kind() == edn_kind::keyword;
  if (!keyword && operation.kind() != edn_kind::string)
    return 0;
  const auto name = keyword ? operation.as_keyword() : operation.as_string();
  if (name == "db.fn/call")
    return 1;
  return name.starts_with("db/") || name.starts_with("db.fn/") ? 2 : 0;
}

void add_operation(edn_builder& out, edn_view operation) {
  const auto items = operation.items();
  const auto name_at = items.empty() ? 0 : name_position(items[0]);
  out.begin(edn_kind::vector, operation.position());
  for (std::size_t i = 0; i < items.size(); ++i) {
    const bool name = i == 0 || i == name_at;
    if (name && items[i].kind() == edn_kind::string)
      out.keyword(items[i].as_string(), items[i].position());
    else
      out.add(items[i]);
  }
  out.end();
}

} // namespace

result<edn> transaction_from_json(edn_view tree) {
  edn_builder out(errc::malformed_json);
  if (tree.kind() != edn_kind::vector) {
    out.add(tree);
    return out.finish();
  }
  out.begin(edn_kind::vector, tree.position());
  for (const edn_view& operation : tree.items()) {
    if (operation.kind() == edn_kind::vector)
      add_operation(out, operation);
    else
      out.add(operation);
  }
  out.end();
  return out.finish();
}

} // namespace weft
