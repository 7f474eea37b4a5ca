#include "weft/core/stream/filter.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weft {

namespace {

bool is_prefix(std::string_view pattern) noexcept {
  return !pattern.empty() && pattern.back() == '*';
}

/// "*", the beginning of a name and "*", or a name; a name holds no "*" itself.
bool is_pattern(std::string_view text) {
  if (text == "*")
    return true;
  if (text.substr(0, text.size() - 1).find('*') != std::string_view::npos)
    return false;
  if (!is_prefix(text))
    return text.size() <= limits::keyword_bytes_max && is_keyword(text);
  text.remove_suffix(1);
  return text.size() < limits::keyword_bytes_max && is_keyword(std::string(text) + "x");
}

/// Whether `pattern` is a beginning of `b`: a name, or a pattern and so all that passes it.
bool covers(std::string_view pattern, std::string_view b) noexcept {
  return is_prefix(pattern) && b.starts_with(pattern.substr(0, pattern.size() - 1));
}

} // namespace

result<attribute_filter> attribute_filter::parse(std::span<const std::string> patterns) {
  std::size_t size = 0;
  for (const auto& pattern : patterns)
    size += pattern.size();
  if (patterns.size() > limits::filter_patterns_max || size > limits::filter_bytes_max)
    return fail(errc::input_too_large,
                fmt::format("a filter has at most {} patterns of {} bytes together",
                            limits::filter_patterns_max, limits::filter_bytes_max));
  std::vector<std::string> names;
  for (const auto& pattern : patterns) {
    auto name = pattern.starts_with(':') ? pattern.substr(1) : pattern;
    if (name.empty() || !is_pattern(name))
      return fail(errc::invalid_argument,
                  fmt::format("\"{}\" is no pattern: write an attribute (user/name), or its "
                              "beginning and a star (user/*)",
                              pattern),
                  {{"pattern", pattern}});
    names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  attribute_filter out;
  for (const auto& name : names)
    if (std::none_of(names.begin(), names.end(),
                     [&](const auto& other) { return other != name && covers(other, name); }))
      out.patterns_.push_back(name);
  if (out.patterns_ == std::vector<std::string>{"*"})
    out.patterns_.clear();
  return out;
}

bool attribute_filter::passes(std::string_view ident) const noexcept {
  return is_everything() ||
         std::any_of(patterns_.begin(), patterns_.end(), [&](const std::string& pattern) {
           return pattern == ident || covers(pattern, ident);
         });
}

compiled_filter::compiled_filter(const attribute_filter& filter, const schema& names)
    : everything_(filter.is_everything()) {
  if (everything_)
    return;
  for (const auto* a : names.attributes()) {
    if (!filter.passes(a->ident))
      continue;
    if (a->id.get() >= passes_.size())
      passes_.resize(a->id.get() + 1);
    passes_[a->id.get()] = true;
  }
}

std::optional<position_runs> compiled_filter::matches(std::span<const datom_view> datoms) const {
  position_runs found;
  for (std::uint32_t i = 0; i < datoms.size(); ++i) {
    if (!passes(datoms[i].attribute))
      continue;
    if (!found.empty() && found.back().begin + found.back().count == i)
      ++found.back().count;
    else
      found.push_back({i, 1});
  }
  if (found.empty())
    return std::nullopt;
  return found;
}

} // namespace weft
