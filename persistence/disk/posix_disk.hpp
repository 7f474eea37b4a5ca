// The real disk: POSIX files. EINTR and short transfers are completed, ENOSPC and EDQUOT are
// disk_full, everything else is io_error with the path and the system's reason.
// Stateless; may be used by several threads.
#pragma once

#include "weft/persistence/disk/disk.hpp"

namespace weft::persistence {

/// See disk.hpp for what each call promises.
class posix_disk final : public disk {
 public:
  [[nodiscard]] result<std::unique_ptr<file>> open(const std::string& path,
                                                   open_mode mode) override;
  [[nodiscard]] result<void> rename(const std::string& from, const std::string& to) override;
  [[nodiscard]] result<void> remove(const std::string& path) override;
  [[nodiscard]] result<std::vector<std::string>> list(const std::string& folder) override;
  [[nodiscard]] result<bool> exists(const std::string& path) override;
  [[nodiscard]] result<void> make_folder(const std::string& path) override;
  [[nodiscard]] result<void> sync_folder(const std::string& path) override;
  [[nodiscard]] result<std::uint64_t> free_bytes(const std::string& path) override;
  [[nodiscard]] result<std::unique_ptr<folder_lock>> lock(const std::string& path,
                                                          bytes_view text) override;
  [[nodiscard]] result<bool> is_locked(const std::string& path) override;
  [[nodiscard]] result<std::unique_ptr<mapped_region>> map(const std::string& path,
                                                           std::size_t bytes) override;
};

} // namespace weft::persistence
