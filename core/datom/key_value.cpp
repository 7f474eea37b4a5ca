#include "weft/core/datom/key_value.hpp"

#include "weft/core/base/checksum.hpp"
#include "weft/core/base/limits.hpp"
#include "weft/core/datom/float_order.hpp"
#include "weft/core/datom/key.hpp"

#include <algorithm>
#include <cmath>

namespace weft {

namespace {

// Text travels in groups: eight bytes, padded with zeros, and a marker: how many of them are used,
// or that there is more.
constexpr std::size_t group_bytes = 8;
constexpr std::uint8_t group_continues = 0xFF;
constexpr std::size_t hash_bytes = 16;

// What begins an element of a tuple; the types follow behind these two.
constexpr std::uint8_t tuple_end = 0;
constexpr std::uint8_t tuple_nil = 1;
constexpr std::uint8_t tuple_type_offset = 1;

constexpr std::size_t vector_prefix_elements = limits::value_prefix_bytes / sizeof(float);

constexpr std::size_t grouped_size(std::size_t n) {
  return std::max<std::size_t>((n + group_bytes - 1) / group_bytes, 1) * (group_bytes + 1);
}

// The longest form of each long type fits beside entity, attribute and t.
constexpr std::size_t room = limits::key_bytes_max - 8 - 4 - 8;
static_assert(limits::value_prefix_bytes % group_bytes == 0);
static_assert(limits::value_prefix_bytes % sizeof(float) == 0);
static_assert(1 + grouped_size(limits::value_prefix_bytes) + hash_bytes <= room);
static_assert(1 + grouped_size(limits::keyword_bytes_max + 1) <= room);
static_assert(1 + 4 + limits::value_prefix_bytes + hash_bytes <= room);
static_assert(limits::tuple_key_bytes_max <= room);
// Keywords, and texts in tuples, are never cut.
static_assert(limits::keyword_bytes_max < limits::value_prefix_bytes);
static_assert(grouped_size(limits::value_prefix_bytes) > limits::tuple_key_bytes_max);

std::uint64_t with_sign_flipped(std::uint64_t x) noexcept {
  return x ^ 1ULL << 63U;
}

std::int64_t to_signed(std::uint64_t flipped) noexcept {
  return static_cast<std::int64_t>(with_sign_flipped(flipped));
}

// -- writing ---

void put_byte(bytes& out, std::uint8_t x) {
  out.push_back(static_cast<char>(x));
}

void put_signed(bytes& out, std::int64_t x) {
  put_big_endian(out, with_sign_flipped(static_cast<std::uint64_t>(x)));
}

void put_groups(bytes& out, bytes_view text) {
  for (; text.size() > group_bytes; text.remove_prefix(group_bytes)) {
    out.append(text.substr(0, group_bytes));
    put_byte(out, group_continues);
  }
  out.append(text);
  out.append(group_bytes - text.size(), '\0');
  put_byte(out, static_cast<std::uint8_t>(text.size()));
}

void put_hash(bytes& out, bytes_view hashed) {
  const auto hash = to_bytes(hash_of(hashed));
  out.append(hash.data(), hash.size());
}

/// All groups; or those of the prefix, the last of which continues in the hash of the whole text.
void put_text(bytes& out, bytes_view text) {
  if (text.size() <= limits::value_prefix_bytes)
    return put_groups(out, text);
  put_groups(out, text.substr(0, limits::value_prefix_bytes));
  out.back() = static_cast<char>(group_continues);
  put_hash(out, text);
}

/// Namespace, zero, name: a namespace sorts before every other one that it begins.
void put_keyword(bytes& out, bytes_view keyword) {
  bytes text(keyword);
  const auto slash = text.find('/');
  if (slash == bytes::npos)
    text.insert(0, 1, '\0');
  else
    text[slash] = '\0';
  put_groups(out, text);
}

void put_vector(bytes& out, value_view v) {
  put_big_endian(out, static_cast<std::uint32_t>(v.vector_size()));
  for (std::size_t i = 0; i < std::min(v.vector_size(), vector_prefix_elements); ++i)
    put_big_endian(out, float_order(v.vector_at(i)));
  if (v.vector_size() > vector_prefix_elements)
    put_hash(out, v.as_bytes());
}

void put_payload(bytes& out, value_view v);

void put_tuple(bytes& out, value_view v) {
  for (auto elements = v.as_tuple(); !elements.at_end();) {
    const auto element = elements.next();
    if (!element) {
      put_byte(out, tuple_nil);
      continue;
    }
    put_byte(out,
             static_cast<std::uint8_t>(static_cast<unsigned>(element->type()) + tuple_type_offset));
    put_payload(out, *element);
  }
  put_byte(out, tuple_end);
}

void put_payload(bytes& out, value_view v) {
  switch (v.type()) {
  case value_type::boolean:
    return put_byte(out, v.as_bool() ? 1 : 0);
  case value_type::long_:
    return put_signed(out, v.as_long());
  case value_type::double_:
    return put_big_endian(out, float_order(v.as_double()));
  case value_type::instant_:
    return put_signed(out, v.as_instant().get());
  case value_type::ref:
    return put_big_endian(out, v.as_ref().get());
  case value_type::keyword:
    return put_keyword(out, v.as_bytes());
  case value_type::string:
  case value_type::bytes_:
    return put_text(out, v.as_bytes());
  case value_type::uuid_:
    for (const auto octet : v.as_uuid().octets)
      put_byte(out, octet);
    return;
  case value_type::tuple:
    return put_tuple(out, v);
  case value_type::vector:
    return put_vector(out, v);
  }
}

// -- reading ---

/// Text out of groups: at most a prefix, and whether the text goes on behind it.
struct grouped_text {
  std::array<char, limits::value_prefix_bytes> content;
  std::size_t size = 0;
  bool continues = true;
  [[nodiscard]] bytes_view view() const noexcept { return {content.data(), size}; }
};

void get_groups(byte_reader& in, grouped_text& out) noexcept {
  while (out.continues && out.size < out.content.size()) {
    const auto group = in.raw(group_bytes);
    const auto marker = in.u8();
    out.continues = marker == group_continues;
    const std::size_t used = out.continues ? group_bytes : marker;
    if (!in.ok() || used > group_bytes || (used == 0 && out.size != 0) ||
        group.find_first_not_of('\0', used) != bytes_view::npos)
      return in.invalidate();
    std::memcpy(out.content.data() + out.size, group.data(), used);
    out.size += used;
  }
}

value get_text(byte_reader& in, value_type type, bool& truncated) {
  grouped_text text;
  get_groups(in, text);
  truncated = text.continues;
  if (truncated)
    static_cast<void>(in.raw(hash_bytes));
  return type == value_type::string ? value::string(text.view()) : value::bytes(text.view());
}

value get_keyword(byte_reader& in) {
  grouped_text text;
  get_groups(in, text);
  const auto zero = text.view().find('\0');
  if (text.continues || zero == bytes_view::npos || text.view().find('/') != bytes_view::npos) {
    in.invalidate();
    return {};
  }
  text.content[zero] = '/';
  return value::keyword(text.view().substr(zero == 0 ? 1 : 0));
}

value get_double(byte_reader& in) {
  const double x = double_from_order(get_big_endian<std::uint64_t>(in));
  if (x == 0.0 && std::signbit(x))
    in.invalidate(); // one key per value
  return value::of(x);
}

value get_uuid(byte_reader& in) {
  uuid id;
  const auto octets = in.raw(id.octets.size());
  std::copy(octets.begin(), octets.end(), id.octets.begin());
  return value::of(id);
}

value get_vector(byte_reader& in, bool& truncated) {
  const auto count = get_big_endian<std::uint32_t>(in);
  if (count > limits::vector_elements_max)
    in.invalidate();
  bytes components;
  byte_writer out(components);
  for (std::size_t i = 0; in.ok() && i < std::min<std::size_t>(count, vector_prefix_elements); ++i)
    out.fixed(std::bit_cast<std::uint32_t>(float_from_order(get_big_endian<std::uint32_t>(in))));
  truncated = count > vector_prefix_elements;
  if (truncated)
    static_cast<void>(in.raw(hash_bytes));
  return value(value_view::vector(components));
}

value get_payload(byte_reader& in, value_type type, bool& truncated);

value get_tuple(byte_reader& in) {
  bytes elements;
  byte_writer out(elements);
  for (auto tag = in.u8(); in.ok() && tag != tuple_end; tag = in.u8()) {
    if (tag == tuple_nil) {
      out.u8(0);
      continue;
    }
    const auto type = static_cast<value_type>(tag - tuple_type_offset);
    bool truncated = type == value_type::tuple || type == value_type::vector;
    const auto element = truncated ? value() : get_payload(in, type, truncated);
    if (truncated)
      in.invalidate();
    if (in.ok())
      encode(out, element.view());
  }
  return value(value_view::tuple(elements));
}

value get_payload(byte_reader& in, value_type type, bool& truncated) {
  switch (type) {
  case value_type::boolean: {
    const auto b = in.u8();
    if (b > 1)
      in.invalidate();
    return value::of(b == 1);
  }
  case value_type::long_:
    return value::of(to_signed(get_big_endian<std::uint64_t>(in)));
  case value_type::double_:
    return get_double(in);
  case value_type::instant_:
    return value::of(instant(to_signed(get_big_endian<std::uint64_t>(in))));
  case value_type::ref:
    return value::of(entity_id(get_big_endian<std::uint64_t>(in)));
  case value_type::keyword:
    return get_keyword(in);
  case value_type::string:
  case value_type::bytes_:
    return get_text(in, type, truncated);
  case value_type::uuid_:
    return get_uuid(in);
  case value_type::tuple:
    return get_tuple(in);
  case value_type::vector:
    return get_vector(in, truncated);
  }
  in.invalidate();
  return {};
}

std::size_t payload_bytes(value_view v) noexcept {
  switch (v.type()) {
  case value_type::boolean:
    return 1;
  case value_type::uuid_:
    return 16;
  case value_type::keyword:
    return grouped_size(v.as_bytes().size() + (v.as_bytes().find('/') == bytes_view::npos ? 1 : 0));
  case value_type::string:
  case value_type::bytes_:
    return grouped_size(v.as_bytes().size());
  default:
    return 8;
  }
}

} // namespace

void encode_key_value(bytes& out, value_view v) {
  put_byte(out, static_cast<std::uint8_t>(v.type()));
  put_payload(out, v);
}

value decode_key_value(byte_reader& in, bool& truncated) {
  const auto type = static_cast<value_type>(in.u8());
  return get_payload(in, type, truncated);
}

std::size_t tuple_key_bytes(value_view v) noexcept {
  std::size_t size = 2; // the type and the end
  for (auto elements = v.as_tuple(); !elements.at_end();) {
    const auto element = elements.next();
    size += 1 + (element ? payload_bytes(*element) : 0);
  }
  return size;
}

} // namespace weft
