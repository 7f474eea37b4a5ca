#include "weft/core/base/checksum.hpp"

#include "weft/core/base/assert.hpp"

#include <xxhash.h>

#include <algorithm>

namespace weft {

namespace {

hash128 from_xxh(XXH128_hash_t h) noexcept {
  return {h.high64, h.low64};
}

} // namespace

std::uint64_t checksum64(bytes_view in, std::uint64_t seed) noexcept {
  return XXH3_64bits_withSeed(in.data(), in.size(), seed);
}

hash128 hash_of(bytes_view in) noexcept {
  return from_xxh(XXH3_128bits(in.data(), in.size()));
}

void running_hash::free_state::operator()(XXH3_state_s* s) const noexcept {
  XXH3_freeState(s);
}

running_hash::running_hash() : state_(XXH3_createState()) {
  WEFT_ASSERT(state_ != nullptr);
  XXH3_128bits_reset(state_.get());
}

running_hash::running_hash(const running_hash& other) : running_hash() {
  *this = other;
}

running_hash& running_hash::operator=(const running_hash& other) {
  if (this != &other)
    XXH3_copyState(state_.get(), other.state_.get());
  return *this;
}

running_hash::~running_hash() = default;

void running_hash::add(bytes_view more) noexcept {
  XXH3_128bits_update(state_.get(), more.data(), more.size());
}

hash128 running_hash::value() const noexcept {
  return from_xxh(XXH3_128bits_digest(state_.get()));
}

hash128 chain(hash128 previous, hash128 payload) noexcept {
  const auto head = to_bytes(previous);
  const auto tail = to_bytes(payload);
  std::array<char, 32> both;
  std::copy(head.begin(), head.end(), both.begin());
  std::copy(tail.begin(), tail.end(), both.begin() + 16);
  return hash_of({both.data(), both.size()});
}

std::array<char, 16> to_bytes(hash128 h) noexcept {
  std::array<char, 16> out;
  for (unsigned i = 0; i < 8; ++i) {
    out[i] = static_cast<char>(h.high >> (56U - 8U * i));
    out[8 + i] = static_cast<char>(h.low >> (56U - 8U * i));
  }
  return out;
}

hash128 hash128_from_bytes(bytes_view sixteen) noexcept {
  WEFT_ASSERT(sixteen.size() == 16);
  hash128 h;
  for (unsigned i = 0; i < 8; ++i) {
    h.high = (h.high << 8U) | static_cast<unsigned char>(sixteen[i]);
    h.low = (h.low << 8U) | static_cast<unsigned char>(sixteen[8 + i]);
  }
  return h;
}

} // namespace weft
