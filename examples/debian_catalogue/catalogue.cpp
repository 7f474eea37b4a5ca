#include "catalogue.hpp"

#include "weft/core/datom/value.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_set>

namespace debian {
namespace {

std::string_view trim(std::string_view text) noexcept {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos)
    return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

/// Calls `use(part)` for every trimmed, non-empty part between separators.
template <class Use>
void split(std::string_view text, std::string_view separators, Use&& use) {
  const auto separates = [&](char c) { return separators.find(c) != separators.npos; };
  while (!text.empty()) {
    const auto at = std::find_if(text.begin(), text.end(), separates);
    const auto end = static_cast<std::size_t>(at - text.begin());
    if (const auto part = trim(text.substr(0, end)); !part.empty())
      use(part);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

template <class T>
void sort_distinct(std::vector<T>& items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

std::optional<std::int64_t> to_number(std::string_view text) noexcept {
  std::int64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc() || stop != end)
    return std::nullopt;
  return number;
}

std::string_view keyword_or_nothing(std::string_view text) noexcept {
  return weft::is_keyword(text) ? text : std::string_view();
}

/// "libc6:any (>= 2.34) [amd64] | musl": the names alone.
void add_dependencies(package& p, std::string_view text) {
  split(text, ",|", [&](std::string_view one) {
    p.depends.push_back(one.substr(0, std::min(one.find_first_of(" \t\r\n(:["), one.size())));
  });
}

/// "role::program, use::gameplaying": facet and tag become namespace and name.
void add_tags(package& p, std::string_view text) {
  split(text, ",", [&](std::string_view one) {
    const auto colons = one.find("::");
    if (colons == std::string_view::npos)
      return;
    std::string tag(one.substr(0, colons));
    tag.append("/").append(one.substr(colons + 2));
    if (weft::is_keyword(tag))
      p.tags.push_back(std::move(tag));
  });
}

constexpr std::array<std::string_view, 13> known_fields = {
    "Package",     "Version", "Architecture",   "Section", "Priority",    "Maintainer", "Homepage",
    "Description", "Depends", "Installed-Size", "Size",    "Pre-Depends", "Tag"};

void set_field(package& p, std::string_view field, std::string_view text) {
  if (std::ranges::find(known_fields, field) == known_fields.end() || !weft::is_utf8(text))
    return;
  if (field == "Package")
    p.name = text;
  else if (field == "Version")
    p.version = text;
  else if (field == "Architecture")
    p.architecture = keyword_or_nothing(text);
  else if (field == "Section")
    p.section = keyword_or_nothing(text);
  else if (field == "Priority")
    p.priority = keyword_or_nothing(text);
  else if (field == "Maintainer")
    p.maintainer = text;
  else if (field == "Description")
    p.summary = trim(text.substr(0, text.find('\n')));
  else if (field == "Homepage")
    p.homepage = text;
  else if (field == "Installed-Size")
    p.installed_kib = to_number(text);
  else if (field == "Size")
    p.download_bytes = to_number(text);
  else if (field == "Depends" || field == "Pre-Depends")
    add_dependencies(p, text);
  else if (field == "Tag")
    add_tags(p, text);
}

/// Takes one field with its continuation lines (they begin with white space) off the text.
void read_field(package& p, std::string_view& text) {
  auto end = text.find('\n');
  while (end != std::string_view::npos && end + 1 < text.size() &&
         (text[end + 1] == ' ' || text[end + 1] == '\t'))
    end = text.find('\n', end + 1);
  const auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (const auto colon = line.find(':'); colon != std::string_view::npos)
    set_field(p, line.substr(0, colon), trim(line.substr(colon + 1)));
}

/// Takes one stanza off the text.
package read_stanza(std::string_view& text) {
  package p;
  while (!text.empty() && text.front() != '\n')
    read_field(p, text);
  while (!text.empty() && text.front() == '\n')
    text.remove_prefix(1);
  sort_distinct(p.depends);
  sort_distinct(p.tags);
  p.id.append(p.name).append("=").append(p.version).append(":").append(p.architecture);
  return p;
}

/// The first `limit` packages by id; of equal ids the one that came first.
std::vector<package> sort_by_id(std::vector<package> packages, std::size_t limit) {
  std::vector<package*> order;
  order.reserve(packages.size());
  for (auto& p : packages)
    order.push_back(&p);
  std::ranges::stable_sort(order, {}, &package::id);
  std::vector<package> out;
  for (auto* p : order) {
    if (out.size() == limit)
      break;
    if (out.empty() || out.back().id != p->id)
      out.push_back(std::move(*p));
  }
  return out;
}

std::vector<std::string_view> sorted(const std::unordered_set<std::string_view>& texts) {
  std::vector<std::string_view> out(texts.begin(), texts.end());
  std::ranges::sort(out);
  return out;
}

} // namespace

maintainer_parts split_maintainer(std::string_view text) noexcept {
  const auto open = text.rfind('<');
  if (open == std::string_view::npos || text.back() != '>')
    return {trim(text), {}};
  return {trim(text.substr(0, open)), text.substr(open + 1, text.size() - open - 2)};
}

result<catalogue> catalogue::parse(std::string text, std::size_t limit) {
  catalogue made;
  made.text_ = std::make_unique<const std::string>(std::move(text));
  std::vector<package> parsed;
  for (std::string_view rest = *made.text_; !rest.empty();) {
    package p = read_stanza(rest);
    if (!p.name.empty() && !p.version.empty() && !p.architecture.empty())
      parsed.push_back(std::move(p));
  }
  if (parsed.empty())
    return weft::fail(weft::errc::invalid_argument, "the text holds no Debian package");
  made.packages_ = sort_by_id(std::move(parsed), limit);
  std::unordered_set<std::string_view> names;
  std::unordered_set<std::string_view> maintainers;
  for (const package& p : made.packages_) {
    names.insert(p.name);
    names.insert(p.depends.begin(), p.depends.end());
    if (!p.maintainer.empty())
      maintainers.insert(p.maintainer);
  }
  made.names_ = sorted(names);
  made.maintainers_ = sorted(maintainers);
  return made;
}

} // namespace debian
