#include "json.hpp"

namespace debian {
namespace {

void append_quoted(std::string& out, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  out.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out.push_back('\\');
    if (static_cast<unsigned char>(c) < 0x20)
      out.append("\\u00").append({hex[static_cast<unsigned char>(c) >> 4U], hex[c & 0xF]});
    else
      out.push_back(c);
  }
  out.push_back('"');
}

void append_key(std::string& out, std::string_view ident) {
  append_quoted(out, ident);
  out.push_back(':');
}

/// {"key":"text"}: a tagged keyword, or a nested entity with its identity.
void append_object(std::string& out, std::string_view key, std::string_view text) {
  out.push_back('{');
  append_key(out, key);
  append_quoted(out, text);
  out.push_back('}');
}

void append_keyword(std::string& out, std::string_view keyword) {
  append_object(out, "$keyword", keyword);
}

void append_value(std::string& out, const fact& f) {
  switch (f.is) {
  case fact::kind::string:
    append_quoted(out, f.text);
    break;
  case fact::kind::keyword:
    append_keyword(out, f.text);
    break;
  case fact::kind::number:
    out.append(std::to_string(f.number));
    break;
  case fact::kind::reference:
    append_object(out, f.target, f.text);
    break;
  }
}

} // namespace

void append_json(std::string& out, const attribute& a) {
  const auto keyword = [&](std::string_view key, const std::string& value) {
    append_key(out, key);
    append_keyword(out, value);
    out.push_back(',');
  };
  out.push_back('{');
  keyword("db/ident", std::string(a.ident));
  keyword("db/valueType", "db.type/" + std::string(a.type));
  keyword("db/cardinality", a.many ? "db.cardinality/many" : "db.cardinality/one");
  if (a.identity)
    keyword("db/unique", "db.unique/identity");
  append_key(out, "db/doc");
  append_quoted(out, a.doc);
  out.append("}\n");
}

void append_json(std::string& out, statement s) {
  char before = '{';
  for_each_attribute(s, [&](statement values) {
    out.push_back(before);
    append_key(out, values.front().attribute);
    if (values.front().many)
      out.push_back('[');
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i != 0)
        out.push_back(',');
      append_value(out, values[i]);
    }
    if (values.front().many)
      out.push_back(']');
    before = ',';
  });
  out.append("}\n");
}

} // namespace debian
