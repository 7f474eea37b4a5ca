#include "proc.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <sstream>

namespace host {

namespace {

constexpr std::int64_t sector_bytes = 512; // of /proc/diskstats, whatever the disk has
constexpr std::int64_t kib = 1024;

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; at < line.size();) {
    const auto begin = line.find_first_not_of(" \t", at);
    if (begin == std::string_view::npos)
      break;
    const auto end = std::min(line.find_first_of(" \t", begin), line.size());
    words.push_back(line.substr(begin, end - begin));
    at = end;
  }
  return words;
}

template <class Function>
void for_each_line(std::string_view text, Function use) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    use(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

template <class Int>
Int number(std::string_view word) {
  Int x = 0;
  const auto done = std::from_chars(word.data(), word.data() + word.size(), x);
  return done.ec == std::errc() ? x : 0;
}

std::int64_t bytes_at(const std::vector<std::string_view>& words, std::size_t at,
                      std::int64_t unit = 1) {
  return at < words.size() ? number<std::int64_t>(words[at]) * unit : 0;
}

/// sda1 is of sda, nvme0n1p1 of nvme0n1.
bool is_partition(std::string_view name, std::string_view disk) {
  if (!name.starts_with(disk) || name.size() == disk.size())
    return false;
  const auto rest = name.substr(disk.size());
  const auto digits = rest.front() == 'p' ? rest.substr(1) : rest;
  return !digits.empty() &&
         std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
}

weft::result<std::string> read_file(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  if (!in || !(text << in.rdbuf()))
    return weft::fail(weft::errc::io_error, "cannot read " + path);
  return std::move(text).str();
}

} // namespace

cpu_times parse_stat(std::string_view text) {
  constexpr std::size_t idle = 4; // user nice system idle iowait ...
  constexpr std::size_t iowait = 5;
  constexpr std::size_t steal = 8; // the guests that follow are counted in user already
  cpu_times sum;
  for_each_line(text, [&](std::string_view line) {
    const auto words = words_of(line);
    if (words.empty() || words[0] != "cpu")
      return;
    for (std::size_t i = 1; i < std::min(words.size(), steal + 1); ++i) {
      const auto ticks = number<std::uint64_t>(words[i]);
      sum.all += ticks;
      sum.busy += i == idle || i == iowait ? 0 : ticks;
    }
  });
  return sum;
}

memory parse_meminfo(std::string_view text) {
  memory found;
  for_each_line(text, [&](std::string_view line) {
    const auto words = words_of(line);
    if (words.empty())
      return;
    if (words[0] == "MemTotal:")
      found.total_bytes = bytes_at(words, 1, kib);
    if (words[0] == "MemAvailable:")
      found.available_bytes = bytes_at(words, 1, kib);
  });
  return found;
}

std::vector<disk> parse_diskstats(std::string_view text) {
  constexpr std::size_t name_at = 2; // major minor name reads merged sectors ms writes merged ...
  constexpr std::size_t read_at = 5;
  constexpr std::size_t written_at = 9;
  std::vector<disk> found;
  for_each_line(text, [&](std::string_view line) {
    const auto words = words_of(line);
    if (words.size() <= written_at)
      return;
    const auto name = words[name_at];
    const bool is_part = std::any_of(found.begin(), found.end(),
                                     [&](const disk& d) { return is_partition(name, d.name); });
    disk it{std::string(name), bytes_at(words, read_at, sector_bytes),
            bytes_at(words, written_at, sector_bytes)};
    if (!is_part && !name.starts_with("loop") && !name.starts_with("ram") &&
        it.read_bytes + it.written_bytes > 0)
      found.push_back(std::move(it));
  });
  return found;
}

std::vector<interface> parse_net_dev(std::string_view text) {
  constexpr std::size_t received_at = 0; // behind the colon: bytes packets ... (8 fields), bytes
  constexpr std::size_t sent_at = 8;
  std::vector<interface> found;
  for_each_line(text, [&](std::string_view line) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos)
      return;
    const auto name = words_of(line.substr(0, colon));
    const auto words = words_of(line.substr(colon + 1));
    if (name.size() == 1 && words.size() > sent_at)
      found.push_back(
          {std::string(name[0]), bytes_at(words, received_at), bytes_at(words, sent_at)});
  });
  return found;
}

weft::result<figures> read_figures(const std::string& proc) {
  WEFT_TRY(const auto stat, read_file(proc + "/stat"));
  WEFT_TRY(const auto meminfo, read_file(proc + "/meminfo"));
  return figures{parse_stat(stat), parse_meminfo(meminfo),
                 parse_diskstats(read_file(proc + "/diskstats").value_or("")),
                 parse_net_dev(read_file(proc + "/net/dev").value_or(""))};
}

double busy_percent(const cpu_times& before, const cpu_times& now) {
  if (now.all <= before.all || now.busy < before.busy)
    return 0;
  constexpr double tenths = 1000; // of a percent, which is as much as anybody wants to know
  const auto share =
      static_cast<double>(now.busy - before.busy) / static_cast<double>(now.all - before.all);
  return std::round(share * tenths) / (tenths / 100);
}

} // namespace host
