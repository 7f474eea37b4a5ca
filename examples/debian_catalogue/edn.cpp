#include "edn.hpp"

namespace debian {
namespace {

void append_quoted(std::string& out, std::string_view text) {
  out.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out.push_back('\\');
    if (c == '\n')
      out.append("\\n");
    else
      out.push_back(c);
  }
  out.push_back('"');
}

void append_keyword(std::string& out, std::string_view ident) {
  out.append(":").append(ident);
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
    out.push_back('{');
    append_keyword(out, f.target);
    out.push_back(' ');
    append_quoted(out, f.text);
    out.push_back('}');
    break;
  }
}

} // namespace

void append_edn(std::string& out, const attribute& a) {
  out.append("{:db/ident ");
  append_keyword(out, a.ident);
  out.append(" :db/valueType :db.type/").append(a.type);
  out.append(" :db/cardinality :db.cardinality/").append(a.many ? "many" : "one");
  if (a.identity)
    out.append(" :db/unique :db.unique/identity");
  out.append(" :db/doc ");
  append_quoted(out, a.doc);
  out.append("}\n");
}

void append_edn(std::string& out, statement s) {
  char before = '{';
  for_each_attribute(s, [&](statement values) {
    out.push_back(before);
    append_keyword(out, values.front().attribute);
    if (values.front().many)
      out.append(" [");
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i != 0 || !values.front().many)
        out.push_back(' ');
      append_value(out, values[i]);
    }
    if (values.front().many)
      out.push_back(']');
    before = ' ';
  });
  out.append("}\n");
}

} // namespace debian
