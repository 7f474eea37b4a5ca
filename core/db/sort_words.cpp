#include "weft/core/db/sort_words.hpp"

#include "weft/core/datom/float_order.hpp"

#include <algorithm>

namespace weft {

namespace {

constexpr unsigned attribute_bits = 20;
constexpr unsigned rest_bits = 64 - attribute_bits;
constexpr std::uint64_t rest_max = (1ULL << rest_bits) - 1;
constexpr std::uint64_t attribute_mask = ~rest_max;
constexpr std::uint64_t sign_bit = 1ULL << 63U;
constexpr std::int64_t rest_middle = 1LL << (rest_bits - 1);

static_assert(limits::first_user_local <= 1ULL << attribute_bits, "attribute ids fit their bits");

/// The eight bytes at an offset as a number that sorts as they do, zeros behind the end.
std::uint64_t big_endian_at(bytes_view text, std::size_t offset) noexcept {
  std::uint64_t word = 0;
  for (std::size_t i = offset; i < offset + 8; ++i)
    word = word << 8U | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0U);
  return word;
}

/// Namespace, a zero byte, name: no keyword holds a zero byte, and no namespace is before any.
value_words keyword_words(bytes_view text) noexcept {
  std::array<char, 16> head{};
  const auto slash = text.find('/');
  const auto space = slash != bytes_view::npos ? text.substr(0, slash) : bytes_view();
  const auto name = slash != bytes_view::npos ? text.substr(slash + 1) : text;
  const auto n = std::min(space.size(), head.size());
  std::copy_n(space.data(), n, head.begin());
  if (n + 1 < head.size())
    std::copy_n(name.data(), std::min(name.size(), head.size() - n - 1),
                head.begin() + static_cast<std::ptrdiff_t>(n + 1));
  const bytes_view all(head.data(), head.size());
  return {big_endian_at(all, 0), big_endian_at(all, 8), false};
}

value_words tuple_words(value_view v) noexcept {
  auto reader = v.as_tuple();
  if (reader.at_end())
    return {0, 0, false};
  const auto element = reader.next();
  if (!element)
    return {1ULL << 56U, 0, false}; // nil: after the empty tuple, before any value
  const auto nested = element->type() == value_type::tuple; // never stored: check refuses it
  const auto inner = nested ? value_words{} : words_of(*element);
  const auto type = static_cast<std::uint64_t>(element->type()) + 1;
  return {type << 56U | inner.first >> 8U, 0, false};
}

/// A vector's size is at most limits::vector_elements_max in the index; more saturates.
value_words vector_words(value_view v) noexcept {
  const auto size = std::min<std::uint64_t>(v.vector_size(), 0xFFFFFFFFU);
  const auto head = v.vector_size() != 0 ? float_order(v.vector_at(0)) : 0U;
  return {size << 32U | (size == 0xFFFFFFFFU ? 0U : head), 0, false};
}

/// 44 bits of a value, for the words of eavt: small numbers exactly.
std::uint64_t rest_of(value_view v) noexcept {
  if (v.type() == value_type::long_)
    return static_cast<std::uint64_t>(std::clamp(v.as_long(), -rest_middle, rest_middle - 1) +
                                      rest_middle);
  return words_of(v).first >> attribute_bits;
}

/// 44 bits of an entity, for the words of vaet: those of the shard exactly, but for transactions.
std::uint64_t rest_of(entity_id e, entity_id origin) noexcept {
  return e < origin ? 0 : std::min(e.get() - origin.get(), rest_max);
}

/// Whether words say how `v` compares with values of this type. A keyword with a zero byte is none,
/// but it may be asked for.
bool has_words(value_view v, std::optional<value_type> type) noexcept {
  return v.type() == type &&
         (type != value_type::keyword || v.as_bytes().find('\0') == bytes_view::npos);
}

std::uint64_t high(attribute_id a) noexcept {
  return std::uint64_t{a.get()} << rest_bits;
}

} // namespace

value_words words_of(value_view v) noexcept {
  switch (v.type()) {
  case value_type::boolean:
    return {v.as_bool() ? 1U : 0U, 0, true};
  case value_type::long_:
    return {static_cast<std::uint64_t>(v.as_long()) ^ sign_bit, 0, true};
  case value_type::instant_:
    return {static_cast<std::uint64_t>(v.as_instant().get()) ^ sign_bit, 0, true};
  case value_type::double_:
    return {float_order(v.as_double()), 0, true};
  case value_type::ref:
    return {v.as_ref().get(), 0, true};
  case value_type::keyword:
    return keyword_words(v.as_bytes());
  case value_type::string:
  case value_type::bytes_:
    return {big_endian_at(v.as_bytes(), 0), big_endian_at(v.as_bytes(), 8), false};
  case value_type::uuid_: {
    const auto id = v.as_uuid();
    const bytes_view octets(reinterpret_cast<const char*>(id.octets.data()), id.octets.size());
    return {big_endian_at(octets, 0), big_endian_at(octets, 8), false};
  }
  case value_type::tuple:
    return tuple_words(v);
  case value_type::vector:
    return vector_words(v);
  }
  return {0, 0, false};
}

tree_entry entry_of(index_order order, const stored_fact& fact, entity_id origin) noexcept {
  const auto e = fact.entity().get();
  const auto v = fact.value();
  switch (order) {
  case index_order::eavt:
    return {e, high(fact.attribute()) | rest_of(v), &fact};
  case index_order::aevt:
    return {e, words_of(v).first, &fact};
  case index_order::avet: {
    const auto words = words_of(v);
    return {words.first, words.whole ? e : words.second, &fact};
  }
  case index_order::vaet:
    break;
  }
  return {v.as_ref().get(), high(fact.attribute()) | rest_of(fact.entity(), origin), &fact};
}

tree_bound::tree_bound(index_order order, const components& at, entity_id origin,
                       std::optional<value_type> attribute_type) noexcept
    : order_(order), at_(at) {
  switch (order) {
  case index_order::eavt:
    if (!at.entity)
      return;
    set_first(at.entity->get());
    if (!at.attribute)
      return;
    if (at.attribute->get() >> attribute_bits != 0) {
      decided_ = false; // no attribute has this id: compared in full
      return;
    }
    set_second(high(*at.attribute), attribute_mask);
    if (!at.value)
      return;
    decided_ = false;
    if (has_words(*at.value, attribute_type))
      set_second(high(*at.attribute) | rest_of(*at.value), all);
    return;
  case index_order::aevt:
    if (!at.entity)
      return;
    set_first(at.entity->get());
    if (at.value)
      set_value(attribute_type);
    return;
  case index_order::avet:
    if (at.value)
      set_value(attribute_type);
    return;
  case index_order::vaet:
    break;
  }
  if (!at.value)
    return;
  if (at.value->type() != value_type::ref) {
    decided_ = false;
    return;
  }
  set_first(at.value->as_ref().get());
  if (!at.attribute)
    return;
  if (at.attribute->get() >> attribute_bits != 0) {
    decided_ = false;
    return;
  }
  set_second(high(*at.attribute), attribute_mask);
  if (at.entity) {
    decided_ = false;
    set_second(high(*at.attribute) | rest_of(*at.entity, origin), all);
  }
}

void tree_bound::set_first(std::uint64_t word) noexcept {
  first_ = word;
  first_mask_ = all;
}

void tree_bound::set_second(std::uint64_t word, std::uint64_t mask) noexcept {
  second_ = word;
  second_mask_ = mask;
}

/// The value of a bound in a tree of one attribute.
void tree_bound::set_value(std::optional<value_type> attribute_type) noexcept {
  decided_ = false;
  if (!has_words(*at_.value, attribute_type))
    return;
  const auto words = words_of(*at_.value);
  if (order_ == index_order::aevt) {
    set_second(words.first, all);
    decided_ = words.whole;
    return;
  }
  set_first(words.first);
  if (!words.whole) {
    set_second(words.second, all);
  } else {
    decided_ = true;
    if (at_.entity)
      set_second(at_.entity->get(), all);
  }
}

} // namespace weft
