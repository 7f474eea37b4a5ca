// How a subscriber of this process is told things, whoever serves it: the publisher of a shard, or
// the proxy of one in another process. One wal_batch for each commit, the last of each part of its
// window as a request, whose reply is the credit for more; notices, if it wants any.
//
//   delivery to(who, options.notices);
//   to.give(self, batch, place.ends_window, [..](bool taken) {...});    // later: it was handled
//   to.close(error{...});                                               // the last word
//
// Confined to the actor that delivers.
#pragma once

#include "weft/actors/messages.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace weft::actors {

class delivery {
 public:
  /// Where the subscriber runs when it gets something: in any worker, beside who delivers, or next
  /// in that one's worker, which is sooner when there is nothing else to do.
  enum class where : std::uint8_t { beside, next };

  delivery(actor who, bool notices, where runs = where::beside)
      : who_(std::move(who)), notices_(notices), runs_(runs) {}

  [[nodiscard]] const actor& who() const noexcept { return who_; }

  /// From now on.
  void run(where next) noexcept { runs_ = next; }

  /// Only if it wants to hear notices. Cost: a message.
  void notify(stream_notice what) const;
  /// The last that a subscriber hears. A reason is told to all, asked for or not.
  void close(const std::optional<error>& why) const;

  /// A commit. With `wants_reply`, `answered(taken)` is called when it was handled, in a handler of
  /// `self`; not taken: it is an actor that does not know commits. Cost: a message.
  template <class Self, class Answered>
  void give(Self* self, const wal_batch& batch, bool wants_reply, Answered answered) {
    if (std::exchange(names_, batch.schema()) != batch.schema())
      notify({stream_notice::schema{batch.schema()}});
    if (!wants_reply)
      return runs_ == where::next ? send_next(self, who_, batch) : send_from_outside(who_, batch);
    const elsewhere runs(self);
    // An answer of another type is an answer.
    request_any(
        self, who_, batch, [answered]() mutable { answered(true); },
        [answered](const end_reason& why) mutable { answered(!says_not_understood(why)); });
  }

  /// One at a time: a subscriber that stopped does not get more and more of them.
  template <class Self>
  void tell_watermark(Self* self, const stream_notice::watermark& mark) {
    if (!notices_ || std::exchange(*watermark_unanswered_, true))
      return;
    const auto answered = [flag = watermark_unanswered_] { *flag = false; };
    const elsewhere runs(self);
    request_any(self, who_, stream_notice{mark}, answered,
                [answered](const end_reason& /*why*/) { answered(); });
  }
  /// Whoever delivers now is not who asked: an answer to that one is not waited for.
  void begin_again() { watermark_unanswered_ = std::make_shared<bool>(false); }

 private:
  actor who_;
  bool notices_;
  where runs_;
  std::shared_ptr<const weft::schema> names_; ///< of the last batch
  std::shared_ptr<bool> watermark_unanswered_ = std::make_shared<bool>(false);
};

} // namespace weft::actors
