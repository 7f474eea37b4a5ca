#include "weft/core/datom/attribute_codec.hpp"

#include "weft/core/base/limits.hpp"

namespace weft {

namespace {

constexpr std::uint8_t flag_many = 1;
constexpr std::uint8_t flag_unique_value = 2;
constexpr std::uint8_t flag_unique_identity = 4;
constexpr std::uint8_t flag_indexed = 8;
constexpr std::uint8_t flag_component = 16;
constexpr std::uint8_t flag_no_history = 32;
constexpr std::uint8_t all_flags = 63;

/// A count of things that take at least a byte each.
std::size_t read_count(byte_reader& in) {
  const auto n = in.varint();
  if (n > limits::tuple_elements_max || n > in.remaining())
    in.invalidate();
  return in.ok() ? static_cast<std::size_t>(n) : 0;
}

attribute_id read_id(byte_reader& in) {
  const auto x = in.varint();
  if (x < 1 || x >= limits::first_user_local)
    in.invalidate();
  return attribute_id(static_cast<std::uint32_t>(x));
}

value_type read_type(byte_reader& in) {
  const auto x = in.u8();
  if (x < 1 || x > static_cast<std::uint8_t>(value_type::vector))
    in.invalidate();
  return static_cast<value_type>(x);
}

void read_flags(byte_reader& in, attribute& out) {
  const unsigned flags = in.u8();
  constexpr unsigned both = flag_unique_value | flag_unique_identity;
  if (flags > all_flags || (flags & both) == both)
    in.invalidate();
  out.cardinality = (flags & flag_many) != 0 ? cardinality::many : cardinality::one;
  if ((flags & both) != 0)
    out.unique = (flags & flag_unique_value) != 0 ? uniqueness::value : uniqueness::identity;
  out.indexed = (flags & flag_indexed) != 0;
  out.component = (flags & flag_component) != 0;
  out.no_history = (flags & flag_no_history) != 0;
}

} // namespace

void encode(byte_writer& out, const attribute& a) {
  out.varint(a.id.get());
  out.counted(a.ident);
  out.u8(static_cast<std::uint8_t>(a.type));
  unsigned flags = 0;
  flags |= a.cardinality == cardinality::many ? flag_many : 0U;
  flags |= a.unique == uniqueness::value ? flag_unique_value : 0U;
  flags |= a.unique == uniqueness::identity ? flag_unique_identity : 0U;
  flags |= a.indexed ? flag_indexed : 0U;
  flags |= a.component ? flag_component : 0U;
  flags |= a.no_history ? flag_no_history : 0U;
  out.u8(static_cast<std::uint8_t>(flags));
  out.varint(a.tuple_of.size());
  for (const auto part : a.tuple_of)
    out.varint(part.get());
  out.varint(a.tuple_types.size());
  for (const auto type : a.tuple_types)
    out.u8(static_cast<std::uint8_t>(type));
}

attribute decode_attribute(byte_reader& in) {
  attribute a;
  a.id = read_id(in);
  const auto ident = in.counted();
  if (ident.size() > limits::keyword_bytes_max || !is_keyword(ident))
    in.invalidate();
  a.ident = ident;
  a.type = read_type(in);
  read_flags(in, a);
  const auto parts = read_count(in);
  for (std::size_t i = 0; i < parts && in.ok(); ++i)
    a.tuple_of.push_back(read_id(in));
  const auto types = read_count(in);
  for (std::size_t i = 0; i < types && in.ok(); ++i)
    a.tuple_types.push_back(read_type(in));
  return a;
}

} // namespace weft
