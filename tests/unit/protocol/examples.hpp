// The messages of docs/formats/protocol.md, and one of every other form.
#pragma once

#include "weft/core/protocol/message.hpp"

#include <map>

namespace weft::test {

/// By the names of the examples in the document.
std::map<std::string, protocol::message> documented_messages();
/// Requests and answers with everything that may be in them.
std::map<std::string, protocol::message> other_messages();
/// A transaction with every kind of operation and operand.
tx_request rich_request();

} // namespace weft::test
