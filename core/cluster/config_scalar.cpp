#include "weft/core/cluster/config_scalar.hpp"

#include "weft/core/base/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace weft {

namespace {

struct unit {
  std::string_view name;
  std::int64_t size;
};

// From small to large.
constexpr std::array<unit, 6> duration_units = {{{"us", 1},
                                                 {"ms", 1000},
                                                 {"s", 1'000'000},
                                                 {"min", 60'000'000},
                                                 {"h", 3'600'000'000},
                                                 {"d", 86'400'000'000}}};
constexpr std::array<unit, 5> size_units = {
    {{"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1LL << 40}}};

std::string text_of(std::int64_t amount, std::span<const unit> units) {
  for (auto u = units.rbegin(); u != units.rend(); ++u)
    if (amount != 0 && amount % u->size == 0)
      return std::to_string(amount / u->size) + std::string(u->name);
  return "0" + std::string(units.front().name);
}

std::string names_of(std::span<const unit> units) {
  std::string out;
  for (const unit& u : units)
    out += (out.empty() ? "" : ", ") + std::string(u.name);
  return out;
}

tl::unexpected<scalar_mistake> wrong(config_fault fault, std::string reason,
                                     std::string suggestion = {}) {
  return tl::make_unexpected(scalar_mistake{fault, std::move(reason), std::move(suggestion)});
}

std::string shown(const config_key& key, std::int64_t x) {
  return key.type == config_type::duration ? duration_text(x)
         : key.type == config_type::size   ? size_text(x)
                                           : std::to_string(x);
}

tl::unexpected<scalar_mistake> outside(const config_key& key, std::string_view text) {
  return wrong(config_fault::out_of_range,
               fmt::format("{} is not from {} to {}", excerpt(text), shown(key, key.least),
                           shown(key, key.most)));
}

scalar_result<config_value> within(const config_key& key, std::string_view text, std::int64_t x) {
  if (x < key.least || x > key.most)
    return outside(key, text);
  return x;
}

/// Digits without leading zeros, and a unit.
scalar_result<config_value> amount(const config_key& key, std::string_view text,
                                   std::span<const unit> units) {
  const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = text.substr(0, end);
  const auto name = text.substr(end);
  const auto found = std::ranges::find(units, name, &unit::name);
  if (number.empty() || (number.size() > 1 && number.front() == '0') || found == units.end())
    return wrong(config_fault::bad_value,
                 fmt::format("'{}' is not {}", excerpt(text), name_of(key.type)),
                 fmt::format("a whole number and one of {}, without a blank", names_of(units)));
  const auto count = parse_long(number);
  if (!count || *count > std::numeric_limits<std::int64_t>::max() / found->size)
    return outside(key, text);
  return within(key, text, *count * found->size);
}

scalar_result<config_value> whole_number(const config_key& key, std::string_view text) {
  if (const auto x = parse_long(text))
    return within(key, text, *x);
  // JSON says that 1.0 and 1e3 are whole numbers, and what is too long for a long is one, too.
  constexpr double exact = 9'007'199'254'740'992.0;
  const auto x = parse_double(text);
  if (!x || std::trunc(*x) != *x)
    return wrong(config_fault::wrong_type,
                 fmt::format("'{}' is not {}", excerpt(text), name_of(key.type)));
  if (std::abs(*x) > exact)
    return outside(key, text);
  return within(key, text, static_cast<std::int64_t>(*x));
}

scalar_result<config_value> choice(const config_key& key, std::string_view text) {
  const auto found = std::ranges::find(key.choices, text);
  if (found != key.choices.end())
    return static_cast<std::int64_t>(found - key.choices.begin());
  const std::vector<std::string> known(key.choices.begin(), key.choices.end());
  const auto near = nearest(text, known);
  return wrong(config_fault::bad_value,
               fmt::format("'{}' is none of {}", excerpt(text), fmt::join(known, ", ")),
               near.empty() ? "" : "did you mean \"" + near + "\"?");
}

scalar_result<config_value> boolean(std::string_view text) {
  if (text == "true" || text == "false")
    return text == "true";
  return wrong(config_fault::bad_value, fmt::format("'{}' is not true or false", excerpt(text)));
}

tl::unexpected<scalar_mistake> too_long(const config_key& key, std::size_t size) {
  return wrong(config_fault::out_of_range,
               fmt::format("{} bytes are more than {}", size, key.most));
}

scalar_result<config_value> name(const config_key& key, std::string_view text) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789-";
  if (text.empty() || text.find_first_not_of(allowed) != std::string_view::npos ||
      text.front() == '-' || text.back() == '-')
    return wrong(config_fault::bad_value,
                 fmt::format("'{}' is not {}", excerpt(text), name_of(key.type)),
                 "use a to z, 0 to 9, and hyphens between them");
  if (text.size() > static_cast<std::size_t>(key.most))
    return too_long(key, text.size());
  return std::string(text);
}

scalar_result<config_value> path(const config_key& key, std::string_view text) {
  if (text.empty())
    return wrong(config_fault::bad_value, "a path is not empty");
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::ranges::any_of(text, is_control))
    return wrong(config_fault::bad_value, "the path holds a control character");
  if (text.size() > static_cast<std::size_t>(key.most))
    return too_long(key, text.size());
  return std::string(text);
}

scalar_result<config_value> address(const config_key& key, std::string_view text) {
  auto out = parse_address(text);
  if (out)
    return std::move(*out);
  return wrong(config_fault::bad_value,
               fmt::format("'{}' is not {}", excerpt(text), name_of(key.type)), out.error().detail);
}

} // namespace

std::string duration_text(std::int64_t us) {
  return text_of(us, duration_units);
}

std::string size_text(std::int64_t n) {
  return text_of(n, size_units);
}

scalar_result<config_value> parse_scalar(const config_key& key, std::string_view text) {
  if (!key.nothing.empty() && text == key.nothing)
    return std::monostate{};
  switch (key.type) {
  case config_type::boolean:
    return boolean(text);
  case config_type::integer:
    return whole_number(key, text);
  case config_type::duration:
    return amount(key, text, duration_units);
  case config_type::size:
    return amount(key, text, size_units);
  case config_type::choice:
    return choice(key, text);
  case config_type::name:
    return name(key, text);
  case config_type::path:
    return path(key, text);
  default:
    return address(key, text);
  }
}

} // namespace weft
