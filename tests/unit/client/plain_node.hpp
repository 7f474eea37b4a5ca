// A node without actors, for tests of sockets and clients: the edge, the machine of each
// connection, and an embedded database that answers on the thread of the edge.
#pragma once

#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include "weft/core/protocol/read_chunk.hpp"
#include "weft/core/protocol/server_session.hpp"
#include "weft/fabric/client/endpoint.hpp"
#include "weft/fabric/edge.hpp"
#include "weft/persistence/embedded/database.hpp"
#include "weft/persistence/system.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

namespace weft::test {

class plain_node {
 public:
  using connection_ptr = std::shared_ptr<fabric::byte_connection>;

  struct options {
    std::string cluster = "test";
    std::string socket_path = {};
    std::uint16_t port = 0;
    std::size_t connections_max = 8;
    std::size_t unsent_bytes_max = 1U << 20U;
    std::chrono::milliseconds stall{30'000};
  };

  plain_node(const std::string& folder, options how) : how_(std::move(how)) {
    auto opened = embedded::database::open(folder);
    REQUIRE(opened);
    db_.emplace(std::move(*opened));
    fabric::edge::options listening{.socket_path = how_.socket_path,
                                    .connections_max = how_.connections_max,
                                    .unsent_bytes_max = how_.unsent_bytes_max,
                                    .stall = how_.stall,
                                    .on_connection = [this](connection_ptr c) { serve(c); }};
    if (how_.socket_path.empty())
      listening.address = listen_address{"127.0.0.1", how_.port};
    auto made = fabric::edge::open(std::move(listening));
    INFO((made ? "" : made.error().to_string()));
    REQUIRE(made);
    edge_ = std::move(*made);
  }
  plain_node(const plain_node&) = delete;
  plain_node& operator=(const plain_node&) = delete;
  ~plain_node() {
    asleep = false;
    edge_.reset();
  }

  [[nodiscard]] client::endpoint at() const {
    if (!how_.socket_path.empty())
      return {client::socket_path{how_.socket_path}};
    return {*edge_->address()};
  }
  [[nodiscard]] fabric::edge& sockets() { return *edge_; }
  [[nodiscard]] embedded::database& facts() { return *db_; }
  /// From now on answers are kept back; those of a connection come late, before the first that is
  /// not.
  std::atomic<bool> mute = false;
  /// What was kept back stays so, whatever is answered.
  std::atomic<bool> withholding = false;
  /// So many transactions are refused with overloaded, then others are executed.
  std::atomic<int> refusing = 0;
  std::atomic<errc> refusal = errc::overloaded;
  /// It takes no bytes, once it has the next request.
  std::atomic<bool> asleep = false;
  std::atomic<std::size_t> executed = 0;
  std::atomic<std::size_t> answered = 0; ///< at once
  std::atomic<bool> strict = false;      ///< what it says of undeclared attributes

 private:
  struct served {
    connection_ptr bytes_to;
    protocol::server_session machine;
    std::map<std::uint32_t, view> views;
    std::uint32_t next_view = 1;
    std::vector<protocol::server_session::answered> late = {};
  };

  void serve(const connection_ptr& connection) {
    const auto status = db_->status();
    auto one = std::make_shared<served>(
        served{connection,
               protocol::server_session(
                   {.who = {.cluster = how_.cluster, .database = status.database_id, .node = "n1"}},
                   persistence::steady_clock_us().get()),
               {},
               1,
               {}});
    connection->begin(
        [this, one](bytes piece) {
          protocol::server_session::effects out;
          one->machine.step(
              protocol::server_session::received{piece, persistence::steady_clock_us().get()}, out);
          perform(*one, out);
          one->bytes_to->taken(piece.size());
        },
        [one](const error&) {});
  }

  void perform(served& by, protocol::server_session::effects& effects) {
    for (auto& e : effects)
      if (auto* w = std::get_if<protocol::server_session::write>(&e))
        by.bytes_to->write(std::move(w->packets));
      else if (auto* x = std::get_if<protocol::server_session::execute>(&e))
        execute(by, *x);
      else if (std::holds_alternative<protocol::server_session::ended>(e))
        by.bytes_to->hang_up();
  }

  void execute(served& by, const protocol::server_session::execute& order) {
    ++executed;
    auto answer = std::visit([&](const auto& what) { return answer_to(by, what); }, order.what);
    while (asleep)
      std::this_thread::yield();
    by.late.push_back({order.id, std::move(answer)});
    if (mute)
      return;
    protocol::server_session::effects out;
    const auto first = withholding ? std::prev(by.late.end()) : by.late.begin();
    std::for_each(first, by.late.end(), [&](auto& one) { by.machine.step(std::move(one), out); });
    by.late.erase(first, by.late.end());
    perform(by, out);
    ++answered;
  }

  protocol::answer_body answer_to(served&, const protocol::transact_request& what) {
    if (refusing > 0) {
      --refusing;
      return wire_error::because({refusal, "not now"});
    }
    const auto done = db_->transact(*what.what, what.id);
    if (!done)
      return wire_error::because(done.error());
    const auto payload = encode_record({.t = done->t,
                                        .when = done->when,
                                        .shard = shard_id(0),
                                        .next = done->next,
                                        .tempids = done->tempids,
                                        .datoms = done->datoms});
    REQUIRE(payload);
    return protocol::transacted_answer{done->t, done->when, done->tempids,
                                       std::make_shared<const bytes>(*payload)};
  }
  protocol::answer_body answer_to(served& by, const protocol::open_view_request&) {
    const auto now = *db_->view();
    by.views.emplace(by.next_view, now);
    protocol::view_answer out{.view = by.next_view++, .basis = now.basis(), .strict = strict};
    for (const auto* a : now.schema().attributes())
      if (schema::bootstrap()->find(a->id) == nullptr)
        out.schema.push_back(*a);
    return out;
  }
  static protocol::answer_body answer_to(served& by, const protocol::close_view_request& what) {
    by.views.erase(what.view);
    return protocol::view_closed_answer{};
  }
  static protocol::answer_body answer_to(served& by, const protocol::read_request& what) {
    return protocol::read_chunk(by.views.at(what.view), what);
  }
  protocol::answer_body answer_to(served&, const protocol::status_request&) {
    return protocol::status_answer{.t = db_->status().t,
                                   .when = {},
                                   .chain = {},
                                   .figures = {{"executed", static_cast<std::int64_t>(executed)}}};
  }

  options how_;
  std::optional<embedded::database> db_;
  std::unique_ptr<fabric::edge> edge_;
};

} // namespace weft::test
