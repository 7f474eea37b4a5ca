// "Did you mean": the known word nearest to a misspelt one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace weft {

/// Letters to insert, remove, replace or swap with their neighbour to get from one word to the
/// other (optimal string alignment). Cost: O(|a| * |b|).
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The nearest of `known`, when it is near enough to be meant: at most one edit for three letters,
/// or `word` is how it begins. Capitals are not told from small letters. "" when none is.
[[nodiscard]] std::string nearest(std::string_view word, std::span<const std::string> known);

} // namespace weft
