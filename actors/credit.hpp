// Credit in bytes: what an outsider may have under way. Whoever brings work takes a permit first,
// and gives it back with the answer; without credit there is a clear, retryable refusal instead of
// a mailbox that grows.
//
//   auto credit = std::make_shared<byte_credit>(64 << 20);
//   WEFT_TRY(auto mine, take_credit(credit, bytes));     // overloaded{in_use, limit}
//   ...                                           // given back when `mine` goes
//
// Thread-safe.
#pragma once

#include "weft/core/base/log.hpp"
#include "weft/core/base/result.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace weft::actors {

class permit;

class byte_credit {
 public:
  /// `log` is told of refusals.
  explicit byte_credit(std::size_t limit, std::shared_ptr<log_sink> log = null_log()) noexcept
      : log_(std::move(log)), limit_(limit) {}
  [[nodiscard]] std::size_t limit() const noexcept { return limit_.load(); }
  /// Counts from the next permit on; those that were given stay.
  void set_limit(std::size_t limit) noexcept { limit_.store(limit); }
  [[nodiscard]] std::size_t in_use() const noexcept { return in_use_.load(); }
  /// How often it was refused.
  [[nodiscard]] std::uint64_t refusals() const noexcept { return refusals_.load(); }

 private:
  friend class permit;
  friend result<permit> take_credit(const std::shared_ptr<byte_credit>& of, std::size_t bytes);

  const std::shared_ptr<log_sink> log_;
  std::atomic<std::size_t> limit_;
  std::atomic<std::size_t> in_use_ = 0;
  std::atomic<std::uint64_t> refusals_ = 0;
};

/// Bytes that were taken; given back by the destructor. An empty one holds nothing.
class permit {
 public:
  permit() = default;
  permit(permit&& other) noexcept;
  permit& operator=(permit&& other) noexcept;
  ~permit();

 private:
  friend result<permit> take_credit(const std::shared_ptr<byte_credit>& of, std::size_t bytes);

  std::shared_ptr<byte_credit> of_;
  std::size_t bytes_ = 0;
};

/// Takes `bytes` at once; one that is larger than the limit is let in when nothing else is there.
/// Cost: O(1). @errors overloaded{in_use, limit}
[[nodiscard]] result<permit> take_credit(const std::shared_ptr<byte_credit>& of, std::size_t bytes);

} // namespace weft::actors
