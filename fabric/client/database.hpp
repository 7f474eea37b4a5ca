// The database of a node, for programs without actors: transactions and views over a socket.
//
//   WEFT_TRY(auto db, database::open({.endpoints = {*parse_endpoint("127.0.0.1:7400")}}));
//   WEFT_TRY(const auto done, db.transact(*parse_edn_transaction(R"([{:user/name "Ada"}])")));
//   WEFT_TRY(const auto now, db.view());
//   WEFT_TRY(auto facts, now.datoms(weft::index_order::eavt, {.entity = ada}));
//
// Guarantees: those of docs/guarantees.md. When the connection breaks, it is made again, with a
// pause that doubles and has jitter; transactions that are under way are sent again with the
// request id that each has, in the order they were submitted, and are executed once. One that was
// executed by the first try stays before those that were not: who must not be overtaken says so
// (cas). Who takes outcomes in the order of submitting is told of no error that comes of one
// before, which was to be sent again. Views end with the connection that they were opened on
// (unreachable); open another one. Blocking, confined to one thread, as are the views that are read
// through it. Views may outlive it, and are then unreachable.
#pragma once

#include "weft/core/db/view.hpp"
#include "weft/fabric/client/connection.hpp"

#include <memory>

namespace weft::client {

struct database_options {
  connect_options to;
  /// How long a transaction or read goes on trying, reconnecting included. Transactions that are
  /// under way together share it: it begins when somebody waits for one of them, and again with
  /// each outcome.
  std::int64_t patience_us = connection::patience_us;
  /// A transaction that the node refuses for the moment (closed, no_leader, overloaded: it ends,
  /// begins or has too much to do) is sent again, too, and what was submitted behind it; else its
  /// caller is told at once.
  bool retries_refusals = false;
};

class database {
 public:
  /// Connects. @errors as connection::open
  [[nodiscard]] static result<database> open(database_options how);
  database(database&&) noexcept;
  database& operator=(database&&) noexcept;
  ~database();

  /// Of the node that was connected to last.
  [[nodiscard]] const protocol::welcome_message& node() const noexcept;
  [[nodiscard]] const endpoint& at() const noexcept;
  /// Why there is no connection at the moment; nothing: there is one, as far as is known.
  [[nodiscard]] const std::optional<error>& broken() const noexcept;

  /// Executes a transaction and waits until it is on the disk of the node. Without an id it is
  /// given one. @errors all of the transactions and requests blocks of errc.def; outcome_unknown
  /// when the node could not be asked again in time (retry with the same id); input_too_large
  [[nodiscard]] result<protocol::transacted_answer> transact(const tx_request& request,
                                                             std::optional<request_id> id = {});
  /// Sends a transaction, or keeps it until there is a connection again; what get() takes. Never
  /// waits, but for the name of a host to be looked up when a connection is begun. Cost: its bytes.
  /// @errors input_too_large, nesting_too_deep; of a node that is another one; overloaded (take
  /// outcomes, and try again) when limits::connection_requests_max transactions, or
  /// limits::connection_request_bytes_max bytes of them (one may exceed it), have no outcome that
  /// was taken
  [[nodiscard]] result<std::uint64_t> submit(tx_request request, std::optional<request_id> id = {});
  /// The same; `request` is not null.
  [[nodiscard]] result<std::uint64_t> submit(std::shared_ptr<const tx_request> request,
                                             std::optional<request_id> id = {});
  /// Waits for the outcome of one that was submitted; once. @errors as transact; invalid_argument;
  /// interrupted when while_waiting says so, outcome_unknown when it may have been executed then
  [[nodiscard]] result<protocol::transacted_answer> get(std::uint64_t ticket);
  /// The same; nothing: at `until` of the steady clock it is not known. Asks no while_waiting.
  /// @errors as get
  [[nodiscard]] std::optional<result<protocol::transacted_answer>> take(std::uint64_t ticket,
                                                                        instant until);

  /// The database now. Its facts are read when they are asked for. Cost: a round trip.
  /// @errors unreachable, overloaded (too many views are open), interrupted
  [[nodiscard]] result<weft::view> view();
  /// The same, with a patience of its own.
  [[nodiscard]] result<weft::view> view_within(std::int64_t patience_us);
  /// The same, with what a dry run needs beside it. @errors as view
  [[nodiscard]] result<std::pair<weft::view, protocol::view_answer>> open_view();
  /// Figures of the node. @errors unreachable, interrupted
  [[nodiscard]] result<protocol::status_answer> status();
  /// A new id: a UUID of version 7.
  [[nodiscard]] static request_id make_request_id();

 private:
  class link;
  explicit database(std::shared_ptr<link> made);
  [[nodiscard]] weft::view view_of(const protocol::view_answer& opened) const;
  std::shared_ptr<link> link_;
};

} // namespace weft::client
