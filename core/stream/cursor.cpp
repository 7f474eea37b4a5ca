#include "weft/core/stream/cursor.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/core/base/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace weft {

namespace {

constexpr std::uint8_t version = 1;
constexpr std::size_t check_bytes = 8;
constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t no_digit = 64;

constexpr std::array<std::uint8_t, 256> make_digits() {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(no_digit);
  for (std::uint8_t i = 0; i < alphabet.size(); ++i)
    digits[static_cast<unsigned char>(alphabet[i])] = i;
  return digits;
}
constexpr auto digits = make_digits();

tl::unexpected<error> invalid(std::string_view why) {
  return fail(errc::cursor_invalid, fmt::format("the cursor cannot be read: {}", why));
}

std::string to_base64url(bytes_view in) {
  std::string out;
  out.reserve((in.size() * 4 + 2) / 3);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : in) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6)
      out += alphabet[(bits >> (count - 6)) & 63U];
  }
  if (count > 0)
    out += alphabet[(bits << (6 - count)) & 63U];
  return out;
}

/// The one form only: bits that are left over are zero.
std::optional<bytes> from_base64url(std::string_view in) {
  bytes out;
  out.reserve(in.size() * 3 / 4);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : in) {
    const auto digit = digits[static_cast<unsigned char>(c)];
    if (digit == no_digit)
      return std::nullopt;
    bits = (bits << 6U) | digit;
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>((bits >> count) & 0xFFU);
    }
  }
  if (count >= 6 || (bits & ((1U << count) - 1U)) != 0)
    return std::nullopt;
  return out;
}

bool is_valid(const shard_place& at) noexcept {
  return at.shard.get() < limits::shards_max && at.t.get() <= limits::transactions_max &&
         (at.t.get() != 0 || at.hash == 0);
}

shard_place read_place(byte_reader& in) noexcept {
  shard_place at;
  const auto shard = in.varint();
  if (shard >= limits::shards_max)
    in.invalidate();
  at.shard = shard_id(static_cast<std::uint16_t>(shard));
  at.t = tx_number(in.varint());
  at.hash = read_short_hash(in);
  return at;
}

} // namespace

void write_short_hash(byte_writer& out, std::uint64_t hash) {
  const auto raw = to_bytes(hash128{hash, 0});
  out.raw({raw.data(), sizeof hash});
}

std::uint64_t read_short_hash(byte_reader& in) noexcept {
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < sizeof hash; ++i)
    hash = (hash << 8U) | in.u8();
  return hash;
}

bool cursor::valid() const noexcept {
  return database != database_id{} && !shards.empty() &&
         std::all_of(shards.begin(), shards.end(), is_valid) &&
         std::adjacent_find(shards.begin(), shards.end(), [](const auto& a, const auto& b) {
           return a.shard >= b.shard;
         }) == shards.end();
}

std::optional<shard_place> cursor::at(shard_id shard) const noexcept {
  const auto found =
      std::lower_bound(shards.begin(), shards.end(), shard,
                       [](const shard_place& p, shard_id wanted) { return p.shard < wanted; });
  if (found == shards.end() || found->shard != shard)
    return std::nullopt;
  return *found;
}

bytes cursor::to_bytes() const {
  WEFT_ASSERT(valid());
  bytes out;
  byte_writer writer(out);
  writer.u8(version);
  const auto id = weft::to_bytes(database.value);
  writer.raw({id.data(), id.size()});
  writer.varint(lineage);
  writer.varint(shards.size());
  for (const auto& at : shards) {
    writer.varint(at.shard.get());
    writer.varint(at.t.get());
    write_short_hash(writer, at.hash);
  }
  writer.fixed(checksum64(out, 0));
  return out;
}

std::string cursor::to_token() const {
  return to_base64url(to_bytes());
}

result<cursor> cursor::from_bytes(bytes_view in) {
  if (in.size() > limits::cursor_token_bytes_max)
    return invalid("it is too long");
  if (in.size() <= check_bytes)
    return invalid("it is cut short");
  byte_reader check(in.substr(in.size() - check_bytes));
  in.remove_suffix(check_bytes);
  if (checksum64(in, 0) != check.fixed<std::uint64_t>())
    return invalid("its checksum does not match; it was mistyped or cut short");
  byte_reader reader(in);
  const auto written = reader.u8();
  if (written > version)
    return fail(errc::unsupported_version, fmt::format("the cursor's version is {}", written),
                {{"version", std::to_string(written)}});
  if (written != version)
    return invalid("it has no version");
  cursor out;
  if (const auto id = reader.raw(16); reader.ok())
    out.database.value = hash128_from_bytes(id);
  out.lineage = reader.varint();
  const auto count = reader.varint();
  if (!reader.ok() || count > limits::shards_max)
    return invalid("what it says cannot be");
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i)
    out.shards.push_back(read_place(reader));
  if (!reader.ok() || !reader.at_end() || !out.valid())
    return invalid("what it says cannot be");
  return out;
}

result<cursor> cursor::parse(std::string_view token) {
  if (token.size() > limits::cursor_token_bytes_max)
    return invalid("it is too long");
  const auto raw = from_base64url(token);
  if (!raw)
    return invalid("it holds a character that no cursor has, or lacks some");
  return from_bytes(*raw);
}

result<position_text> parse_position(std::string_view text) {
  // A token begins with the version, which is no digit: "A".
  if (!text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos) {
    std::uint64_t t = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), t);
    if (failed != std::errc() || t > limits::transactions_max)
      return invalid("no transaction has so large a number");
    return position_text{std::nullopt, tx_number(t)};
  }
  WEFT_TRY(auto exact, cursor::parse(text));
  return position_text{std::move(exact), tx_number(0)};
}

} // namespace weft
