#include "weft/core/cluster/address.hpp"

#include "weft/core/base/limits.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

namespace weft {

namespace {

using groups = std::array<std::uint16_t, 8>; // of an IPv6 address

constexpr std::string_view digits = "0123456789";
constexpr std::string_view hexadecimal = "0123456789abcdefABCDEF";
constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

bool consists_of(std::string_view text, std::string_view these) noexcept {
  return text.find_first_not_of(these) == std::string_view::npos;
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> out;
  for (;;) {
    const auto end = text.find(at);
    out.push_back(text.substr(0, end));
    if (end == std::string_view::npos)
      return out;
    text.remove_prefix(end + 1);
  }
}

/// A number without sign and leading zeros, at most `most`.
std::optional<std::uint32_t> small_number(std::string_view text, std::uint32_t most) noexcept {
  if (text.empty() || text.size() > 5 || !consists_of(text, digits) ||
      (text.size() > 1 && text.front() == '0'))
    return std::nullopt;
  std::uint32_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out <= most ? std::optional(out) : std::nullopt;
}

bool is_ipv4(std::string_view host) {
  const auto parts = split(host, '.');
  return parts.size() == 4 && std::ranges::all_of(parts, [](std::string_view part) {
           return small_number(part, 255).has_value();
         });
}

/// Groups of one side of "::", at most eight; nothing for what is no group.
std::optional<std::vector<std::uint16_t>> groups_of(std::string_view text) {
  std::vector<std::uint16_t> out;
  if (text.empty())
    return out;
  for (const auto part : split(text, ':')) {
    if (part.empty() || part.size() > 4 || !consists_of(part, hexadecimal))
      return std::nullopt;
    std::uint16_t group = 0;
    std::from_chars(part.data(), part.data() + part.size(), group, 16);
    out.push_back(group);
  }
  return out;
}

std::optional<groups> parse_ipv6(std::string_view host) {
  const auto gap = host.find("::");
  const auto head = groups_of(host.substr(0, gap));
  const auto tail = groups_of(gap == std::string_view::npos ? "" : host.substr(gap + 2));
  if (!head || !tail)
    return std::nullopt;
  const auto count = head->size() + tail->size();
  if (gap == std::string_view::npos ? count != 8 : count > 7)
    return std::nullopt;
  groups out = {};
  std::ranges::copy(*head, out.begin());
  std::ranges::copy_backward(*tail, out.end());
  return out;
}

bool is_name(std::string_view host) {
  const auto parts = split(host, '.');
  return std::ranges::all_of(parts, [](std::string_view part) {
    return !part.empty() && part.front() != '-' && part.back() != '-' &&
           consists_of(part, std::string(letters) + std::string(digits) + "-");
  });
}

bool is_localhost(std::string_view host) noexcept {
  constexpr std::string_view localhost = "localhost";
  return std::ranges::equal(host, localhost, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b;
  });
}

tl::unexpected<error> wrong(std::string detail) {
  return fail(errc::invalid_value, std::move(detail));
}

} // namespace

bool listen_address::is_loopback() const {
  constexpr groups one = {0, 0, 0, 0, 0, 0, 0, 1};
  return is_localhost(host) || (host.starts_with("127.") && is_ipv4(host)) ||
         parse_ipv6(host) == one;
}

bool listen_address::is_wildcard() const {
  return host == "0.0.0.0" || parse_ipv6(host) == groups{};
}

std::string listen_address::to_string() const {
  const bool brackets = host.find(':') != std::string::npos;
  return (brackets ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

result<listen_address> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || text.ends_with(']'))
    return wrong("a port is missing, as in 127.0.0.1:7400");
  auto host = text.substr(0, colon);
  const auto port = small_number(text.substr(colon + 1), 65'535);
  if (!port)
    return wrong("a port is a number from 0 to 65535");
  if (host.empty())
    return wrong("a host is missing, as in 127.0.0.1:7400");
  if (host.size() > limits::host_bytes_max)
    return wrong("a host has at most " + std::to_string(limits::host_bytes_max) + " bytes");
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (!parse_ipv6(host))
      return wrong("what stands in brackets is no IPv6 address");
  } else if (host.find(':') != std::string_view::npos) {
    return wrong("an IPv6 address stands in brackets, as in [::1]:7400");
  } else if (consists_of(host, "0123456789.")) {
    if (!is_ipv4(host))
      return wrong("a host of digits and dots is an IPv4 address of four numbers up to 255");
  } else if (!is_name(host)) {
    return wrong("a host is an address, or a name of letters, digits, hyphens and dots");
  }
  return listen_address{std::string(host), static_cast<std::uint16_t>(*port)};
}

} // namespace weft
