// The Debian package catalogue of a machine, as values: every package version apt knows, parsed
// from the text of `apt-cache dumpavail`.
//
//   WEFT_TRY(std::string text, debian::read_apt());
//   WEFT_TRY(const auto all, debian::catalogue::parse(std::move(text)));
//   for (const debian::package& p : all.packages()) use(p.name, p.depends);
//
// Everything is sorted, so equal texts give equal catalogues. Immutable; const is thread-safe.
#pragma once

#include "weft/core/base/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace debian {

using weft::result;

/// One version of one package. Texts point into the catalogue and are empty where apt says nothing.
struct package {
  std::string id; ///< "bash=5.2.15-2+b7:amd64"
  std::string_view name;
  std::string_view version;
  std::string_view architecture;
  std::string_view section;
  std::string_view priority;
  std::string_view maintainer; ///< "Ada <ada@example.org>"
  std::string_view summary;
  std::string_view homepage;
  std::optional<std::int64_t> installed_kib;
  std::optional<std::int64_t> download_bytes;
  /// Names in Depends and Pre-Depends, alternatives included; sorted, distinct.
  std::vector<std::string_view> depends;
  /// Facets and tags as "role/program"; sorted, distinct.
  std::vector<std::string> tags;
};

/// "Ada <ada@example.org>" in its two parts; the address is empty when there is none.
struct maintainer_parts {
  std::string_view name;
  std::string_view email;
};
[[nodiscard]] maintainer_parts split_maintainer(std::string_view text) noexcept;

class catalogue {
 public:
  /// Parses stanzas of "Field: value" lines, separated by empty lines, and keeps the first
  /// `limit` packages by id. Stanzas without package, version or architecture and repetitions of
  /// an id are left out, and so are fields that are not valid UTF-8.
  /// Cost: O(size), about 0.4 s for 50 MB.
  /// @errors invalid_argument when the text holds no package
  [[nodiscard]] static result<catalogue> parse(std::string text,
                                               std::size_t limit = static_cast<std::size_t>(-1));

  /// By id.
  [[nodiscard]] const std::vector<package>& packages() const noexcept { return packages_; }
  /// The name of every package and of every dependency.
  [[nodiscard]] const std::vector<std::string_view>& names() const noexcept { return names_; }
  [[nodiscard]] const std::vector<std::string_view>& maintainers() const noexcept {
    return maintainers_;
  }

 private:
  catalogue() = default;
  std::unique_ptr<const std::string> text_; // the views below point into it
  std::vector<package> packages_;
  std::vector<std::string_view> names_;
  std::vector<std::string_view> maintainers_;
};

/// What apt knows: the output of `apt-cache dumpavail`. Blocking, about a second.
/// @errors not_found when there is no apt-cache or it knows no package
[[nodiscard]] result<std::string> read_apt();
/// The contents of a file, or of the standard input for "-". @errors io_error
[[nodiscard]] result<std::string> read_text(const std::string& path);

} // namespace debian
