// The parts of the process tests, each a process of its own:
//   node FOLDER PORT            a database that lets others connect
//   follow PORT FOLDER COUNT    plain actors that subscribe from the beginning; each writes a line
//                               "t h_t" for every commit to its file FOLDER/0, FOLDER/1, ...
//   write PORT COUNT BYTES      transactions, some at a time; then prints the last t
//   overdrive FOLDER PORT S     a database that lets others connect, with an actor that never comes
//                               back from its first commit, and a thread that submits for S seconds
//                               whatever it is told; then prints how many were committed and
//                               refused
// Each prints a line when it is ready, and ends when its input does. Only the public interface is
// used.
#include "weft/fabric/connect.hpp"
#include "weft/fabric/database.hpp"

#include <atomic>
#include <cstdio>
#include <fstream>
#include <future>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <thread>

using namespace weft;

namespace {

struct settings : caf::actor_system_config {
  settings() {
    configure(*this);
    set("scheduler.max-threads", std::size_t{2});
  }
};

void wait_for_end_of_input() {
  for (std::string line; std::getline(std::cin, line);) {
  }
}

void ready(const std::string& what) {
  std::cout << what << std::endl; // flushed: somebody waits for it
}

int failed(const error& why) {
  std::cerr << why.to_string() << '\n';
  return 1;
}

std::string hex(hash128 x) {
  const auto raw = to_bytes(x);
  return to_hex({raw.data(), raw.size()});
}

/// A node that is being started again does not answer yet.
fabric::remote_database connected(actors::actor_system& system, std::uint16_t port) {
  for (;;) {
    auto db = connect(system, "facts", {.endpoints = {{"127.0.0.1", port}}});
    if (db)
      return std::move(*db);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

int node(actors::actor_system& system, const std::string& folder, std::uint16_t port) {
  auto db =
      start_local(system, "facts", {.folder = folder, .listen = listen_address{"127.0.0.1", port}});
  if (!db)
    return failed(db.error());
  ready(db->listens_at()->to_string());
  wait_for_end_of_input();
  return 0;
}

caf::behavior line_writer(caf::event_based_actor* /*self*/, std::shared_ptr<std::ofstream> to) {
  return {[to](const wal_batch& batch) {
    *to << batch.t().get() << ' ' << hex(batch.chain()) << std::endl; // a kill loses nothing
  }};
}

int follow(actors::actor_system& system, std::uint16_t port, const std::string& folder, int count) {
  auto db = connected(system, port);
  std::vector<actors::actor> all;
  for (int i = 0; i < count; ++i) {
    auto file = std::make_shared<std::ofstream>(folder + "/" + std::to_string(i));
    all.push_back(actors::spawn(system, line_writer, std::move(file)));
    const auto done =
        db.subscribe_wal(all.back(), {.start = stream::start_at::after_t(tx_number(0))});
    if (!done)
      return failed(done.error());
  }
  ready("following");
  wait_for_end_of_input();
  for (const auto& who : all)
    actors::ask_to_end(who);
  return 0;
}

int write(actors::actor_system& system, std::uint16_t port, int count, std::size_t size) {
  constexpr int at_a_time = 32;
  auto db = connected(system, port);
  ready("writing");
  std::atomic<int> under_way = 0;
  std::atomic<int> refused = 0;
  std::atomic<std::uint64_t> last = 0;
  std::mt19937 random(1); // text that compression does not make small
  for (int i = 0; i < count; ++i) {
    while (under_way >= at_a_time)
      std::this_thread::yield();
    ++under_way;
    std::string text(size, ' ');
    for (auto& c : text)
      c = static_cast<char>('!' + random() % 90);
    db.submit(tx_request{}.add(tempid("x"), "item/text", text), {},
              [&](const result<fabric::transacted>& outcome) {
                if (outcome)
                  last = std::max(last.load(), outcome->t.get());
                else if (++refused == 1)
                  std::cerr << outcome.error().to_string() << '\n';
                --under_way;
              });
  }
  while (under_way > 0)
    std::this_thread::yield();
  ready(std::to_string(last));
  return refused == 0 ? 0 : 1;
}

/// Takes one commit, and is not done with it before `end`.
caf::behavior stuck(caf::event_based_actor* /*self*/, std::shared_future<void> end) {
  return {[end](const wal_batch&) { end.wait(); }};
}

/// States what is known, by names that nobody has seen: the index, which is in memory, grows by the
/// transaction alone, and there are few; requests, records and messages are as large as the names.
tx_request nothing_new(std::mt19937& random) {
  constexpr int names = 512;
  constexpr std::size_t name_bytes = 240;
  tx_request made;
  for (int i = 0; i < names; ++i) {
    std::string name(name_bytes, ' ');
    for (auto& c : name)
      c = static_cast<char>('!' + random() % 90);
    made.put(tempid(name), {{"item/key", "key " + std::to_string(i)}});
  }
  return made;
}

constexpr int different_requests = 10;

/// Submits whatever it is told, and says what came of it.
result<void> overdrive(fabric::database& db, const std::vector<tx_request>& requests,
                       std::chrono::seconds time) {
  std::atomic<std::uint64_t> committed = 0;
  std::atomic<std::uint64_t> refused = 0;
  std::atomic<std::uint64_t> wrong = 0;
  std::atomic<std::uint64_t> under_way = 0;
  const auto until = std::chrono::steady_clock::now() + time;
  for (std::size_t i = 0; std::chrono::steady_clock::now() < until; ++i) {
    ++under_way;
    db.submit(requests[i % requests.size()], {}, [&](const result<fabric::transacted>& outcome) {
      const bool full = !outcome && outcome.error().code == errc::overloaded;
      ++(outcome ? committed : full ? refused : wrong);
      --under_way;
    });
  }
  while (under_way > 0)
    std::this_thread::yield();
  ready(std::to_string(committed) + " " + std::to_string(refused) + " " + std::to_string(wrong));
  return {};
}

int overdriven(actors::actor_system& system, const std::string& folder, std::uint16_t port,
               int seconds) {
  auto db = start_local(
      system, "facts",
      {.folder = folder, .request_bytes = 4U << 20U, .listen = listen_address{"127.0.0.1", port}});
  if (!db)
    return failed(db.error());
  std::promise<void> end;
  const auto who = actors::spawn_detached(system, stuck, end.get_future().share());
  if (const auto done = db->subscribe_wal(who); !done)
    return failed(done.error());
  if (const auto done = db->transact(R"([{:db/ident :item/key :db/valueType :db.type/string
                                          :db/cardinality :db.cardinality/one
                                          :db/unique :db.unique/identity}])");
      !done)
    return failed(done.error());
  // Made before, so that the writer does nothing but submit, and what grows is not this.
  std::mt19937 random(1);
  std::vector<tx_request> requests;
  requests.reserve(different_requests);
  for (int i = 0; i < different_requests; ++i)
    requests.push_back(nothing_new(random));
  ready("listening");
  std::string go;
  std::getline(std::cin, go);
  const auto done = overdrive(*db, requests, std::chrono::seconds(seconds));
  wait_for_end_of_input();
  end.set_value();
  actors::ask_to_end(who);
  return done ? 0 : failed(done.error());
}

} // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  settings mine;
  actors::actor_system system(mine);
  const auto port_of = [&](std::size_t i) {
    return static_cast<std::uint16_t>(std::stoi(words[i]));
  };
  if (words.size() == 3 && words[0] == "node")
    return node(system, words[1], port_of(2));
  if (words.size() == 4 && words[0] == "overdrive")
    return overdriven(system, words[1], port_of(2), std::stoi(words[3]));
  if (words.size() == 4 && words[0] == "follow")
    return follow(system, port_of(1), words[2], std::stoi(words[3]));
  if (words.size() == 4 && words[0] == "write")
    return write(system, port_of(1), std::stoi(words[2]),
                 static_cast<std::size_t>(std::stoi(words[3])));
  std::cerr << "usage: node FOLDER PORT | follow PORT FOLDER COUNT | write PORT COUNT BYTES | "
               "overdrive FOLDER PORT SECONDS\n";
  return 2;
}
