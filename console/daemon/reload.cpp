#include "weft/console/daemon/reload.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace weft::console {

bool can_read_again(const std::string& path) {
  std::error_code unknown; // what is not there, is told by who reads it
  const auto type = std::filesystem::status(path, unknown).type();
  return path != "-" && (type == std::filesystem::file_type::regular ||
                         type == std::filesystem::file_type::not_found);
}

bool changes_at_once(std::string_view key) noexcept {
  return key == "log.level" || key == "limits.memory" || key == "limits.shutdown_timeout";
}

namespace {

std::string text_in(const config_decoding& of, const std::string& key) {
  const auto at = std::ranges::find(of.settings, key, &config_setting::key);
  return at == of.settings.end() ? std::string() : at->text;
}

} // namespace

void take_over(config_decoding& into, const config_decoding& after) {
  for (auto& s : into.settings)
    if (changes_at_once(s.key))
      s.text = text_in(after, s.key);
}

std::vector<config_change> changes(const config_decoding& before, const config_decoding& after) {
  std::vector<config_change> out;
  for (const auto& s : after.settings)
    if (auto was = text_in(before, s.key); was != s.text)
      out.push_back({s.key, std::move(was), s.text, changes_at_once(s.key)});
  for (const auto& s : before.settings) // of a node that has another id now
    if (std::ranges::find(after.settings, s.key, &config_setting::key) == after.settings.end())
      out.push_back({s.key, s.text, "", false});
  return out;
}

} // namespace weft::console
