#include "weft/console/daemon/storage.hpp"

#include "weft/persistence/disk/posix_disk.hpp"

#include <algorithm>

namespace weft::console {

namespace {

result<void> make_folder(persistence::disk& on, const std::string& folder) {
  WEFT_TRY(const bool there, on.exists(folder));
  const auto above = persistence::parent_of(folder);
  if (there || above == folder)
    return {};
  WEFT_CHECK(make_folder(on, above));
  WEFT_CHECK(on.make_folder(folder));
  return on.sync_folder(above);
}

fabric::client_serving clients_of(const cluster_config& config, const node_config& self) {
  return {.address = self.client_address,
          .socket_path = self.client_socket,
          .connections_max = static_cast<std::size_t>(config.client_connections),
          .request_bytes_max = static_cast<std::size_t>(config.client_window_bytes),
          .handshake_us = config.handshake_timeout_us,
          .silence_us = config.idle_timeout_us};
}

} // namespace

std::size_t request_bytes(const cluster_config& config) {
  return static_cast<std::size_t>(config.memory_bytes);
}

std::chrono::milliseconds drain_time_of(const cluster_config& config) {
  constexpr std::chrono::microseconds rest_max{2'000'000};
  const std::chrono::microseconds all{config.shutdown_timeout_us};
  return std::chrono::floor<std::chrono::milliseconds>(all - std::min(all / 4, rest_max));
}

local_storage storage_of(const cluster_config& config, const node_config& self) {
  local_storage out;
  out.folder = self.data_dir;
  out.mode =
      config.schema_mode == schema_default::strict ? schema_mode::strict : schema_mode::flexible;
  out.request_bytes = request_bytes(config);
  out.drain_within = drain_time_of(config);
  out.subscriptions_max = static_cast<std::size_t>(config.subscriptions);
  out.node = self.id;
  out.listen = self.peer_address;
  if (self.client_address || !self.client_socket.empty())
    out.clients = clients_of(config, self);
  out.listen_beyond_loopback = config.insecure;
  return out;
}

result<void> make_parents(const std::string& folder) {
  persistence::posix_disk disk;
  return make_folder(disk, persistence::parent_of(persistence::without_trailing_slashes(folder)));
}

} // namespace weft::console
