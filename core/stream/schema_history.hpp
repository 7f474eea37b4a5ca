// What subscribers have to be told of the schema: all of it, or what changed last, cut so that each
// part fits a frame. Made once and shared by all. A part of publisher.hpp.
#pragma once

#include "weft/core/datom/schema.hpp"

#include <memory>
#include <vector>

namespace weft::stream {

/// Attributes, ascending by id, without their checks.
using attribute_part = std::shared_ptr<const std::vector<attribute>>;

class schema_history {
 public:
  /// Version 1.
  explicit schema_history(std::shared_ptr<const schema> initial);

  /// The schema changed: the next version. Cost: O(1).
  void change(std::shared_ptr<const schema> to);
  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }
  [[nodiscard]] const std::shared_ptr<const schema>& newest() const noexcept { return newest_; }

  /// What a subscriber that knows `version` (0: the built-in attributes alone) lacks of the newest.
  /// Cost: O(attributes) once for each version; then O(parts).
  [[nodiscard]] const std::vector<attribute_part>& since(std::uint64_t version);

 private:
  std::shared_ptr<const schema> newest_;
  std::shared_ptr<const schema> previous_; ///< of version_ - 1
  std::uint64_t version_ = 1;
  std::uint64_t whole_of_ = 0;  ///< the version that whole_ is of
  std::uint64_t change_to_ = 0; ///< the version that change_ leads to
  std::vector<attribute_part> whole_;
  std::vector<attribute_part> change_;
};

} // namespace weft::stream
