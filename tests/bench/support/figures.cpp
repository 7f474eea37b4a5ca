#include "support/figures.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cmath>
#include <cstdio>

namespace weft::bench {
namespace {

nlohmann::ordered_json parameter_json(const parameter& p) {
  auto parsed = nlohmann::ordered_json::parse(p.value, nullptr, false);
  if (parsed.is_number())
    return parsed;
  return p.value;
}

std::string json_line(const figure& row) {
  nlohmann::ordered_json out = {{"name", row.name}, {"parameters", nlohmann::json::object()}};
  for (const parameter& p : row.parameters)
    out["parameters"][p.name] = parameter_json(p);
  out["value"] = row.value;
  out["unit"] = row.unit;
  out["baseline"] = nullptr;
  out["baseline_name"] = nullptr;
  out["ratio"] = nullptr;
  out["target"] = nullptr;
  out["reached"] = nullptr;
  if (row.against) {
    out["baseline"] = row.against->value;
    out["baseline_name"] = row.against->name;
  }
  if (const auto ratio = row.ratio())
    out["ratio"] = *ratio;
  if (!row.aims.empty())
    out["target"] = to_string(row.aims);
  if (const auto reached = row.reached())
    out["reached"] = *reached;
  return out.dump();
}

std::string table_line(const figure& row) {
  std::string parameters;
  for (const parameter& p : row.parameters)
    parameters += fmt::format("{}{}={}", parameters.empty() ? "" : " ", p.name, p.value);
  auto line = fmt::format("{:<24} {:<26} {:>8} {:<9}", row.name, parameters,
                          short_number(row.value), row.unit);
  if (const auto ratio = row.ratio())
    line += fmt::format(" {:>8} {:<12} {:>6.2f}x", short_number(row.against->value),
                        row.against->name, *ratio);
  else
    line += fmt::format(" {:>29}", "");
  if (const auto reached = row.reached())
    line += fmt::format("  {} {}", to_string(row.aims), *reached ? "reached" : "MISSED");
  return line.substr(0, line.find_last_not_of(' ') + 1);
}

} // namespace

std::optional<double> figure::ratio() const noexcept {
  if (!against || against->value == 0)
    return std::nullopt;
  return value / against->value;
}

std::optional<bool> figure::reached() const noexcept {
  if (aims.empty())
    return std::nullopt;
  bool all = true;
  for (const target& aim : aims) {
    const auto measured = aim.what == target::of::value ? std::optional(value) : ratio();
    if (!measured)
      return std::nullopt;
    all &= aim.bound == target::side::at_most ? *measured <= aim.limit : *measured >= aim.limit;
  }
  return all;
}

std::string short_number(double x) {
  constexpr std::array<const char*, 4> prefixes = {"", "k", "M", "G"};
  std::size_t prefix = 0;
  while (std::abs(x) >= 10'000 && prefix + 1 < prefixes.size()) {
    x /= 1000;
    ++prefix;
  }
  const int decimals = std::abs(x) >= 100 || x == std::floor(x) ? 0 : std::abs(x) >= 10 ? 1 : 2;
  return fmt::format("{:.{}f}{}", x, decimals, prefixes[prefix]);
}

std::string to_string(const std::vector<target>& aims) {
  std::string out;
  for (const target& aim : aims)
    out += fmt::format("{}{} {}{}", out.empty() ? "" : ", ",
                       aim.bound == target::side::at_most ? "<=" : ">=", short_number(aim.limit),
                       aim.what == target::of::ratio ? "x" : "");
  return out;
}

void report::note(const std::string& line) const {
  if (!json_)
    fmt::print("{}\n", line);
  std::fflush(stdout);
}

void report::add(const figure& row) {
  if (const auto reached = row.reached()) {
    ++aimed_;
    missed_ += *reached ? 0 : 1;
  }
  fmt::print("{}\n", json_ ? json_line(row) : table_line(row));
  std::fflush(stdout);
}

void report::finish() const {
  if (aimed_ != 0)
    note(fmt::format("{} of {} targets reached", aimed_ - missed_, aimed_));
}

} // namespace weft::bench
