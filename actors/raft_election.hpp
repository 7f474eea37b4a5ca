// Who owns term, vote and the order of the log of one replica: it takes proposals of the one who
// leads, has them written, and says what is committed. The port between the transactor and whatever
// commits (core/shard/commit_port.hpp), in messages.
//
// One voter for now: what its own disk has, is committed. Hard state (term and vote) was written
// when the folder was opened.
#pragma once

#include "weft/actors/messages.hpp"

#include <deque>

namespace weft::actors {

struct raft_election_state {
  static inline const char* name = "weft.raft_election";

  [[nodiscard]] promise<started> begin();
  [[nodiscard]] promise<leadership> give_lead();
  [[nodiscard]] raft_figures figures() const;
  void take(const propose& order);
  void take(const propose_control& order);
  void hear(const durable& news);
  void hear(const dropped& news);

  raft_election_actor::pointer self = nullptr;
  log_writer_actor log;
  log_reader_actor old_log;
  applier_actor applied_by;

 private:
  /// Who wants to lead, when the entry `after` is decided.
  struct asked_to_lead {
    std::uint64_t number;
    log_index after;
    promise<leadership> answer;
  };
  void write(epoch of, const std::vector<proposal>& entries);
  void catch_up(promise<started> answer);
  void answer_leads();

  weft::term term_;
  log_position committed_;
  log_position last_; ///< of what was proposed
  std::deque<committed_entry> in_flight_;
  std::uint64_t leaderships_ = 0;
  epoch latest_;       ///< of what was proposed
  epoch void_through_; ///< what was proposed in it, or before, was dropped
  std::deque<asked_to_lead> leads_;
};

/// The others have begun.
raft_election_actor::behavior_type
raft_election(pointer<raft_election_actor, raft_election_state> self, log_writer_actor log,
              log_reader_actor old_log, applier_actor applied_by);

} // namespace weft::actors
