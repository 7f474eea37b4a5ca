// A real file system of a few megabytes (tmpfs), to be filled up; gone with the object. Whoever may
// not mount gets namespaces of their own for it, which the process keeps: construct it while there
// is one thread.
#pragma once

#include "support/temporary_folder.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

namespace weft::test {

class small_file_system {
 public:
  explicit small_file_system(std::size_t bytes) {
    const auto size = "size=" + std::to_string(bytes);
    const auto mounts = [&] {
      return ::mount("weft-test", folder_.path().c_str(), "tmpfs", 0, size.c_str()) == 0;
    };
    mounted_ = mounts();
    if (!mounted_ && errno == EPERM)
      mounted_ = enter_namespaces() && mounts();
    if (!mounted_)
      why_not_ = std::string{"cannot mount a tmpfs: "} + std::strerror(errno);
  }
  small_file_system(const small_file_system&) = delete;
  small_file_system& operator=(const small_file_system&) = delete;
  ~small_file_system() {
    if (mounted_)
      ::umount2(folder_.path().c_str(), MNT_DETACH);
  }

  /// Why there is none; "" when there is.
  [[nodiscard]] const std::string& why_not() const noexcept { return why_not_; }
  [[nodiscard]] const std::string& path() const noexcept { return folder_.path(); }

 private:
  static bool enter_namespaces() {
    const auto user = std::to_string(::getuid());
    const auto group = std::to_string(::getgid());
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
      return false;
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << "0 " + user + " 1";
    std::ofstream("/proc/self/gid_map") << "0 " + group + " 1";
    return true;
  }

  temporary_folder folder_;
  bool mounted_ = false;
  std::string why_not_;
};

} // namespace weft::test
