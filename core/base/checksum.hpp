// Checksums and the chain hash: XXH3, 64 bits for damage, 128 bits for identity.
// Not cryptographic: they find accidents, not attackers.
#pragma once

#include "weft/core/base/bytes.hpp"

#include <array>
#include <memory>

struct XXH3_state_s; // of xxhash.h

namespace weft {

/// 128 bits, high half first when written as text or compared.
struct hash128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend constexpr auto operator<=>(const hash128&, const hash128&) noexcept = default;
};

/// XXH3-64 of `in`, seeded. Cost: about 20 GB/s.
[[nodiscard]] std::uint64_t checksum64(bytes_view in, std::uint64_t seed) noexcept;

/// XXH3-128 of `in`, seed 0.
[[nodiscard]] hash128 hash_of(bytes_view in) noexcept;

/// hash_of bytes that come in pieces.
class running_hash {
 public:
  running_hash();
  running_hash(const running_hash& other);
  running_hash& operator=(const running_hash& other);
  ~running_hash();
  void add(bytes_view more) noexcept;
  /// Of everything that was added so far.
  [[nodiscard]] hash128 value() const noexcept;

 private:
  struct free_state {
    void operator()(XXH3_state_s* s) const noexcept;
  };
  std::unique_ptr<XXH3_state_s, free_state> state_;
};

/// Chain hash h_t = H(h_{t-1}, H(payload_t)): XXH3-128 over the canonical 32 bytes of both; h_0 is
/// zero. `payload` is hash_of the record's bytes. @source docs/formats/log.md
[[nodiscard]] hash128 chain(hash128 previous, hash128 payload) noexcept;

/// 16 bytes, big-endian, high half first: the canonical form of XXH3-128.
[[nodiscard]] std::array<char, 16> to_bytes(hash128 h) noexcept;
[[nodiscard]] hash128 hash128_from_bytes(bytes_view sixteen) noexcept;

} // namespace weft
