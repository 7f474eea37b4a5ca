// The transactor of a shard: resolves requests one after the other (core/shard/transactor.hpp),
// proposes what it accepts, and answers when that is durable and visible.
//
// Whatever is dropped is answered or resolved again; when the reason is for good, everything is
// refused from then on with storage_failed. Asked to end, it refuses what comes and ends when what
// is under way is answered, or at once when one of those it stands on is gone.
#pragma once

#include "weft/actors/figures.hpp"
#include "weft/actors/messages.hpp"
#include "weft/core/shard/transactor.hpp"

#include <deque>
#include <unordered_map>

namespace weft::actors {

struct transactor_options {
  schema_mode mode = schema_mode::flexible;
  std::shared_ptr<const tx_functions> functions = {}; ///< may be null
  std::function<instant()> clock;                     ///< wall clock; never throws
  std::function<instant()> steady;                    ///< one that does not jump
  std::shared_ptr<node_figures> figures = std::make_shared<node_figures>();
};

struct transactor_state {
  static inline const char* name = "weft.transactor";

  [[nodiscard]] promise<started> begin();
  void take(const submit& order);
  void hear(const applied& news);
  void hear(const dropped& news);
  void hear_stop();
  void hear_end();
  void pass_on();

  transactor_actor::pointer self = nullptr;
  transactor_options how;
  monotonic_us function_clock; ///< steady, for the functions
  log_reader_actor old_log;
  wal_publisher_actor published_by;
  raft_election_actor port;
  bool flush_sent = false; ///< it is in the mailbox

 private:
  /// On its way to the disk; answered when its t is applied.
  struct on_its_way {
    std::shared_ptr<call> who;
    transacted outcome;
    instant begun; ///< by the steady clock
  };
  void refuse(const std::shared_ptr<call>& who, error why) const;
  void resolve(std::shared_ptr<call> who);
  void pass_on_soon();
  void perform(const std::vector<weft::transactor::answer>& answers);
  void answer_again(const std::shared_ptr<call>& who, tx_number t);
  [[nodiscard]] std::shared_ptr<call> claim(ticket who);
  void lose(const error& why);
  void end_if_done();

  std::optional<weft::transactor> machine_;
  epoch now_;
  std::deque<on_its_way> on_their_way_; ///< by t
  std::vector<proposal> gathered_;      ///< the last of them, not proposed yet
  std::unordered_map<ticket, std::shared_ptr<call>> unanswered_;
  ticket next_ticket_{1};
  std::optional<error> failed_;
  std::size_t fetching_ = 0; ///< answers that are read from the log
  bool ending_ = false;
  bool alone_ = false; ///< one of those it stands on is gone: nothing more is heard
};

/// Begins when everything that was proposed before it is applied.
transactor_actor::behavior_type transactor(pointer<transactor_actor, transactor_state> self,
                                           transactor_options how, log_reader_actor old_log,
                                           wal_publisher_actor published_by,
                                           raft_election_actor port);

} // namespace weft::actors
