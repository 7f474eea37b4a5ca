// The log of a node as it grows: also when the node goes and comes back, which is said.
#pragma once

#include "weft/console/cli/database/open_database.hpp"
#include "weft/fabric/client/database.hpp"

namespace weft::console {

class connection_talk;
class session;

/// "connected to 127.0.0.1:7400: node n1 of cluster single, database ...".
[[nodiscard]] std::string connected_text(const client::endpoint& at,
                                         const protocol::welcome_message& by);

/// Asks how far the log is. `how.patience_us`: with what is committed and does not come, because
/// the node is away. `in` and `talk` outlive the log. @errors as client::database::open,
/// interrupted
[[nodiscard]] result<std::unique_ptr<transaction_log>>
open_node_log(client::database_options how, session& in, connection_talk& talk);

} // namespace weft::console
