#include "weft/core/protocol/packet.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/core/base/checksum.hpp"
#include "weft/core/base/limits.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weft::protocol {

namespace {

constexpr std::uint8_t packet_version = 1;
constexpr std::uint8_t more_follows = 1;
constexpr std::string_view magic = "WF";

/// Fed bytes that were taken are forgotten when they are so many.
constexpr std::size_t forget_bytes = 64U << 10U;

tl::unexpected<error> malformed(std::string_view section, std::string_view what) {
  return fail(errc::malformed_frame, fmt::format("what arrived is not Weft's protocol: {}", what),
              {{"section", std::string(section)}});
}

/// Of the part, and of what the head says before the checksum.
std::uint64_t sum_of(bytes_view head, bytes_view part) noexcept {
  return checksum64(part, checksum64(head, 0));
}

/// As much of it as there is, at most so many bytes.
bytes_view take(bytes_view& from, std::size_t most) noexcept {
  const auto out = from.substr(0, most);
  from.remove_prefix(out.size());
  return out;
}

} // namespace

void put_packets(bytes& out, bytes_view message, bytes_view rest) {
  auto left = message.size() + rest.size();
  WEFT_ASSERT(left != 0 && left <= limits::message_bytes_max);
  byte_writer writer(out);
  while (left != 0) {
    const auto size = std::min(left, limits::packet_bytes_max);
    left -= size;
    const auto head = out.size();
    writer.raw(magic);
    writer.u8(packet_version);
    writer.u8(left == 0 ? 0 : more_follows);
    writer.fixed(static_cast<std::uint32_t>(size));
    const auto sum_at = out.size();
    writer.fixed(std::uint64_t{0});
    const auto part = out.size();
    writer.raw(take(message, size));
    writer.raw(take(rest, part + size - out.size()));
    const auto sum =
        sum_of(bytes_view(out).substr(head, sum_at - head), bytes_view(out).substr(part));
    bytes sum_bytes;
    byte_writer(sum_bytes).fixed(sum);
    out.replace(sum_at, sum_bytes.size(), sum_bytes);
  }
}

void packet_reader::feed(bytes_view piece) {
  if (failed_)
    return;
  if (begin_ == buffer_.size()) {
    buffer_.clear();
    begin_ = 0;
  } else if (begin_ >= forget_bytes) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
  buffer_.append(piece);
}

result<std::optional<bytes>> packet_reader::next() {
  if (failed_)
    return fail(*failed_);
  while (!whole_) {
    const auto taken = take_packet();
    if (!taken) {
      failed_ = taken.error();
      buffer_ = {};
      message_ = {};
      begin_ = 0;
      return fail(*failed_);
    }
    if (!*taken)
      return std::nullopt;
  }
  whole_ = false;
  return std::exchange(message_, {});
}

/// False when it is not there whole.
result<bool> packet_reader::take_packet() {
  const auto rest = bytes_view(buffer_).substr(begin_);
  if (!rest.starts_with(magic.substr(0, rest.size())))
    return malformed("magic", "it does not begin as a packet does");
  if (rest.size() < packet_head_bytes)
    return false;
  byte_reader head(rest.substr(magic.size()));
  const auto version = head.u8();
  const auto flags = head.u8();
  const auto size = head.fixed<std::uint32_t>();
  const auto sum = head.fixed<std::uint64_t>();
  if (version != packet_version)
    return fail(errc::unsupported_version, fmt::format("the packet's version is {}", version),
                {{"version", std::to_string(version)}});
  if (flags > more_follows || size == 0 || size > limits::packet_bytes_max)
    return malformed("head", "the head of a packet makes no sense");
  if (message_.size() + size > limits::message_bytes_max)
    return fail(errc::input_too_large,
                fmt::format("a message has more than {} bytes", limits::message_bytes_max));
  if (rest.size() < packet_head_bytes + size)
    return false;
  const auto part = rest.substr(packet_head_bytes, size);
  if (sum != sum_of(rest.substr(0, packet_head_bytes - sizeof sum), part))
    return malformed("checksum", "a packet is damaged");
  message_.append(part);
  begin_ += packet_head_bytes + size;
  whole_ = flags == 0;
  return true;
}

} // namespace weft::protocol
