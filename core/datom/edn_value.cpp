#include "weft/core/datom/edn_value.hpp"

#include "weft/core/base/assert.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace weft {

namespace {

/// "a long", "an instant", "bytes".
std::string with_article(std::string_view noun) {
  if (noun == name_of(edn_kind::bytes_))
    return std::string(noun);
  return fmt::format("{} {}", noun.front() == 'i' ? "an" : "a", noun);
}

/// "a long", "#my/tag", "the symbol ?e".
std::string describe(edn_view node) {
  if (node.kind() == edn_kind::tagged)
    return fmt::format("#{}", excerpt(node.tag()));
  if (node.kind() == edn_kind::symbol)
    return fmt::format("the symbol {}", excerpt(node.as_symbol()));
  if (node.is_nil())
    return "nil";
  return with_article(name_of(node.kind()));
}

tl::unexpected<error> mismatch(edn_view node, std::string_view expected) {
  auto found = describe(node);
  return fail(error_at(node, {errc::type_mismatch,
                              fmt::format("expected {}, found {}", with_article(expected), found),
                              {{"expected", std::string(expected)}, {"found", found}}}));
}

/// Through the gate for values from outside.
result<value> checked(edn_view node, value v) {
  if (auto ok = check(v.view()); !ok)
    return fail(error_at(node, std::move(ok).error()));
  return v;
}

/// The kind a type is written in, for types with one plain spelling.
edn_kind kind_of(value_type type) noexcept {
  switch (type) {
  case value_type::boolean:
    return edn_kind::boolean;
  case value_type::long_:
    return edn_kind::long_;
  case value_type::double_:
    return edn_kind::double_;
  case value_type::instant_:
    return edn_kind::instant_;
  case value_type::ref:
    return edn_kind::ref;
  case value_type::keyword:
    return edn_kind::keyword;
  case value_type::string:
    return edn_kind::string;
  case value_type::uuid_:
    return edn_kind::uuid_;
  case value_type::bytes_:
    return edn_kind::bytes_;
  case value_type::tuple:
  case value_type::vector:
    break;
  }
  return edn_kind::tagged;
}

/// The value of a scalar node of a kind that is a type.
value scalar(edn_view node) {
  switch (node.kind()) {
  case edn_kind::boolean:
    return value::of(node.as_bool());
  case edn_kind::long_:
    return value::of(node.as_long());
  case edn_kind::double_:
    return value::of(node.as_double());
  case edn_kind::instant_:
    return value::of(node.as_instant());
  case edn_kind::uuid_:
    return value::of(node.as_uuid());
  case edn_kind::ref:
    return value::of(node.as_ref());
  case edn_kind::string:
    return value::string(node.as_string());
  case edn_kind::bytes_:
    return value::bytes(node.as_bytes());
  default:
    return value::keyword(node.as_keyword());
  }
}

/// The elements of `#weft/<type> [...]` or `[...]`; none for everything else.
std::optional<std::span<const edn_view>> elements_of(edn_view node, std::string_view tag) {
  const edn_view form = node.is_tagged(tag) ? node.form() : node;
  if (form.kind() != edn_kind::vector)
    return std::nullopt;
  return form.items();
}

std::optional<double> number_of(edn_view node) {
  if (node.kind() == edn_kind::double_)
    return node.as_double();
  if (node.kind() == edn_kind::long_)
    return static_cast<double>(node.as_long());
  return std::nullopt;
}

/// A double, or a long that a double holds exactly.
result<value> read_double(edn_view node) {
  const auto x = number_of(node);
  if (!x)
    return mismatch(node, "double");
  constexpr double beyond = 0x1p63; // the first double above all longs
  if (node.kind() == edn_kind::long_ &&
      (*x == beyond || static_cast<std::int64_t>(*x) != node.as_long()))
    return fail(error_at(node, {errc::type_mismatch,
                                fmt::format("no double is exactly {}", node.as_long()),
                                {{"expected", "double"}, {"found", describe(node)}}}));
  return value::of(*x);
}

result<value> read_ref(edn_view node) {
  if (node.kind() == edn_kind::ref)
    return scalar(node);
  if (node.kind() != edn_kind::long_)
    return mismatch(node, "ref");
  return checked(node, value::of(entity_id(static_cast<std::uint64_t>(node.as_long()))));
}

/// Components are rounded to binary32.
result<value> read_vector(edn_view node) {
  const auto elements = elements_of(node, "weft/vector");
  if (!elements)
    return mismatch(node, "vector");
  std::vector<float> components;
  components.reserve(elements->size());
  for (const edn_view& element : *elements) {
    const auto x = number_of(element);
    if (!x)
      return mismatch(element, "double");
    const auto component = static_cast<float>(*x);
    if (std::isinf(component) && !std::isinf(*x))
      return fail(error_at(
          element,
          {errc::invalid_value, "the component does not fit the 32 bits of a vector's", {}}));
    components.push_back(component);
  }
  return checked(node, value::vector(components));
}

template <class ReadElement>
result<value> read_elements(edn_view node, std::span<const edn_view> elements, ReadElement read) {
  std::vector<std::optional<value>> values;
  values.reserve(elements.size());
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (elements[i].is_nil()) {
      values.emplace_back();
      continue;
    }
    WEFT_TRY(auto element, read(i));
    values.emplace_back(std::move(element));
  }
  return checked(node, value::tuple(values));
}

result<value> read_any_tuple(edn_view node) {
  const auto elements = elements_of(node, "weft/tuple");
  if (!elements)
    return mismatch(node, "tuple");
  return read_elements(node, *elements, [&](std::size_t i) { return infer_value((*elements)[i]); });
}

} // namespace

result<value> read_value(edn_view node, value_type type) {
  switch (type) {
  case value_type::double_:
    return read_double(node);
  case value_type::ref:
    return read_ref(node);
  case value_type::tuple:
    return read_any_tuple(node);
  case value_type::vector:
    return read_vector(node);
  default:
    if (node.kind() != kind_of(type))
      return mismatch(node, name_of(type));
    return checked(node, scalar(node));
  }
}

result<value> read_tuple(edn_view node, std::span<const value_type> types) {
  const auto elements = elements_of(node, "weft/tuple");
  if (!elements)
    return mismatch(node, "tuple");
  if (elements->size() != types.size())
    return fail(error_at(node, {errc::type_mismatch,
                                fmt::format("expected a tuple of {} elements, found {}",
                                            types.size(), elements->size()),
                                {{"expected", "tuple"}, {"found", describe(node)}}}));
  return read_elements(node, *elements,
                       [&](std::size_t i) { return read_value((*elements)[i], types[i]); });
}

result<value_type> infer_type(edn_view node) {
  if (node.is_tagged("weft/tuple"))
    return value_type::tuple;
  if (node.is_tagged("weft/vector"))
    return value_type::vector;
  for (const auto type : {value_type::boolean, value_type::long_, value_type::double_,
                          value_type::instant_, value_type::ref, value_type::keyword,
                          value_type::string, value_type::uuid_, value_type::bytes_}) {
    if (kind_of(type) == node.kind())
      return type;
  }
  return mismatch(node, "value");
}

result<value> infer_value(edn_view node) {
  WEFT_TRY(const auto type, infer_type(node));
  return read_value(node, type);
}

} // namespace weft
