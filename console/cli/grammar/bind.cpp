#include "weft/console/cli/grammar/bind.hpp"

#include "weft/core/base/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace weft::console {

std::uint64_t number_of(const std::string& label, const std::string& text, number_range range) {
  constexpr auto unbounded = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t out = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), out);
  const bool is_number = problem != std::errc::invalid_argument && end == text.data() + text.size();
  if (is_number && problem == std::errc{} && out >= range.least && out <= range.most)
    return out;
  throw refused(
      range.most == unbounded && problem != std::errc::result_out_of_range
          ? fmt::format("{} takes a number of at least {}, not '{}'", label, range.least, text)
          : fmt::format("{} takes a number from {} to {}, not '{}'", label, range.least, range.most,
                        text),
      "");
}

void require_one_of(const std::string& label, const std::string& text,
                    std::span<const std::string> known) {
  if (std::ranges::find(known, text) == known.end())
    throw refused(fmt::format("{} takes {}, not '{}'", label, fmt::join(known, ", "), text),
                  nearest(text, known));
}

std::int64_t duration_of(const std::string& label, const std::string& text) {
  constexpr std::int64_t least_us = 10'000;
  constexpr std::int64_t most_us = 3'600'000'000;
  std::int64_t number = 0;
  const auto* const last = text.data() + text.size();
  const auto [end, problem] = std::from_chars(text.data(), last, number);
  const std::string_view unit(end, static_cast<std::size_t>(last - end));
  const std::int64_t unit_us = unit == "ms"  ? 1000
                               : unit == "s" ? 1'000'000
                               : unit == "m" ? 60'000'000
                                             : 0;
  const bool fits = problem == std::errc{} && number > 0 && number <= most_us / 1000;
  if (!fits || number * unit_us < least_us || number * unit_us > most_us)
    throw refused(fmt::format("{} takes a duration from 10ms to 60m, such as 500ms or 2s, not '{}'",
                              label, text),
                  "");
  return number * unit_us;
}

CLI::Option* add_choice(CLI::App& verb, const std::string& name, const std::string& label,
                        std::string& into, const std::string& about,
                        std::vector<std::string> known) {
  return verb.add_option_function<std::string>(
      name,
      [&into, label, known = std::move(known)](const std::string& text) {
        require_one_of(label, text, known);
        into = text;
      },
      about);
}

} // namespace weft::console
