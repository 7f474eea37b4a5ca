// A commit port whose events a test tells, and who drives it: nothing is written anywhere. It keeps
// the contract of commit_port.hpp as a port with peers would, and remembers what was proposed.
#pragma once

#include "support/catch.hpp"

#include "weft/core/shard/commit_port.hpp"
#include "weft/persistence/embedded/commit_driver.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <vector>

namespace weft::test {

/// Thread rule: any thread, but the public members: before the first proposal.
class fake_port final : public commit_port, public embedded::commit_driver {
 public:
  std::function<void(const commit_event&)> sink;
  /// On the thread that carries; empty: nothing is done there.
  std::function<void()> on_carry;
  /// On the thread that looks for room.
  std::function<void()> on_look;

  // -- commit_port ---

  result<log_index> propose(std::span<const proposal> entries) override {
    const std::lock_guard lock(mutex_);
    ++asked_;
    changed_.notify_all();
    if (refusal_) {
      const auto why = *refusal_;
      if (!info(why.code).retryable)
        return fail(why);
      refusal_.reset();
      return fail(why);
    }
    auto next = end();
    for (const auto& entry : entries) {
      if (entry.t != next.t.next())
        return fail(reason_ ? *reason_ : error{errc::invalid_argument, "t does not continue"});
      next = advance(next, entry.kind, term(1), *entry.payload);
    }
    for (const auto& entry : entries)
      accepted_.push_back(advance(end(), entry.kind, term(1), *entry.payload));
    reason_.reset();
    return end().index;
  }

  // -- commit_driver ---

  cost carry() override {
    if (on_carry)
      on_carry();
    return {};
  }
  void tidy() override {}
  void look_for_room() override {
    if (on_look)
      on_look();
  }
  [[nodiscard]] std::optional<error> failure() const override {
    const std::lock_guard lock(mutex_);
    return failure_;
  }

  // -- what a test tells ---

  /// Everything accepted up to `index` is committed, by one event.
  void commit_through(std::uint64_t index) {
    commit_event event;
    {
      const std::lock_guard lock(mutex_);
      event = committed{accepted_.at(index - 1)};
      told_ = index;
    }
    sink(event);
  }
  /// Everything accepted; false when nothing was since the last event.
  bool commit_all() {
    std::uint64_t index = 0;
    {
      const std::lock_guard lock(mutex_);
      index = accepted_.size();
      if (told_ == index)
        return false;
    }
    commit_through(index);
    return true;
  }
  /// Everything accepted and not told is lost, if there is something.
  void lose(error why) {
    log_index index;
    {
      const std::lock_guard lock(mutex_);
      if (told_ == accepted_.size())
        return;
      accepted_.resize(told_);
      reason_ = why;
      index = log_index(told_);
    }
    sink(lost{index, std::move(why)});
  }
  /// The next proposal is refused; all of them when the reason is not retryable.
  void refuse(error why) {
    const std::lock_guard lock(mutex_);
    refusal_ = std::move(why);
  }
  void fail_beside(error why) {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(why);
  }

  // -- what a test sees ---

  /// Waits until so many entries are accepted and not lost.
  void await_accepted(std::size_t count) {
    await([this, count] { return accepted_.size() >= count; });
  }
  /// Waits until something is accepted and not told; false after stop().
  [[nodiscard]] bool await_untold() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_ || accepted_.size() > told_; });
    return !stopped_;
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }
  /// Waits until propose() was called so often.
  void await_asked(std::size_t count) {
    await([this, count] { return asked_ >= count; });
  }
  [[nodiscard]] std::size_t asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  /// After the entry with this index; zero: before the first.
  [[nodiscard]] log_position position(std::uint64_t index) const {
    const std::lock_guard lock(mutex_);
    return index == 0 ? log_position{} : accepted_.at(index - 1);
  }

 private:
  [[nodiscard]] log_position end() const {
    return accepted_.empty() ? log_position{} : accepted_.back();
  }
  template <class Condition>
  void await(Condition reached) {
    std::unique_lock lock(mutex_);
    const bool came = changed_.wait_for(lock, std::chrono::seconds(20), reached);
    lock.unlock();
    if (!came) { // nobody shall wait for ever
      refuse({errc::storage_failed, "the test failed"});
      lose({errc::io_error, "the test failed"});
    }
    REQUIRE(came);
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<log_position> accepted_; ///< by index - 1, told and not told
  std::uint64_t told_ = 0;             ///< as committed
  std::size_t asked_ = 0;
  bool stopped_ = false;
  std::optional<error> refusal_;
  std::optional<error> reason_; ///< of the last loss, until something continues what is committed
  std::optional<error> failure_;
};

} // namespace weft::test
