#include "weft/core/tx/schema/fold.hpp"

#include "weft/core/tx/schema/declaration.hpp"

#include <map>

namespace weft {

namespace {

std::map<attribute_id, tx::declaration> collect(const schema& before,
                                                std::span<const datom_view> datoms) {
  std::map<attribute_id, tx::declaration> out;
  for (const auto& d : datoms) {
    const auto id = entity::to_attribute(d.entity);
    if (!id || id->get() < limits::first_user_attribute || !tx::describes_attributes(d.attribute))
      continue;
    auto it = out.find(*id);
    if (it == out.end()) {
      const auto* known = before.find(*id);
      it = out.emplace(*id, known != nullptr ? tx::declaration(*known, before) : tx::declaration())
               .first;
    }
    if (d.added)
      it->second.add(d.attribute, d.value);
    else
      it->second.retract(d.attribute, d.value);
  }
  return out;
}

} // namespace

result<std::shared_ptr<const schema>> fold_schema(const std::shared_ptr<const schema>& before,
                                                  std::span<const datom_view> datoms) {
  const auto declarations = collect(*before, datoms);
  if (declarations.empty())
    return before;
  std::vector<attribute> read_ones;
  for (const auto& [id, said] : declarations) {
    WEFT_TRY(auto a, said.read(id));
    if (const auto* known = before->find(id))
      a.tuple_of = known->tuple_of;
    read_ones.push_back(std::move(a));
  }
  auto now = before->with(read_ones);
  std::vector<attribute> composites;
  for (auto& a : read_ones) {
    if (!a.tuple_of.empty() || !declarations.at(a.id)[builtin::tuple_attrs])
      continue;
    WEFT_CHECK(declarations.at(a.id).read_parts(a, *now, *now));
    composites.push_back(std::move(a));
  }
  return composites.empty() ? now : now->with(std::move(composites));
}

} // namespace weft
