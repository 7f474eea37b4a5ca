// Values, datoms and records for property tests: valid ones (weft::check allows them), rich in what
// goes wrong: extremes, empty texts, zero bytes, ends of UTF-8 lengths, shared prefixes around
// limits::value_prefix_bytes, nil elements. Small alphabets make equal and near values frequent.
//
//     rc::prop("a value equals its copy", [](const value& v) { RC_ASSERT(value(v.view()) == v); });
//     const auto name = *any_value(value_type::string);
//
// Link weft_generators: they are compiled once, because that takes long.
#pragma once

#include "weft/core/datom/key.hpp"
#include "weft/core/datom/record.hpp"

#include <rapidcheck.h>

#include <ostream>
#include <string>

namespace weft::test {

/// The UTF-8 form of a code point.
std::string utf8(char32_t c);
rc::Gen<std::string> short_text();
rc::Gen<bytes> short_bytes();
/// "name" or "ns/name", at times as long as keywords may be.
rc::Gen<std::string> any_keyword();

/// Of std::int64_t.
template <class Int>
rc::Gen<Int> any_integer();
/// Of float and double: both zeros, infinities, denormal and extreme numbers, no NaN.
template <class Float>
rc::Gen<Float> any_float();
/// Of float and double: quiet and signalling, of both signs, with all sorts of payloads.
template <class Float>
rc::Gen<Float> any_nan();
rc::Gen<entity_id> any_entity();
rc::Gen<attribute_id> any_attribute();
rc::Gen<tx_number> any_tx();

/// Tuples and vectors, which are not elements of tuples, last.
inline constexpr std::array all_value_types = {
    value_type::boolean, value_type::long_,   value_type::double_, value_type::instant_,
    value_type::ref,     value_type::keyword, value_type::string,  value_type::uuid_,
    value_type::bytes_,  value_type::tuple,   value_type::vector};

rc::Gen<value> any_value(value_type type);
rc::Gen<value> any_value();
/// A value that may be an element of a tuple.
rc::Gen<value> any_scalar();
rc::Gen<value> any_tuple();
rc::Gen<value> any_vector();

rc::Gen<datom> any_datom(rc::Gen<value> values);
/// A datom that has a key in this order.
rc::Gen<datom> any_datom(index_order order);
rc::Gen<resolved_tempid> any_tempid();
/// Every field takes part; datoms are not sorted.
rc::Gen<record> any_record();

} // namespace weft::test

// What a failed property or CHECK prints.
namespace weft {

std::ostream& operator<<(std::ostream& out, const value& v);
std::ostream& operator<<(std::ostream& out, const datom& d);
std::ostream& operator<<(std::ostream& out, const record& r);

} // namespace weft

template <>
struct rc::Arbitrary<weft::value> {
  static Gen<weft::value> arbitrary();
};
template <>
struct rc::Arbitrary<weft::datom> {
  static Gen<weft::datom> arbitrary();
};
template <>
struct rc::Arbitrary<weft::record> {
  static Gen<weft::record> arbitrary();
};
