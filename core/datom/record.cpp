#include "weft/core/datom/record.hpp"

#include "weft/core/base/compression.hpp"
#include "weft/core/datom/record_format.hpp"

#include <fmt/format.h>

namespace weft {

using namespace record_format;

namespace {

result<void> too_large(std::string_view what, std::size_t size, std::size_t limit) {
  return fail(errc::transaction_too_large,
              fmt::format("{} {} exceed the limit of {}", size, what, limit),
              {{"size", std::to_string(size)}, {"limit", std::to_string(limit)}});
}

result<void> check_datoms(const record& r) {
  if (r.datoms.size() > limits::transaction_datoms_max)
    return too_large("datoms", r.datoms.size(), limits::transaction_datoms_max);
  for (const auto& d : r.datoms) {
    if (d.t != r.t || !entity::is_id(d.entity) || d.attribute.get() == 0)
      return fail(errc::invalid_argument, "a datom has another t, no entity or no attribute");
    WEFT_CHECK(check(d.value.view()));
  }
  return {};
}

result<void> check_fields(const record& r) {
  if (!allows(r.t) || !allows(r.shard) || !allows(r.next))
    return fail(errc::invalid_argument, "t, the shard or an allocator is out of range");
  if (!r.request && r.request_hash != hash128{})
    return fail(errc::invalid_argument, "a request hash without a request id");
  for (const auto& tempid : r.tempids)
    if (!allows_tempid(tempid.name, tempid.entity))
      return fail(errc::invalid_argument, "a tempid's name or entity is not allowed");
  return check_datoms(r);
}

void write_head(byte_writer& out, const record& r, std::uint8_t codec) {
  out.u8(version);
  out.u8(r.request ? has_request : 0);
  out.u8(codec);
  out.varint(r.t.get());
  out.fixed(r.when.get());
}

void write_request(byte_writer& out, const record& r) {
  if (!r.request)
    return;
  for (const auto octet : r.request->id.octets)
    out.u8(octet);
  const auto hash = to_bytes(r.request_hash);
  out.raw({hash.data(), hash.size()});
}

void write_entity(byte_writer& out, entity_id e, entity_id& previous) {
  out.zigzag(static_cast<std::int64_t>(e.get() - previous.get()));
  previous = e;
}

void write_body(byte_writer& out, const record& r) {
  out.varint(r.shard.get());
  write_request(out, r);
  out.varint(r.next.next_local);
  out.varint(r.next.next_attribute);
  out.varint(r.tempids.size());
  auto previous = base_entity(r.shard, r.next);
  for (const auto& tempid : r.tempids) {
    out.counted(tempid.name);
    write_entity(out, tempid.entity, previous);
  }
  out.varint(r.datoms.size());
  previous = base_entity(r.shard, r.next);
  for (const auto& d : r.datoms) {
    write_entity(out, d.entity, previous);
    out.varint(std::uint64_t{d.attribute.get()} << 1U | (d.added ? 1U : 0U));
    encode(out, d.value.view());
  }
  out.varint(0); // no extensions
}

/// About what a record takes, so that it is seldom copied while it grows: a guess, without the
/// names of tempids.
std::size_t likely_bytes(const record& r) noexcept {
  constexpr std::size_t head = 64;
  constexpr std::size_t of_datom = 16; // a short value and its places
  std::size_t n = head + of_datom * r.datoms.size();
  for (const auto& d : r.datoms)
    n += d.value.view().is_long_form() ? d.value.view().as_bytes().size() : 0;
  return n;
}

} // namespace

instant request_id::made_at() const noexcept {
  std::int64_t milliseconds = 0;
  for (std::size_t i = 0; i < 6; ++i)
    milliseconds = milliseconds << 8U | id.octets[i];
  return instant(milliseconds * 1000);
}

result<bytes> encode_record(const record& r) {
  WEFT_CHECK(check_fields(r));
  bytes out;
  out.reserve(likely_bytes(r));
  byte_writer writer(out);
  write_head(writer, r, plain);
  const auto head_bytes = out.size();
  write_body(writer, r);
  if (out.size() > limits::record_bytes_max)
    WEFT_CHECK(too_large("bytes", out.size(), limits::record_bytes_max));
  const auto body = bytes_view(out).substr(head_bytes);
  if (body.size() < limits::compression_bytes_min)
    return out;
  bytes packed;
  byte_writer packed_writer(packed);
  write_head(packed_writer, r, zstd);
  compress(packed, body);
  return packed.size() < out.size() ? packed : out;
}

record record_view::to_record() const {
  record out{.t = t_,
             .when = when_,
             .shard = shard_,
             .request = request_,
             .request_hash = request_hash_,
             .next = next_,
             .tempids = tempids_};
  out.datoms.reserve(datoms_.size());
  for (const auto& d : datoms_)
    out.datoms.push_back(d.to_datom());
  return out;
}

} // namespace weft
