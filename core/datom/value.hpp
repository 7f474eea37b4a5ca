// Values: what a fact says. `value` owns its bytes, `value_view` points at somebody else's (a
// record, an index page, a value) and is as cheap as two words.
//
//   value name = value::string("Ada");
//   if (name.view().type() == value_type::string) use(name.view().as_bytes());
//
// Order: by type, then within the type: false < true; numbers, instants and refs by size; strings
// by Unicode code point (= UTF-8 bytes); keywords by namespace, then name; bytes and uuids
// bytewise; tuples element by element, nil first, shorter first; vectors by length, then component.
// Strings, bytes and vectors longer than limits::value_prefix_bytes are ordered by that prefix and
// then by hash, as the keys are (docs/formats/keys.md). Equality is exact. NaN is refused and -0.0
// is stored as 0.0: `check` is the gate, factories only normalise. const is thread-safe.
// Cost: a view is O(1) to make and to read; a value copies its bytes; comparing is O(common
// prefix). Reading a value as a type that it has not is a bug of the caller (asserted).
#pragma once

#include "weft/core/base/bytes.hpp"
#include "weft/core/base/result.hpp"
#include "weft/core/base/time.hpp"
#include "weft/core/datom/entity_id.hpp"

#include <array>
#include <compare>
#include <initializer_list>
#include <span>

namespace weft {

/// The numbers are part of the record and key formats.
enum class value_type : std::uint8_t {
  boolean = 1,
  long_ = 2,
  double_ = 3,
  instant_ = 4,
  ref = 5,
  keyword = 6,
  string = 7,
  uuid_ = 8,
  bytes_ = 9,
  tuple = 10,
  vector = 11,
};

/// "long", "double", "string" ...: the name after :db.type/; and back, nothing for other names.
[[nodiscard]] std::string_view name_of(value_type type) noexcept;
[[nodiscard]] std::optional<value_type> value_type_from_name(std::string_view name) noexcept;

/// 128 bits, in the order they are written.
struct uuid {
  std::array<std::uint8_t, 16> octets{};
  friend constexpr auto operator<=>(const uuid&, const uuid&) noexcept = default;
};

class value;
class value_view;

/// A tuple's elements, decoded one by one; an element is nil where it is nullopt.
class tuple_reader {
 public:
  explicit tuple_reader(bytes_view encoded) noexcept : in_(encoded) {}
  [[nodiscard]] bool at_end() const noexcept { return in_.at_end(); }
  [[nodiscard]] bool ok() const noexcept { return in_.ok(); }
  /// The next element. Call only when !at_end(). Cost: O(1).
  [[nodiscard]] std::optional<value_view> next() noexcept;

 private:
  byte_reader in_;
};

/// A value somebody else owns. Trivially copyable; valid while its bytes are.
class value_view {
 public:
  constexpr value_view() noexcept : word_(0), type_(value_type::boolean) {}

  [[nodiscard]] static value_view of(bool x) noexcept { return {value_type::boolean, x ? 1U : 0U}; }
  [[nodiscard]] static value_view of(std::int64_t x) noexcept {
    return {value_type::long_, static_cast<std::uint64_t>(x)};
  }
  [[nodiscard]] static value_view of(double x) noexcept;
  [[nodiscard]] static value_view of(instant x) noexcept {
    return {value_type::instant_, static_cast<std::uint64_t>(x.get())};
  }
  [[nodiscard]] static value_view of(entity_id x) noexcept { return {value_type::ref, x.get()}; }
  [[nodiscard]] static value_view of(uuid x) noexcept;
  [[nodiscard]] static value_view string(std::string_view x) noexcept {
    return {value_type::string, x};
  }
  /// "ns/name" or "name", without the colon.
  [[nodiscard]] static value_view keyword(std::string_view x) noexcept {
    return {value_type::keyword, x};
  }
  [[nodiscard]] static value_view bytes(bytes_view x) noexcept { return {value_type::bytes_, x}; }
  /// Encoded elements, as value::tuple makes them.
  [[nodiscard]] static value_view tuple(bytes_view x) noexcept { return {value_type::tuple, x}; }
  /// Components as little-endian IEEE 754 binary32.
  [[nodiscard]] static value_view vector(bytes_view x) noexcept { return {value_type::vector, x}; }

  [[nodiscard]] value_type type() const noexcept { return type_; }
  [[nodiscard]] bool as_bool() const noexcept;
  [[nodiscard]] std::int64_t as_long() const noexcept;
  [[nodiscard]] double as_double() const noexcept;
  [[nodiscard]] instant as_instant() const noexcept;
  [[nodiscard]] entity_id as_ref() const noexcept;
  [[nodiscard]] uuid as_uuid() const noexcept;
  /// The text of a string or keyword, the octets of bytes, the encoding of a tuple or vector.
  [[nodiscard]] bytes_view as_bytes() const noexcept;
  [[nodiscard]] tuple_reader as_tuple() const noexcept { return tuple_reader(as_bytes()); }
  [[nodiscard]] std::size_t vector_size() const noexcept { return as_bytes().size() / 4; }
  [[nodiscard]] float vector_at(std::size_t i) const noexcept;

  /// True for the types that point at bytes: keyword, string, bytes, tuple, vector.
  [[nodiscard]] bool is_long_form() const noexcept {
    return type_ >= value_type::keyword && type_ != value_type::uuid_;
  }

  friend bool operator==(value_view a, value_view b) noexcept;
  /// The order of the indexes, see the head of this file. Equal only when ==.
  friend std::strong_ordering operator<=>(value_view a, value_view b) noexcept;
  friend std::uint64_t hash_value(value_view v) noexcept;

 private:
  value_view(value_type type, std::uint64_t word) noexcept : word_(word), type_(type) {}
  value_view(value_type type, bytes_view text) noexcept : text_(text), type_(type) {}

  union {
    std::uint64_t word_;
    std::array<std::uint8_t, 16> uuid_;
    bytes_view text_;
  };
  value_type type_;
};

/// A value that owns its bytes.
class value {
 public:
  value() : value(value_view()) {}
  explicit value(value_view view);
  value(const value&) = default;
  value(value&&) noexcept = default;
  value& operator=(const value&) = default;
  value& operator=(value&&) noexcept = default;
  ~value() = default;

  [[nodiscard]] static value of(bool x) { return value(value_view::of(x)); }
  [[nodiscard]] static value of(std::int64_t x) { return value(value_view::of(x)); }
  [[nodiscard]] static value of(double x) { return value(value_view::of(x)); }
  [[nodiscard]] static value of(instant x) { return value(value_view::of(x)); }
  [[nodiscard]] static value of(entity_id x) { return value(value_view::of(x)); }
  [[nodiscard]] static value of(uuid x) { return value(value_view::of(x)); }
  [[nodiscard]] static value string(std::string_view x) { return value(value_view::string(x)); }
  [[nodiscard]] static value keyword(std::string_view x) { return value(value_view::keyword(x)); }
  [[nodiscard]] static value bytes(bytes_view x) { return value(value_view::bytes(x)); }
  /// Elements may be nil, never tuples or vectors (`check` refuses these). Cost: O(size).
  [[nodiscard]] static value tuple(std::span<const std::optional<value>> elements);
  [[nodiscard]] static value vector(std::span<const float> components);

  [[nodiscard]] value_view view() const noexcept;
  [[nodiscard]] value_type type() const noexcept { return scalar_.type(); }

  friend bool operator==(const value& a, const value& b) noexcept { return a.view() == b.view(); }
  friend std::strong_ordering operator<=>(const value& a, const value& b) noexcept {
    return a.view() <=> b.view();
  }

 private:
  value_view scalar_; // its bytes, if any, are text_'s: view() makes them point there
  std::string text_;
};

/// The gate for values that come from outside: sizes, UTF-8, keyword syntax, NaN, tuple shape.
/// Cost: O(size). @errors value_too_large{size, limit}, invalid_value
[[nodiscard]] result<void> check(value_view v);

/// Appends type byte and payload, the form of records and tuples. Cost: O(size).
/// @source docs/formats/record.md
void encode(byte_writer& out, value_view v);
/// Reads what `encode` wrote; a failed reader means the bytes are no value. Long forms point into
/// the reader's bytes. Structure only: `check` decides what is allowed. Cost: O(1).
[[nodiscard]] value_view decode_value(byte_reader& in) noexcept;

/// 64-bit hash, equal for equal values; of this process only, it is in no format. Cost: O(size).
[[nodiscard]] std::uint64_t hash_value(value_view v) noexcept;

/// Valid UTF-8 without surrogates and overlong forms. Cost: O(size).
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;
/// "name" or "ns/name": not empty, no white space, quotes, brackets or control characters, at most
/// one slash that separates two non-empty parts. Cost: O(size).
[[nodiscard]] bool is_keyword(std::string_view text) noexcept;

} // namespace weft

template <>
struct std::hash<weft::value> {
  std::size_t operator()(const weft::value& v) const noexcept {
    return static_cast<std::size_t>(weft::hash_value(v.view()));
  }
};
