#include "weft/fabric/client/endpoint.hpp"

#include "weft/core/base/limits.hpp"

#include <fmt/format.h>

namespace weft::client {

namespace {

constexpr std::string_view scheme = "unix:";

bool is_path(std::string_view text) {
  return text.starts_with('/') || text.starts_with("./") || text.starts_with("../");
}

} // namespace

std::string endpoint::to_string() const {
  if (const auto* path = std::get_if<socket_path>(&at))
    return std::string(scheme) + path->path;
  return std::get<listen_address>(at).to_string();
}

result<endpoint> parse_endpoint(std::string_view text) {
  const bool named = text.starts_with(scheme);
  if (!named && !is_path(text)) {
    WEFT_TRY(auto address, parse_address(text));
    if (address.port == 0)
      return fail(errc::invalid_value, "port 0 is nobody's");
    return endpoint{std::move(address)};
  }
  if (named)
    text.remove_prefix(scheme.size());
  if (text.empty())
    return fail(errc::invalid_value, "the path of the socket is missing");
  if (text.size() > limits::socket_path_bytes_max)
    return fail(errc::invalid_value, fmt::format("the path of a socket has at most {} bytes",
                                                 limits::socket_path_bytes_max));
  return endpoint{socket_path{std::string(text)}};
}

result<std::vector<endpoint>> parse_endpoints(std::string_view text) {
  std::vector<endpoint> out;
  for (;;) {
    const auto comma = text.find(',');
    WEFT_TRY(auto one, parse_endpoint(text.substr(0, comma)));
    out.push_back(std::move(one));
    if (comma == std::string_view::npos)
      return out;
    text.remove_prefix(comma + 1);
  }
}

} // namespace weft::client
