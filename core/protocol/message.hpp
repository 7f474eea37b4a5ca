// What a client and a node say to each other, as values and as bytes: the handshake, requests and
// their answers, frames of streams.
//
//   bytes wire = encode(message(hello_message{...}));
//   WEFT_TRY(const message got, decode(std::make_shared<const bytes>(std::move(wire))));
//
// A client says hello first; a node answers with welcome, or goodbye with a reason. Then the client
// asks, each request with a number of its own, and gets one answer for each, in any order. Either
// side may send frames of streams (core/stream/frame.hpp) and ask whether the other is there.
// The same messages go through TCP and Unix sockets.
//
// Decoding trusts nothing. Functions of values: safe from any thread.
// @source docs/formats/protocol.md
#pragma once

#include "weft/core/base/database_id.hpp"
#include "weft/core/base/wire_error.hpp"
#include "weft/core/datom/record.hpp"
#include "weft/core/datom/schema.hpp"
#include "weft/core/db/scan.hpp"
#include "weft/core/stream/stream_record.hpp"
#include "weft/core/tx/request.hpp"

#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace weft::protocol {

/// Versions of the protocol that this program speaks.
inline constexpr std::uint16_t version_min = 1;
inline constexpr std::uint16_t version_max = 1;
/// What the nodes of a cluster agree to use; raised when all of them can.
inline constexpr std::uint32_t feature_level = 1;

// -- the handshake ---

/// The first thing a client says.
struct hello_message {
  std::uint16_t version_min = protocol::version_min;
  std::uint16_t version_max = protocol::version_max;
  std::uint32_t feature_level = protocol::feature_level;
  std::string cluster = {};   ///< that it wants; "": whichever this is
  database_id database = {};  ///< likewise; zero: whichever
  std::string principal = {}; ///< who asks, for logs; nobody checks it yet
  std::string program = {};   ///< "weft 0.1.0", for logs
  bool operator==(const hello_message&) const = default;
};
/// The node's answer.
struct welcome_message {
  std::uint16_t version = protocol::version_max; ///< that both speak from now on
  std::uint32_t feature_level = protocol::feature_level;
  std::string cluster = {};
  database_id database = {};
  std::uint64_t lineage = 1; ///< of the database's history (core/stream/cursor.hpp)
  std::string node = {};     ///< its id
  std::uint16_t shards = 1;
  bool operator==(const welcome_message&) const = default;
};
/// The last thing either side says: why it ends the connection; nothing when it just leaves.
struct goodbye_message {
  std::optional<wire_error> why;
  bool operator==(const goodbye_message&) const = default;
};

// -- requests ---

/// Executes a transaction. The same id means the same request, however often it is sent.
struct transact_request {
  std::shared_ptr<const tx_request> what; ///< not null
  std::optional<request_id> id = {};
};
/// Opens a view of the database now, for reads of this connection. At most
/// limits::connection_views_max are open at a time; a view ends with close_view or the connection.
struct open_view_request {
  bool operator==(const open_view_request&) const = default;
};
struct close_view_request {
  std::uint32_t view = 0;
  bool operator==(const close_view_request&) const = default;
};
/// Datoms of a view, in the order of an index. A bound owns its value.
struct read_request {
  struct bound {
    std::optional<entity_id> entity = {};
    std::optional<attribute_id> attribute = {};
    std::optional<weft::value> value = {};
    bool inclusive = true;
    bool operator==(const bound&) const = default;
  };
  std::uint32_t view = 0;
  index_order order = index_order::eavt;
  std::optional<bound> lower = {};
  std::optional<bound> upper = {};
  bool reverse = false;
  time_window window = {};
  std::uint64_t skip = 0; ///< so many datoms at the beginning: to go on where an answer ended
  std::size_t bytes = limits::read_chunk_bytes_max; ///< about so many, at most

  [[nodiscard]] static std::optional<bound> owning(const std::optional<scan_bound>& b);
  /// Points into this request.
  [[nodiscard]] scan_spec spec() const;
  bool operator==(const read_request&) const = default;
};
/// How the node is.
struct status_request {
  bool operator==(const status_request&) const = default;
};

using request_body = std::variant<transact_request, open_view_request, close_view_request,
                                  read_request, status_request>;
struct request_message {
  std::uint64_t id = 0; ///< of the client's choice; not one that is under way
  request_body what;
};

// -- answers ---

/// A transaction was committed, by this try or an earlier one.
struct transacted_answer {
  tx_number t;
  instant when;
  std::vector<resolved_tempid> tempids = {}; ///< in order of their names
  std::shared_ptr<const bytes> payload = {}; ///< the record as it is in the log; not null
};
/// A view is open.
struct view_answer {
  std::uint32_t view = 0;
  tx_number basis = {};
  instant when = {};                  ///< of its newest transaction; 0 when there is none
  hash128 chain = {};                 ///< h_t
  allocators next = {};               ///< what a dry run needs
  bool strict = false;                ///< likewise: undeclared attributes are refused
  std::vector<attribute> schema = {}; ///< beyond the built-in ones, ascending by id
};
struct view_closed_answer {
  bool operator==(const view_closed_answer&) const = default;
};
/// What a read found, in its order. Values point into `wire`.
struct datoms_answer {
  std::vector<datom_view> datoms = {};
  bool complete = false; ///< there is nothing behind them
  std::shared_ptr<const bytes> wire = {};
};
/// Figures of a node, as `weft status` and `weft stat` print them.
struct status_answer {
  struct figure {
    std::string name; ///< lower case, "log_bytes"
    std::int64_t value = 0;
    bool operator==(const figure&) const = default;
  };
  tx_number t;
  instant when;
  hash128 chain;
  bool writable = false;
  std::string reason = {};          ///< why not writable, or ""
  std::vector<figure> figures = {}; ///< others may come with later versions
  bool operator==(const status_answer&) const = default;
};

using answer_body = std::variant<wire_error, transacted_answer, view_answer, view_closed_answer,
                                 datoms_answer, status_answer>;
struct answer_message {
  std::uint64_t id = 0;
  answer_body what;
};

// -- both ways ---

/// A frame of a stream as bytes, encoded once for however many.
struct stream_message {
  shared_bytes frame;
};
/// Is somebody there? Answered with the same number.
struct ping_message {
  std::uint64_t token = 0;
  bool operator==(const ping_message&) const = default;
};
struct pong_message {
  std::uint64_t token = 0;
  bool operator==(const pong_message&) const = default;
};

using message = std::variant<hello_message, welcome_message, goodbye_message, request_message,
                             answer_message, stream_message, ping_message, pong_message>;

/// The bytes of a message. Cost: O(size). @pre texts within their limits, what decode() would take
[[nodiscard]] bytes encode(const message& m);
/// A message that shares `wire`, which may not be null: frames, records and datoms point into it.
/// @errors malformed_frame{section}; nesting_too_deep of a transaction. Cost: O(size).
[[nodiscard]] result<message> decode(std::shared_ptr<const bytes> wire);

/// Whether the bytes of a message are a frame of a stream; what begins behind the first byte.
/// Cost: O(1).
[[nodiscard]] bool is_stream(bytes_view wire) noexcept;
/// That first byte: a stream_message is this and the bytes of its frame.
[[nodiscard]] bytes_view stream_prefix() noexcept;

/// Writes a datom into an answer; what it takes. Cost: O(size).
std::size_t put_datom(byte_writer& out, const datom_view& d);

} // namespace weft::protocol
