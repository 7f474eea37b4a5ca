// Runs the transaction functions of one transaction: with one deadline for all of them, and so that
// nothing they do wrong gets further than the result.
#pragma once

#include "weft/core/tx/plan.hpp"

namespace weft::tx {

class call_runner {
 public:
  explicit call_runner(const tx_context& context) noexcept : context_(context) {}

  /// The operations that a call stands for. `depth` counts the calls that led to this one.
  /// @errors unknown_function{function}; function_failed{function, cause ...} when it throws or
  /// answers with an error; function_timeout{function, limit_us}; nesting_too_deep beyond
  /// limits::function_depth_max
  /// Cost: that of the function.
  [[nodiscard]] result<tx_request> run(const operation& call, std::size_t depth);

 private:
  [[nodiscard]] const deadline& until();
  [[nodiscard]] result<tx_request> run_in_time(const tx_function& function, const operation& call);

  const tx_context& context_;
  std::optional<deadline> until_; // set by the first call
};

} // namespace weft::tx
