#include "random_value.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/core/base/limits.hpp"

#include <limits>

namespace weft::test {

namespace {

constexpr std::size_t edge_every = 8;
constexpr std::size_t prefix = limits::value_prefix_bytes;

template <class Number>
using limit = std::numeric_limits<Number>;

std::vector<float> with_last(std::size_t size, float last) {
  std::vector<float> out(size, 1.0F);
  out.back() = last;
  return out;
}

value number(value_type type, std::int64_t x) {
  return type == value_type::long_ ? value::of(x) : value::of(instant(x));
}

value whole_number(value_type type, choices& c) {
  if (!c.once_in(edge_every))
    return number(type, static_cast<std::int64_t>(c.below(5)));
  constexpr auto least = limit<std::int64_t>::min();
  constexpr auto most = limit<std::int64_t>::max();
  return number(type, c.of(std::vector<std::int64_t>{-1, least, least + 1, most, most - 1}));
}

value real_number(choices& c) {
  if (!c.once_in(edge_every))
    return value::of(static_cast<double>(c.below(3)) / 2);
  using x = limit<double>;
  return value::of(
      c.of(std::vector<double>{-0.0, x::infinity(), -x::infinity(), x::denorm_min(),
                               -x::denorm_min(), x::max(), x::lowest(), x::min(), x::quiet_NaN()}));
}

value text(choices& c) {
  if (!c.once_in(edge_every))
    return value::string("s" + std::to_string(c.below(4)));
  static const std::vector<std::string> edges = {"",
                                                 std::string(1, '\0'),
                                                 std::string("s\0", 2),
                                                 std::string("s\0x", 3),
                                                 "\xC3\xA4",
                                                 std::string(prefix, 'p'),
                                                 std::string(prefix, 'p') + "0",
                                                 std::string(prefix, 'p') + "1",
                                                 std::string(prefix, 'p') + '\0'};
  return value::string(c.of(edges));
}

value octets(choices& c) {
  if (!c.once_in(edge_every))
    return value::bytes(std::string(1, static_cast<char>(c.below(3))));
  static const std::vector<std::string> edges = {"",
                                                 std::string(2, '\0'),
                                                 "\xFF",
                                                 "\xFF\xFF",
                                                 std::string(prefix, '\xFF'),
                                                 std::string(prefix, '\xFF') + '\0',
                                                 std::string(prefix, '\xFF') + "\xFF"};
  return value::bytes(c.of(edges));
}

value components(choices& c) {
  if (!c.once_in(edge_every))
    return value::vector(with_last(1 + c.below(2), static_cast<float>(c.below(3))));
  using x = limit<float>;
  constexpr auto n = prefix / sizeof(float);
  static const std::vector<std::vector<float>> edges = {
      {-0.0F},          {0.0F, -0.0F},          {x::infinity()},
      {-x::infinity()}, {x::denorm_min()},      {x::max()},
      {x::lowest()},    with_last(n, 2.0F),     with_last(n + 1, 2.0F),
      {x::quiet_NaN()}, with_last(n + 1, 3.0F), with_last(n + 2, 2.0F)};
  return value::vector(c.of(edges));
}

value identifier(choices& c) {
  uuid out;
  if (c.once_in(edge_every))
    out.octets.fill(0xFF);
  out.octets[c.once_in(2) ? 0 : 15] = static_cast<std::uint8_t>(0x7F + c.below(3));
  return value::of(out);
}

value pair(choices& c) {
  std::vector<std::optional<value>> both = {whole_number(value_type::long_, c), text(c)};
  if (c.once_in(8))
    std::swap(both[0], both[1]);
  return value::tuple(both);
}

} // namespace

value random_value(value_type type, choices& c) {
  switch (type) {
  case value_type::boolean:
    return value::of(c.below(2) == 1);
  case value_type::long_:
  case value_type::instant_:
    return whole_number(type, c);
  case value_type::double_:
    return real_number(c);
  case value_type::keyword:
    return value::keyword(c.of(std::vector<std::string>{"e/a", "e/b", "x/y0"}));
  case value_type::string:
    return text(c);
  case value_type::bytes_:
    return octets(c);
  case value_type::uuid_:
    return identifier(c);
  case value_type::vector:
    return components(c);
  case value_type::tuple:
    return pair(c);
  case value_type::ref:
    break;
  }
  WEFT_ASSERT(type != value_type::ref);
  return {};
}

const std::vector<value_type>& random_types() {
  static const std::vector<value_type> types = {
      value_type::long_,   value_type::string,   value_type::double_, value_type::keyword,
      value_type::boolean, value_type::instant_, value_type::uuid_,   value_type::bytes_,
      value_type::vector,  value_type::tuple,    value_type::ref};
  return types;
}

} // namespace weft::test
