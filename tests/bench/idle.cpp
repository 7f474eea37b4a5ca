// What weftd costs while nothing happens: memory and CPU of an idle node, and of each subscription
// of another process.
#include "support/figures.hpp"
#include "support/followers.hpp"
#include "support/machine.hpp"
#include "support/must.hpp"
#include "support/options.hpp"
#include "support/statistics.hpp"
#include "support/weft_node.hpp"

#include <thread>

namespace weft::bench {
namespace {

constexpr std::size_t subscriptions = 1000;

struct weight {
  double bytes;
  double cpu; ///< share of a core
};

weight weigh(const weft_node& node, double seconds) {
  const double before = cpu_seconds_of(node.id());
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  return {static_cast<double>(resident_bytes_of(node.id())),
          (cpu_seconds_of(node.id()) - before) / seconds};
}

void run(const options& how) {
  report out(how.json);
  out.note(describe_machine(how.folder));
  const scratch_folder scratch(how.folder);
  std::vector<double> bytes;
  std::vector<double> cpu;
  std::vector<double> bytes_each;
  std::vector<double> cpu_each;
  for (int round = 0; round < how.rounds; ++round) {
    const weft_node node(scratch.path() / ("weft" + std::to_string(round)));
    const auto alone = weigh(node, how.seconds);
    const shared_page<follower_figures> seen;
    auto process = child_process::work(
        [&] { follow_weft({.at = node.peers(), .subscribers = subscriptions}, *seen); });
    wait_until_ready(*seen, subscriptions);
    const auto followed = weigh(node, how.seconds);
    seen->stop = true;
    process.wait();
    bytes.push_back(alone.bytes);
    cpu.push_back(alone.cpu * 100);
    bytes_each.push_back((followed.bytes - alone.bytes) / subscriptions);
    cpu_each.push_back((followed.cpu - alone.cpu) * 1e6 / subscriptions);
  }
  out.add({.name = "idle.memory", .value = median(bytes) / (1U << 20U), .unit = "MiB"});
  out.add({.name = "idle.cpu", .value = median(cpu), .unit = "% of a core"});
  out.add({.name = "idle.subscription_memory", .value = median(bytes_each), .unit = "bytes"});
  out.add({.name = "idle.subscription_cpu", .value = median(cpu_each), .unit = "us/s"});
  out.finish();
}

} // namespace
} // namespace weft::bench

int main(int argc, char** argv) {
  weft::bench::run(weft::bench::parse_options(
      argc, argv, "Memory and CPU of an idle weftd, and of each idle subscription.",
      {.rounds = 3, .seconds = 5}));
}
