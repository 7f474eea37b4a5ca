// A batch that is void: resolved on top of one that the disk then refused. Nothing more may be
// resolved into it. The pipeline alone, on a disk in memory, with every stage held where it must
// be.
#include "support/catch.hpp"

#include "weft/persistence/disk/simulated_disk.hpp"
#include "weft/persistence/embedded/commit_pipeline.hpp"
#include "weft/persistence/embedded/log_driver.hpp"
#include "weft/persistence/shard/replay.hpp"
#include "weft/persistence/system.hpp"

#include <set>
#include <thread>

namespace {

using namespace weft;
using namespace weft::persistence;
using embedded::commit_pipeline;

/// Closed until it is opened; tells when somebody stands before it.
class gate {
 public:
  void pass() {
    reached_ = true;
    reached_.notify_all();
    open_.wait(false);
  }
  [[nodiscard]] bool reached() const { return reached_; }
  void await() { reached_.wait(false); }
  void open() {
    open_ = true;
    open_.notify_all();
  }

 private:
  std::atomic<bool> reached_ = false;
  std::atomic<bool> open_ = false;
};

log_options small_segments() {
  log_options out;
  out.database = {{1, 2}};
  out.random = persistence::random64;
  out.now = persistence::wall_clock_us;
  out.peek_t = peek_t;
  out.segment_bytes_min = 8192;
  out.segment_bytes_max = 8192;
  out.disk_reserve_bytes = 0;
  return out;
}

/// A pipeline on a log of one small segment, and whoever it asks to lead.
struct held_pipeline {
  simulated_disk disk;
  std::unique_ptr<segment_log> log = std::move(*segment_log::open(disk, "wal", small_segments()));
  memory_index index;
  embedded::log_driver driver{*log, term(1),
                              [this](const commit_event& event) { pipeline.hear(event); }};
  std::mutex mutex;
  std::vector<std::thread> threads;
  commit_pipeline pipeline{
      persistence::replay(index).finish().value(),
      {},
      {.port = driver.port(),
       .driver = driver,
       .index = index,
       .last = log->last(),
       .now = persistence::wall_clock_us,
       .steady = persistence::steady_clock_us,
       .report_of = [](tx_number) -> result<tx_report> {
         return fail(errc::not_found, "nobody asks twice");
       },
       .need_thread = [this] { in_thread([this] { pipeline.lead_for_others(); }); }}};

  template <class Work>
  void in_thread(Work work) {
    const std::lock_guard lock(mutex);
    threads.emplace_back(std::move(work));
  }
  /// As many as make whoever resolves look again.
  std::vector<std::shared_ptr<embedded::waiting>> queue_many(const tx_request& request) {
    constexpr int count = 8;
    std::vector<std::shared_ptr<embedded::waiting>> out;
    out.reserve(count);
    for (int i = 0; i < count; ++i)
      out.push_back(*pipeline.queue(request, {}));
    return out;
  }
  void end() {
    pipeline.drain();
    for (;;) {
      std::vector<std::thread> now;
      {
        const std::lock_guard lock(mutex);
        now.swap(threads);
      }
      if (now.empty())
        return;
      for (auto& t : now)
        t.join();
    }
  }
};

/// A transaction of about this size: no repetition, so it stays as large in the log.
tx_request note(std::size_t size) {
  std::string text;
  for (std::uint32_t state = 1; text.size() < size; state = state * 1664525U + 1013904223U)
    text += static_cast<char>('!' + (state >> 24U) % 90U);
  return tx_request{}.put({{"note/text", text}});
}

void give_way() {
  for (int i = 0; i < 5'000; ++i)
    std::this_thread::yield();
}

/// One try; true when somebody else had the log between the batch that was refused and the one
/// that is void by it.
bool try_once() {
  held_pipeline f;
  REQUIRE(f.pipeline.run(note(10), {}));
  gate creating;
  gate marking;
  f.disk.plan([&](const disk_operation& op) -> disk_verdict {
    if (op.call == disk_call::create) { // the segment that the large one needs
      creating.pass();
      return {.what = disk_verdict::action::fail, .code = errc::disk_full};
    }
    if (op.call == disk_call::write && op.bytes_count == batch_header_bytes)
      marking.pass();
    return {};
  });
  // A: its batch is being written, and will find the disk full. X is resolved on top of it.
  std::optional<result<tx_report>> a;
  f.in_thread([&] { a = f.pipeline.run(note(5000), {}); });
  creating.await();
  const auto x = f.queue_many(note(20));
  // The log is wanted for a marker meanwhile: most likely it goes there when A gives up.
  for (int i = 0; i < 8; ++i)
    f.in_thread([&] { f.pipeline.tidy(); });
  give_way();
  creating.open();
  while (!marking.reached() && !x.front()->signal.is_done())
    std::this_thread::yield();
  const bool between = marking.reached();
  const auto y = f.queue_many(note(30));
  give_way(); // time to resolve Y, which must not be used for it
  marking.open();
  std::set<tx_number> ts;
  for (const auto& all : {x, y})
    for (const auto& one : all) {
      const auto done = commit_pipeline::take(*one);
      INFO((done ? "" : done.error().to_string()));
      REQUIRE(done);
      ts.insert(done->t);
    }
  f.end();
  REQUIRE(a);
  CHECK(a->error().code == errc::disk_full);
  CHECK(ts.size() == x.size() + y.size());
  CHECK(*ts.rbegin() == tx_number(1 + ts.size()));
  CHECK_FALSE(f.pipeline.failure());
  return between;
}

} // namespace

TEST_CASE("nothing is resolved into a batch that is void") {
  int between = 0;
  for (int i = 0; i < 20 && between < 3; ++i)
    between += try_once() ? 1 : 0;
  CHECK(between > 0);
}
