// Operands as values of an attribute's type: resolver::value and what it needs.
#include "weft/core/datom/edn_value.hpp"
#include "weft/core/tx/describe.hpp"
#include "weft/core/tx/resolve.hpp"

#include <fmt/format.h>

#include <cmath>

namespace weft::tx {

namespace {

/// The double that says exactly what a long says.
std::optional<double> exact_double(std::int64_t x) noexcept {
  constexpr double beyond = 0x1p63; // the first double above all longs
  const auto d = static_cast<double>(x);
  if (d == beyond || static_cast<std::int64_t>(d) != x)
    return std::nullopt;
  return d;
}

std::optional<double> number(const operand& x) noexcept {
  if (const auto v = x.scalar_of(value_type::double_))
    return v->as_double();
  const auto v = x.scalar_of(value_type::long_);
  return v ? exact_double(v->as_long()) : std::nullopt;
}

/// Attributes whose strings hold EDN: they may be written as the EDN itself.
bool holds_edn(const attribute& a) noexcept {
  return a.id == builtin::tuple_attrs || a.id == builtin::tuple_types || a.id == builtin::check;
}

/// Equal EDN gives equal text, however it was spaced.
result<value> edn_text(const attribute& a, const operand& x) {
  if (x.what() == operand::kind::list)
    return value::string(edn_of(x));
  const auto text = x.scalar_of(value_type::string);
  if (!text)
    return fail(mismatch(a, "EDN", x));
  auto tree = read_edn(text->as_bytes());
  if (!tree)
    return fail(errc::schema_invalid,
                fmt::format("{} is not EDN: {}", name_of(a), tree.error().detail),
                {{"key", name_of(a)}, {"value", text_of(*text)}});
  return value::string(to_edn(*tree));
}

} // namespace

std::vector<value_type> element_types(const schema& s, const attribute& a, std::size_t size) {
  if (!a.tuple_of.empty()) {
    std::vector<value_type> out;
    for (const auto part : a.tuple_of)
      out.push_back(s.find(part)->type);
    return out.size() == size ? out : std::vector<value_type>();
  }
  if (a.tuple_types.size() == 1)
    return std::vector<value_type>(size, a.tuple_types[0]);
  return a.tuple_types.size() == size ? a.tuple_types : std::vector<value_type>();
}

result<value_view> resolver::value(const attribute& a, const operand& x, text_position at) {
  if (a.type == value_type::ref) {
    if (x.is_nil() || x.what() == operand::kind::map ||
        (x.what() == operand::kind::list && !is_lookup(x)))
      return fail(mismatch(a, "ref", x));
    auto e = entity(x, at);
    if (!e && e.error().code == errc::malformed_transaction)
      return fail(mismatch(a, "ref", x));
    if (!e)
      return fail(about(a, std::move(e).error()));
    return value_view::of(*e);
  }
  if (holds_edn(a)) {
    WEFT_TRY(auto text, edn_text(a, x));
    return keep(std::move(text));
  }
  auto v = a.type == value_type::tuple    ? tuple(a, x, at)
           : a.type == value_type::vector ? vector(a, x)
                                          : scalar(a, x);
  if (!v)
    return v;
  if (auto checked = check(*v); !checked)
    return fail(about(a, std::move(checked).error()));
  return v;
}

result<value_view> resolver::scalar(const attribute& a, const operand& x) const {
  if (a.type == value_type::double_) {
    if (const auto d = number(x))
      return value_view::of(*d);
    if (const auto v = x.scalar_of(value_type::long_)) {
      auto inexact = mismatch(a, "double", x);
      inexact.detail = fmt::format("{}: no double is exactly {}", name_of(a), v->as_long());
      return fail(std::move(inexact));
    }
  } else if (const auto v = x.scalar_of(a.type)) {
    return *v;
  }
  return fail(mismatch(a, weft::name_of(a.type), x));
}

result<value_view> resolver::vector(const attribute& a, const operand& x) {
  if (const auto v = x.scalar_of(value_type::vector))
    return *v;
  if (x.what() != operand::kind::list)
    return fail(mismatch(a, "vector", x));
  std::vector<float> components;
  components.reserve(x.items().size());
  for (const auto& item : x.items()) {
    const auto d = number(item);
    if (!d)
      return fail(mismatch(a, "vector", x));
    const auto component = static_cast<float>(*d); // rounded, as in text
    if (std::isinf(component) && !std::isinf(*d))
      return fail(errc::invalid_value, fmt::format("{} is no binary32 number", text_of(item)),
                  {{"attribute", name_of(a)}, {"value", text_of(item)}});
    components.push_back(component);
  }
  return keep(weft::value::vector(components));
}

/// Elements that were taken out of a tuple are kept: what they name is remembered by their values.
result<const std::vector<operand>*> resolver::elements_of(const attribute& a, const operand& x) {
  if (x.what() == operand::kind::list)
    return &x.items();
  const auto v = x.scalar_of(value_type::tuple);
  if (!v)
    return fail(mismatch(a, "tuple", x));
  WEFT_CHECK(check(*v));
  auto& out = elements_.emplace_back();
  for (auto reader = v->as_tuple(); !reader.at_end();) {
    const auto element = reader.next();
    out.push_back(element ? operand(*element) : operand());
  }
  return &out;
}

result<value_view> resolver::tuple(const attribute& a, const operand& x, text_position at) {
  WEFT_TRY(const auto* const listed, elements_of(a, x));
  const auto& elements = *listed;
  const auto types = element_types(*after_, a, elements.size());
  if (types.empty())
    return fail(mismatch(a, "tuple of another size", x));
  std::vector<std::optional<weft::value>> values(elements.size());
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (elements[i].is_nil())
      continue;
    const attribute element{.id = a.id, .ident = a.ident, .type = types[i]};
    WEFT_TRY(const auto v, value(element, elements[i], at));
    if (v.type() == value_type::ref && provisional::is(v.as_ref()))
      return fail(mismatch(a, "tuple of known entities", x));
    values[i] = weft::value(v);
  }
  return keep(weft::value::tuple(values));
}

} // namespace weft::tx
