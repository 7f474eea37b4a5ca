// The log of a node as it grows: also when the node goes and comes back, which is said.
#pragma once

#include "weft/console/cli/database/open_database.hpp"
#include "weft/fabric/client/connection.hpp"

namespace weft::console {

class session;

/// "connected to 127.0.0.1:7400: node n1 of cluster single, database ...".
[[nodiscard]] std::string connected_text(const client::endpoint& at,
                                         const protocol::welcome_message& by);

/// Asks how far the log is. `patience_us`: with what is committed and does not come, because the
/// node is away. @errors as client::connection::open
[[nodiscard]] result<std::unique_ptr<transaction_log>>
open_node_log(client::connect_options to, std::int64_t patience_us, session& in);

} // namespace weft::console
