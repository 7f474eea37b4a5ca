// Transaction functions: C++ functions of the embedding application that turn a call into
// operations, inside the transaction, against the view before it.
//
//   functions.add("stock/take", [](const function_call& call) -> result<tx_request> {
//     if (call.arguments.size() != 2)
//       return fail(errc::invalid_argument, "stock/take wants an item and a count");
//     ...
//     return tx_request{}.cas(item, "stock/count", left, left - count);
//   });
//
// All functions of one transaction see the same view; what they return may call others. A function
// that throws, fails or runs too long refuses the transaction and has no other effect. It must not
// keep the call's references, and its answer may depend on nothing but the call.
//
// Running too long: once the time is up, every read of call.before (and of views made from it)
// leaves the function by an exception that is none of std::exception; whatever it answers then is
// function_timeout. So a loop that reads ends. One that neither reads nor polls call.until nor
// returns cannot be interrupted: it holds up the transactions behind it, not the commits before it.
#pragma once

#include "weft/core/db/view.hpp"
#include "weft/core/tx/request.hpp"

#include <functional>

namespace weft {

/// Microseconds of a monotonic clock: core has no clock of its own.
using monotonic_us = std::function<std::int64_t()>;

/// When a function must be done. A long one polls it.
class deadline {
 public:
  deadline(const monotonic_us& clock, std::int64_t limit_us)
      : clock_(&clock), end_us_(clock() + limit_us) {}
  /// Cost: one look at the clock.
  [[nodiscard]] bool passed() const { return (*clock_)() > end_us_; }

 private:
  const monotonic_us* clock_;
  std::int64_t end_us_;
};

/// What a function is given; valid until it returns.
struct function_call {
  const view& before;                 ///< the database before the transaction
  std::span<const operand> arguments; ///< as written by the caller
  const deadline& until;
};

/// Answers with the operations that stand for the call. An error it answers with, or anything it
/// throws, is function_failed{function, cause} for the whole transaction.
using tx_function = std::function<result<tx_request>(const function_call&)>;

/// Functions by name, "ns/name" without the colon. Filled before the first transaction; const is
/// thread-safe.
class tx_functions {
 public:
  /// Adds or replaces. @errors invalid_argument when the name is no keyword or names an operation
  /// of the database (:db/add ...), or the function is empty. Cost: O(log functions).
  result<void> add(std::string_view name, tx_function function);
  /// nullptr when there is none. Cost: O(log functions).
  [[nodiscard]] const tx_function* find(std::string_view name) const;
  /// In order. Cost: O(functions).
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  std::map<std::string, tx_function, std::less<>> by_name_;
};

} // namespace weft
