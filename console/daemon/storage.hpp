// What a node of a configuration opens.
#pragma once

#include "weft/core/cluster/config.hpp"
#include "weft/fabric/database.hpp"

namespace weft::console {

/// The database of `self`, as `config` says. Who else the node listens to (clients, peers) is a
/// member of local_storage as well: it is the node that starts and stops them.
[[nodiscard]] local_storage storage_of(const cluster_config& config, const node_config& self);

/// limits.memory, as the credit of requests.
[[nodiscard]] std::size_t request_bytes(const cluster_config& config);

/// What connections get of limits.shutdown_timeout to have their answers; the rest, at most two
/// seconds, is for the log.
[[nodiscard]] std::chrono::milliseconds drain_time_of(const cluster_config& config);

/// Makes the folders above `folder` that are missing, durably. Cost: two system calls for each and
/// a sync. @errors access_denied, disk_full, io_error
[[nodiscard]] result<void> make_parents(const std::string& folder);

} // namespace weft::console
