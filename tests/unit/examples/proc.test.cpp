#include "host_sampler/facts.hpp"
#include "support/catch.hpp"

using namespace weft;

TEST_CASE("host_sampler: processor time, without the guests that are counted twice") {
  const auto times =
      host::parse_stat("cpu  100 20 30 1000 50 5 5 10 7 7\ncpu0 1 2 3 4 5 6 7 8 9\n");
  CHECK(times.all == 1220);
  CHECK(times.busy == 170);
  CHECK(host::parse_stat("").all == 0);
  CHECK(host::busy_percent({170, 1220}, {220, 1320}) == 50.0);
  CHECK(host::busy_percent({170, 1220}, {170, 1220}) == 0.0);
  CHECK(host::busy_percent({170, 1220}, {100, 1320}) == 0.0); // it went back: not believed
  CHECK(host::busy_percent({0, 0}, {1, 3}) == 33.3);
}

TEST_CASE("host_sampler: memory in bytes") {
  const auto found = host::parse_meminfo("MemTotal:       24620516 kB\nMemFree: 1 kB\n"
                                         "MemAvailable:   20000000 kB\n");
  CHECK(found.total_bytes == 24620516LL * 1024);
  CHECK(found.available_bytes == 20000000LL * 1024);
}

TEST_CASE("host_sampler: whole disks that were used") {
  const auto found =
      host::parse_diskstats("   7       0 loop0 10 0 80 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
                            " 254       0 vda 34 5 2048 7 88 9 4096 11 0 12 13 0 0 0 0 14 15\n"
                            " 254       1 vda1 34 5 2048 7 88 9 4096 11 0 12 13 0 0 0 0 14 15\n"
                            " 259       0 nvme0n1 1 0 2 0 0 0 0 0 0 0 0\n"
                            " 259       1 nvme0n1p1 1 0 2 0 0 0 0 0 0 0 0\n"
                            " 254      16 vdb 0 0 0 0 0 0 0 0 0 0 0\nshort line\n");
  REQUIRE(found.size() == 2);
  CHECK(found[0].name == "vda");
  CHECK(found[0].read_bytes == 2048 * 512);
  CHECK(found[0].written_bytes == 4096 * 512);
  CHECK(found[1].name == "nvme0n1");
}

TEST_CASE("host_sampler: network interfaces") {
  const auto found = host::parse_net_dev(
      "Inter-|   Receive                                                |  Transmit\n"
      " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets\n"
      "    lo: 1234 10 0 0 0 0 0 0 5678 10 0 0 0 0 0 0\n"
      "  eth0:99 1 0 0 0 0 0 0 7 1 0 0 0 0 0 0\n");
  REQUIRE(found.size() == 2);
  CHECK(found[0].name == "lo");
  CHECK(found[0].received_bytes == 1234);
  CHECK(found[0].sent_bytes == 5678);
  CHECK(found[1].received_bytes == 99);
}

TEST_CASE("host_sampler: this machine can be read, and said") {
  const auto now = host::read_figures();
  REQUIRE(now);
  CHECK(now->cpu.all > 0);
  CHECK(now->memory.total_bytes > 0);
  CHECK(host::read_figures("/proc/nowhere").error().code == errc::io_error);
  const auto items = host::facts("here", {}, *now);
  CHECK(items.size() == 1 + now->disks.size() + now->interfaces.size());
}
