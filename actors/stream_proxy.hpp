// The proxy of publishers in other processes: lives beside the subscribers, one for all
// subscriptions of a connection (remote_link.hpp), and speaks the protocol of streams
// (core/stream/subscriber.hpp) for each. So a subscriber is a plain actor: it gets what one beside
// the publisher gets, in the same way.
//
// Whatever breaks, it opens the streams again at their places: nothing is lost and nothing comes
// twice. A subscription ends with its subscriber, when it unsubscribes, when its cursor cannot be
// served, and with the connection, when that ends for good; the subscriber is told all but the
// first. Each has its own credit: who is slow waits alone.
#pragma once

#include "weft/actors/delivery.hpp"
#include "weft/actors/remote_messages.hpp"
#include "weft/core/stream/subscriber.hpp"

#include <map>

namespace weft::actors {

/// More frames than this at a time are handled in a worker, not in the thread that read them.
inline constexpr std::size_t few_frames = 8;

struct stream_proxy_options {
  remote_link_actor link;
  std::chrono::milliseconds answer_within{30000};
  std::function<instant()> steady; ///< a clock that does not jump
  std::function<std::uint64_t()> random;
};

struct stream_proxy_state {
  static inline const char* name = "weft.stream_proxy";

  /// Tells those it has.
  ~stream_proxy_state();

  [[nodiscard]] promise<subscribed> add(const subscribe& what);
  void hear(const connection_up& news);
  void hear_down();
  void hear(const connection_over& news);
  void hear(const proxy_frames_in& news);
  void move_cursor(const acknowledge& what);
  void remove(std::uint64_t session);
  void hear_end(const actor_address& who);
  void look_at_clock();

  stream_proxy_actor::pointer self = nullptr;
  stream_proxy_options how;

 private:
  using machine = stream::subscriber;

  /// A subscription.
  struct seat {
    std::uint64_t session; ///< drawn at random
    actor who;
    subscribe_options how;
    std::int64_t deadline_us; ///< of the answer
    std::optional<free_promise> answer;
    std::optional<delivery> to;     ///< while there is somebody to tell
    std::optional<machine> speaker; ///< since the first connection: then the database is known
    std::optional<error> why = {};  ///< it leaves
    bool wants_connection = false;
    bool is_over = false;
  };

  [[nodiscard]] seat* find(std::uint64_t session);
  [[nodiscard]] machine::moment look() const;
  void connect(seat& at, const machine::moment& now);
  void leave(seat& at, std::optional<error> why = std::nullopt);
  template <class Event>
  void step(seat& at, const Event& what, const machine::moment& now);
  void perform(seat& at, machine::send& what);
  void perform(seat& at, const machine::delivery& what);
  static void perform(seat& at, const machine::reconnect& what);
  void perform(seat& at, const machine::opened& what);
  void perform(seat& at, const machine::lagged& what);
  void perform(seat& at, const machine::gap& what);
  void perform(seat& at, const machine::watermark& what);
  static void perform(seat& at, const machine::schema_changed& what);
  void perform(seat& at, const machine::closed& what);
  static void end(seat& at, const std::optional<error>& why);
  void settle();
  void start_ticking();

  std::map<std::uint64_t, seat> seats_;      ///< by session
  std::optional<connection_up> up_;          ///< while there is a connection
  std::vector<stream::client_frame> unsent_; ///< of what is handled now
  bool has_ended_ = false;                   ///< some seat
  bool is_ticking_ = false;
};

/// The window of one more stream on a connection whose others have `in_use` bytes: what is asked
/// for, as long as that is no more than half of what is left; the smallest window at least.
[[nodiscard]] std::size_t window_for(std::size_t asked, std::size_t in_use) noexcept;

stream_proxy_actor::behavior_type stream_proxy(pointer<stream_proxy_actor, stream_proxy_state> self,
                                               stream_proxy_options how);

} // namespace weft::actors
