#include "weft/fabric/client/database.hpp"

#include "weft/core/protocol/remote_facts.hpp"
#include "weft/fabric/client/pause.hpp"
#include "weft/persistence/system.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace weft::client {

using persistence::steady_clock_us;

/// A connection that is made again when it breaks, and what is to be sent again then.
class database::link {
 public:
  link(connection made, database_options how) : how_(std::move(how)), now_(std::move(made)) {}

  [[nodiscard]] const connection& now() const noexcept { return now_; }

  result<std::uint64_t> submit(std::shared_ptr<const tx_request> request,
                               std::optional<request_id> id) {
    sent one{.what = {std::move(request), id ? *id : make_request_id()}};
    WEFT_TRY(const bool there, is_connected(steady_clock_us()));
    if (there)
      if (auto done = send(one); !done && !now_.ended())
        return fail(std::move(done).error());
    under_way_.emplace(next_ticket_, std::move(one));
    return next_ticket_++;
  }

  using outcome = result<protocol::transacted_answer>;
  std::optional<outcome> take(std::uint64_t ticket, instant until) {
    const auto at = under_way_.find(ticket);
    if (at == under_way_.end())
      return outcome(fail(errc::invalid_argument, "no transaction of this number is under way"));
    auto& one = at->second;
    if (!one.deadline)
      one.deadline = patience();
    const auto here = std::min(until, *one.deadline);
    while (true) {
      if (auto known = one.number ? now_.take(*one.number, here) : std::nullopt) {
        if (*known) {
          between_.reset();
          under_way_.erase(at);
          return expect<protocol::transacted_answer>(std::move(**known));
        }
        if (!is_to_be_asked_again(one, known->error()))
          return forget(at, std::move(*known).error());
      } else if (one.number) {
        return at_deadline(at, {errc::outcome_unknown, "the node did not answer in time"});
      }
      if (auto over = send_again_when_due(at, here))
        return std::move(*over);
    }
  }

  /// Reads are asked once more when the connection breaks. `generation`: of this connection only.
  template <class Answer>
  result<Answer> ask(const request_body& what, std::optional<std::uint64_t> generation = {}) {
    const auto deadline = patience();
    for (;;) {
      if (generation && (*generation != generation_ || now_.ended()))
        return fail(errc::unreachable,
                    "the connection that held the view broke; open another view");
      WEFT_CHECK(connect(deadline));
      auto answer = now_.ask(what, left_us(deadline));
      if (answer) {
        between_.reset();
        return expect<Answer>(std::move(*answer));
      }
      if (!now_.ended() || steady_clock_us() >= deadline)
        return fail(answer.error());
    }
  }

  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }

  /// Nobody reads it any more.
  void close_view(std::uint64_t generation, std::uint32_t view) {
    if (generation != generation_ || now_.ended())
      return;
    if (const auto id = now_.send(protocol::close_view_request{view}))
      now_.forget(*id);
  }

 private:
  struct sent {
    protocol::transact_request what;
    std::optional<std::uint64_t> number = {}; ///< on the connection of now; none: to be sent
    bool was_sent = false;                    ///< it may have been executed
    bool uncertain = false;                   ///< it was sent on a connection that broke
    std::optional<instant> deadline = {};
    instant due = {};               ///< not to be sent again before
    std::optional<error> last = {}; ///< why it has no outcome yet
  };
  using sent_place = std::map<std::uint64_t, sent>::iterator;

  /// What is left to say of a transaction that the node cannot be asked about any more.
  static error given_up(const sent& one, const error& why) {
    if (!one.was_sent)
      return why;
    return {errc::outcome_unknown, "the node cannot be asked what became of it (" + why.detail +
                                       "); retry with the same id"};
  }
  /// Whether a try without an outcome is followed by another one.
  [[nodiscard]] bool is_to_be_asked_again(sent& one, const error& why) {
    one.number.reset();
    one.last = why;
    const bool is_lost = why.code == errc::outcome_unknown || why.code == errc::unreachable;
    if (now_.ended() && is_lost) {
      one.uncertain = one.was_sent;
      return true;
    }
    if (!one.uncertain || !info(why.code).retryable)
      return false;
    // A try before may have been executed: that this one was not says nothing.
    one.due = between_.next();
    return true;
  }
  /// Sends what is to be sent again, in time; the outcome, or nothing, when that is not so.
  std::optional<std::optional<outcome>> send_again_when_due(sent_place at, instant here) {
    auto& one = at->second;
    const auto generation = generation_;
    const auto there = is_connected(here);
    if (!there)
      return forget(at, given_up(one, there.error()));
    if (generation != generation_ && one.number)
      return std::nullopt; // a new connection was sent it
    if (!*there || !pause::sleep(one.due, here))
      return at_deadline(at, *there ? one.last.value_or(no_connection()) : no_connection());
    if (const auto done = send(one); !done && !now_.ended())
      return forget(at, given_up(one, done.error()));
    return std::nullopt;
  }
  /// Nothing is known: not yet, or not any more.
  std::optional<outcome> at_deadline(sent_place at, const error& why) {
    if (steady_clock_us() < *at->second.deadline)
      return std::nullopt;
    return forget(at, given_up(at->second, why));
  }
  /// Nobody waits for it any more.
  outcome forget(sent_place at, error why) {
    if (at->second.number)
      now_.forget(*at->second.number);
    under_way_.erase(at);
    return fail(std::move(why));
  }

  template <class Answer>
  static result<Answer> expect(answer_body what) {
    if (auto* mine = std::get_if<Answer>(&what))
      return std::move(*mine);
    return fail(errc::malformed_frame, "the node answered something else than was asked");
  }
  static std::int64_t left_us(instant deadline) {
    return std::max<std::int64_t>(0, deadline.get() - steady_clock_us().get());
  }
  [[nodiscard]] instant patience() const {
    return instant(steady_clock_us().get() + how_.patience_us);
  }

  // -- the connection ---

  [[nodiscard]] error no_connection() const {
    return why_.value_or(error{errc::unreachable, "there is no connection to the node"});
  }
  result<void> connect(instant deadline) {
    WEFT_TRY(const bool there, is_connected(deadline));
    return there ? result<void>() : fail(no_connection());
  }
  /// False at `until`. What is under way is sent on a new connection; one that breaks meanwhile is
  /// made again. @errors that pass by no retry
  result<bool> is_connected(instant until) {
    now_.look();
    while (now_.ended()) {
      if (!coming_) {
        if (!pause::sleep(due_, until))
          return false;
        auto to = how_.to;
        to.database = now_.node().database; // another one would not be this one
        coming_.emplace(std::move(to));
      }
      auto known = coming_->go_on(until);
      if (!known)
        return false;
      coming_.reset();
      due_ = between_.next();
      if (*known) {
        now_ = std::move(**known);
        ++generation_;
        send_all_again();
        continue;
      }
      why_ = known->error();
      if (!info(why_->code).retryable)
        return fail(*why_);
    }
    return true;
  }

  void send_all_again() {
    for (auto& [ticket, one] : under_way_) {
      one.uncertain = one.was_sent;
      one.number.reset();
      if (!now_.ended())
        static_cast<void>(send(one)); // that it broke is seen by who waits
    }
  }
  result<void> send(sent& one) {
    WEFT_TRY(one.number, now_.send(one.what));
    one.was_sent = true;
    return {};
  }

  database_options how_;
  connection now_;
  std::optional<connecting> coming_;
  instant due_ = {}; ///< not to be connected to again before
  pause between_;
  std::optional<error> why_; ///< the last attempt to connect failed
  std::uint64_t generation_ = 1;
  std::uint64_t next_ticket_ = 1;
  std::map<std::uint64_t, sent> under_way_; ///< in the order they were submitted
};

database::database(std::shared_ptr<link> made) : link_(std::move(made)) {}
database::database(database&&) noexcept = default;
database& database::operator=(database&&) noexcept = default;
database::~database() = default;

result<database> database::open(database_options how) {
  WEFT_TRY(auto made, connection::open(how.to));
  return database(std::make_shared<link>(std::move(made), std::move(how)));
}

const protocol::welcome_message& database::node() const noexcept {
  return link_->now().node();
}

const endpoint& database::at() const noexcept {
  return link_->now().at();
}

result<protocol::transacted_answer> database::transact(const tx_request& request,
                                                       std::optional<request_id> id) {
  WEFT_TRY(const auto ticket, submit(request, id));
  return get(ticket);
}

result<std::uint64_t> database::submit(tx_request request, std::optional<request_id> id) {
  return submit(std::make_shared<const tx_request>(std::move(request)), id);
}

result<std::uint64_t> database::submit(std::shared_ptr<const tx_request> request,
                                       std::optional<request_id> id) {
  return link_->submit(std::move(request), id);
}

result<protocol::transacted_answer> database::get(std::uint64_t ticket) {
  constexpr instant never(std::numeric_limits<std::int64_t>::max());
  for (;;)
    if (auto known = link_->take(ticket, never))
      return std::move(*known);
}

std::optional<result<protocol::transacted_answer>> database::take(std::uint64_t ticket,
                                                                  instant until) {
  return link_->take(ticket, until);
}

const std::optional<error>& database::broken() const noexcept {
  return link_->now().ended();
}

result<std::pair<view, protocol::view_answer>> database::open_view() {
  WEFT_TRY(auto opened, link_->ask<protocol::view_answer>(protocol::open_view_request{}));
  const auto generation = link_->generation();
  const std::weak_ptr<link> through = link_;
  auto fetch = [through,
                generation](const protocol::read_request& what) -> result<protocol::datoms_answer> {
    if (const auto open = through.lock())
      return open->ask<protocol::datoms_answer>(what, generation);
    return fail(errc::unreachable, "the database that the view is of was closed");
  };
  auto at_end = [through, generation, number = opened.view] {
    if (const auto open = through.lock())
      open->close_view(generation, number);
  };
  auto now = protocol::open_remote_view(opened, std::move(fetch), std::move(at_end));
  return std::pair{std::move(now), std::move(opened)};
}

result<view> database::view() {
  WEFT_TRY(auto opened, open_view());
  return std::move(opened.first);
}

result<protocol::status_answer> database::status() {
  return link_->ask<protocol::status_answer>(protocol::status_request{});
}

request_id database::make_request_id() {
  return persistence::make_id(persistence::wall_clock_us(), persistence::random64(),
                              persistence::random64());
}

} // namespace weft::client
