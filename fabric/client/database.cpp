#include "weft/fabric/client/database.hpp"

#include "weft/core/protocol/remote_facts.hpp"
#include "weft/fabric/client/pause.hpp"
#include "weft/persistence/system.hpp"

#include <algorithm>
#include <utility>

namespace weft::client {

using persistence::steady_clock_us;

/// A connection that is made again when it breaks, and what is to be sent again then.
//
// Transactions are in the order they were submitted, and are sent in that order: what is behind one
// that is to be sent again is answered first, and if it was refused, that may be because of the one
// before; so it is sent again, too. Those of one try are executed in the order they were sent.
class database::link {
 public:
  link(connection made, database_options how) : how_(std::move(how)), now_(std::move(made)) {}

  [[nodiscard]] const connection& now() const noexcept { return now_; }
  [[nodiscard]] const connect_options& options() const noexcept { return how_.to; }

  result<std::uint64_t> submit(std::shared_ptr<const tx_request> request,
                               std::optional<request_id> id) {
    if (under_way_.size() >= limits::connection_requests_max)
      return fail(errc::overloaded, "too many transactions have no outcome yet");
    if (!under_way_.empty() && bytes_ >= limits::connection_request_bytes_max)
      return fail(errc::overloaded, "too many bytes of transactions have no outcome yet");
    sent one{.what = {std::move(request), id ? *id : make_request_id()}};
    WEFT_TRY(const bool there, is_connected(steady_clock_us()));
    if (there && !unsent_)
      if (auto done = send(one); !done && !now_.ended())
        return fail(std::move(done).error());
    if (one.number) {
      one.bytes = now_.bytes_of(*one.number);
    } else {
      WEFT_TRY(const auto wire, protocol::client_session::encoded(0, one.what));
      one.bytes = wire.size();
      unsent_ = unsent_.value_or(next_ticket_);
    }
    bytes_ += one.bytes;
    under_way_.emplace(next_ticket_, std::move(one));
    return next_ticket_++;
  }

  using outcome = result<protocol::transacted_answer>;
  std::optional<outcome> take(std::uint64_t ticket, instant until) {
    const auto at = under_way_.find(ticket);
    if (at == under_way_.end())
      return outcome(fail(errc::invalid_argument, "no transaction of this number is under way"));
    auto& one = at->second;
    begin_patience(one);
    for (;;) {
      const auto here = std::min(until, deadline_of(one));
      if (one.number)
        if (auto known = now_.take(*one.number, here))
          hear(at, std::move(*known));
      if (one.known)
        return finish(at);
      if (one.number)
        return at_deadline(at);
      const auto all = send_all(here);
      if (!all)
        return finish(at, given_up(one, all.error()));
      if (!*all && !one.number && !one.known)
        return at_deadline(at);
    }
  }
  /// Nobody waits for it any more.
  outcome give_up(std::uint64_t ticket, const error& why) {
    const auto at = under_way_.find(ticket);
    return finish(at, given_up(at->second, why));
  }

  /// Reads are asked once more when the connection breaks. `generation`: of this connection only.
  template <class Answer>
  result<Answer> ask(const request_body& what, std::optional<std::uint64_t> generation = {}) {
    return ask_until<Answer>(what, patience_from(steady_clock_us()), generation);
  }
  template <class Answer>
  result<Answer> ask_until(const request_body& what, instant deadline,
                           std::optional<std::uint64_t> generation = {}) {
    for (;;) {
      if (generation && (*generation != generation_ || now_.ended()))
        return fail(view_is_gone());
      WEFT_CHECK(connect(deadline));
      if (generation && *generation != generation_)
        return fail(view_is_gone());
      auto answer = ask_once(what, deadline);
      if (answer) {
        between_.reset();
        return expect<Answer>(std::move(*answer));
      }
      if (answer.error().code == errc::interrupted || !now_.ended() ||
          steady_clock_us() >= deadline)
        return fail(answer.error());
    }
  }

  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }

  /// Nobody reads it any more.
  void close_view(std::uint64_t generation, std::uint32_t view) {
    if (generation != generation_ || now_.ended())
      return;
    if (const auto id = now_.send(protocol::close_view_request{view}, 0))
      now_.forget(*id);
  }

 private:
  struct sent {
    protocol::transact_request what;
    std::size_t bytes = 0;
    std::optional<std::uint64_t> number = {}; ///< on the connection of now; none: to be sent
    bool uncertain = false;                   ///< an earlier try may have been executed
    std::optional<instant> asked = {};        ///< when somebody first waited for it
    std::optional<error> last = {};           ///< why it has no outcome yet
    std::optional<outcome> known = {};
  };
  using sent_place = std::map<std::uint64_t, sent>::iterator;

  template <class Answer>
  static result<Answer> expect(answer_body what) {
    if (auto* mine = std::get_if<Answer>(&what))
      return std::move(*mine);
    return fail(errc::malformed_frame, "the node answered something else than was asked");
  }
  static error view_is_gone() {
    return {errc::unreachable, "the connection that held the view broke; open another view"};
  }
  static std::int64_t left_us(instant deadline) {
    return std::max<std::int64_t>(0, deadline.get() - steady_clock_us().get());
  }

  // -- time ---

  [[nodiscard]] instant patience_from(instant begin) const {
    return instant(begin.get() + how_.patience_us);
  }
  /// One patience for all that are under way: it is the node that is waited for.
  void begin_patience(const sent& one) {
    if (!one.asked)
      share_patience(steady_clock_us());
  }
  /// For those that have none.
  void share_patience(instant begun) {
    for (auto at = under_way_.lower_bound(asked_below_); at != under_way_.end(); ++at)
      at->second.asked = begun;
    asked_below_ = next_ticket_;
  }
  /// An outcome of another one says that the node is there, too.
  [[nodiscard]] instant deadline_of(const sent& one) const {
    return patience_from(std::max(*one.asked, heard_));
  }
  static instant soon(instant deadline) {
    return std::min(deadline, instant(steady_clock_us().get() + connect_options::look_us));
  }

  // -- outcomes ---

  /// What is left to say of a transaction that the node cannot be asked about any more.
  static error given_up(const sent& one, const error& why) {
    if (!one.number && !one.uncertain)
      return why;
    return {errc::outcome_unknown, "the node cannot be asked what became of it (" + why.detail +
                                       "); retry with the same id"};
  }
  /// Nothing is known: not yet, or not any more.
  std::optional<outcome> at_deadline(sent_place at) {
    const auto& one = at->second;
    if (steady_clock_us() < deadline_of(one))
      return std::nullopt;
    share_patience(*one.asked); // it was the node that was waited for
    if (one.number)
      return finish(at, {errc::outcome_unknown, "the node did not answer in time"});
    if (now_.ended())
      return finish(at, given_up(one, no_connection()));
    const bool is_behind =
        unsent_ && *unsent_ < at->first; // what was said of it counts for nothing
    const auto why = is_behind ? refused_ : one.last;
    return finish(at, given_up(one, why.value_or(error{errc::overloaded, "it waits to be sent"})));
  }
  outcome finish(sent_place at, error why) {
    at->second.known = fail(std::move(why));
    return finish(at);
  }
  /// Nobody waits for it any more.
  outcome finish(sent_place at) {
    auto out = std::move(*at->second.known);
    if (at->second.number)
      now_.forget(*at->second.number);
    bytes_ -= at->second.bytes;
    under_way_.erase(at);
    return out;
  }
  /// Whether a try without an outcome is followed by another one.
  [[nodiscard]] bool is_tried_again(sent& one, const error& why) const {
    if (why.code == errc::outcome_unknown || (now_.ended() && why.code == errc::unreachable)) {
      one.uncertain = true;
      return true;
    }
    if (one.uncertain) // that this try was not executed says nothing of the one before
      return info(why.code).retryable;
    return how_.retries_refusals && (why.code == errc::closed || why.code == errc::no_leader ||
                                     why.code == errc::overloaded);
  }
  /// What the node says of the last try: the outcome, or it is to be sent again.
  void hear(sent_place at, result<answer_body> answer) {
    auto& one = at->second;
    one.number.reset();
    if (answer) {
      if (!unsent_) {
        between_.reset();
        refused_.reset();
      }
      heard_ = steady_clock_us();
      one.known = expect<protocol::transacted_answer>(std::move(*answer));
      return;
    }
    const bool is_behind = unsent_ && *unsent_ < at->first;
    one.last = answer.error();
    if (is_tried_again(one, *one.last)) {
      if (!is_behind)
        send_again_from(at->first);
    } else if (!is_behind) {
      heard_ = steady_clock_us();
      one.known = fail(std::move(answer).error());
    }
  }

  // -- sending ---

  void send_again_from(std::uint64_t ticket) {
    unsent_ = ticket;
    refused_ = under_way_.at(ticket).last;
    if (!now_.ended())
      again_ = between_.next();
  }
  result<void> send(sent& one) {
    WEFT_TRY(one.number, now_.send(one.what, 0)); // who waits for the outcome moves the bytes
    return {};
  }
  /// What is to be sent is sent, in order, as soon as that may be; false: at `until` it is not.
  /// @errors of connecting, that pass by no retry
  result<bool> send_all(instant until) {
    for (;;) {
      WEFT_TRY(const bool there, is_connected(until));
      if (!there || !unsent_)
        return there;
      if (has_heard_behind(until) && pause::sleep(again_, until) && send_unsent())
        return true;
      if (!now_.ended() && steady_clock_us() >= until)
        return false;
    }
  }
  /// Whether everything behind the first that is to be sent again is answered.
  bool has_heard_behind(instant until) {
    for (auto at = under_way_.lower_bound(*unsent_); at != under_way_.end(); ++at) {
      if (!at->second.number)
        continue;
      auto known = now_.take(*at->second.number, until);
      if (!known)
        return false;
      hear(at, std::move(*known));
    }
    return !now_.ended();
  }
  /// False: the connection has too much under way, or broke.
  bool send_unsent() {
    for (auto at = under_way_.lower_bound(*unsent_); at != under_way_.end(); ++at) {
      auto& one = at->second;
      if (one.known || one.number)
        continue;
      if (auto done = send(one); !done) {
        if (!now_.ended() && !info(done.error().code).retryable) {
          one.known = fail(std::move(done).error());
          continue; // those behind it go
        }
        one.last = std::move(done).error();
        unsent_ = at->first;
        again_ = between_.next();
        return false;
      }
    }
    unsent_.reset();
    return true;
  }

  // -- the connection ---

  [[nodiscard]] error no_connection() const {
    return why_.value_or(error{errc::unreachable, now_.ended()->detail});
  }
  [[nodiscard]] const error* broken() const { return now_.ended() ? &*now_.ended() : nullptr; }
  result<void> connect(instant deadline) {
    for (bool has_waited = false;; has_waited = true) {
      WEFT_TRY(const bool there, is_connected(soon(deadline)));
      if (there)
        return has_waited ? how_.to.go_on(nullptr) : result<void>();
      if (steady_clock_us() >= deadline)
        return fail(no_connection());
      WEFT_CHECK(how_.to.go_on(broken()));
    }
  }
  result<answer_body> ask_once(const request_body& what, instant deadline) {
    WEFT_TRY(const auto id, now_.send(what, 0));
    for (;;) {
      if (auto answer = now_.take(id, soon(deadline)))
        return std::move(*answer);
      const auto waits = how_.to.go_on(broken());
      if (waits && steady_clock_us() < deadline)
        continue;
      now_.forget(id);
      return waits ? fail(errc::unreachable, "the node did not answer in time")
                   : fail(waits.error());
    }
  }
  /// False at `until`. What is under way is to be sent on a new connection. @errors that pass by no
  /// retry
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
        begin_on(std::move(**known));
        continue;
      }
      why_ = known->error();
      if (!info(why_->code).retryable)
        return fail(*why_);
    }
    return true;
  }
  /// A new connection: nothing was sent on it.
  void begin_on(connection made) {
    now_ = std::move(made);
    ++generation_;
    why_.reset();
    for (auto& [ticket, one] : under_way_) {
      one.uncertain = one.uncertain || one.number.has_value();
      one.number.reset();
    }
    unsent_ = 0;
    again_ = {};
    static_cast<void>(send_unsent()); // that it broke is seen by who waits
  }

  database_options how_;
  connection now_;
  std::optional<connecting> coming_;
  instant due_ = {};   ///< not to be connected to again before
  instant again_ = {}; ///< nothing is to be sent again before
  pause between_;
  std::optional<error> why_;     ///< the last attempt to connect failed
  std::optional<error> refused_; ///< why something is to be sent again
  std::uint64_t generation_ = 1;
  std::uint64_t next_ticket_ = 1;
  std::uint64_t asked_below_ = 1;           ///< somebody waits for those before
  instant heard_ = {};                      ///< the last outcome
  std::size_t bytes_ = 0;                   ///< of what is under way
  std::optional<std::uint64_t> unsent_;     ///< the first that is to be sent (again)
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
  for (;;) {
    const auto now = steady_clock_us().get();
    if (auto known = link_->take(ticket, instant(now + connect_options::look_us)))
      return std::move(*known);
    if (const auto go_on = link_->options().go_on(broken() ? &*broken() : nullptr); !go_on)
      return link_->give_up(ticket, go_on.error());
  }
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
  return std::pair{view_of(opened), std::move(opened)};
}

result<view> database::view_within(std::int64_t patience_us) {
  const instant deadline(steady_clock_us().get() + patience_us);
  WEFT_TRY(const auto opened,
           link_->ask_until<protocol::view_answer>(protocol::open_view_request{}, deadline));
  return view_of(opened);
}

view database::view_of(const protocol::view_answer& opened) const {
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
  return protocol::open_remote_view(opened, std::move(fetch), std::move(at_end));
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
