#include "weft/fabric/endpoints.hpp"

#include "weft/core/base/limits.hpp"
#include "weft/core/cluster/config.hpp"

#include <fstream>
#include <sstream>
#include <utility>

namespace weft::fabric {

namespace {

result<std::string> text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string out(limits::config_bytes_max + 1, '\0');
  if (!in.read(out.data(), static_cast<std::streamsize>(out.size())) && !in.eof())
    return fail(errc::io_error, path + " cannot be read", {{"path", path}});
  out.resize(static_cast<std::size_t>(in.gcount()));
  if (out.size() > limits::config_bytes_max)
    return fail(errc::input_too_large, path + " is too large for a configuration",
                {{"path", path}});
  return out;
}

result<std::vector<listen_address>> from_file(const std::string& name, const std::string& path) {
  WEFT_TRY(const auto text, text_of(path));
  const auto decoded = decode_config(text);
  if (!decoded.config) {
    error why{errc::config_invalid,
              path + " has mistakes; `weft config check` tells them",
              {{"path", path}}};
    for (const auto& issue : decoded.issues)
      if (!issue.is_warning) {
        why.detail = path + ": " + issue.pointer + ": " + issue.reason;
        break;
      }
    return fail(std::move(why));
  }
  if (decoded.config->name != name)
    return fail(errc::cluster_mismatch,
                path + " is of cluster " + decoded.config->name + ", not of " + name,
                {{"cluster", decoded.config->name}});
  std::vector<listen_address> out;
  for (const auto& node : decoded.config->nodes)
    if (node.peer_address)
      out.push_back(*node.peer_address);
  if (out.empty())
    return fail(errc::invalid_value, path + " gives no node a peer_address", {{"path", path}});
  return out;
}

result<std::vector<listen_address>> from_text(const std::string& text) {
  std::vector<listen_address> out;
  std::istringstream in(text);
  for (std::string one; std::getline(in, one, ',');) {
    auto at = parse_address(one);
    if (!at)
      return fail(errc::invalid_value, "WEFT_ENDPOINTS has '" + one + "': " + at.error().detail +
                                           "; it is HOST:PORT, several with commas between them");
    out.push_back(std::move(*at));
  }
  return out;
}

} // namespace

result<std::vector<listen_address>> resolve_endpoints(const std::string& name,
                                                      const endpoint_sources& from) {
  if (!from.given.empty())
    return from.given;
  if (!from.config_file.empty())
    return from_file(name, from.config_file);
  if (from.environment != nullptr && *from.environment != '\0')
    return from_text(from.environment);
  return fail(errc::invalid_argument,
              "nobody says where " + name +
                  " is: give endpoints or a config file, or set WEFT_ENDPOINTS=HOST:PORT");
}

} // namespace weft::fabric
