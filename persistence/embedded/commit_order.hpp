// Batches between `propose` and `applied`, in the order of the log. Each has a place here from its
// proposal on; it learns its fate from the events of the commit port, whoever tells them and
// whenever, and has its turn when everything before it has had one.
//
//   commit_order::place at(generation);
//   WEFT_CHECK(order.propose(at, entries));   // or order.refuse(at, why)
//   driver.carry();                           // the event is told now, or later
//   order.wait_turn(at);
//   if (at.end() == committed) ...            // apply, or take back
//   order.leave(at);
//
// A generation is a life of the overlay that batches were resolved on: when a batch of it is lost
// or refused, the others of it are void, and propose() gives them to the port no more. Their turn
// comes after that of the first, which has taken everything back.
//
// Costs of a batch whose event was told by its own thread: three locks that nobody else wants, and
// one for the event. Nothing is allocated: a place is on the stack of who waits.
// Lock order: mutex_ is taken last, but for what propose() of the port takes.
#pragma once

#include "weft/core/shard/commit_port.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>

namespace weft::embedded {

/// See the top. Thread-safe, but propose() and refuse(): one thread at a time.
class commit_order {
 public:
  /// What became of a batch.
  enum class fate : std::uint8_t {
    proposed,  ///< not told yet
    committed, ///< durable; position() says where
    lost,      ///< the outcome is unknown, but after disk_full; reason()
    refused,   ///< by the port: nothing was written; reason()
    stale,     ///< it was resolved on top of a batch that is not committed: never proposed
  };

  /// The place of one batch. Stays where it is from propose() or refuse() to leave().
  class place {
   public:
    explicit place(std::uint64_t generation) : generation_(generation) {}
    place(const place&) = delete;
    place& operator=(const place&) = delete;
    ~place() = default;

    // In its turn:
    [[nodiscard]] fate end() const noexcept { return fate_; }
    /// Of its last entry.
    [[nodiscard]] log_index index() const noexcept { return index_; }
    /// As the event said: at its last entry, or beyond it.
    [[nodiscard]] const log_position& position() const noexcept { return position_; }
    [[nodiscard]] const error& reason() const noexcept { return *reason_; }

   private:
    friend class commit_order;

    const std::uint64_t generation_;
    fate fate_ = fate::proposed;
    log_index index_;
    log_position position_;
    std::optional<error> reason_;
    place* next_ = nullptr;
    std::condition_variable changed_; ///< it is its turn
  };

  explicit commit_order(commit_port& port) : port_(port) {}

  /// Proposes the entries of a batch, and gives it the last place. False when it is stale: then it
  /// has its place, and the port knows nothing of it. Cost: that of the port.
  /// @errors those of commit_port::propose; then it has no place yet.
  [[nodiscard]] result<bool> propose(place& at, std::span<const proposal> entries);
  /// Gives the last place to a batch that the port did not take.
  void refuse(place& at, error why);

  /// What the port tells. Any thread, in the order of the port. Cost: O(places).
  void hear(const commit_event& event);

  /// Whether the batch knows its fate; perhaps others are before it.
  [[nodiscard]] bool is_decided(const place& at);
  /// Waits until the batch knows its fate and everything before it has left.
  void wait_turn(place& at);
  /// Ends its turn.
  void leave(place& at);

 private:
  void append(place& at);
  void tell_first();

  commit_port& port_;
  std::mutex mutex_; // guards what is below, and what is in the places that are not in their turn
  place* first_ = nullptr;
  place* last_ = nullptr;
  std::uint64_t void_through_ = 0; ///< batches of this generation or an older one are stale
};

} // namespace weft::embedded
