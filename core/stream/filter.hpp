// Which facts a subscriber wants, by the names of attributes: exact ("user/name") or by a beginning
// ("user/*", "*"). Kept in one form, so that equal wishes are equal values.
//
//   WEFT_TRY(const auto wish, attribute_filter::parse({"user/*", ":order/total"}));
//   const compiled_filter compiled(wish, *schema);
//   if (auto found = compiled.matches(record.datoms())) use(*found);   // positions, in runs
//
// A filter names attributes as the newest schema that is known calls them; it is compiled again
// when the schema changes. No filter ("*") also passes transactions without datoms, which a filter
// never matches. Values: const is thread-safe.
#pragma once

#include "weft/core/datom/schema.hpp"

#include <optional>

namespace weft {

/// Datoms begin .. begin + count - 1 of a record.
struct position_run {
  std::uint32_t begin = 0;
  std::uint32_t count = 0;
  bool operator==(const position_run&) const = default;
};
/// Ascending, not touching, none empty.
using position_runs = std::vector<position_run>;

class attribute_filter {
 public:
  /// Everything.
  attribute_filter() = default;
  /// Of patterns, with or without a leading colon, in any order; none at all is everything.
  /// @errors invalid_argument{pattern} when one is no ident and no beginning of idents followed by
  /// "*"; input_too_large when there are more than limits::filter_patterns_max, or more than
  /// limits::filter_bytes_max bytes of them. Cost: O(patterns^2).
  [[nodiscard]] static result<attribute_filter> parse(std::span<const std::string> patterns);

  /// The one form: ascending, without colons, without those that another one covers; empty for
  /// everything.
  [[nodiscard]] const std::vector<std::string>& patterns() const noexcept { return patterns_; }
  [[nodiscard]] bool is_everything() const noexcept { return patterns_.empty(); }
  /// Whether an attribute of this name passes. Cost: O(patterns).
  [[nodiscard]] bool passes(std::string_view ident) const noexcept;

  friend auto operator<=>(const attribute_filter&, const attribute_filter&) = default;

 private:
  std::vector<std::string> patterns_;
};

/// A filter for one schema: ids instead of names.
class compiled_filter {
 public:
  /// Cost: O(attributes * patterns).
  compiled_filter(const attribute_filter& filter, const schema& names);

  [[nodiscard]] bool passes(attribute_id a) const noexcept {
    return everything_ || (a.get() < passes_.size() && passes_[a.get()]);
  }
  /// Where the datoms are that pass; nothing when there is none. Cost: O(datoms).
  [[nodiscard]] std::optional<position_runs> matches(std::span<const datom_view> datoms) const;

 private:
  bool everything_;
  std::vector<bool> passes_; ///< by id
};

} // namespace weft
