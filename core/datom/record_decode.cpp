// Reading records: bytes that may come from a damaged disk or a hostile peer.
#include "weft/core/base/compression.hpp"
#include "weft/core/datom/record.hpp"
#include "weft/core/datom/record_format.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weft {

using namespace record_format;

namespace {

struct record_head {
  std::uint8_t flags = 0;
  std::uint8_t codec = 0;
  tx_number t;
  instant when;
};

tl::unexpected<error> malformed(std::string_view section) {
  return fail(errc::malformed_record, fmt::format("the record's {} cannot be read", section),
              {{"section", std::string(section)}});
}

tl::unexpected<error> unsupported(std::string_view what, std::uint64_t number) {
  return fail(errc::unsupported_version, fmt::format("the record's {} is {}", what, number),
              {{std::string(what), std::to_string(number)}});
}

result<record_head> read_head(byte_reader& in) {
  record_head head;
  const auto written_version = in.u8();
  if (!in.ok())
    return malformed("head");
  if (written_version != version)
    return unsupported("version", written_version);
  head.flags = in.u8();
  head.codec = in.u8();
  head.t = tx_number(in.varint());
  head.when = instant(in.fixed<std::int64_t>());
  if ((head.flags & ~known_flags) != 0)
    return unsupported("flags", head.flags);
  if (head.codec != plain && head.codec != zstd)
    return unsupported("codec", head.codec);
  if (!in.ok() || !allows(head.t))
    return malformed("head");
  return head;
}

hash128 read_hash(byte_reader& in) noexcept {
  const auto raw = in.raw(16);
  return in.ok() ? hash128_from_bytes(raw) : hash128{};
}

uuid read_uuid(byte_reader& in) noexcept {
  uuid id;
  const auto raw = in.raw(id.octets.size());
  std::copy(raw.begin(), raw.end(), id.octets.begin());
  return id;
}

entity_id read_entity(byte_reader& in, entity_id& previous) noexcept {
  previous = entity_id(previous.get() + static_cast<std::uint64_t>(in.zigzag()));
  return previous;
}

/// A count of things that take at least `bytes_min` each; more than can be there is a failure.
std::size_t read_count(byte_reader& in, std::size_t bytes_min) noexcept {
  const auto count = in.varint();
  if (count > in.remaining() / bytes_min)
    in.invalidate();
  return in.ok() ? static_cast<std::size_t>(count) : 0;
}

} // namespace

class record_view::decoder {
 public:
  explicit decoder(record_view& out) noexcept : out_(out) {}

  result<void> run(bytes_view payload);

 private:
  result<void> open_body(const record_head& head, byte_reader& in);
  result<void> read_fields(const record_head& head, byte_reader& in);
  result<void> read_tempids(byte_reader& in);
  result<void> read_datoms(byte_reader& in);
  result<void> read_extensions(byte_reader& in);

  record_view& out_;
  std::size_t payload_bytes_ = 0;
};

result<void> record_view::decoder::run(bytes_view payload) {
  if (payload.size() > limits::record_bytes_max)
    return malformed("size");
  payload_bytes_ = payload.size();
  byte_reader in(payload);
  WEFT_TRY(const auto head, read_head(in));
  out_.t_ = head.t;
  out_.when_ = head.when;
  WEFT_CHECK(open_body(head, in));
  WEFT_CHECK(read_fields(head, in));
  WEFT_CHECK(read_tempids(in));
  WEFT_CHECK(read_datoms(in));
  WEFT_CHECK(read_extensions(in));
  if (!in.at_end())
    return malformed("end");
  return {};
}

/// Makes `in` read the plain body.
result<void> record_view::decoder::open_body(const record_head& head, byte_reader& in) {
  if (head.codec == plain)
    return {};
  const auto frame = in.raw(in.remaining());
  auto body = decompress(frame, limits::record_bytes_max - (payload_bytes_ - frame.size()));
  if (!body)
    return malformed("compressed body");
  out_.buffer_ = std::make_shared<const bytes>(std::move(*body));
  in = byte_reader(*out_.buffer_);
  return {};
}

result<void> record_view::decoder::read_fields(const record_head& head, byte_reader& in) {
  const auto shard = in.varint();
  if (shard >= limits::shards_max)
    return malformed("shard");
  out_.shard_ = shard_id(static_cast<std::uint16_t>(shard));
  if ((head.flags & has_request) != 0) {
    out_.request_ = request_id{read_uuid(in)};
    out_.request_hash_ = read_hash(in);
  }
  out_.next_.next_local = in.varint();
  out_.next_.next_attribute = in.varint();
  if (!in.ok() || !allows(out_.next_))
    return malformed("allocators");
  return {};
}

result<void> record_view::decoder::read_tempids(byte_reader& in) {
  const auto count = read_count(in, tempid_bytes_min);
  out_.tempids_.reserve(count);
  auto previous = base_entity(out_.shard_, out_.next_);
  for (std::size_t i = 0; i < count; ++i) {
    const auto name = in.counted();
    const auto entity = read_entity(in, previous);
    if (!in.ok() || !allows_tempid(name, entity))
      return malformed("tempids");
    out_.tempids_.push_back({std::string(name), entity});
  }
  return in.ok() ? result<void>{} : malformed("tempids");
}

result<void> record_view::decoder::read_datoms(byte_reader& in) {
  const auto count = read_count(in, datom_bytes_min);
  if (!in.ok() || count > limits::transaction_datoms_max)
    return malformed("datoms");
  out_.datoms_.reserve(count);
  auto previous = base_entity(out_.shard_, out_.next_);
  for (std::size_t i = 0; i < count; ++i) {
    const auto entity = read_entity(in, previous);
    const auto attribute = in.varint();
    const auto value = decode_value(in);
    const auto id = attribute >> 1U;
    if (!in.ok() || !entity::is_id(entity) || id == 0 || id > UINT32_MAX || !check(value))
      return malformed(fmt::format("datom {}", i));
    out_.datoms_.push_back({entity, attribute_id(static_cast<std::uint32_t>(id)), value, out_.t_,
                            (attribute & 1U) != 0});
  }
  return {};
}

/// None is known yet: those that a reader may skip are skipped.
result<void> record_view::decoder::read_extensions(byte_reader& in) {
  const auto count = read_count(in, extension_bytes_min);
  std::uint64_t id_above = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto id = in.varint();
    const auto flags = in.u8();
    static_cast<void>(in.counted());
    if (!in.ok() || id <= id_above)
      return malformed("extensions");
    if (flags != skippable)
      return unsupported("extension", id);
    id_above = id;
  }
  return in.ok() ? result<void>{} : malformed("extensions");
}

result<record_view> record_view::decode(bytes_view payload) {
  record_view out;
  WEFT_CHECK(decoder(out).run(payload));
  return out;
}

result<record_stamp> peek_stamp(bytes_view payload) {
  byte_reader in(payload);
  WEFT_TRY(const auto head, read_head(in));
  return record_stamp{head.t, head.when};
}

result<tx_number> peek_t(bytes_view payload) {
  WEFT_TRY(const auto stamp, peek_stamp(payload));
  return stamp.t;
}

} // namespace weft
