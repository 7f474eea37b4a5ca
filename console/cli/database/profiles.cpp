#include "weft/console/cli/database/profiles.hpp"

#include "weft/console/cli/commands/arguments.hpp"
#include "weft/core/base/limits.hpp"
#include "weft/core/base/suggest.hpp"
#include "weft/core/datom/json_tree.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace weft::console {

namespace {

/// What is wrong in the file, and where.
class mistakes {
 public:
  explicit mistakes(const std::string& path) : path_(&path) {}
  [[nodiscard]] tl::unexpected<error> at(text_position where, const std::string& what) const {
    return fail(
        errc::config_invalid, *path_ + ": " + what,
        {{"line", std::to_string(where.line)},
         {"column", std::to_string(where.column)},
         {"try", R"({"profiles": {"NAME": {"endpoints": ["HOST:PORT"], "cluster": "C"}}})"}});
  }

 private:
  const std::string* path_;
};

result<client::endpoint> endpoint_of(const json_tree& x, const mistakes& wrong) {
  if (x.kind != json_kind::string)
    return wrong.at(x.at, fmt::format("an endpoint is a string, not {}", name_of(x.kind)));
  auto out = client::parse_endpoint(x.text);
  if (!out)
    return wrong.at(x.at, "'" + x.text + "' is no endpoint: " + out.error().detail);
  return out;
}

result<profile> profile_of(const json_tree& x, const mistakes& wrong) {
  if (x.kind != json_kind::object)
    return wrong.at(x.at, fmt::format("a profile is an object, not {}", name_of(x.kind)));
  profile out;
  for (const auto& member : x.items) {
    if (member.name == "endpoints" && member.kind == json_kind::array) {
      for (const auto& one : member.items) {
        WEFT_TRY(auto at, endpoint_of(one, wrong));
        out.endpoints.push_back(std::move(at));
      }
    } else if (member.name == "cluster" && member.kind == json_kind::string) {
      out.cluster = member.text;
    } else if (member.name == "endpoints" || member.name == "cluster") {
      return wrong.at(member.at, fmt::format("{} is {}", member.name, name_of(member.kind)));
    } else {
      return wrong.at(member.name_at, "a profile has endpoints and cluster, no " + member.name);
    }
  }
  if (out.endpoints.empty())
    return wrong.at(x.at, "a profile has at least one endpoint");
  return out;
}

/// The object of all profiles.
result<json_tree> profiles_of(const std::string& text, const std::string& path) {
  auto root = read_json_tree(text);
  if (!root) {
    auto why = std::move(root).error();
    return fail(errc::config_invalid, path + ": " + why.detail, std::move(why.fields));
  }
  const mistakes wrong(path);
  if (root->kind != json_kind::object)
    return wrong.at(root->at, fmt::format("it is {}, and no object", name_of(root->kind)));
  json_tree* found = nullptr;
  for (auto& member : root->items) {
    if (member.name != "profiles")
      return wrong.at(member.name_at, "it has profiles, no " + member.name);
    found = &member;
  }
  if (found == nullptr || found->kind != json_kind::object)
    return wrong.at(found == nullptr ? root->at : found->at, "profiles is an object of profiles");
  return std::move(*found);
}

std::string path_of_file() {
  const char* config = std::getenv("XDG_CONFIG_HOME"); // NOLINT(concurrency-mt-unsafe)
  if (config != nullptr && *config != '\0')
    return std::string(config) + "/weft/profiles.json";
  const char* home = std::getenv("HOME"); // NOLINT(concurrency-mt-unsafe)
  return std::string(home == nullptr ? "" : home) + "/.config/weft/profiles.json";
}

} // namespace

result<profile> profile_called(const std::string& name, const std::string& text,
                               const std::string& path) {
  WEFT_TRY(const auto all, profiles_of(text, path));
  std::vector<std::string> names;
  const json_tree* found = nullptr;
  for (const auto& member : all.items) {
    names.push_back(member.name);
    if (member.name == name)
      found = found == nullptr ? &member : found;
  }
  if (found != nullptr)
    return profile_of(*found, mistakes(path));
  error out{errc::usage, "no profile is called " + name};
  if (const auto near = nearest(name, names); !near.empty())
    out.fields.push_back({"nearest", "--profile " + near});
  else
    out.fields.push_back({"try", names.empty()
                                     ? path + " has none"
                                     : fmt::format("one of: {}", fmt::join(names, ", "))});
  return fail(std::move(out));
}

result<profile> read_profile(const std::string& name) {
  const auto path = path_of_file();
  auto text = read_source(path, limits::config_bytes_max);
  if (!text && text.error().code == errc::not_found)
    return fail(errc::usage, "there is no " + path + " to find the profile " + name + " in",
                {{"try", R"(write {"profiles": {")" + name +
                             R"(": {"endpoints": ["HOST:PORT"]}}}; or -e HOST:PORT)"}});
  if (!text)
    return fail(std::move(text).error());
  return profile_called(name, *text, path);
}

std::vector<std::string> profile_names() {
  std::vector<std::string> out;
  const auto path = path_of_file();
  const auto text = read_source(path, limits::config_bytes_max);
  const auto all = text ? profiles_of(*text, path) : fail(text.error());
  if (all)
    for (const auto& member : all->items)
      out.push_back(member.name);
  return out;
}

} // namespace weft::console
