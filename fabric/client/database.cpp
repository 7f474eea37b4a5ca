#include "weft/fabric/client/database.hpp"

#include "weft/core/protocol/remote_facts.hpp"
#include "weft/fabric/client/pause.hpp"
#include "weft/persistence/system.hpp"

#include <utility>

namespace weft::client {

using persistence::steady_clock_us;

/// A connection that is made again when it breaks, and what is to be sent again then.
class database::link {
 public:
  link(connection made, database_options how) : how_(std::move(how)), now_(std::move(made)) {}

  [[nodiscard]] const connection& now() const noexcept { return now_; }

  result<std::uint64_t> submit(tx_request request, std::optional<request_id> id) {
    protocol::transact_request what{std::make_shared<const tx_request>(std::move(request)),
                                    id ? *id : make_request_id()};
    WEFT_CHECK(reconnect_if_needed(patience()));
    WEFT_TRY(const auto number, now_.send(what));
    const auto ticket = next_ticket_++;
    under_way_.emplace(ticket, sent{std::move(what), number});
    return ticket;
  }

  result<protocol::transacted_answer> get(std::uint64_t ticket) {
    const auto at = under_way_.find(ticket);
    if (at == under_way_.end())
      return fail(errc::invalid_argument, "no transaction of this number is under way");
    const auto deadline = patience();
    pause between;
    for (;;) {
      const auto generation = generation_;
      auto answer = wait(at->second, deadline);
      if (answer) {
        under_way_.erase(at);
        return take<protocol::transacted_answer>(std::move(*answer));
      }
      auto why = std::move(answer).error();
      const bool broke = now_.ended() && is_lost(why);
      // A try before may have been executed: that this one was not says nothing.
      const bool ask_again = at->second.uncertain && info(why.code).retryable;
      if (!broke && !ask_again)
        return forget(at, std::move(why));
      if (!broke && !between.sleep(deadline))
        return forget(at, unknown(why));
      if (const auto there = reconnect_if_needed(deadline); !there)
        return forget(at, unknown(there.error()));
      if (generation_ == generation) // a new connection was sent it already
        if (const auto done = send_again(at->second); !done)
          return forget(at, unknown(done.error()));
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
      WEFT_CHECK(reconnect_if_needed(deadline));
      auto answer = now_.ask(what, left_us(deadline));
      if (answer)
        return take<Answer>(std::move(*answer));
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
    std::optional<std::uint64_t> number; ///< on the connection of now; none: it broke before
    bool uncertain = false;              ///< it was sent on a connection that broke
  };
  using sent_place = std::map<std::uint64_t, sent>::iterator;

  static error unknown(const error& why) {
    return {errc::outcome_unknown, "the node cannot be asked what became of it (" + why.detail +
                                       "); retry with the same id"};
  }
  result<answer_body> wait(const sent& one, instant deadline) {
    if (!one.number)
      return fail(errc::outcome_unknown, "the connection broke before it was sent again");
    return now_.wait(*one.number, left_us(deadline));
  }
  /// Nobody waits for it any more.
  tl::unexpected<error> forget(sent_place at, error why) {
    if (at->second.number)
      now_.forget(*at->second.number);
    under_way_.erase(at);
    return fail(std::move(why));
  }

  template <class Answer>
  static result<Answer> take(answer_body what) {
    if (auto* mine = std::get_if<Answer>(&what))
      return std::move(*mine);
    return fail(errc::malformed_frame, "the node answered something else than was asked");
  }
  static bool is_lost(const error& e) {
    return e.code == errc::outcome_unknown || e.code == errc::unreachable;
  }
  static std::int64_t left_us(instant deadline) {
    return std::max<std::int64_t>(0, deadline.get() - steady_clock_us().get());
  }
  [[nodiscard]] instant patience() const {
    return instant(steady_clock_us().get() + how_.patience_us);
  }

  /// What is under way is sent on the new connection; one that breaks meanwhile is made again.
  result<void> reconnect_if_needed(instant deadline) {
    now_.look();
    pause between;
    while (now_.ended()) {
      auto to = how_.to;
      to.database = now_.node().database; // another one would not be this one
      auto made = connection::open(to);
      if (made) {
        now_ = std::move(*made);
        ++generation_;
        send_all_again();
        if (!now_.ended())
          return {};
      } else if (!info(made.error().code).retryable) {
        return fail(made.error());
      }
      if (!between.sleep(deadline))
        return fail(made ? *now_.ended() : made.error());
    }
    return {};
  }

  void send_all_again() {
    for (auto& [ticket, one] : under_way_) {
      one.uncertain = true;
      one.number.reset();
      if (!now_.ended())
        static_cast<void>(send_again(one)); // that it broke is seen by who waits
    }
  }
  result<void> send_again(sent& one) {
    WEFT_TRY(one.number, now_.send(one.what));
    return {};
  }

  database_options how_;
  connection now_;
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
  WEFT_TRY(const auto ticket, link_->submit(request, id));
  return link_->get(ticket);
}

result<std::uint64_t> database::submit(tx_request request, std::optional<request_id> id) {
  return link_->submit(std::move(request), id);
}

result<protocol::transacted_answer> database::get(std::uint64_t ticket) {
  return link_->get(ticket);
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
