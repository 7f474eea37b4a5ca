// The publisher of a shard as an actor: hears what is applied, tells everybody who subscribed, then
// passes it on to who answers the writers. So a commit is on its way to every subscriber that has
// credit before its writer hears of it.
//
// A subscriber is any actor. It gets one wal_batch for each commit; the last one of each part of
// its window comes as a request, whose reply (whatever its handler returns) is the credit for more.
// One that ends is forgotten; one that is slow is served from the log when it has credit again.
// Subscribers in other processes are behind connections, which speak frames; one that hears nothing
// of a publisher that ended opens its streams again.
#pragma once

#include "weft/actors/delivery.hpp"
#include "weft/actors/figures.hpp"
#include "weft/actors/messages.hpp"
#include "weft/core/base/log.hpp"
#include "weft/core/stream/delivery_window.hpp"

#include <map>
#include <unordered_map>

namespace weft::actors {

/// The subscribers of this process. They outlive a publisher: the next one goes on where each of
/// them stands. One publisher at a time touches them.
struct local_subscribers {
  local_subscribers() = default;
  local_subscribers(const local_subscribers&) = delete;
  local_subscribers& operator=(const local_subscribers&) = delete;
  /// There will be no publisher any more: tells everybody.
  ~local_subscribers();

  struct seat {
    delivery to;
    subscribe_options how;
    stream::delivery_window window;
    std::optional<stream_place> at = {};     ///< what it was sent; none before its stream is open
    std::optional<free_promise> answer = {}; ///< perhaps of a publisher before
  };
  std::unordered_map<std::uint64_t, seat> by_session;
  std::uint64_t next_session = 1;
};

struct wal_publisher_options {
  std::function<instant()> steady; ///< a clock that does not jump
  stream::publisher::options streams = {};
  std::shared_ptr<log_sink> log = null_log();
  std::shared_ptr<node_figures> figures = std::make_shared<node_figures>();
};

struct wal_publisher_state {
  static inline const char* name = "weft.wal_publisher";

  [[nodiscard]] promise<started> begin();
  [[nodiscard]] followed follow_with(const applied_listener& who);
  void hear(const applied& news);
  void hear(const dropped& news);
  void hear_end(const actor_address& who);
  [[nodiscard]] reply<subscribed> add(const subscribe& what);
  void remove(std::uint64_t session);
  void move_cursor(const acknowledge& what);
  frames_taken hear(const stream_frames_in& said);
  [[nodiscard]] streams figures() const;
  void look_at_clock();

  wal_publisher_actor::pointer self = nullptr;
  wal_publisher_options how;
  std::shared_ptr<local_subscribers> locals; ///< not null
  log_reader_actor old_log;
  applier_actor applied_by;
  raft_election_actor port;

 private:
  /// Peers of the machine that are connections have numbers from here on; those below are sessions
  /// of local subscribers.
  static constexpr std::uint64_t first_connection = 1ULL << 63U;

  using machine = stream::publisher;
  using seat = local_subscribers::seat;

  void store(const stream::named_cursor& what);
  void hear_stored(const committed_entry& entry);
  [[nodiscard]] static stream::session_key key_of(std::uint64_t session);
  void seat_again();
  void open(std::uint64_t session, const seat& at);
  template <class Event>
  void step(const Event& what);
  void perform(machine::effects& effects);
  void end_seat(std::uint64_t session, const std::optional<error>& why);
  void read_log(const machine::read_log& order);
  void tell(std::uint64_t session, seat& to, const stream::session_output& what);
  void deliver(std::uint64_t session, seat& to, const wal_batch& batch);
  void hear_answer(std::uint64_t session, std::uint64_t token, bool taken);
  [[nodiscard]] stream::peer_id peer_of(const stream_peer_actor& who);
  void start_ticking();

  [[nodiscard]] stream_origin origin() const { return {.database = last_->database, .shard = {}}; }

  applied_listener listener_;
  std::optional<followed> last_; ///< what its listener would be told
  std::optional<machine> machine_;
  std::vector<machine::committed_record> fresh_; ///< of one message, used again
  std::vector<stream::named_cursor> storing_;    ///< cursors that were proposed, in order
  std::unordered_map<stream::peer_id, stream_peer_actor> connections_;
  std::map<actor_address, stream::peer_id> peers_; ///< of connections_
  std::uint64_t next_peer_ = first_connection;
  bool ticking_ = false;
};

/// The others have begun.
wal_publisher_actor::behavior_type
wal_publisher(pointer<wal_publisher_actor, wal_publisher_state> self, wal_publisher_options how,
              std::shared_ptr<local_subscribers> locals, log_reader_actor old_log,
              applier_actor applied_by, raft_election_actor port);

} // namespace weft::actors
