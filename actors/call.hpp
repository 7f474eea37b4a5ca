// A transaction on its way through the actors. Whatever becomes of them, who asked gets exactly one
// outcome: the last one who lets go of a call that nobody answered, answers it.
//
//   auto asked = std::make_shared<call>(request, id, credit, [](result<transacted> outcome) {...});
//   asked->answer(std::move(outcome));            // the first answer counts
//
// Passed from actor to actor; one at a time uses it, the answer may come from any thread.
#pragma once

#include "weft/actors/credit.hpp"
#include "weft/core/shard/transacted.hpp"
#include "weft/core/tx/request.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

namespace weft::actors {

class call {
 public:
  /// Called once, by whatever thread, and does not throw.
  using answer_function = std::function<void(result<transacted>)>;

  call(std::shared_ptr<const tx_request> request, std::optional<request_id> id, permit credit,
       answer_function answer);
  call(const call&) = delete;
  call& operator=(const call&) = delete;
  /// Answers what was not answered: no_leader, or outcome_unknown when it may be committed.
  ~call();

  [[nodiscard]] const tx_request& request() const noexcept { return *request_; }
  [[nodiscard]] const std::optional<request_id>& id() const noexcept { return id_; }

  /// From now on it may be committed, whatever is heard of it.
  void was_proposed() noexcept { proposed_ = true; }
  /// It was not written after all.
  void was_dropped() noexcept { proposed_ = false; }

  /// The first call of this counts. Gives back the credit.
  void answer(result<transacted> outcome) noexcept;

 private:
  std::shared_ptr<const tx_request> request_;
  std::optional<request_id> id_;
  permit credit_;
  answer_function answer_;
  std::atomic<bool> answered_ = false;
  bool proposed_ = false;
};

/// Memory that a request takes, more or less. Cost: O(operands).
[[nodiscard]] std::size_t approximate_bytes(const tx_request& request);

} // namespace weft::actors
