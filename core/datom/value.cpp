#include "weft/core/datom/value.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/core/base/checksum.hpp"
#include "weft/core/base/limits.hpp"
#include "weft/core/datom/float_order.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace weft {

namespace {

constexpr std::array<std::string_view, 11> type_names = {"boolean", "long",    "double", "instant",
                                                         "ref",     "keyword", "string", "uuid",
                                                         "bytes",   "tuple",   "vector"};

constexpr std::uint8_t nil_element = 0;

double normal(double x) noexcept {
  return x == 0.0 ? 0.0 : x;
}
float normal(float x) noexcept {
  return x == 0.0F ? 0.0F : x;
}

/// Spreads every bit over the word. @source the finaliser of splitmix64
std::uint64_t mix(std::uint64_t x) noexcept {
  x = (x ^ x >> 30U) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ x >> 27U) * 0x94D049BB133111EBULL;
  return x ^ x >> 31U;
}

std::strong_ordering order(bytes_view a, bytes_view b) noexcept {
  return a.compare(b) <=> 0; // char_traits<char> compares as unsigned bytes
}

/// Values that agree in all their key shows of them but the hash: by hash, and (should hashes
/// collide) by all bytes.
std::strong_ordering order_by_hash(bytes_view a, bytes_view b) noexcept {
  if (a == b)
    return std::strong_ordering::equal;
  if (auto c = hash_of(a) <=> hash_of(b); c != 0)
    return c;
  return order(a, b);
}

std::strong_ordering order_long(bytes_view a, bytes_view b) noexcept {
  constexpr auto n = limits::value_prefix_bytes;
  if (auto c = order(a.substr(0, n), b.substr(0, n)); c != 0)
    return c;
  if (a.size() <= n || b.size() <= n)
    return a.size() <=> b.size();
  return order_by_hash(a, b);
}

/// Namespace first, then name; no namespace before any.
std::strong_ordering order_keyword(bytes_view a, bytes_view b) noexcept {
  const auto split = [](bytes_view k) {
    const auto slash = k.find('/');
    return slash == bytes_view::npos ? std::pair(bytes_view{}, k)
                                     : std::pair(k.substr(0, slash), k.substr(slash + 1));
  };
  const auto [na, ka] = split(a);
  const auto [nb, kb] = split(b);
  if (auto c = order(na, nb); c != 0)
    return c;
  if (auto c = order(ka, kb); c != 0)
    return c;
  return order(a, b); // "/a" is no keyword; unequal to "a" all the same
}

std::strong_ordering order_tuple(value_view a, value_view b) noexcept {
  auto x = a.as_tuple();
  auto y = b.as_tuple();
  while (!x.at_end() && !y.at_end()) {
    const auto u = x.next();
    const auto v = y.next();
    if (u.has_value() != v.has_value())
      return u ? std::strong_ordering::greater : std::strong_ordering::less;
    if (!u)
      continue;
    if (auto c = *u <=> *v; c != 0)
      return c;
  }
  if (auto c = !x.at_end() <=> !y.at_end(); c != 0)
    return c;
  return order(a.as_bytes(), b.as_bytes()); // differs for damaged encodings alone
}

std::strong_ordering order_vector(value_view a, value_view b) noexcept {
  constexpr auto n = limits::value_prefix_bytes / sizeof(float);
  if (auto c = a.vector_size() <=> b.vector_size(); c != 0)
    return c;
  for (std::size_t i = 0; i < std::min(a.vector_size(), n); ++i)
    if (auto c = float_order(a.vector_at(i)) <=> float_order(b.vector_at(i)); c != 0)
      return c;
  return order_by_hash(a.as_bytes(), b.as_bytes());
}

} // namespace

std::string_view name_of(value_type type) noexcept {
  return type_names[static_cast<std::size_t>(type) - 1];
}

std::optional<value_type> value_type_from_name(std::string_view name) noexcept {
  const auto it = std::find(type_names.begin(), type_names.end(), name);
  if (it == type_names.end())
    return std::nullopt;
  return static_cast<value_type>(it - type_names.begin() + 1);
}

// -- value_view ---

value_view value_view::of(double x) noexcept {
  return {value_type::double_, std::bit_cast<std::uint64_t>(normal(x))};
}

value_view value_view::of(uuid x) noexcept {
  value_view v;
  v.type_ = value_type::uuid_;
  v.uuid_ = x.octets;
  return v;
}

bool value_view::as_bool() const noexcept {
  WEFT_ASSERT(type_ == value_type::boolean);
  return word_ != 0;
}
std::int64_t value_view::as_long() const noexcept {
  WEFT_ASSERT(type_ == value_type::long_);
  return static_cast<std::int64_t>(word_);
}
double value_view::as_double() const noexcept {
  WEFT_ASSERT(type_ == value_type::double_);
  return std::bit_cast<double>(word_);
}
instant value_view::as_instant() const noexcept {
  WEFT_ASSERT(type_ == value_type::instant_);
  return instant(static_cast<std::int64_t>(word_));
}
entity_id value_view::as_ref() const noexcept {
  WEFT_ASSERT(type_ == value_type::ref);
  return entity_id(word_);
}
uuid value_view::as_uuid() const noexcept {
  WEFT_ASSERT(type_ == value_type::uuid_);
  return {uuid_};
}
bytes_view value_view::as_bytes() const noexcept {
  WEFT_ASSERT(is_long_form());
  return text_;
}
float value_view::vector_at(std::size_t i) const noexcept {
  byte_reader in(as_bytes().substr(i * 4, 4));
  return std::bit_cast<float>(in.fixed<std::uint32_t>());
}

bool operator==(value_view a, value_view b) noexcept {
  if (a.type_ != b.type_)
    return false;
  if (a.type_ == value_type::uuid_)
    return a.uuid_ == b.uuid_;
  return a.is_long_form() ? a.text_ == b.text_ : a.word_ == b.word_;
}

std::strong_ordering operator<=>(value_view a, value_view b) noexcept {
  if (a.type_ != b.type_)
    return a.type_ <=> b.type_;
  switch (a.type_) {
  case value_type::boolean:
  case value_type::ref:
    return a.word_ <=> b.word_;
  case value_type::long_:
  case value_type::instant_:
    return static_cast<std::int64_t>(a.word_) <=> static_cast<std::int64_t>(b.word_);
  case value_type::double_:
    return float_order(a.as_double()) <=> float_order(b.as_double());
  case value_type::uuid_:
    return a.uuid_ <=> b.uuid_;
  case value_type::keyword:
    return order_keyword(a.text_, b.text_);
  case value_type::string:
  case value_type::bytes_:
    return order_long(a.text_, b.text_);
  case value_type::tuple:
    return order_tuple(a, b);
  case value_type::vector:
    return order_vector(a, b);
  }
  return std::strong_ordering::equal;
}

std::optional<value_view> tuple_reader::next() noexcept {
  byte_reader peek = in_;
  if (peek.u8() == nil_element) {
    in_ = peek;
    return std::nullopt;
  }
  return decode_value(in_);
}

// -- value ---

value::value(value_view view) : scalar_(view) {
  if (view.is_long_form())
    text_ = view.as_bytes();
}

value_view value::view() const noexcept {
  switch (scalar_.type()) {
  case value_type::keyword:
    return value_view::keyword(text_);
  case value_type::string:
    return value_view::string(text_);
  case value_type::bytes_:
    return value_view::bytes(text_);
  case value_type::tuple:
    return value_view::tuple(text_);
  case value_type::vector:
    return value_view::vector(text_);
  default:
    return scalar_;
  }
}

value value::tuple(std::span<const std::optional<value>> elements) {
  weft::bytes encoded;
  byte_writer out(encoded);
  for (const auto& element : elements) {
    if (element)
      encode(out, element->view());
    else
      out.u8(nil_element);
  }
  return value(value_view::tuple(encoded));
}

value value::vector(std::span<const float> components) {
  weft::bytes encoded;
  byte_writer out(encoded);
  for (const float x : components)
    out.fixed(std::bit_cast<std::uint32_t>(normal(x)));
  return value(value_view::vector(encoded));
}

// -- encoding ---

void encode(byte_writer& out, value_view v) {
  out.u8(static_cast<std::uint8_t>(v.type()));
  switch (v.type()) {
  case value_type::boolean:
    return out.u8(v.as_bool() ? 1 : 0);
  case value_type::long_:
    return out.zigzag(v.as_long());
  case value_type::double_:
    return out.fixed(std::bit_cast<std::uint64_t>(v.as_double()));
  case value_type::instant_:
    return out.fixed(v.as_instant().get());
  case value_type::ref:
    return out.varint(v.as_ref().get());
  case value_type::uuid_: {
    const auto id = v.as_uuid();
    for (const auto octet : id.octets)
      out.u8(octet);
    return;
  }
  default:
    return out.counted(v.as_bytes());
  }
}

value_view decode_value(byte_reader& in) noexcept {
  const auto type = static_cast<value_type>(in.u8());
  switch (type) {
  case value_type::boolean: {
    const auto b = in.u8();
    if (b > 1)
      in.invalidate();
    return value_view::of(b == 1);
  }
  case value_type::long_:
    return value_view::of(in.zigzag());
  case value_type::double_: {
    const auto word = in.fixed<std::uint64_t>();
    const auto x = std::bit_cast<double>(word);
    if (std::isnan(x) || word == 1ULL << 63U)
      in.invalidate(); // one encoding per value
    return value_view::of(x);
  }
  case value_type::instant_:
    return value_view::of(instant(in.fixed<std::int64_t>()));
  case value_type::ref:
    return value_view::of(entity_id(in.varint()));
  case value_type::uuid_: {
    uuid id;
    const auto raw = in.raw(id.octets.size());
    if (in.ok())
      std::memcpy(id.octets.data(), raw.data(), raw.size());
    return value_view::of(id);
  }
  case value_type::keyword:
    return value_view::keyword(in.counted());
  case value_type::string:
    return value_view::string(in.counted());
  case value_type::bytes_:
    return value_view::bytes(in.counted());
  case value_type::tuple:
    return value_view::tuple(in.counted());
  case value_type::vector:
    return value_view::vector(in.counted());
  }
  in.invalidate();
  return {};
}

std::uint64_t hash_value(value_view v) noexcept {
  const auto seed = static_cast<std::uint64_t>(v.type_);
  if (v.is_long_form())
    return checksum64(v.text_, seed);
  if (v.type_ != value_type::uuid_)
    return mix(v.word_ + seed * 0x9E3779B97F4A7C15ULL);
  char octets[sizeof v.uuid_];
  std::memcpy(octets, v.uuid_.data(), sizeof octets);
  return checksum64({octets, sizeof octets}, seed);
}

} // namespace weft
