// The real disk, and the same behaviour of the disk in memory.
#include "weft/persistence/disk/posix_disk.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include "weft/persistence/disk/memory_disk.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

using namespace weft;
using namespace weft::persistence;
using namespace weft::test;

namespace {

void behaves_like_a_disk(disk& on, const std::string& root) {
  const auto path = join(root, "a");
  CHECK(on.open(path, open_mode::read).error().code == errc::not_found);
  CHECK(on.rename(path, join(root, "b")).error().code == errc::not_found);
  CHECK(on.remove(path).error().code == errc::not_found);
  CHECK_FALSE(*on.exists(path));
  CHECK(on.list(join(root, "none")).error().code == errc::not_found);
  {
    auto made = on.open(path, open_mode::create);
    REQUIRE(made);
    REQUIRE((*made)->write(3, "hello"));
    REQUIRE((*made)->sync_data());
    CHECK(*(*made)->size() == 8);
    bytes got(10, 'x');
    CHECK(*(*made)->read(2, got) == 6);
    CHECK(got.substr(0, 6) == bytes("\0hello", 6));
    CHECK(*(*made)->read(100, got) == 0);
  }
  CHECK(on.open(path, open_mode::create).error().code == errc::invalid_argument);
  CHECK(*read_file(on, path, 5) == bytes("\0\0\0he", 5));
  CHECK(on.make_folder(join(root, "sub")));
  CHECK(on.make_folder(join(root, "sub")));
  CHECK(on.make_folder(join(root, "none/sub")).error().code == errc::not_found);
  CHECK(on.rename(path, join(root, "b")));
  CHECK(on.sync_folder(root));
  CHECK(*on.list(root) == std::vector<std::string>{"b", "sub"});
  CHECK(*on.free_bytes(root) > 0);
  {
    auto region = on.map(join(root, "b"), 8);
    REQUIRE(region);
    (*region)->store(0, "12345678");
    CHECK(*read_file(on, join(root, "b"), 8) == "12345678");
  }
  CHECK(on.map(join(root, "b"), 4096).error().code == errc::io_error);
  CHECK(on.map(join(root, "none"), 8).error().code == errc::not_found);
  {
    auto lock = on.lock(join(root, "LOCK"), "4711\n");
    REQUIRE(lock);
    const auto second = on.lock(join(root, "LOCK"), "4711\n");
    REQUIRE_FALSE(second);
    CHECK(second.error().code == errc::locked);
    CHECK(second.error().field("holder").substr(0, 4) == "4711");
  }
  CHECK(on.lock(join(root, "LOCK"), "1"));
  CHECK(on.remove(join(root, "b")));
}

} // namespace

TEST_CASE("the disk in memory behaves like a disk") {
  memory_disk disk;
  REQUIRE(disk.make_folder("root"));
  behaves_like_a_disk(disk, "root");
}

TEST_CASE("the real disk behaves like a disk") {
  temporary_folder folder;
  posix_disk disk;
  behaves_like_a_disk(disk, folder.path());
}

TEST_CASE("files and folders are for their owner only") {
  temporary_folder folder;
  posix_disk disk;
  REQUIRE(disk.make_folder(join(folder.path(), "sub")));
  REQUIRE(disk.open(join(folder.path(), "sub/file"), open_mode::create));
  struct stat st {};
  REQUIRE(::stat(join(folder.path(), "sub").c_str(), &st) == 0);
  CHECK((st.st_mode & 0777U) == 0700U);
  REQUIRE(::stat(join(folder.path(), "sub/file").c_str(), &st) == 0);
  CHECK((st.st_mode & 0777U) == 0600U);
}

TEST_CASE("the parent of a path does not depend on slashes at its end") {
  for (const std::string path : {"x/db", "x/db/", "x/db//", "x//db"})
    CHECK(parent_of(path) == "x");
  CHECK(parent_of("db/") == ".");
  CHECK(parent_of("db") == ".");
  CHECK(parent_of("/db/") == "/");
  CHECK(parent_of("/") == "/");
}

TEST_CASE("a process without descriptors is told that it may pass") {
  const temporary_folder folder;
  posix_disk disk;
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  auto none = before;
  none.rlim_cur = 0;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  const auto refused = disk.open(join(folder.path(), "a"), open_mode::create);
  const auto synced = disk.sync_folder(folder.path());
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::overloaded);
  CHECK(synced.error().code == errc::overloaded);
  CHECK(disk.open(join(folder.path(), "a"), open_mode::create));
}
