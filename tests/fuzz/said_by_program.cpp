#include "fuzz/said_by_program.hpp"

namespace weft::test {

namespace {

/// In the place of an entity.
operand entity_of(const operand& x) {
  for (const auto type : {value_type::string, value_type::keyword})
    if (const auto v = x.scalar_of(type); v && v->as_bytes() == "db/current-tx")
      return this_transaction();
  if (const auto v = x.scalar_of(value_type::string); v && v->as_bytes() != "datomic.tx")
    return tempid(v->as_bytes());
  return x;
}

} // namespace

tx_request said_by_program(const tx_request& text) {
  tx_request out;
  for (const auto& op : text.operations()) {
    switch (op.what) {
    case operation::kind::add:
      out.add(entity_of(op.entity), op.attribute, op.value);
      break;
    case operation::kind::retract:
      if (op.value.is_nil())
        out.retract(entity_of(op.entity), op.attribute);
      else
        out.retract(entity_of(op.entity), op.attribute, op.value);
      break;
    case operation::kind::retract_entity:
      out.retract_entity(entity_of(op.entity));
      break;
    case operation::kind::cas:
      out.cas(entity_of(op.entity), op.attribute, op.arguments.at(0), op.value);
      break;
    case operation::kind::call:
      out.call(op.attribute, op.arguments);
      break;
    case operation::kind::put:
      if (op.entity.is_nil())
        out.put(op.value.entries());
      else
        out.put(entity_of(op.entity), op.value.entries());
      break;
    }
  }
  return out;
}

} // namespace weft::test
