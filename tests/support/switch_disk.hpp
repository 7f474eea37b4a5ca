// A real disk with switches: a test turns on a failure and off again. Thread-safe.
#pragma once

#include "weft/persistence/disk/posix_disk.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <thread>
#include <utility>

namespace weft::test {

class switch_disk final : public persistence::disk {
 public:
  std::atomic<bool> fail_writes = false;  ///< io_error
  std::atomic<bool> fail_syncs = false;   ///< io_error
  std::atomic<bool> fail_creates = false; ///< io_error: no file is prewritten
  std::atomic<bool> hold_syncs = false;   ///< they do not return
  std::atomic<bool> full = false;         ///< no free bytes, and no new files
  std::atomic<bool> low = false;          ///< no free bytes; new files still work
  std::atomic<std::uint64_t> syncs = 0;
  std::atomic<std::uint64_t> syncs_until_failure = UINT64_MAX;
  std::function<void()> before_lock; ///< called once, by the next lock()

  [[nodiscard]] result<std::unique_ptr<persistence::file>>
  open(const std::string& path, persistence::open_mode mode) override {
    if (mode == persistence::open_mode::create && full)
      return fail(errc::disk_full, "switched full");
    if (mode == persistence::open_mode::create && fail_creates)
      return fail(errc::io_error, "switched to fail creates");
    WEFT_TRY(auto made, inner_.open(path, mode));
    return std::make_unique<switched_file>(*this, std::move(made));
  }
  [[nodiscard]] result<void> rename(const std::string& from, const std::string& to) override {
    return inner_.rename(from, to);
  }
  [[nodiscard]] result<void> remove(const std::string& path) override {
    return inner_.remove(path);
  }
  [[nodiscard]] result<std::vector<std::string>> list(const std::string& folder) override {
    return inner_.list(folder);
  }
  [[nodiscard]] result<bool> exists(const std::string& path) override {
    return inner_.exists(path);
  }
  [[nodiscard]] result<void> make_folder(const std::string& path) override {
    return inner_.make_folder(path);
  }
  [[nodiscard]] result<void> sync_folder(const std::string& path) override {
    return inner_.sync_folder(path);
  }
  [[nodiscard]] result<std::uint64_t> free_bytes(const std::string& path) override {
    if (full || low)
      return 0;
    return inner_.free_bytes(path);
  }
  [[nodiscard]] result<std::unique_ptr<persistence::folder_lock>> lock(const std::string& path,
                                                                       bytes_view text) override {
    if (before_lock)
      std::exchange(before_lock, {})();
    return inner_.lock(path, text);
  }
  [[nodiscard]] result<bool> is_locked(const std::string& path) override {
    return inner_.is_locked(path);
  }
  [[nodiscard]] result<std::unique_ptr<persistence::mapped_region>>
  map(const std::string& path, std::size_t bytes) override {
    return inner_.map(path, bytes);
  }

 private:
  class switched_file final : public persistence::file {
   public:
    switched_file(switch_disk& owner, std::unique_ptr<persistence::file> inner)
        : owner_(&owner), inner_(std::move(inner)) {}
    [[nodiscard]] result<std::size_t> read(std::uint64_t offset, std::span<char> into) override {
      return inner_->read(offset, into);
    }
    [[nodiscard]] result<void> write(std::uint64_t offset, bytes_view data) override {
      if (owner_->fail_writes)
        return fail(errc::io_error, "switched to fail writes");
      return inner_->write(offset, data);
    }
    [[nodiscard]] result<void> sync_data() override {
      ++owner_->syncs;
      while (owner_->hold_syncs)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      if (owner_->fail_syncs || owner_->syncs > owner_->syncs_until_failure)
        return fail(errc::io_error, "switched to fail syncs");
      return inner_->sync_data();
    }
    [[nodiscard]] result<std::uint64_t> size() override { return inner_->size(); }

   private:
    switch_disk* owner_;
    std::unique_ptr<persistence::file> inner_;
  };

  persistence::posix_disk inner_;
};

} // namespace weft::test
