#include "weft/persistence/wal/format.hpp"

#include "weft/core/base/assert.hpp"

#include <algorithm>

namespace weft::persistence {

namespace {

constexpr std::size_t header_checksum_at = segment_header_bytes - 8;
constexpr std::string_view name_suffix = ".seg";
constexpr std::string_view free_prefix = "free-";
constexpr std::size_t name_digits = 16;

void put_hash(byte_writer& out, hash128 h) {
  const auto raw = to_bytes(h);
  out.raw({raw.data(), raw.size()});
}

std::string hex_name(std::uint64_t x) {
  std::string out(name_digits, '0');
  for (std::size_t i = name_digits; i-- > 0; x >>= 4U)
    out[i] = "0123456789abcdef"[x & 15U];
  return out;
}

std::optional<std::uint64_t> number_of(std::string_view digits) noexcept {
  if (digits.size() != name_digits)
    return std::nullopt;
  std::uint64_t out = 0;
  for (const char c : digits) {
    const auto at = std::string_view{"0123456789abcdef"}.find(c);
    if (at == std::string_view::npos)
      return std::nullopt;
    out = (out << 4U) | at;
  }
  return out;
}

} // namespace

bytes encode(const segment_header& h) {
  bytes out;
  out.reserve(segment_header_bytes);
  byte_writer to(out);
  to.raw(segment_magic);
  to.fixed(log_format_version);
  to.fixed(checksum_xxh3);
  to.fixed(h.shard.get());
  to.fixed(std::uint16_t{0});
  put_hash(to, h.database.value);
  to.fixed(h.sequence);
  to.fixed(h.previous_sequence);
  to.fixed(h.incarnation);
  to.fixed(h.file_bytes);
  to.fixed(h.previous.index.get());
  to.fixed(h.previous.term.get());
  to.fixed(h.previous.t.get());
  put_hash(to, h.previous.chain);
  to.fixed(h.synced_through.get());
  to.fixed(h.created.get());
  to.fixed(h.key_id);
  out.resize(header_checksum_at, '\0');
  to.fixed(checksum64(out, 0));
  return out;
}

result<segment_header> decode_segment_header(bytes_view block) {
  if (block.size() < segment_header_bytes)
    return fail(errc::log_corrupt, "the segment is shorter than its header");
  block = block.substr(0, segment_header_bytes);
  byte_reader in(block);
  if (in.raw(segment_magic.size()) != segment_magic)
    return fail(errc::log_corrupt, "the segment's header has no magic number");
  byte_reader tail(block.substr(header_checksum_at));
  if (tail.fixed<std::uint64_t>() != checksum64(block.substr(0, header_checksum_at), 0))
    return fail(errc::log_corrupt, "the checksum of the segment's header is wrong");
  const auto version = in.fixed<std::uint16_t>();
  const auto algorithm = in.fixed<std::uint16_t>();
  if (version > log_format_version || algorithm != checksum_xxh3)
    return fail(errc::unsupported_version,
                "the segment has format version " + std::to_string(version) + " and checksum " +
                    std::to_string(algorithm) + "; this program reads up to version " +
                    std::to_string(log_format_version));
  segment_header h;
  h.shard = shard_id(in.fixed<std::uint16_t>());
  (void)in.fixed<std::uint16_t>();
  h.database.value = hash128_from_bytes(in.raw(16));
  h.sequence = in.fixed<std::uint64_t>();
  h.previous_sequence = in.fixed<std::uint64_t>();
  h.incarnation = in.fixed<std::uint64_t>();
  h.file_bytes = in.fixed<std::uint64_t>();
  h.previous.index = log_index(in.fixed<std::uint64_t>());
  h.previous.term = term(in.fixed<std::uint64_t>());
  h.previous.t = tx_number(in.fixed<std::uint64_t>());
  h.previous.chain = hash128_from_bytes(in.raw(16));
  h.synced_through = log_index(in.fixed<std::uint64_t>());
  h.created = instant(in.fixed<std::int64_t>());
  h.key_id = in.fixed<std::uint64_t>();
  WEFT_ASSERT(in.ok());
  if (h.key_id != 0)
    return fail(errc::unsupported_version, "the segment is encrypted");
  return h;
}

void encode(const batch_header& h, std::uint64_t seed, bytes& out) {
  const auto from = out.size();
  byte_writer to(out);
  to.fixed(batch_magic);
  to.fixed(h.batch_bytes);
  to.fixed(h.first_index.get());
  to.fixed(h.synced_through.get());
  to.fixed(h.count);
  to.fixed(std::uint32_t{0});
  to.fixed(checksum64(bytes_view{out}.substr(from), seed));
}

std::optional<batch_header> decode_batch_header(bytes_view in, std::uint64_t seed) {
  if (in.size() < batch_header_bytes)
    return std::nullopt;
  byte_reader from(in);
  if (from.fixed<std::uint32_t>() != batch_magic)
    return std::nullopt;
  batch_header h;
  h.batch_bytes = from.fixed<std::uint32_t>();
  h.first_index = log_index(from.fixed<std::uint64_t>());
  h.synced_through = log_index(from.fixed<std::uint64_t>());
  h.count = from.fixed<std::uint32_t>();
  const auto flags = from.fixed<std::uint32_t>();
  const auto sum = from.fixed<std::uint64_t>();
  if (sum != checksum64(in.substr(0, batch_header_bytes - 8), seed) || flags != 0)
    return std::nullopt;
  if (h.batch_bytes < batch_header_bytes || h.batch_bytes % batch_alignment != 0)
    return std::nullopt;
  return h;
}

void encode(const entry_header& h, std::uint64_t seed, bytes& out) {
  const auto from = out.size();
  byte_writer to(out);
  to.fixed(h.stored_bytes);
  to.u8(static_cast<std::uint8_t>(h.kind));
  to.u8(0);
  to.fixed(std::uint16_t{0});
  to.fixed(h.term.get());
  to.fixed(h.index.get());
  to.raw({h.chain.data(), h.chain.size()});
  to.fixed(h.body_checksum);
  to.fixed(checksum64(bytes_view{out}.substr(from), seed));
}

std::optional<entry_header> decode_entry_header(bytes_view in, std::uint64_t seed) {
  if (in.size() < entry_header_bytes)
    return std::nullopt;
  byte_reader from(in);
  entry_header h;
  h.stored_bytes = from.fixed<std::uint32_t>();
  const auto kind = from.u8();
  const auto flags = from.u8();
  const auto reserved = from.fixed<std::uint16_t>();
  h.term = term(from.fixed<std::uint64_t>());
  h.index = log_index(from.fixed<std::uint64_t>());
  const auto prefix = from.raw(h.chain.size());
  std::copy(prefix.begin(), prefix.end(), h.chain.begin());
  h.body_checksum = from.fixed<std::uint64_t>();
  const auto sum = from.fixed<std::uint64_t>();
  if (sum != checksum64(in.substr(0, entry_header_bytes - 8), seed))
    return std::nullopt;
  if (h.stored_bytes == 0 || kind == 0 || kind > entry_kind_max || flags != 0 || reserved != 0)
    return std::nullopt;
  h.kind = static_cast<entry_kind>(kind);
  return h;
}

std::array<char, 8> chain_prefix(hash128 h) noexcept {
  const auto raw = to_bytes(h);
  std::array<char, 8> out;
  std::copy_n(raw.begin(), out.size(), out.begin());
  return out;
}

std::string segment_name(std::uint64_t sequence) {
  return hex_name(sequence) + std::string{name_suffix};
}

std::optional<std::uint64_t> sequence_of_name(std::string_view name) noexcept {
  if (!name.ends_with(name_suffix))
    return std::nullopt;
  return number_of(name.substr(0, name.size() - name_suffix.size()));
}

std::string free_name(std::uint64_t number) {
  return std::string{free_prefix} + segment_name(number);
}

std::optional<std::uint64_t> number_of_free_name(std::string_view name) noexcept {
  if (!name.starts_with(free_prefix))
    return std::nullopt;
  return sequence_of_name(name.substr(free_prefix.size()));
}

} // namespace weft::persistence
