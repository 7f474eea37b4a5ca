// The ingest batcher: an actor that takes many small transactions and makes few of them, in order,
// without holding anybody back for long (core/ingest/batcher.hpp says what is guaranteed). It takes
// what a gateway takes, so who transacts need not know. Spawned by the application, as many as it
// has sources whose order matters.
//
//   auto batcher = spawn(system, ingest_batcher,
//                        ingest_batcher_options{.gateway = [&db] { return db.gateway(); }});
//   request(self, batcher, forever, transact{item}, [](const transacted_message& m) {...}, ...);
//   request(self, batcher, forever, flush_items{}, [](const items_flushed&) {...}, ...);
//
// Asked to end, it refuses what comes (closed), executes what it has, and ends. Whoever offers
// items is not waited for: what is more than waiting_bytes_max is refused with overloaded.
#pragma once

#include "weft/actors/messages.hpp"

#include <deque>
#include <functional>
#include <map>
#include <variant>

namespace weft::actors {

struct ingest_batcher_options {
  /// Who takes the transactions now: asked for each, since a gateway may be restarted. It must live
  /// as long as the batcher; null: there is none at the moment.
  std::function<gateway_actor()> gateway;
  ingest::batcher::options batches = {};
  std::function<instant()> steady = {};     ///< a clock that does not jump; by default the system's
  std::function<request_id()> make_id = {}; ///< by default a UUID of version 7
};

struct ingest_batcher_state {
  static inline const char* name = "weft.ingest_batcher";

  /// Whoever asked hears of it, also when the batcher is killed.
  ~ingest_batcher_state();

  [[nodiscard]] promise<transacted_message> take(const transact& item);
  [[nodiscard]] promise<items_flushed> take(const flush_items& order);
  [[nodiscard]] ingest_figures show() const;
  void look_at_clock();
  void hear_stop();

  ingest_batcher_actor::pointer self = nullptr;
  ingest_batcher_options how;
  std::optional<ingest::batcher> machine;

 private:
  struct flush_wait {
    std::uint64_t through; ///< the last ticket before it
    free_promise who;
  };

  using event = std::variant<ingest::batcher::offered, ingest::batcher::answered,
                             ingest::batcher::tick, ingest::batcher::hurry>;
  void step(event what);
  void perform(const ingest::batcher::attempt& order);
  void perform(ingest::batcher::settlement& news);
  void answer_flushes();
  void set_alarm();

  std::map<std::uint64_t, free_promise> asked_; ///< by ticket
  std::deque<event> events_;                    ///< what was told while a step was performed
  bool is_stepping_ = false;
  std::vector<flush_wait> flushes_;
  std::uint64_t last_ticket_ = 0;
  std::optional<std::int64_t> alarm_us_; ///< a clock_tick will come then
  bool is_ending_ = false;
};

ingest_batcher_actor::behavior_type
ingest_batcher(pointer<ingest_batcher_actor, ingest_batcher_state> self,
               ingest_batcher_options how);

} // namespace weft::actors
