// Readers where no writer is: what they show is on the disk, whatever the writer left behind.
#include "crash/embedded/small_database.hpp"
#include "support/catch.hpp"

#include "weft/persistence/disk/simulated_disk.hpp"

namespace {

using namespace weft;
using namespace weft::persistence;
using namespace weft::test;
using embedded::database;

/// As a writer leaves it that ends between the write of its second transaction and the sync: what
/// it does from there on does not happen.
void leave_unsynced(simulated_disk& disk) {
  auto db = database::open(small_folder, small_options(disk));
  REQUIRE(db);
  REQUIRE(small_script::step(*db, 0));
  disk.plan([ended = false](const disk_operation& op) mutable {
    ended = ended || op.call == disk_call::sync_data;
    disk_verdict out;
    if (ended && (op.call == disk_call::sync_data || op.call == disk_call::write ||
                  op.call == disk_call::store))
      out.what = disk_verdict::action::lose;
    return out;
  });
  REQUIRE(small_script::step(*db, 1));
}

std::uint64_t basis_of(disk& on, bool read_only) {
  auto how = small_options(on);
  how.create = false;
  how.read_only = read_only;
  const auto db = database::open(small_folder, how);
  INFO((db ? "" : db.error().to_string()));
  REQUIRE(db);
  return told_by(*db).basis;
}

} // namespace

TEST_CASE("what a reader shows where no writer is outlives a power failure") {
  simulated_disk disk;
  leave_unsynced(disk);
  disk.plan({});
  memory_disk before(disk.durable_image());
  REQUIRE(basis_of(before, false) == 1);
  const auto shown = basis_of(disk, true);
  CHECK(shown == 2);
  memory_disk after(disk.durable_image());
  CHECK(basis_of(after, false) == shown);
}

TEST_CASE("a reader that cannot make durable what it would show says so") {
  simulated_disk disk;
  leave_unsynced(disk);
  disk.plan([](const disk_operation& op) {
    disk_verdict out;
    if (op.call == disk_call::sync_data)
      out.what = disk_verdict::action::fail;
    return out;
  });
  auto how = small_options(disk);
  how.read_only = true;
  const auto refused = database::open(small_folder, how);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::io_error);
}
