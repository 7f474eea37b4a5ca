// The applier: the one writer of a shard's index. It applies what is committed, in order, then
// tells its listener. Ends with log_corrupt when an entry cannot follow those before it.
#pragma once

#include "weft/actors/figures.hpp"
#include "weft/actors/messages.hpp"

namespace weft::actors {

struct applier_state {
  static inline const char* name = "weft.applier";

  [[nodiscard]] promise<started> begin(const log_writer_actor& log);
  void take(const apply& order);
  [[nodiscard]] followed follow_with(const applied_listener& who);
  [[nodiscard]] promise<viewed> show();
  [[nodiscard]] reply<applied_position> tell(const ask_applied& request);

  applier_actor::pointer self = nullptr;
  applied_listener listener;
  std::function<void(std::shared_ptr<memory_index>)> on_index; ///< may be null
  std::shared_ptr<node_figures> figures;

 private:
  struct waiting {
    ask_applied what;
    promise<applied_position> answer;
  };
  [[nodiscard]] applied_position position_for(const ask_applied& request) const;

  database_id database_;
  std::shared_ptr<memory_index> index_;
  std::optional<applied_state> state_;
  std::vector<waiting> waiting_;
};

/// `log` has recovered, and gives what it found to this applier alone. `on_index`, unless it is
/// null, is told the index that it applies to.
applier_actor::behavior_type applier(pointer<applier_actor, applier_state> self,
                                     log_writer_actor log,
                                     std::function<void(std::shared_ptr<memory_index>)> on_index,
                                     std::shared_ptr<node_figures> figures);

} // namespace weft::actors
