#include "weft/persistence/disk/posix_disk.hpp"

#include "weft/core/base/assert.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace weft::persistence {

namespace {

/// The error of the last system call, named after what was tried.
tl::unexpected<error> failed(const char* what, const std::string& path, int code = errno) {
  auto kind = errc::io_error;
  if (code == ENOSPC || code == EDQUOT)
    kind = errc::disk_full;
  else if (code == ENOENT || code == ENOTDIR)
    kind = errc::not_found;
  else if (code == EEXIST)
    kind = errc::invalid_argument;
  else if (code == EACCES || code == EPERM || code == EROFS)
    kind = errc::access_denied;
  else if (code == EMFILE || code == ENFILE || code == ENOMEM)
    kind = errc::overloaded;
  const auto reason = std::system_category().message(code);
  return fail(kind, std::string{"cannot "} + what + ' ' + path + ": " + reason,
              {{"path", path}, {"reason", reason}});
}

/// Repeats a call that a signal interrupted.
template <class Call>
auto uninterrupted(Call call) {
  auto out = call();
  while (out < 0 && errno == EINTR)
    out = call();
  return out;
}

/// Owns a descriptor.
class descriptor {
 public:
  explicit descriptor(int fd) noexcept : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  descriptor& operator=(descriptor&&) = delete;
  ~descriptor() {
    if (fd_ >= 0)
      ::close(fd_);
  }
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

class posix_file final : public file {
 public:
  posix_file(descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  result<std::size_t> read(std::uint64_t offset, std::span<char> into) override {
    std::size_t done = 0;
    while (done < into.size()) {
      const auto n = uninterrupted([&] {
        return ::pread(fd_.get(), into.data() + done, into.size() - done,
                       static_cast<off_t>(offset + done));
      });
      if (n < 0)
        return failed("read", path_);
      if (n == 0)
        break;
      done += static_cast<std::size_t>(n);
    }
    return done;
  }

  result<void> write(std::uint64_t offset, bytes_view data) override {
    std::size_t done = 0;
    while (done < data.size()) {
      const auto n = uninterrupted([&] {
        return ::pwrite(fd_.get(), data.data() + done, data.size() - done,
                        static_cast<off_t>(offset + done));
      });
      if (n < 0)
        return failed("write", path_);
      if (n == 0)
        return failed("write", path_, EIO);
      done += static_cast<std::size_t>(n);
    }
    return {};
  }

  result<void> sync_data() override {
    // Not repeated, not even after EINTR: an fdatasync that failed once proves nothing later.
    if (::fdatasync(fd_.get()) == 0)
      return {};
    auto out = failed("sync", path_);
    if (out.value().code == errc::disk_full)
      return fail(no_room_at_sync(std::move(out.value())));
    out.value().code = errc::io_error;
    return out;
  }

  result<std::uint64_t> size() override {
    struct stat st {};
    if (::fstat(fd_.get(), &st) != 0)
      return failed("measure", path_);
    return static_cast<std::uint64_t>(st.st_size);
  }

  [[nodiscard]] descriptor release() && { return std::move(fd_); }

 private:
  descriptor fd_;
  std::string path_;
};

class posix_region final : public mapped_region {
 public:
  posix_region(char* address, std::size_t bytes) noexcept : address_(address), bytes_(bytes) {}
  posix_region(const posix_region&) = delete;
  posix_region& operator=(const posix_region&) = delete;
  ~posix_region() override { ::munmap(address_, bytes_); }

  void store(std::uint64_t offset, bytes_view words) override {
    WEFT_ASSERT(offset % 8 == 0 && words.size() % 8 == 0);
    WEFT_ASSERT(offset <= bytes_ && words.size() <= bytes_ - offset);
    for (std::size_t i = 0; i < words.size(); i += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, words.data() + i, 8);
      auto* at = reinterpret_cast<std::uint64_t*>(address_ + offset + i);
      std::atomic_ref<std::uint64_t>(*at).store(word, std::memory_order_release);
    }
  }

 private:
  char* address_;
  std::size_t bytes_;
};

class posix_lock final : public folder_lock {
 public:
  explicit posix_lock(descriptor fd) : fd_(std::move(fd)) {}

 private:
  descriptor fd_;
};

constexpr mode_t file_mode = S_IRUSR | S_IWUSR;
constexpr mode_t folder_mode = S_IRWXU;

/// Open file description locks: held by the descriptor, and unlike flock's to be asked for.
struct flock whole_file(short type) {
  struct flock out {};
  out.l_type = type;
  out.l_whence = SEEK_SET;
  return out;
}

descriptor open_path(const std::string& path, int flags) {
  return descriptor(
      uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, file_mode); }));
}

} // namespace

result<std::unique_ptr<file>> posix_disk::open(const std::string& path, open_mode mode) {
  const int flags = mode == open_mode::read    ? O_RDONLY
                    : mode == open_mode::write ? O_RDWR
                                               : O_RDWR | O_CREAT | O_EXCL;
  auto fd = open_path(path, flags);
  if (fd.get() < 0)
    return failed("open", path);
  return std::make_unique<posix_file>(std::move(fd), path);
}

result<void> posix_disk::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0)
    return failed("rename", from);
  return {};
}

result<void> posix_disk::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0)
    return failed("remove", path);
  return {};
}

result<std::vector<std::string>> posix_disk::list(const std::string& folder) {
  auto* stream = ::opendir(folder.c_str());
  if (stream == nullptr)
    return failed("list", folder);
  std::vector<std::string> out;
  errno = 0;
  while (const auto* row = ::readdir(stream)) {
    const std::string name = row->d_name;
    if (name != "." && name != "..")
      out.push_back(name);
    errno = 0;
  }
  const int code = errno;
  ::closedir(stream);
  if (code != 0)
    return failed("list", folder, code);
  std::sort(out.begin(), out.end());
  return out;
}

result<bool> posix_disk::exists(const std::string& path) {
  struct stat st {};
  if (::stat(path.c_str(), &st) == 0)
    return true;
  if (errno == ENOENT || errno == ENOTDIR)
    return false;
  return failed("find", path);
}

result<void> posix_disk::make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), folder_mode) == 0)
    return {};
  struct stat st {};
  if (errno == EEXIST && ::stat(path.c_str(), &st) == 0 && S_ISDIR(st.st_mode))
    return {};
  return failed("make folder", path);
}

result<void> posix_disk::sync_folder(const std::string& path) {
  auto fd = open_path(path, O_RDONLY | O_DIRECTORY);
  if (fd.get() < 0)
    return failed("open folder", path);
  if (::fsync(fd.get()) == 0)
    return {};
  auto out = failed("sync folder", path);
  out.value().code = errc::io_error;
  return out;
}

result<std::uint64_t> posix_disk::free_bytes(const std::string& path) {
  struct statvfs st {};
  if (uninterrupted([&] { return ::statvfs(path.c_str(), &st); }) != 0)
    return failed("measure", path);
  return static_cast<std::uint64_t>(st.f_bavail) * st.f_frsize;
}

result<std::unique_ptr<folder_lock>> posix_disk::lock(const std::string& path, bytes_view text) {
  auto fd = open_path(path, O_RDWR | O_CREAT);
  if (fd.get() < 0)
    return failed("open", path);
  auto whole = whole_file(F_WRLCK);
  if (uninterrupted([&] { return ::fcntl(fd.get(), F_OFD_SETLK, &whole); }) != 0) {
    if (errno != EAGAIN && errno != EACCES)
      return failed("lock", path);
    WEFT_TRY(auto holder, read_file(*this, path, 64));
    while (!holder.empty() && holder.back() == '\n')
      holder.pop_back();
    return fail(errc::locked, "process " + holder + " has " + path + " open", {{"holder", holder}});
  }
  if (::ftruncate(fd.get(), 0) != 0)
    return failed("truncate", path);
  posix_file held(std::move(fd), path);
  WEFT_CHECK(held.write(0, text));
  return std::make_unique<posix_lock>(std::move(held).release());
}

result<bool> posix_disk::is_locked(const std::string& path) {
  auto fd = open_path(path, O_RDONLY);
  if (fd.get() < 0 && errno == ENOENT)
    return false;
  if (fd.get() < 0)
    return failed("open", path);
  auto found = whole_file(F_WRLCK);
  if (::fcntl(fd.get(), F_OFD_GETLK, &found) != 0)
    return failed("ask for the lock of", path);
  return found.l_type != F_UNLCK;
}

result<std::unique_ptr<mapped_region>> posix_disk::map(const std::string& path, std::size_t bytes) {
  auto fd = open_path(path, O_RDWR);
  if (fd.get() < 0)
    return failed("open", path);
  struct stat st {};
  if (::fstat(fd.get(), &st) != 0)
    return failed("measure", path);
  if (static_cast<std::uint64_t>(st.st_size) < bytes)
    return fail(errc::io_error, path + " is shorter than what should be mapped");
  auto* address = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (address == MAP_FAILED)
    return failed("map", path);
  return std::make_unique<posix_region>(static_cast<char*>(address), bytes);
}

} // namespace weft::persistence
