#include "support/generators.hpp"

#include "weft/core/base/limits.hpp"

#include <bit>
#include <cmath>
#include <limits>

namespace weft::test {

// -- text and bytes ---

std::string utf8(char32_t c) {
  const auto tail = [c](unsigned shift) { return static_cast<char>(0x80U | (c >> shift & 0x3FU)); };
  if (c < 0x80U)
    return {static_cast<char>(c)};
  if (c < 0x800U)
    return {static_cast<char>(0xC0U | c >> 6U), tail(0)};
  if (c < 0x10000U)
    return {static_cast<char>(0xE0U | c >> 12U), tail(6), tail(0)};
  return {static_cast<char>(0xF0U | c >> 18U), tail(12), tail(6), tail(0)};
}

rc::Gen<std::string> short_text() {
  const auto code_point = rc::gen::elementOf(
      std::u32string(U"aab-/ z\0\1\x7F\x80\x7FF\x800\xD7FF\xE000\xFFFF\x10000\x10FFFF", 18));
  return rc::gen::map(rc::gen::container<std::u32string>(code_point), [](std::u32string points) {
    std::string text;
    for (const auto c : points.substr(0, 24))
      text += utf8(c);
    return text;
  });
}

rc::Gen<bytes> short_bytes() {
  const auto octet = rc::gen::weightedOneOf<char>(
      {{3, rc::gen::element('\0', '\1', 'a', '\x7F', '\x80', '\xF7', '\xFF')},
       {1, rc::gen::arbitrary<char>()}});
  return rc::gen::map(rc::gen::container<bytes>(octet), [](bytes b) { return b.substr(0, 40); });
}

namespace {

/// `tail` alone, or behind as many 'a' as make it cross the prefix by which keys order values.
rc::Gen<std::string> perhaps_long(rc::Gen<std::string> tail) {
  constexpr std::size_t n = limits::value_prefix_bytes;
  const auto padding = rc::gen::weightedOneOf<std::size_t>(
      {{3, rc::gen::just<std::size_t>(0)},
       {1, rc::gen::element<std::size_t>(n - 8, n - 4, n - 2, n - 1, n, n + 1)}});
  return rc::gen::map(rc::gen::pair(padding, std::move(tail)),
                      [](const auto& p) { return std::string(p.first, 'a') + p.second; });
}

} // namespace

rc::Gen<std::string> any_keyword() {
  const auto part = rc::gen::map(rc::gen::nonEmpty(rc::gen::container<std::string>(
                                     rc::gen::elementOf(std::string("ab-.!09")))),
                                 [](const std::string& s) { return s.substr(0, 8); });
  const auto room = rc::gen::weightedOneOf<std::size_t>(
      {{8, rc::gen::just<std::size_t>(0)}, {1, rc::gen::just(limits::keyword_bytes_max)}});
  return rc::gen::map(
      rc::gen::tuple(rc::gen::arbitrary<bool>(), part, part, room), [](const auto& p) {
        auto text = std::get<0>(p) ? std::get<1>(p) + "/" + std::get<2>(p) : std::get<2>(p);
        text.append(std::max(std::get<3>(p), text.size()) - text.size(), 'a');
        return text;
      });
}

// -- numbers ---

template <class Int>
rc::Gen<Int> any_integer() {
  using limit = std::numeric_limits<Int>;
  return rc::gen::weightedOneOf<Int>(
      {{2, rc::gen::element<Int>(limit::min(), limit::min() + 1, -1, 0, 1, 127, limit::max() - 1,
                                 limit::max())},
       {1, rc::gen::arbitrary<Int>()},
       {1, rc::gen::inRange<Int>(0, 8)}});
}

template <class Float>
rc::Gen<Float> any_float() {
  using limit = std::numeric_limits<Float>;
  const auto edge = rc::gen::element<Float>(
      Float{0}, -Float{0}, 1, -1, limit::min(), -limit::min(), limit::max(), -limit::max(),
      limit::infinity(), -limit::infinity(), limit::denorm_min(), -limit::denorm_min());
  const auto usual = rc::gen::map(rc::gen::arbitrary<Float>(),
                                  [](Float x) { return std::isnan(x) ? Float{0} : x; });
  return rc::gen::oneOf(edge, usual);
}

template <class Float>
rc::Gen<Float> any_nan() {
  using bits = std::conditional_t<sizeof(Float) == 8, std::uint64_t, std::uint32_t>;
  constexpr auto fraction = std::numeric_limits<Float>::digits - 1;
  constexpr auto last = bits{1} << (fraction - 1U); // quiet
  const auto payload = rc::gen::oneOf(rc::gen::element<bits>(1, last, last + 1, 2 * last - 1),
                                      rc::gen::inRange<bits>(1, 2 * last));
  return rc::gen::map(rc::gen::pair(rc::gen::arbitrary<bool>(), payload), [](const auto& p) {
    const auto infinite = std::bit_cast<bits>(std::numeric_limits<Float>::infinity());
    const auto sign = p.first ? bits{1} << (8 * sizeof(bits) - 1) : bits{0};
    return std::bit_cast<Float>(sign | infinite | p.second);
  });
}

template rc::Gen<std::int64_t> any_integer();
template rc::Gen<float> any_float();
template rc::Gen<double> any_float();
template rc::Gen<float> any_nan();
template rc::Gen<double> any_nan();

rc::Gen<entity_id> any_entity() {
  constexpr auto max = std::numeric_limits<std::int64_t>::max();
  return rc::gen::map(
      rc::gen::weightedOneOf<std::int64_t>(
          {{3, rc::gen::inRange<std::int64_t>(1, 5)},
           {2, rc::gen::element<std::int64_t>(255, 256, 1LL << 20U, (1LL << 51U) + 7,
                                              (3LL << 52U) + 1, max - 1, max)},
           {1, rc::gen::inRange<std::int64_t>(1, max)}}),
      [](std::int64_t id) { return entity_id(static_cast<std::uint64_t>(id)); });
}

rc::Gen<attribute_id> any_attribute() {
  return rc::gen::map(
      rc::gen::weightedOneOf<std::uint32_t>(
          {{3, rc::gen::inRange<std::uint32_t>(1, 4)},
           {1, rc::gen::element<std::uint32_t>(255, 256, 1024, (1U << 20U) - 1, ~0U)}}),
      [](std::uint32_t id) { return attribute_id(id); });
}

rc::Gen<tx_number> any_tx() {
  return rc::gen::map(
      rc::gen::weightedOneOf<std::uint64_t>(
          {{3, rc::gen::inRange<std::uint64_t>(1, 4)},
           {1, rc::gen::element<std::uint64_t>(127, 128, 1ULL << 32U, limits::transactions_max)}}),
      [](std::uint64_t t) { return tx_number(t); });
}

// -- values ---

rc::Gen<value> any_scalar() {
  const auto scalars = std::span(all_value_types).first(all_value_types.size() - 2);
  const auto type = rc::gen::elementOf(std::vector(scalars.begin(), scalars.end()));
  return rc::gen::mapcat(type, [](value_type t) {
    if (t == value_type::string) // short, so that most tuples are within their limit
      return rc::gen::map(short_text(), [](const auto& s) { return value::string(s); });
    if (t == value_type::bytes_)
      return rc::gen::map(short_bytes(), [](const auto& b) { return value::bytes(b); });
    return any_value(t);
  });
}

rc::Gen<value> any_tuple() {
  using element = std::optional<value>;
  const auto nil_or_value = rc::gen::weightedOneOf<element>(
      {{1, rc::gen::just(element())},
       {3, rc::gen::map(any_scalar(), [](value v) { return element(std::move(v)); })}});
  return rc::gen::map(rc::gen::container<std::vector<element>>(nil_or_value), [](auto elements) {
    elements.resize(
        std::clamp(elements.size(), limits::tuple_elements_min, limits::tuple_elements_max));
    for (auto i = elements.size();
         tuple_key_bytes(value::tuple(elements).view()) > limits::tuple_key_bytes_max;)
      elements[--i].reset();
    return value::tuple(elements);
  });
}

rc::Gen<value> any_vector() {
  constexpr std::size_t prefix = limits::value_prefix_bytes / sizeof(float);
  const auto zeros = rc::gen::weightedOneOf<std::size_t>(
      {{3, rc::gen::just<std::size_t>(0)},
       {1, rc::gen::element<std::size_t>(prefix - 2, prefix - 1, prefix)}});
  const auto components =
      rc::gen::nonEmpty(rc::gen::container<std::vector<float>>(any_float<float>()));
  return rc::gen::map(rc::gen::pair(zeros, components), [](auto p) {
    p.second.resize(std::min<std::size_t>(p.second.size(), 6));
    p.second.insert(p.second.begin(), p.first, 0.0F);
    return value::vector(p.second);
  });
}

rc::Gen<value> any_value(value_type type) {
  const auto of = [](auto x) { return value::of(x); };
  switch (type) {
  case value_type::boolean:
    return rc::gen::map(rc::gen::arbitrary<bool>(), of);
  case value_type::long_:
    return rc::gen::map(any_integer<std::int64_t>(), of);
  case value_type::double_:
    return rc::gen::map(any_float<double>(), of);
  case value_type::instant_:
    return rc::gen::map(any_integer<std::int64_t>(), [](auto x) { return value::of(instant(x)); });
  case value_type::ref:
    return rc::gen::map(any_entity(), of);
  case value_type::keyword:
    return rc::gen::map(any_keyword(), [](const auto& k) { return value::keyword(k); });
  case value_type::string:
    return rc::gen::map(perhaps_long(short_text()), [](const auto& s) { return value::string(s); });
  case value_type::uuid_:
    return rc::gen::map(rc::gen::container<std::array<std::uint8_t, 16>>(
                            rc::gen::element<std::uint8_t>(0, 1, 0x7F, 0x80, 0xFF)),
                        [](const auto& octets) { return value::of(uuid{octets}); });
  case value_type::bytes_:
    return rc::gen::map(perhaps_long(short_bytes()), [](const auto& b) { return value::bytes(b); });
  case value_type::tuple:
    return any_tuple();
  case value_type::vector:
    return any_vector();
  }
  return rc::gen::just(value());
}

rc::Gen<value> any_value() {
  return rc::gen::mapcat(rc::gen::elementOf(all_value_types),
                         [](value_type type) { return any_value(type); });
}

// -- datoms and records ---

rc::Gen<datom> any_datom(rc::Gen<value> values) {
  return rc::gen::build<datom>(rc::gen::set(&datom::entity, any_entity()),
                               rc::gen::set(&datom::attribute, any_attribute()),
                               rc::gen::set(&datom::value, std::move(values)),
                               rc::gen::set(&datom::t, any_tx()), rc::gen::set(&datom::added));
}

rc::Gen<datom> any_datom(index_order order) {
  return any_datom(order == index_order::vaet ? any_value(value_type::ref) : any_value());
}

rc::Gen<resolved_tempid> any_tempid() {
  return rc::gen::build<resolved_tempid>(
      rc::gen::set(&resolved_tempid::name,
                   rc::gen::map(short_text(), [](const std::string& s) { return "x" + s; })),
      rc::gen::set(&resolved_tempid::entity, any_entity()));
}

rc::Gen<record> any_record() {
  const auto fields = rc::gen::tuple(any_tx(), any_integer<std::int64_t>(),
                                     rc::gen::inRange<std::uint16_t>(0, limits::shards_max),
                                     rc::gen::maybe(any_value(value_type::uuid_)), any_entity(),
                                     rc::gen::container<std::vector<resolved_tempid>>(any_tempid()),
                                     rc::gen::container<datom_list>(any_datom(any_value())));
  return rc::gen::map(fields, [](auto f) {
    record r;
    r.t = std::get<0>(f);
    r.when = instant(std::get<1>(f));
    r.shard = shard_id(std::get<2>(f));
    if (const auto& id = std::get<3>(f)) {
      r.request = request_id{id->view().as_uuid()};
      r.request_hash = hash_of("request");
    }
    r.next.next_local = entity::local_of(std::get<4>(f)) % entity::transaction_bit;
    r.tempids = std::move(std::get<5>(f));
    r.datoms = std::move(std::get<6>(f));
    for (auto& d : r.datoms)
      d.t = r.t;
    return r;
  });
}

} // namespace weft::test

namespace weft {

std::ostream& operator<<(std::ostream& out, const value& v) {
  bytes encoded;
  byte_writer writer(encoded);
  encode(writer, v.view());
  return out << name_of(v.type()) << ' ' << to_hex(bytes_view(encoded).substr(1));
}

std::ostream& operator<<(std::ostream& out, const datom& d) {
  return out << '[' << d.entity.get() << ' ' << d.attribute.get() << ' ' << d.value << ' '
             << d.t.get() << (d.added ? " +]" : " -]");
}

std::ostream& operator<<(std::ostream& out, const record& r) {
  out << "t " << r.t.get() << " when " << r.when.get() << " shard " << r.shard.get() << " next "
      << r.next.next_local << ' ' << r.next.next_attribute;
  for (const auto& tempid : r.tempids)
    out << "\n  " << to_hex(tempid.name) << " = " << tempid.entity.get();
  for (const auto& d : r.datoms)
    out << "\n  " << d;
  return out;
}

} // namespace weft

rc::Gen<weft::value> rc::Arbitrary<weft::value>::arbitrary() {
  return weft::test::any_value();
}

rc::Gen<weft::datom> rc::Arbitrary<weft::datom>::arbitrary() {
  return weft::test::any_datom(weft::test::any_value());
}

rc::Gen<weft::record> rc::Arbitrary<weft::record>::arbitrary() {
  return weft::test::any_record();
}
