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

} // namespace

std::size_t request_bytes(const cluster_config& config) {
  return static_cast<std::size_t>(config.memory_bytes);
}

local_storage storage_of(const cluster_config& config, const node_config& self) {
  local_storage out;
  out.folder = self.data_dir;
  out.mode =
      config.schema_mode == schema_default::strict ? schema_mode::strict : schema_mode::flexible;
  out.request_bytes = request_bytes(config);
  out.subscriptions_max =
      std::min(static_cast<std::size_t>(config.subscriptions), limits::stream_sessions_max);
  return out;
}

result<void> make_parents(const std::string& folder) {
  persistence::posix_disk disk;
  return make_folder(disk, persistence::parent_of(persistence::without_trailing_slashes(folder)));
}

} // namespace weft::console
