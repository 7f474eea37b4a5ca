// The proxy of a publisher in another process: lives beside the subscriber, one for each
// subscription, and speaks the protocol of streams (core/stream/subscriber.hpp) for it. So the
// subscriber is a plain actor: it gets what one beside the publisher gets, in the same way.
//
// Whatever breaks, it opens the stream again at its place: nothing is lost and nothing comes twice.
// Ends with the subscriber, when it unsubscribes, when the cursor cannot be served, and with the
// connection, when that ends for good; the subscriber is told all but the first.
#pragma once

#include "weft/actors/delivery.hpp"
#include "weft/actors/remote_messages.hpp"
#include "weft/core/stream/subscriber.hpp"

namespace weft::actors {

struct stream_proxy_options {
  std::uint64_t session = 0; ///< drawn at random
  remote_link_actor link;
  std::chrono::milliseconds answer_within{30000};
  std::function<instant()> steady; ///< a clock that does not jump
  std::function<std::uint64_t()> random;
};

struct stream_proxy_state {
  static inline const char* name = "weft.stream_proxy";

  [[nodiscard]] promise<subscribed> begin(const subscribe& what);
  void hear(const connection_up& news);
  void hear_down();
  void hear(const connection_over& news);
  void hear(const proxy_frame_in& frame);
  void move_cursor(const acknowledge& what);
  void remove();
  void hear_end(const actor_address& who);
  void look_at_clock();

  stream_proxy_actor::pointer self = nullptr;
  stream_proxy_options how;

 private:
  using machine = stream::subscriber;

  template <class Event>
  void step(const Event& what);
  void perform(machine::send& what);
  void perform(const machine::delivery& what);
  void perform(const machine::reconnect& what);
  void perform(const machine::opened& what);
  void perform(const machine::lagged& what);
  void perform(const machine::gap& what);
  void perform(const machine::watermark& what);
  void perform(const machine::schema_changed& what);
  void perform(const machine::closed& what);
  void end(const std::optional<error>& why);

  std::optional<subscribe> asked_;
  std::optional<delivery> to_;
  std::optional<machine> machine_; ///< since the first connection: then the database is known
  std::optional<promise<subscribed>> answer_;
  std::int64_t deadline_us_ = 0; ///< of the answer
};

stream_proxy_actor::behavior_type stream_proxy(pointer<stream_proxy_actor, stream_proxy_state> self,
                                               stream_proxy_options how);

} // namespace weft::actors
