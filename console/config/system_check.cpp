// What the system says of the paths of a configuration.
#include "weft/console/config/load.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <system_error>
#include <unistd.h>

namespace weft::console {

namespace {

// File systems in memory, as the kernel numbers them (linux/magic.h).
constexpr auto tmpfs_magic = 0x01021994L;
constexpr auto ramfs_magic = 0x858458f6L;

/// The path, or the nearest folder above it that exists.
std::filesystem::path existing(const std::string& path) {
  std::error_code problem;
  auto at = std::filesystem::absolute(path, problem);
  while (!std::filesystem::exists(at, problem) && at != at.parent_path())
    at = at.parent_path();
  return at;
}

bool is_in_memory(const std::string& path) {
  struct statfs about {};
  if (::statfs(existing(path).c_str(), &about) != 0)
    return false; // opening it will say more
  const auto type = static_cast<long>(about.f_type);
  return type == tmpfs_magic || type == ramfs_magic;
}

config_issue issue_about(const config_setting& s, config_fault fault, std::string reason,
                         std::string suggestion) {
  return {.fault = fault,
          .pointer = s.pointer,
          .origin = s.origin,
          .reason = std::move(reason),
          .suggestion = std::move(suggestion)};
}

void check_file(const config_setting& s, bool is_secret, config_issues& into) {
  struct stat about {};
  const bool is_readable =
      ::stat(s.text.c_str(), &about) == 0 && ::access(s.text.c_str(), R_OK) == 0;
  const int problem = is_readable ? 0 : errno;
  if (!is_readable)
    into.push_back(
        issue_about(s, config_fault::bad_value,
                    "cannot read " + s.text + ": " + std::generic_category().message(problem),
                    "check the name and who may read it"));
  else if (is_secret && (about.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    into.push_back(issue_about(s, config_fault::insecure,
                               s.text + " is a secret, and not only its owner may use it",
                               "chmod 600"));
}

} // namespace

void check_system(config_decoding& c) {
  if (!c.has_node)
    return;
  for (const auto& s : c.config ? c.settings : c.understood) {
    if (s.text.empty())
      continue;
    if (s.key.ends_with(".data_dir") && is_in_memory(s.text)) {
      c.issues.push_back(issue_about(s, config_fault::doubtful,
                                     s.text + " is in memory: a restart of the machine empties it",
                                     "choose a folder on a disk"));
      c.issues.back().is_warning = true;
    }
    if (s.key.starts_with("tls.") && s.key.ends_with("_file"))
      check_file(s, s.key == "tls.key_file", c.issues);
  }
  if (has_mistake(c.issues))
    c.config.reset();
}

} // namespace weft::console
