#include "weft/core/db/stored_fact.hpp"

#include <bit>
#include <cstring>

namespace weft {

namespace {

constexpr std::size_t word_bytes = sizeof(std::uint64_t);

/// The eight bytes of a value that has no more.
std::uint64_t word_of(value_view v) noexcept {
  switch (v.type()) {
  case value_type::boolean:
    return v.as_bool() ? 1 : 0;
  case value_type::long_:
    return static_cast<std::uint64_t>(v.as_long());
  case value_type::double_:
    return std::bit_cast<std::uint64_t>(v.as_double());
  case value_type::instant_:
    return static_cast<std::uint64_t>(v.as_instant().get());
  case value_type::ref:
    return v.as_ref().get();
  default:
    WEFT_ASSERT(false);
  }
}

std::size_t payload_bytes(value_view v) noexcept {
  if (v.is_long_form())
    return v.as_bytes().size();
  return v.type() == value_type::uuid_ ? sizeof(uuid) : word_bytes;
}

} // namespace

stored_fact::stored_fact(const datom_view& d, bool forgets, std::size_t value_bytes) noexcept
    : entity_(d.entity), t_(d.t),
      attribute_and_flags_(d.attribute.get() << flag_bits | (forgets ? forgets_flag : 0U) |
                           (d.added ? added_flag : 0U)),
      type_and_size_(static_cast<std::uint32_t>(value_bytes << type_bits) |
                     static_cast<std::uint32_t>(d.value.type())) {}

stored_fact* stored_fact::create(arena& memory, const datom_view& d, bool forgets) {
  const auto size = payload_bytes(d.value);
  WEFT_ASSERT(size < 1U << (32 - type_bits));
  WEFT_ASSERT(entity::to_attribute(entity::of_attribute(d.attribute)));
  const auto padded = (size + word_bytes - 1) / word_bytes * word_bytes;
  auto* at = memory.allocate(sizeof(stored_fact) + padded, alignof(stored_fact));
  auto* fact = new (at) stored_fact(d, forgets, size);
  auto* payload = reinterpret_cast<char*>(fact + 1);
  if (d.value.is_long_form()) {
    if (size != 0)
      std::memcpy(payload, d.value.as_bytes().data(), size);
  } else if (d.value.type() == value_type::uuid_) {
    const auto id = d.value.as_uuid();
    std::memcpy(payload, id.octets.data(), size);
  } else {
    const auto word = word_of(d.value);
    std::memcpy(payload, &word, size);
  }
  return fact;
}

std::uint64_t stored_fact::word() const noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, payload(), sizeof word);
  return word;
}

value_view stored_fact::value() const noexcept {
  switch (type()) {
  case value_type::boolean:
    return value_view::of(word() != 0);
  case value_type::long_:
    return value_view::of(static_cast<std::int64_t>(word()));
  case value_type::double_:
    return value_view::of(std::bit_cast<double>(word()));
  case value_type::instant_:
    return value_view::of(instant(static_cast<std::int64_t>(word())));
  case value_type::ref:
    return value_view::of(entity_id(word()));
  case value_type::uuid_: {
    uuid id;
    std::memcpy(id.octets.data(), payload(), sizeof id);
    return value_view::of(id);
  }
  default:
    break;
  }
  const bytes_view text(payload(), type_and_size_ >> type_bits);
  switch (type()) {
  case value_type::keyword:
    return value_view::keyword(text);
  case value_type::string:
    return value_view::string(text);
  case value_type::bytes_:
    return value_view::bytes(text);
  case value_type::tuple:
    return value_view::tuple(text);
  default:
    return value_view::vector(text);
  }
}

} // namespace weft
