// Counts the facts of a database of another process, by attribute, from the files of its log: no
// connection, and nothing that the writer would notice.
//
//   fact_counter --data data/single counts.txt              # until Ctrl-C
//   fact_counter --data data/single counts.txt --once       # what is there now; for cron
//
// counts.txt begins with the place in the log; run again, it goes on there.
#include "fact_counter/counts.hpp"

#include "weft/persistence/poller/change_poller.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <thread>

namespace {

using fact_counter::counts;

volatile std::sig_atomic_t is_asked_to_end = 0;

struct options {
  std::string data;
  std::string file;
  bool once = false;
};

weft::change_poller poller_at(const std::string& data, const std::optional<weft::cursor>& place) {
  auto out = place ? weft::change_poller::from_cursor(data, *place) : weft::change_poller(data);
  return std::move(out).with_names();
}

weft::result<void> run(const options& how) {
  WEFT_TRY(auto sums, counts::read(how.file));
  auto poller = poller_at(how.data, sums.place);
  while (is_asked_to_end == 0) {
    WEFT_TRY(const auto found, poller.poll());
    for (const auto& commit : found.events)
      WEFT_CHECK(sums.add(commit));
    sums.place = found.next_cursor;
    if (!found.events.empty())
      WEFT_CHECK(sums.write(how.file)); // what was counted, and how far, together
    if (!found.more && how.once)
      break;
    if (!found.more)
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  fmt::print("t {}\n{}", poller.last_sequence().get(), sums.to_text());
  return {};
}

} // namespace

int main(int argc, char** argv) {
  options how;
  CLI::App app("Counts the facts of a database by attribute, from the files of its log.");
  app.add_option("-d,--data", how.data, "data folder of the database")->required();
  app.add_option("file", how.file, "where counts and place are kept")->required();
  app.add_flag("--once", how.once, "count what is there, then end");
  CLI11_PARSE(app, argc, argv);
  for (const int one : {SIGINT, SIGTERM})
    std::signal(one, [](int /*which*/) { is_asked_to_end = 1; });
  if (const auto done = run(how); !done) {
    fmt::print(stderr, "fact_counter: {}\n", done.error().to_string());
    return 1;
  }
  return 0;
}
