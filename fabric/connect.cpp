#include "weft/fabric/connect.hpp"

#include "weft/actors/few_processors.hpp"
#include "weft/actors/gateway.hpp"
#include "weft/actors/remote_link.hpp"
#include "weft/core/base/version.hpp"
#include "weft/core/protocol/remote_facts.hpp"
#include "weft/fabric/dialer.hpp"
#include "weft/fabric/endpoints.hpp"
#include "weft/persistence/system.hpp"

#include <cstdlib>
#include <mutex>
#include <utility>

namespace weft::fabric {

namespace {

error closed_error(const std::string& name) {
  return {errc::closed, "database " + name + " is closed"};
}

/// An answer of the kind that was asked for.
template <class Answer>
result<Answer> expect(result<actors::node_answer> got) {
  if (!got)
    return fail(got.error());
  if (auto* answer = std::get_if<Answer>(&got->what))
    return std::move(*answer);
  if (const auto* why = std::get_if<wire_error>(&got->what))
    return fail(why->reason(errc::unreachable));
  return fail(errc::malformed_frame, "the node answered something else", {{"section", "answer"}});
}

/// How a link reaches nodes. What is small is handled in the thread that read it; so is everything,
/// where there is no processor for another thread. `by` is there for as long as it is asked to.
actors::dial_function dial_by(dialer& by, actors::actor_system& system) {
  using actors::remote_link_actor;
  const auto here = std::make_shared<actors::runner>(system);
  return [&by, here](const listen_address& at, std::chrono::milliseconds within,
                     std::uint64_t number, const remote_link_actor& who) {
    by.dial(at, within, [here, number, who](result<std::shared_ptr<byte_connection>> made) {
      const auto broken = [number, who](error why) {
        actors::send_from_outside(who, actors::carrier_down{number, std::move(why)});
      };
      if (!made)
        return broken(std::move(made.error()));
      here->send(who, actors::carrier_up{number, carrier_of(*made)});
      here->run();
      (*made)->begin(
          [here, number, who](bytes piece) {
            if (piece.size() > actors::small_piece_bytes && !actors::has_few_processors())
              return actors::send_from_outside(who, actors::carried{number, std::move(piece)});
            here->send(who, actors::carried{number, std::move(piece)});
            here->run();
          },
          broken);
    });
  };
}

} // namespace

/// The connection, while it is wanted.
class remote_database::link {
 public:
  link(actors::actor_system& system, std::string name, std::unique_ptr<dialer> by,
       actors::remote_link_options how)
      : system_(&system), name_(std::move(name)), credit_(how.credit), dialer_(std::move(by)) {
    how.dial = dial_by(*dialer_, system);
    actor_ = actors::spawn(system, actors::remote_link, std::move(how));
  }
  link(const link&) = delete;
  link& operator=(const link&) = delete;
  ~link() { close(); }

  template <class Reply, class Message>
  result<Reply> ask(const Message& what) const {
    const auto to = get();
    if (!to)
      return fail(closed_error(name_));
    return actors::ask_and_wait<Reply>(*system_, actors::untyped(to), what);
  }
  template <class Message>
  void tell(const Message& what) const {
    if (const auto to = get())
      actors::send_from_outside(to, what);
  }

  /// Whoever comes second waits for the first.
  void close() {
    const std::lock_guard closing(closing_mutex_);
    const auto ending = get();
    if (!ending)
      return;
    actors::end_and_wait(*system_, actors::untyped(ending));
    dialer_.reset(); // when nobody dials any more
    const std::lock_guard lock(mutex_);
    actor_ = nullptr;
  }

  actors::remote_link_actor get() const {
    const std::lock_guard lock(mutex_);
    return actor_;
  }
  actors::actor_system& system() const noexcept { return *system_; }
  const std::string& name() const noexcept { return name_; }
  const std::shared_ptr<actors::byte_credit>& credit() const noexcept { return credit_; }

 private:
  actors::actor_system* system_;
  std::string name_;
  std::shared_ptr<actors::byte_credit> credit_;
  std::unique_ptr<dialer> dialer_;
  std::mutex closing_mutex_;
  mutable std::mutex mutex_; // guards actor_
  actors::remote_link_actor actor_;
};

remote_database::remote_database(std::unique_ptr<link> made) : link_(std::move(made)) {}
remote_database::remote_database(remote_database&&) noexcept = default;
remote_database& remote_database::operator=(remote_database&&) noexcept = default;
remote_database::~remote_database() = default;

result<remote_database> reach(actors::actor_system& system, std::string name, connect_options how) {
  if (name.empty())
    return fail(errc::invalid_argument, "a database has a name");
  if (how.request_bytes > limits::connection_request_bytes_max)
    return fail(errc::invalid_argument, "request_bytes: a node takes at most " +
                                            std::to_string(limits::connection_request_bytes_max) +
                                            " of one connection");
  WEFT_TRY(auto endpoints, resolve_endpoints(name, {.given = std::move(how.endpoints),
                                                    .config_file = std::move(how.config_file),
                                                    .environment = std::getenv("WEFT_ENDPOINTS")}));
  actors::remote_link_options options{.endpoints = std::move(endpoints),
                                      .who = {.cluster = name,
                                              .database = how.database,
                                              .principal = std::move(how.principal),
                                              .program = "weft " + std::string(version())},
                                      .connect_within = how.connect_within,
                                      .answer_within = how.answer_within,
                                      .credit =
                                          std::make_shared<actors::byte_credit>(how.request_bytes),
                                      .clock = persistence::wall_clock_us,
                                      .steady = persistence::steady_clock_us,
                                      .random = persistence::random64};
  WEFT_TRY(auto by, dialer::start());
  auto made = std::make_unique<remote_database::link>(system, std::move(name), std::move(by),
                                                      std::move(options));
  WEFT_TRY([[maybe_unused]] const auto up, made->ask<actors::started>(actors::start_up{}));
  return remote_database(std::move(made));
}

const std::string& remote_database::name() const noexcept {
  return link_->name();
}

void remote_database::submit(tx_request request, std::optional<request_id> id,
                             std::function<void(result<transacted>)> told) {
  const auto to = link_->get();
  if (!to)
    return told(fail(closed_error(name())));
  if (auto order =
          actors::admit(link_->credit(), std::make_shared<const tx_request>(std::move(request)), id,
                        std::move(told)))
    actors::send_from_outside(to, std::move(*order));
}

result<weft::view> remote_database::view() const {
  auto got = link_->ask<actors::node_answer>(actors::ask_node{protocol::open_view_request{}});
  const auto connection = got ? got->connection : 0;
  WEFT_TRY(const auto opened, expect<protocol::view_answer>(std::move(got)));
  const auto number = opened.view;
  const auto to = link_->get();
  if (!to)
    return fail(closed_error(name()));
  auto fetch = [system = &link_->system(), to, connection](const protocol::read_request& what) {
    return expect<protocol::datoms_answer>(actors::ask_and_wait<actors::node_answer>(
        *system, actors::untyped(to), actors::ask_node{what, connection}));
  };
  auto close = [to, connection, number] {
    actors::send_from_outside(to,
                              actors::ask_node{protocol::close_view_request{number}, connection});
  };
  return weft::view(
      std::make_shared<const protocol::remote_facts>(number, std::move(fetch), std::move(close)),
      protocol::schema_of(opened), opened.basis);
}

result<subscribed> remote_database::subscribe_wal(const actors::actor& who, subscribe_options how) {
  return link_->ask<subscribed>(actors::subscribe{who, std::move(how)});
}

void remote_database::unsubscribe(const subscribed& what) {
  link_->tell(actors::unsubscribe{what.session});
}

void remote_database::acknowledge(const subscribed& what, const wal_batch& done) {
  link_->tell(actors::acknowledge{what.session, done.t(), short_hash(done.chain())});
}

actors::gateway_actor remote_database::gateway() const {
  return link_->get();
}

result<actors::tree> remote_database::tree() const {
  return link_->ask<actors::tree>(actors::ask_tree{});
}

void remote_database::close() {
  link_->close();
}

} // namespace weft::fabric
