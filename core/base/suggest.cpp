#include "weft/core/base/suggest.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

namespace weft {

namespace {

/// Words longer than this are no commands; comparing them is not worth its square.
constexpr std::size_t word_bytes_max = 64;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return lower(c); });
  return out;
}

/// The dashes of options say nothing about what was meant.
std::size_t letters_of(std::string_view word) {
  return static_cast<std::size_t>(
      std::ranges::count_if(word, [](unsigned char c) { return std::isalnum(c) != 0; }));
}

} // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

std::string nearest(std::string_view word, std::span<const std::string> known) {
  if (word.empty() || word.size() > word_bytes_max)
    return {};
  const auto letters = letters_of(word);
  if (letters == 0)
    return {};
  const auto meant = lower(word);
  std::string_view best;
  // A single letter is only ever its other case.
  std::size_t best_distance = letters == 1 ? 1 : std::max<std::size_t>(1, (letters + 1) / 3) + 1;
  for (const auto& candidate : known) {
    if (candidate.size() > word_bytes_max)
      continue;
    const auto other = lower(candidate);
    const bool begins = letters >= 2 && other.starts_with(meant) && other != meant;
    const std::size_t distance = begins ? 1 : edit_distance(meant, other);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return std::string(best);
}

} // namespace weft
