#include "weft/core/stream/frame_bundle.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/core/stream/frame_format.hpp"

#include <algorithm>

namespace weft::stream {

using namespace frame_format;

namespace {

const stream_slice* slice_of(const server_frame& f) noexcept {
  const auto* records = std::get_if<records_frame>(&f);
  return records == nullptr ? nullptr : records->what.get();
}

/// Without version and kind, which a frame for several sessions says once.
std::size_t head_bytes(const server_frame& f) noexcept {
  return session_bytes + varint_bytes(epoch_of(f).attempt) + varint_bytes(seq_of(f));
}

void put_head(byte_writer& out, const server_frame& f) {
  const auto of = epoch_of(f);
  out.fixed(of.session);
  out.varint(of.attempt);
  out.varint(seq_of(f));
}

/// How many of the frames at the front have one slice and fit one frame, of which `body` bytes are
/// the records.
std::size_t count_shared(std::span<const server_frame> frames, std::size_t body) noexcept {
  std::size_t heads = 0;
  std::size_t n = 0;
  frames = frames.first(std::min(frames.size(), limits::connection_streams_max));
  for (; n < frames.size() && slice_of(frames[n]) == slice_of(frames[0]); ++n) {
    heads += head_bytes(frames[n]);
    if (kind_bytes + varint_bytes(n + 1) + heads + body > limits::frame_bytes_max)
      break;
  }
  return n;
}

bytes for_several(std::span<const server_frame> frames, bytes_view body) {
  bytes wire;
  wire.reserve(frame_head_bytes + frames.size() * head_bytes(frames.back()) + body.size());
  byte_writer out(wire);
  out.u8(version);
  out.u8(static_cast<std::uint8_t>(kind::shared));
  out.varint(frames.size());
  for (const auto& f : frames)
    put_head(out, f);
  out.raw(body);
  WEFT_ASSERT(wire.size() <= limits::frame_bytes_max);
  return wire;
}

} // namespace

encoded_front encode_front(std::span<const server_frame> frames) {
  auto one = encode(frames.front());
  if (frames.size() == 1 || slice_of(frames[0]) == nullptr)
    return {std::move(one), 1};
  const auto body = bytes_view(one).substr(kind_bytes + head_bytes(frames.front()));
  const auto taken = count_shared(frames, body.size());
  if (taken < 2)
    return {std::move(one), 1};
  return {for_several(frames.first(taken), body), taken};
}

} // namespace weft::stream
