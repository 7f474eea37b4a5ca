// A database, wherever it is: in this process (fabric/database.hpp) or in another one
// (fabric/connect.hpp). What an application does with it is the same.
//
//   void remember(weft::fabric::any_database& db) {
//     WEFT_TRY(auto done, db.transact(R"([{:user/name "Ada"}])"));
//     WEFT_TRY(auto stream, db.subscribe_wal(listener));     // any actor that takes wal_batch
//   }
//
// Guarantees: those of docs/guarantees.md. A transaction is answered after it is on disk, visible
// to views, and on its way to every subscriber.
// Threads: every member may be called from any thread, but transact, view, subscribe_wal, tree and
// close may block: not from an actor that shares the scheduler's threads.
#pragma once

#include "weft/actors/caf.hpp"
#include "weft/actors/messages.hpp"

#include <functional>
#include <string>

namespace weft::fabric {

using actors::subscribed;
using weft::transacted;
using subscribe_options = actors::subscribe_options;

class any_database {
 public:
  any_database(const any_database&) = delete;
  any_database& operator=(const any_database&) = delete;
  virtual ~any_database() = default;

  [[nodiscard]] virtual const std::string& name() const noexcept = 0;

  // -- transactions ---

  /// Executes one transaction and waits until it is on disk. With a request id, a retry gets the
  /// first outcome and executes nothing. Cost: plan(), encoding, one write and one fdatasync, which
  /// all who wait share; two wake-ups of threads more than embedded::database.
  /// @errors all of the transactions and requests blocks of errc.def; overloaded, no_leader and
  /// disk_full may be retried as they are; outcome_unknown with the same id; storage_failed
  [[nodiscard]] result<transacted> transact(const tx_request& request,
                                            std::optional<request_id> id = {});
  /// The same from EDN text. @errors also malformed_edn{line, column}, input_too_large
  [[nodiscard]] result<transacted> transact(std::string_view edn_text,
                                            std::optional<request_id> id = {});
  /// Returns at once; `told` is called once with the outcome, by whatever thread has it, and must
  /// neither block nor throw. Cost: a message. @errors none here
  virtual void submit(tx_request request, std::optional<request_id> id,
                      std::function<void(result<transacted>)> told) = 0;

  // -- reads ---

  /// The database now: everything that was acknowledged before this call. Cost: O(1).
  /// @errors closed
  [[nodiscard]] virtual result<weft::view> view() const = 0;

  // -- the log as a stream ---

  /// Every commit from options.start on is one wal_batch message to `who`, in order, after it is
  /// durable and before its writer is answered. `who` gets the last one of each part of its window
  /// as a request; its handler's return is the credit for more, so a slow subscriber never makes
  /// others wait, nor memory grow: it is served from the log. Ends when `who` does; when it ends
  /// for another reason, `who` gets a stream_notice::closed, whether it asked for notices or not.
  /// @errors cursor_diverged, cursor_ahead{head}, cursor_too_old{earliest}; invalid_argument for no
  /// actor; overloaded and no_leader (a part is restarting) may be retried; closed
  [[nodiscard]] virtual result<subscribed> subscribe_wal(const actors::actor& who,
                                                         subscribe_options how = {}) = 0;
  /// Ends a subscription. Batches that are in its mailbox stay there. Cost: a message.
  virtual void unsubscribe(const subscribed& what) = 0;

  /// The work of a subscription with options.name up to `done` is durable: the named cursor moves
  /// there, forward only, and will be durable soon. Cost: a message.
  virtual void acknowledge(const subscribed& what, const wal_batch& done) = 0;

  // -- actors ---

  /// For actors: actors::transact is answered with actors::transacted_message.
  [[nodiscard]] virtual actors::gateway_actor gateway() const = 0;
  /// The tree of its actors in this process. @errors closed
  [[nodiscard]] virtual result<actors::tree> tree() const = 0;

  /// Refuses what comes, finishes what is under way, ends the actors in order, releases what it
  /// holds. Idempotent; afterwards everything is refused with closed.
  virtual void close() = 0;

 protected:
  any_database() = default;
  any_database(any_database&&) = default;
  any_database& operator=(any_database&&) = default;
};

} // namespace weft::fabric
