#include "weft/console/cli/database/place.hpp"

#include "weft/console/cli/database/folder_place.hpp"
#include "weft/console/cli/database/node_place.hpp"
#include "weft/console/cli/database/profiles.hpp"
#include "weft/console/cli/session.hpp"

#include <cstdlib>

namespace weft::console {

namespace {

constexpr std::string_view usual_endpoint = "127.0.0.1:7400";

std::string variable(const char* name) {
  const char* text = std::getenv(name); // NOLINT(concurrency-mt-unsafe)
  return text == nullptr ? "" : text;
}

result<std::vector<client::endpoint>> endpoints_of(const std::vector<std::string>& texts,
                                                   std::string_view from, errc code) {
  std::vector<client::endpoint> out;
  for (const auto& text : texts) {
    auto some = client::parse_endpoints(text);
    if (!some)
      return fail(code,
                  std::string(from) + ": '" + text + "' is no endpoint: " + some.error().detail,
                  {{"try", "HOST:PORT, [V6]:PORT, or the path of a socket (/run/weft.sock)"}});
    out.insert(out.end(), some->begin(), some->end());
  }
  return out;
}

/// What is said by a flag goes before the environment; see `man weft`.
result<node_choice> chosen_node(const global_options& options, session& in) {
  node_choice out{.endpoints = {}, .cluster = options.cluster, .strict = options.strict};
  out.patience_us = options.timeout_us.value_or(out.patience_us);
  if (!options.endpoints.empty()) {
    WEFT_TRY(out.endpoints, endpoints_of(options.endpoints, "-e", errc::usage));
  } else if (const auto texts = variable("WEFT_ENDPOINTS"); !texts.empty()) {
    if (!options.profile.empty())
      in.say("WEFT_ENDPOINTS goes before --profile " + options.profile);
    WEFT_TRY(out.endpoints, endpoints_of({texts}, "WEFT_ENDPOINTS", errc::config_invalid));
  } else if (!options.profile.empty()) {
    WEFT_TRY(auto named, read_profile(options.profile));
    out.endpoints = std::move(named.endpoints);
    if (out.cluster.empty())
      out.cluster = std::move(named.cluster);
  } else {
    out.is_default = true;
    WEFT_TRY(out.endpoints, endpoints_of({std::string(usual_endpoint)}, "", errc::usage));
  }
  return out;
}

result<void> check_flags(const global_options& options) {
  const auto* other = !options.endpoints.empty() ? "-e"
                      : !options.profile.empty() ? "--profile"
                      : !options.cluster.empty() ? "--cluster"
                      : options.timeout_us       ? "--timeout"
                                                 : nullptr;
  if (!options.data.empty() && other != nullptr)
    return fail(errc::usage,
                "--data is a folder of this machine, " + std::string(other) + " is about a node",
                {{"try", "one of them"}});
  return {};
}

/// "" when the database is on a node.
result<std::string> chosen_folder(const global_options& options) {
  const bool node_by_flag = !options.endpoints.empty() || !options.profile.empty();
  if (!options.data.empty() || node_by_flag)
    return options.data;
  auto folder = variable("WEFT_DATA");
  if (!folder.empty() && !variable("WEFT_ENDPOINTS").empty())
    return fail(errc::config_invalid, "WEFT_DATA and WEFT_ENDPOINTS are both set",
                {{"try", "--data DIR or -e HOST:PORT, which go before both"}});
  if (!folder.empty() && !options.cluster.empty())
    return fail(errc::usage, "WEFT_DATA is a folder of this machine, --cluster is about a node",
                {{"try", "-e HOST:PORT, which goes before WEFT_DATA"}});
  return folder;
}

} // namespace

result<std::unique_ptr<database_place>> choose_place(const global_options& options, session& in) {
  WEFT_CHECK(check_flags(options));
  WEFT_TRY(auto folder, chosen_folder(options));
  if (!folder.empty())
    return place_of_folder(std::move(folder), options.strict, in);
  WEFT_TRY(auto node, chosen_node(options, in));
  return place_of_node(std::move(node), in);
}

} // namespace weft::console
