#include "weft/persistence/embedded/commit_order.hpp"

#include "weft/core/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace weft::embedded {

/// The port takes the entries under the lock: an event about them finds their place.
result<bool> commit_order::propose(place& at, std::span<const proposal> entries) {
  const std::lock_guard lock(mutex_);
  const bool sound = at.generation_ > void_through_;
  if (sound) {
    WEFT_TRY(at.index_, port_.propose(entries));
    const bool follows = last_ != nullptr && last_->fate_ == fate::proposed;
    WEFT_ASSERT(!follows || last_->index_ < at.index_);
  } else {
    at.fate_ = fate::stale;
  }
  append(at);
  return sound;
}

void commit_order::refuse(place& at, error why) {
  const std::lock_guard lock(mutex_);
  at.fate_ = fate::refused;
  at.reason_ = std::move(why);
  void_through_ = std::max(void_through_, at.generation_);
  append(at);
}

/// Requires mutex_.
void commit_order::append(place& at) {
  (last_ != nullptr ? last_->next_ : first_) = &at;
  last_ = &at;
}

void commit_order::hear(const commit_event& event) {
  const std::lock_guard lock(mutex_);
  const auto* done = std::get_if<committed>(&event);
  for (auto* at = first_; at != nullptr; at = at->next_) {
    if (at->fate_ != fate::proposed)
      continue;
    if (done == nullptr) {
      at->fate_ = fate::lost;
      at->reason_ = std::get<lost>(event).reason;
      void_through_ = std::max(void_through_, at->generation_);
    } else if (at->index_ <= done->position.index) {
      at->fate_ = fate::committed;
      at->position_ = done->position;
    }
  }
  tell_first();
}

bool commit_order::is_decided(const place& at) {
  const std::lock_guard lock(mutex_);
  return at.fate_ != fate::proposed;
}

void commit_order::wait_turn(place& at) {
  std::unique_lock lock(mutex_);
  at.changed_.wait(lock, [&] { return first_ == &at && at.fate_ != fate::proposed; });
}

void commit_order::leave(place& at) {
  const std::lock_guard lock(mutex_);
  WEFT_ASSERT(first_ == &at);
  first_ = at.next_;
  if (first_ == nullptr)
    last_ = nullptr;
  tell_first();
}

/// Requires mutex_: the place is gone when its thread has seen that it is its turn.
void commit_order::tell_first() {
  if (first_ != nullptr && first_->fate_ != fate::proposed)
    first_->changed_.notify_one();
}

} // namespace weft::embedded
