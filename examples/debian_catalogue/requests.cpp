#include "requests.hpp"

namespace debian {
namespace {

weft::operand keyword(std::string_view text) {
  return weft::value::keyword(text);
}

weft::operand operand_of(const fact& f) {
  switch (f.is) {
  case fact::kind::string:
    return f.text;
  case fact::kind::keyword:
    return keyword(f.text);
  case fact::kind::number:
    return f.number;
  case fact::kind::reference:
    return weft::lookup(f.target, f.text);
  }
  return {};
}

} // namespace

weft::tx_request schema_request() {
  weft::tx_request request;
  for (const attribute& a : attributes()) {
    std::vector<weft::map_entry> facts = {
        {"db/ident", keyword(a.ident)},
        {"db/valueType", keyword("db.type/" + std::string(a.type))},
        {"db/cardinality", keyword(a.many ? "db.cardinality/many" : "db.cardinality/one")},
        {"db/doc", a.doc}};
    if (a.identity)
      facts.push_back({"db/unique", keyword("db.unique/identity")});
    request.put(std::move(facts));
  }
  return request;
}

void append(weft::tx_request& to, statement s) {
  std::vector<weft::map_entry> facts;
  for_each_attribute(s, [&](statement values) {
    const fact& first = values.front();
    if (!first.many) {
      facts.push_back({std::string(first.attribute), operand_of(first)});
      return;
    }
    std::vector<weft::operand> operands;
    operands.reserve(values.size());
    for (const fact& f : values)
      operands.push_back(operand_of(f));
    facts.push_back({std::string(first.attribute), weft::list_of(std::move(operands))});
  });
  to.put(std::move(facts));
}

} // namespace debian
