// Plain actors of another actor system that subscribe: through the proxy, whatever breaks.
#include "support/catch.hpp"
#include "support/temp_folder.hpp"
#include "two_systems.hpp"

#include <algorithm>
#include <filesystem>
#include <random>
#include <thread>

using namespace weft;
using stream::start_at;
using test::counting;
using test::network_application;
using test::stream_inbox;
using test::ts_of;

namespace {

constexpr auto a_while = std::chrono::seconds(30);

/// A node that can be closed and opened again at the same address.
class reopened_node {
 public:
  explicit reopened_node(std::string folder) : folder_(std::move(folder)) { open(); }
  void open() {
    app_ = std::make_unique<network_application>();
    db_.emplace(start_local(app_->system, "facts", {.folder = folder_, .listen = at_}).value());
    at_ = *db_->listens_at();
  }
  void close() {
    db_.reset();
    app_.reset();
  }
  fabric::database& db() { return *db_; }
  [[nodiscard]] connect_options found() const { return {.endpoints = {at_}}; }

 private:
  std::string folder_;
  listen_address at_ = test::any_port();
  std::unique_ptr<network_application> app_;
  std::optional<fabric::database> db_;
};

/// A subscriber in another system, connected by itself.
struct far_listener {
  far_listener(const reopened_node& to, fabric::subscribe_options how)
      : db(connect(app.system, "facts", to.found()).value()),
        who(actors::spawn(app.system, test::stream_listener, got)),
        answer(db.subscribe_wal(who, std::move(how))) {}
  far_listener(const far_listener&) = delete;
  far_listener& operator=(const far_listener&) = delete;
  ~far_listener() {
    got->stop(false);
    actors::ask_to_end(who);
  }
  network_application app;
  std::shared_ptr<stream_inbox> got = std::make_shared<stream_inbox>();
  fabric::remote_database db;
  actors::actor who;
  result<fabric::subscribed> answer;
};

void transact_some(fabric::any_database& db, int count, std::size_t size = 10) {
  std::atomic<int> open = count;
  for (int i = 0; i < count; ++i)
    db.submit(tx_request{}.add(tempid("x"), "item/text", std::string(size, 'x')), {},
              [&](const result<fabric::transacted>& outcome) {
                if (!outcome)
                  FAIL_CHECK(outcome.error().to_string());
                --open;
              });
  while (open > 0)
    std::this_thread::yield();
}

std::size_t sessions(fabric::database& db, network_application& asker) {
  const auto publisher = test::find_actor(db.tree().value(), "wal_publisher");
  return actors::ask_and_wait<actors::streams>(asker.system, publisher, actors::ask_streams{})
      .value()
      .sessions;
}

template <class Predicate>
bool within(std::chrono::milliseconds time, Predicate enough) {
  const auto until = std::chrono::steady_clock::now() + time;
  while (!enough() && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  return enough();
}

/// Text that does not get smaller when it is compressed.
std::string test_noise(std::size_t size, int seed) {
  std::mt19937 random(static_cast<unsigned>(seed));
  std::string out(size, ' ');
  for (auto& c : out)
    c = static_cast<char>('!' + random() % 90);
  return out;
}

hash128 chain_of(const std::vector<wal_batch>& batches) {
  hash128 chain{};
  for (const auto& batch : batches)
    chain = weft::chain(chain, hash_of(batch.payload()));
  return chain;
}

} // namespace

TEST_CASE("remote streams: a thousand commits, each once and in order, also those of before") {
  const test::temp_folder folder;
  reopened_node node(folder / "facts");
  transact_some(node.db(), 200);
  far_listener all(node, {.start = start_at::after_t(tx_number(0))});
  far_listener live(node, {});
  REQUIRE(all.answer);
  REQUIRE(live.answer);
  CHECK(live.answer->at.place.t == tx_number(200));
  transact_some(node.db(), 400);
  transact_some(all.db, 400);
  const auto got = all.got->wait_for(1000);
  CHECK(ts_of(got) == counting(1, 1000));
  CHECK(chain_of(got) == got.back().chain());
  CHECK(ts_of(live.got->wait_for(800)) == counting(201, 1000));
  const auto facts = got.back().to_list().value();
  CHECK(got.back().name_of(facts.back().attribute) == "item/text");
}

TEST_CASE("remote streams: what a cursor may not be is said, and leaving is told") {
  const test::temp_folder folder;
  reopened_node node(folder / "facts");
  transact_some(node.db(), 20);
  far_listener all(node, {.start = start_at::after_t(tx_number(0)), .notices = true});
  const auto whole = all.got->wait_for(20)[9].cursor();
  const auto at = whole.shards.at(0);
  const auto ask = [&](start_at start) {
    return all.db.subscribe_wal(all.who, {.start = start}).error().code;
  };
  CHECK(ask(start_at::after_place(at.t, at.hash + 1)) == errc::cursor_diverged);
  CHECK(ask(start_at::after_t(tx_number(22))) == errc::cursor_ahead);
  auto other = whole;
  other.database.value.low ^= 1;
  CHECK(ask(start_at::after_cursor(other)) == errc::cursor_invalid);
  other = whole;
  ++other.lineage;
  CHECK(ask(start_at::after_cursor(other)) == errc::cursor_diverged);
  CHECK(all.db.subscribe_wal(actors::actor{}).error().code == errc::invalid_argument);
  // What the node would end the connection for is not sent: the other stream goes on.
  const auto refused = [&](const actors::actor& who, fabric::subscribe_options how) {
    return all.db.subscribe_wal(who, std::move(how)).error().code == errc::invalid_argument;
  };
  CHECK(refused(all.who, {.name = std::string(limits::cursor_name_bytes_max + 1, 'n')}));
  CHECK(refused(all.who, {.name = std::string(1U << 20U, 'n')}));
  CHECK(refused(all.who, {.name = "\xFF"}));
  CHECK(refused(all.who, {.start = start_at::from_t(tx_number(0))}));
  other = whole;
  other.shards[0].shard = shard_id(limits::shards_max - 1);
  CHECK(ask(start_at::after_cursor(other)) == errc::cursor_invalid);
  auto nowhere = start_at::after_cursor(whole);
  nowhere.origin->shard = shard_id(limits::shards_max);
  CHECK(refused(all.who, {.start = nowhere}));
  CHECK(refused(actors::untyped(all.db.gateway()), {})); // the connection itself
  for (const auto& said : all.got->notices())
    CHECK_FALSE(std::holds_alternative<stream_notice::gap>(said.what));
  far_listener rest(node, {.start = start_at::after_cursor(whole)});
  CHECK(ts_of(rest.got->wait_for(10)) == counting(11, 20));
  all.db.unsubscribe(*all.answer);
  CHECK(within(a_while, [&] {
    const auto said = all.got->notices();
    return !said.empty() && std::holds_alternative<stream_notice::closed>(said.back().what);
  }));
  transact_some(node.db(), 5);
  CHECK(ts_of(rest.got->wait_for(15)) == counting(11, 25));
  CHECK(all.got->size() == 20);
}

TEST_CASE(
    "remote streams: a filter shows what passes, and one evaluation serves all who share it") {
  const test::temp_folder folder;
  reopened_node node(folder / "facts");
  const std::vector<std::string> patterns{"user/*"};
  const auto filter = attribute_filter::parse(patterns).value();
  far_listener one(node, {.filter = filter});
  far_listener two(node, {.filter = filter});
  REQUIRE(node.db().transact(R"([{:user/name "Ada" :order/total 3}])"));
  REQUIRE(node.db().transact(R"([{:order/total 4}])"));
  REQUIRE(node.db().transact(R"([{:user/name "Eve"}])"));
  for (auto* listener : {&one, &two}) {
    const auto got = listener->got->wait_for(2);
    CHECK(ts_of(got) == std::vector<std::uint64_t>{1, 3});
    REQUIRE(got[0].datoms()->size() == 1);
    CHECK(got[0].name_of((*got[0].datoms())[0].attribute) == "user/name");
  }
}

TEST_CASE("remote streams: records larger than a frame arrive whole") {
  const test::temp_folder folder;
  reopened_node node(folder / "facts");
  far_listener live(node, {});
  tx_request large;
  for (int i = 0; i < 3; ++i)
    large.add(tempid("x" + std::to_string(i)), "item/text", test_noise(900'000, i));
  REQUIRE(live.db.transact(large));
  transact_some(node.db(), 1);
  const auto got = live.got->wait_for(2);
  REQUIRE(got.size() == 2);
  CHECK(got[0].payload().size() > 2'000'000);
  CHECK(chain_of(got) == got.back().chain());
}

TEST_CASE("remote streams: more for all of a connection than the node lets wait is only slower") {
  const test::temp_folder folder;
  reopened_node node(folder / "facts");
  network_application app;
  auto db = connect(app.system, "facts", node.found()).value();
  const auto got = std::make_shared<stream_inbox>();
  const auto who = actors::spawn(app.system, test::stream_listener, got);
  constexpr std::size_t streams = 24;
  for (std::size_t i = 0; i < streams; ++i)
    REQUIRE(db.subscribe_wal(who, {.notices = true}));
  tx_request large;
  for (int i = 0; i < 4; ++i)
    large.add(tempid("x" + std::to_string(i)), "item/text", test_noise(900'000, i));
  REQUIRE(node.db().transact(large));
  const auto all = got->wait_for(streams);
  REQUIRE(all.size() == streams);
  CHECK(streams * all[0].payload().size() > limits::connection_unread_bytes_max);
  for (const auto& said : got->notices())
    CHECK_FALSE(std::holds_alternative<stream_notice::gap>(said.what));
  actors::ask_to_end(who);
}

TEST_CASE("remote streams: a slow subscriber has its window, and others do not wait for it") {
  const test::temp_folder folder;
  reopened_node node(folder / "facts");
  far_listener slow(node, {.window_bytes = limits::stream_window_bytes_min, .notices = true});
  far_listener quick(node, {});
  slow.got->stop(true);
  constexpr std::size_t size = 1000;
  constexpr std::size_t commits = 20'000; // more than the publisher's ring holds
  transact_some(node.db(), commits, size);
  CHECK(quick.got->wait_for(commits).size() == commits);
  CHECK(slow.got->size() == 1); // it has not come back from the first
  slow.got->stop(false);
  CHECK(ts_of(slow.got->wait_for(commits)) == counting(1, commits));
  CHECK(std::ranges::any_of(slow.got->notices(), [](const stream_notice& n) {
    return std::holds_alternative<stream_notice::lagged>(n.what);
  }));
}

TEST_CASE("remote streams: attributes and idleness are told") {
  const test::temp_folder folder;
  reopened_node node(folder / "facts");
  const std::vector<std::string> patterns{"user/*"};
  const auto filter = attribute_filter::parse(patterns).value();
  far_listener users(node, {.filter = filter, .notices = true});
  REQUIRE(users.answer);
  REQUIRE(node.db().transact(R"([{:user/name "Ada"}])"));
  CHECK(users.got->wait_for(1).size() == 1);
  transact_some(node.db(), 6);
  const auto find = [&]<class Notice>(const Notice*, const auto& fits) {
    std::optional<Notice> found;
    within(a_while, [&] {
      for (const auto& n : users.got->notices())
        if (const auto* one = std::get_if<Notice>(&n.what); one != nullptr && fits(*one))
          found = *one;
      return found.has_value();
    });
    return found;
  };
  const auto names = find(static_cast<const stream_notice::schema*>(nullptr),
                          [](const auto& n) { return n.now->find("user/name") != nullptr; });
  CHECK(names);
  const auto mark = find(static_cast<const stream_notice::watermark*>(nullptr),
                         [](const auto& n) { return n.at.place.t == tx_number(7); });
  REQUIRE(mark);
  CHECK(mark->of.database == users.answer->of.database);
  REQUIRE(node.db().transact(R"([{:user/name "Eve"}])"));
  far_listener next(node, {.start = start_at::after_cursor(mark->of.cursor_at(mark->at.place)),
                           .filter = filter});
  CHECK(ts_of(next.got->wait_for(1)) == counting(8, 8));
}

TEST_CASE("remote streams: what the log does not hold any more is too old") {
  const test::temp_folder folder;
  reopened_node node(folder / "facts");
  far_listener live(node, {});
  for (int i = 0; i < 15; ++i) { // more than the publisher's ring holds
    tx_request large;
    large.add(tempid("x"), "item/text", test_noise(900'000, i));
    REQUIRE(live.db.transact(large));
  }
  std::vector<std::filesystem::path> segments;
  for (const auto& file : std::filesystem::directory_iterator(folder / "facts/wal"))
    if (const auto name = file.path().filename().string();
        name.ends_with(".seg") && !name.starts_with("free-"))
      segments.push_back(file.path());
  std::ranges::sort(segments);
  REQUIRE(segments.size() > 2);
  std::filesystem::remove(segments.front());
  const auto old = live.db.subscribe_wal(live.who, {.start = start_at::after_t(tx_number(0))});
  REQUIRE(!old);
  CHECK(old.error().code == errc::cursor_too_old);
  const auto earliest = std::stoull(std::string(old.error().field("earliest")));
  CHECK(earliest > 1);
  far_listener rest(node, {.start = start_at::from_t(tx_number(earliest))});
  CHECK(ts_of(rest.got->wait_for(16 - earliest)) == counting(earliest, 15));
}

TEST_CASE("remote streams: many subscribers of one connection, each for itself") {
  const test::temp_folder folder;
  reopened_node node(folder / "facts");
  network_application app;
  auto db = connect(app.system, "facts", node.found()).value();
  struct one {
    std::shared_ptr<stream_inbox> got = std::make_shared<stream_inbox>();
    actors::actor who;
    fabric::subscribed stream = {};
  };
  std::vector<one> all(100);
  for (auto& each : all) {
    each.who = actors::spawn(app.system, test::stream_listener, each.got);
    each.stream = db.subscribe_wal(each.who, {.window_bytes = 1, .notices = true}).value();
  }
  transact_some(node.db(), 50);
  for (auto& each : all)
    CHECK(ts_of(each.got->wait_for(50)) == counting(1, 50));
  const auto twice = db.subscribe_wal(all[0].who).value(); // and once more to the same actor
  CHECK(twice.session != all[0].stream.session);
  db.unsubscribe(all[0].stream);
  for (std::size_t i = 1; i < 50; ++i)
    i % 2 == 0 ? db.unsubscribe(all[i].stream) : actors::ask_to_end(all[i].who);
  network_application asker;
  CHECK(within(a_while, [&] { return sessions(node.db(), asker) == 51; }));
  node.close();
  node.open();
  transact_some(node.db(), 50);
  for (std::size_t i = 50; i < all.size(); ++i)
    CHECK(ts_of(all[i].got->wait_for(100)) == counting(1, 100));
  CHECK(ts_of(all[0].got->wait_for(100)) == counting(1, 100)); // the second stream of that one
  CHECK(all[2].got->size() == 50);
  CHECK(sessions(node.db(), asker) == 51);
  db.close();
  for (std::size_t i = 50; i < all.size(); ++i)
    CHECK(all[i].got->wait_for_end()->code == errc::closed);
  for (auto& each : all)
    actors::ask_to_end(each.who);
}

TEST_CASE("remote streams: a named cursor is where it was acknowledged") {
  const test::temp_folder folder;
  reopened_node node(folder / "facts");
  const fabric::subscribe_options how{.start = start_at::named(start_at::after_t(tx_number(0))),
                                      .name = "mirror"};
  transact_some(node.db(), 10);
  {
    far_listener first(node, how);
    const auto got = first.got->wait_for(10);
    first.db.acknowledge(*first.answer, got[6]);
    first.db.acknowledge(*first.answer, got[3]); // it does not go back
    CHECK(within(a_while, [&] {                  // a cursor is an entry of the log, and has no t
      far_listener look(node, how);
      return look.answer && look.answer->at.place.t == tx_number(7);
    }));
  }
  node.close();
  node.open();
  far_listener second(node, how);
  CHECK(ts_of(second.got->wait_for(3)) == counting(8, 10));
}

TEST_CASE("remote streams: whatever of the node is killed, nothing is lost or doubled") {
  const test::temp_folder folder;
  reopened_node node(folder / "facts");
  far_listener live(node, {});
  far_listener small(node, {.window_bytes = limits::stream_window_bytes_min, .notices = true});
  std::uint64_t committed = 0;
  for (const auto* name : {"wal_publisher", "peer_edge", "log_reader", "transactor", "gateway"}) {
    actors::kill(test::find_actor(node.db().tree().value(), name));
    for (int i = 0; i < 100; ++i)
      committed += live.db.transact("[{:item/number 1}]") ? 1 : 0;
  }
  const auto head = node.db().view()->basis().get();
  CHECK(head == committed); // the connection tries again what was not answered
  for (auto* listener : {&live, &small}) {
    const auto got = listener->got->wait_for(head);
    CHECK(ts_of(got) == counting(1, head));
    CHECK(chain_of(got) == got.back().chain());
  }
}

TEST_CASE("remote streams: a node that is opened again goes on where it was") {
  const test::temp_folder folder;
  reopened_node node(folder / "facts");
  far_listener live(node, {.notices = true});
  for (int round = 0; round < 4; ++round) {
    transact_some(node.db(), 50);
    node.close();
    node.open();
  }
  transact_some(node.db(), 50);
  const auto got = live.got->wait_for(250);
  CHECK(ts_of(got) == counting(1, 250));
  CHECK(chain_of(got) == got.back().chain());
  CHECK(std::ranges::any_of(live.got->notices(), [](const stream_notice& n) {
    return std::holds_alternative<stream_notice::gap>(n.what);
  }));
}

TEST_CASE("remote streams: who ended is forgotten on both sides; who cannot be served is told") {
  const test::temp_folder folder;
  reopened_node node(folder / "facts");
  network_application asker;
  far_listener live(node, {});
  {
    far_listener gone(node, {});
    REQUIRE(gone.answer);
    CHECK(sessions(node.db(), asker) == 2);
  }
  CHECK(within(a_while, [&] { return sessions(node.db(), asker) == 1; }));
  const auto other = actors::spawn(live.app.system, test::stream_listener, live.got);
  REQUIRE(live.db.subscribe_wal(other));
  CHECK(within(a_while, [&] { return sessions(node.db(), asker) == 2; }));
  actors::ask_to_end(other);
  CHECK(within(a_while, [&] { return sessions(node.db(), asker) == 1; }));
  live.db.close();
  const auto why = live.got->wait_for_end();
  REQUIRE(why);
  CHECK(why->code == errc::closed);
  CHECK(within(a_while, [&] { return sessions(node.db(), asker) == 0; }));
}
