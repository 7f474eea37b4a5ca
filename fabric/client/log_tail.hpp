// The log of a node's database as it grows, for programs without actors: every commit once, in
// order, also when the node or the connection goes and comes back.
//
//   WEFT_TRY(auto tail, log_tail::open({.to = {...}, .start = start_at::newest()}));
//   for (;;) {
//     WEFT_TRY(const auto batch, tail.next(deadline));   // nothing: it is the deadline
//     if (batch) use(*batch);
//   }
//
// Blocking, confined to one thread. Who does not call next() is sent no more than its window, and
// goes on at its place when the node has cut it.
#pragma once

#include "weft/core/stream/subscriber.hpp"
#include "weft/fabric/client/connection.hpp"

namespace weft::client {

struct tail_options {
  connect_options to;
  stream::start_at start = stream::start_at::newest();
  attribute_filter filter = {};
  std::size_t window_bytes = limits::stream_window_bytes_default;
};

class log_tail {
 public:
  /// Connects and subscribes. @errors as connection::open; of the place: cursor_diverged,
  /// cursor_ahead{head}, cursor_too_old{earliest}; interrupted
  [[nodiscard]] static result<log_tail> open(tail_options how);

  /// The next commit, as soon as it is there; nothing at `deadline` of the steady clock, which it
  /// keeps while it connects again, too (but for the system's resolver of a name).
  /// @errors of the place, once it is known that it cannot go on; of another cluster or database
  [[nodiscard]] result<std::optional<wal_batch>> next(instant deadline);

  /// To go on after everything that next() gave; nothing before the stream was first open.
  [[nodiscard]] std::optional<cursor> after() const { return given_; }
  /// Whether nothing new was there when it was last asked: it has everything up to the head.
  [[nodiscard]] bool is_caught_up() const noexcept { return caught_up_; }
  /// Why nothing comes at the moment; nothing: the stream is open.
  [[nodiscard]] const std::optional<error>& broken() const noexcept { return broken_; }
  [[nodiscard]] const protocol::welcome_message& node() const noexcept { return node_; }
  [[nodiscard]] const endpoint& at() const noexcept { return at_; }
  /// The newest transaction that the node told of.
  [[nodiscard]] tx_number head() const noexcept { return head_; }

 private:
  log_tail(tail_options how, stream::subscriber machine)
      : how_(std::move(how)), machine_(std::move(machine)) {}

  [[nodiscard]] stream::subscriber::moment moment() const;
  template <class Event>
  void step(const Event& event);
  void perform(stream::subscriber::effects effects);
  void reconnect(instant until);
  void lose(const error& why);
  void hear(instant deadline);

  tail_options how_;
  stream::subscriber machine_;
  std::optional<connection> now_;
  std::optional<connecting> coming_;
  protocol::welcome_message node_;
  std::deque<stream::subscriber::delivery> waiting_;
  std::optional<cursor> given_;
  std::optional<std::uint64_t> window_end_; ///< a token that is to be consumed
  bool is_open_ = false;
  bool caught_up_ = false;
  tx_number head_ = {};
  endpoint at_;
  std::optional<error> broken_;
  std::optional<error> over_;
};

} // namespace weft::client
