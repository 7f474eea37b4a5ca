// What carries the bytes of a connection between two processes: actors on both sides know this and
// no sockets (fabric/ has those).
#pragma once

#include "weft/core/base/bytes.hpp"

#include <functional>
#include <string>

namespace weft::actors {

/// One end of one connection. Any thread may call its functions, and none of them blocks.
struct carrier {
  /// Bytes for the other end, in order.
  std::function<void(bytes)> write = {};
  /// Nothing more is written. Once.
  std::function<void()> hang_up = {};
  /// So many bytes of the other end are done with: more may come.
  std::function<void(std::size_t)> taken = {};
  /// Bytes that were written and not sent. While there are some, who carries tells when there are
  /// none any more.
  std::function<std::size_t()> unsent = {};
  /// Where the other end is, for logs: "127.0.0.1:52114", "unix".
  std::string peer = {};
};

} // namespace weft::actors
