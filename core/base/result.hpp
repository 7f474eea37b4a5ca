// result<T>: a value, or an error that says what and where. Everything a caller, a file or a peer
// can cause is a result; exceptions do not cross a module edge (docs/decisions/0002).
//
//   result<record> decode(bytes_view in);
//   WEFT_TRY(auto rec, decode(in));            // returns the error to our caller
//   return fail(errc::unknown_attribute, "no attribute :user/nmae", {{"nearest", ":user/name"}});
#pragma once

#include "weft/core/base/errc.hpp"

#include <tl/expected.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft {

/// One named detail of an error, for programs: {"nearest", ":user/name"}.
struct error_field {
  std::string name;
  std::string value;
  bool operator==(const error_field&) const = default;
};

/// What went wrong. `detail` is one sentence for people, `fields` the same facts for programs.
struct [[nodiscard]] error {
  errc code;
  std::string detail;
  std::vector<error_field> fields = {};

  /// The value of the field called `name`, or "".
  [[nodiscard]] std::string_view field(std::string_view name) const noexcept;

  /// "unknown_attribute: no attribute :user/nmae (nearest :user/name)".
  [[nodiscard]] std::string to_string() const;

  bool operator==(const error&) const = default;
};

template <class T>
using result = tl::expected<T, error>;

/// An error as the return value of a function that returns any result<T>.
[[nodiscard]] inline tl::unexpected<error> fail(errc code, std::string detail,
                                                std::vector<error_field> fields = {}) {
  return tl::unexpected<error>(error{code, std::move(detail), std::move(fields)});
}

/// Passes on the error of another result.
[[nodiscard]] inline tl::unexpected<error> fail(error e) {
  return tl::unexpected<error>(std::move(e));
}

} // namespace weft

#define WEFT_CONCAT_(a, b) a##b
#define WEFT_CONCAT(a, b) WEFT_CONCAT_(a, b)

/// WEFT_TRY(declaration, expression): declares from the value of the result, or returns its error.
#define WEFT_TRY(declaration, ...)                                                                 \
  auto WEFT_CONCAT(weft_try_, __LINE__) = (__VA_ARGS__);                                           \
  if (!WEFT_CONCAT(weft_try_, __LINE__))                                                           \
    return ::weft::fail(std::move(WEFT_CONCAT(weft_try_, __LINE__)).error());                      \
  declaration = std::move(*WEFT_CONCAT(weft_try_, __LINE__)) /* NOLINT */

/// WEFT_CHECK(expression): returns the error of a result<void>, or goes on.
#define WEFT_CHECK(...)                                                                            \
  do {                                                                                             \
    auto weft_check_result = (__VA_ARGS__);                                                        \
    if (!weft_check_result)                                                                        \
      return ::weft::fail(std::move(weft_check_result).error());                                   \
  } while (false)
