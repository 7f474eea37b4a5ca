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
