#include "weft/core/db/sort_words.hpp"

#include "weft/core/datom/float_order.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace weft {

namespace {

constexpr unsigned attribute_bits = 20;
constexpr unsigned rest_bits = 64 - attribute_bits;
constexpr std::uint64_t rest_max = (1ULL << rest_bits) - 1;
constexpr std::uint64_t attribute_mask = ~rest_max;
constexpr std::uint64_t sign_bit = 1ULL << 63U;
constexpr std::int64_t rest_middle = 1LL << (rest_bits - 1);

static_assert(limits::first_user_local <= 1ULL << attribute_bits, "attribute ids fit their bits");

std::uint64_t big_endian(std::uint64_t little) noexcept {
  static_assert(std::endian::native == std::endian::little);
  return __builtin_bswap64(little);
}

/// The eight bytes at an offset as a number that sorts as they do, zeros behind the end.
std::uint64_t big_endian_at(bytes_view text, std::size_t offset) noexcept {
  std::uint64_t word = 0;
  if (text.size() > offset)
    std::memcpy(&word, text.data() + offset, std::min<std::size_t>(8, text.size() - offset));
  return big_endian(word);
}

/// Eight bytes; then how many there are, up to 9; then, of more than eight, the next ones. Of up to
/// eight that says it all ("a" and "a\0" differ in their number), and an entity has room.
value_words text_words(bytes_view text) noexcept {
  constexpr unsigned size_bits = 4;
  constexpr std::size_t first_bytes = 8;
  const auto size = std::min(text.size(), first_bytes + 1);
  const auto more = size > first_bytes ? big_endian_at(text, first_bytes) >> size_bits : 0;
  return {big_endian_at(text, 0), std::uint64_t{size} << (64 - size_bits) | more,
          size > first_bytes ? 0 : 64 - size_bits};
}

/// As the text of namespace, zero byte, name: no keyword holds a zero byte, and no namespace is
/// before any.
value_words keyword_words(bytes_view text) noexcept {
  std::array<char, 17> joined{};
  const auto slash = text.find('/');
  const auto space = slash != bytes_view::npos ? text.substr(0, slash) : bytes_view();
  const auto name = slash != bytes_view::npos ? text.substr(slash + 1) : text;
  const auto n = std::min(space.size(), joined.size() - 1);
  const auto m = std::min(name.size(), joined.size() - 1 - n);
  std::copy_n(space.data(), n, joined.begin());
  std::copy_n(name.data(), m, joined.begin() + static_cast<std::ptrdiff_t>(n + 1));
  return text_words({joined.data(), n + 1 + m});
}

value_words tuple_words(value_view v) noexcept {
  auto reader = v.as_tuple();
  if (reader.at_end())
    return {0, 0, 0};
  const auto element = reader.next();
  if (!element)
    return {1ULL << 56U, 0, 0}; // nil: after the empty tuple, before any value
  const auto nested = element->type() == value_type::tuple; // never stored: check refuses it
  const auto inner = nested ? value_words{} : words_of(*element);
  const auto type = static_cast<std::uint64_t>(element->type()) + 1;
  return {type << 56U | inner.first >> 8U, 0, 0};
}

/// A vector's size is at most limits::vector_elements_max in the index; more saturates.
value_words vector_words(value_view v) noexcept {
  const auto size = std::min<std::uint64_t>(v.vector_size(), 0xFFFFFFFFU);
  const auto head = v.vector_size() != 0 ? float_order(v.vector_at(0)) : 0U;
  return {size << 32U | (size == 0xFFFFFFFFU ? 0U : head), 0, 0};
}

/// 44 bits of a value, for the words of eavt: small numbers exactly.
std::uint64_t rest_of(value_view v) noexcept {
  if (v.type() == value_type::long_)
    return static_cast<std::uint64_t>(std::clamp(v.as_long(), -rest_middle, rest_middle - 1) +
                                      rest_middle);
  return words_of(v).first >> attribute_bits;
}

/// Some bits of an entity: those of the shard exactly, where they suffice.
std::uint64_t bits_of(entity_id e, entity_id origin, unsigned bits) noexcept {
  const std::uint64_t max = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  return e < origin ? 0 : std::min(e.get() - origin.get(), max);
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
    return {v.as_bool() ? 1U : 0U, 0, 64};
  case value_type::long_:
    return {static_cast<std::uint64_t>(v.as_long()) ^ sign_bit, 0, 64};
  case value_type::instant_:
    return {static_cast<std::uint64_t>(v.as_instant().get()) ^ sign_bit, 0, 64};
  case value_type::double_:
    return {float_order(v.as_double()), 0, 64};
  case value_type::ref:
    return {v.as_ref().get(), 0, 64};
  case value_type::keyword:
    return keyword_words(v.as_bytes());
  case value_type::string:
  case value_type::bytes_:
    return text_words(v.as_bytes());
  case value_type::uuid_: {
    const auto id = v.as_uuid();
    const bytes_view octets(reinterpret_cast<const char*>(id.octets.data()), id.octets.size());
    return {big_endian_at(octets, 0), big_endian_at(octets, 8), 0};
  }
  case value_type::tuple:
    return tuple_words(v);
  case value_type::vector:
    return vector_words(v);
  }
  return {0, 0, 0};
}

sort_words words_of(index_order order, entity_id e, attribute_id a, value_view v,
                    entity_id origin) noexcept {
  switch (order) {
  case index_order::eavt:
    return {e.get(), high(a) | rest_of(v)};
  case index_order::aevt:
    return {e.get(), words_of(v).first};
  case index_order::avet: {
    const auto words = words_of(v);
    const auto rest = words.rest_bits != 0 ? bits_of(e, origin, words.rest_bits) : 0;
    return {words.first, words.second | rest};
  }
  case index_order::vaet:
    break;
  }
  return {v.as_ref().get(), high(a) | bits_of(e, origin, rest_bits)};
}

// -- bounds ---

tree_bound::tree_bound(index_order order, const components& at, entity_id origin,
                       std::optional<value_type> attribute_type) noexcept
    : at_(&at), order_(order) {
  switch (order) {
  case index_order::eavt:
    set_eavt(attribute_type);
    break;
  case index_order::aevt:
    if (at.entity) {
      set_first(at.entity->get());
      if (at.value)
        set_value(attribute_type, origin);
    }
    break;
  case index_order::avet:
    if (at.value)
      set_value(attribute_type, origin);
    break;
  case index_order::vaet:
    set_vaet(origin);
    break;
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

bool tree_bound::set_attribute() noexcept {
  if (at_->attribute->get() >> attribute_bits != 0) {
    decided_ = false;
    return false;
  }
  set_second(high(*at_->attribute), attribute_mask);
  return true;
}

void tree_bound::set_eavt(std::optional<value_type> attribute_type) noexcept {
  if (!at_->entity)
    return;
  set_first(at_->entity->get());
  if (!at_->attribute || !set_attribute() || !at_->value)
    return;
  decided_ = false;
  if (has_words(*at_->value, attribute_type))
    set_second(second_ | rest_of(*at_->value), all);
}

/// The value of a bound in a tree of one attribute.
void tree_bound::set_value(std::optional<value_type> attribute_type, entity_id origin) noexcept {
  decided_ = false;
  if (!has_words(*at_->value, attribute_type))
    return;
  const auto words = words_of(*at_->value);
  if (order_ == index_order::aevt)
    return set_second(words.first, all);
  set_first(words.first);
  if (words.rest_bits == 0)
    return set_second(words.second, all);
  const auto rest_mask = words.rest_bits == 64 ? all : (std::uint64_t{1} << words.rest_bits) - 1;
  decided_ = !at_->entity; // the words before the rest tell values apart
  if (at_->entity)
    set_second(words.second | bits_of(*at_->entity, origin, words.rest_bits), all);
  else
    set_second(words.second, ~rest_mask);
}

void tree_bound::set_vaet(entity_id origin) noexcept {
  if (!at_->value)
    return;
  if (at_->value->type() != value_type::ref) {
    decided_ = false;
    return;
  }
  set_first(at_->value->as_ref().get());
  if (!at_->attribute || !set_attribute() || !at_->entity)
    return;
  decided_ = false;
  set_second(second_ | bits_of(*at_->entity, origin, rest_bits), all);
}

} // namespace weft
