#include "weft/persistence/embedded/database.hpp"

#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <fstream>
#include <stdexcept>

namespace {

using namespace weft;
using embedded::database;

database open(const std::string& folder, embedded::options how = {}) {
  auto opened = database::open(folder, std::move(how));
  if (!opened)
    FAIL(opened.error().to_string());
  return std::move(*opened);
}

tx_report must(result<tx_report> made) {
  if (!made)
    FAIL(made.error().to_string());
  return std::move(*made);
}

std::string name_of(const view& db, entity_id e) {
  const auto* attribute = db.schema().find("user/name");
  REQUIRE(attribute != nullptr);
  const auto found = db.get(e, attribute->id).value();
  return found ? std::string(found->view().as_bytes()) : "";
}

} // namespace

TEST_CASE("what was transacted is there, now and after opening again") {
  const test::temp_folder folder;
  entity_id ada;
  hash128 chain;
  {
    auto db = open(folder / "db");
    const auto report = must(db.transact(R"([{:db/id "ada" :user/name "Ada" :user/age 36}])"));
    CHECK(report.t == tx_number(1));
    ada = *report.entity("ada");
    CHECK(name_of(db.view().value(), ada) == "Ada");
    CHECK(report.before.entity(ada).value().empty());
    CHECK(name_of(report.after, ada) == "Ada");
    chain = db.status().chain;
    CHECK(db.close());
  }
  auto db = open(folder / "db", {.create = false});
  CHECK(db.view().value().basis() == tx_number(1));
  CHECK(name_of(db.view().value(), ada) == "Ada");
  CHECK(db.status().chain == chain);
  CHECK(must(db.transact(R"([{:user/name "Bob"}])")).t == tx_number(2));
}

TEST_CASE("closing without close loses nothing either") {
  const test::temp_folder folder;
  for (std::uint64_t i = 1; i <= 5; ++i) {
    auto db = open(folder / "db");
    CHECK(must(db.transact(R"([{:user/name "again"}])")).t == tx_number(i));
  }
}

TEST_CASE("the report is what the datoms say") {
  const test::temp_folder folder;
  auto db = open(folder / "db");
  const auto ada = *must(db.transact(R"([{:db/id "a" :user/name "Ada"}])")).entity("a");
  const auto report = must(db.transact(tx_request{}.add(ada, "user/name", "Eve")));
  REQUIRE(report.datoms.size() == 2);
  CHECK_FALSE(report.datoms[0].added);
  CHECK(report.datoms[0].value == value::string("Ada"));
  CHECK(report.datoms[1].added);
  CHECK(report.datoms[1].value == value::string("Eve"));
  CHECK(name_of(report.before, ada) == "Ada");
  CHECK(name_of(report.after, ada) == "Eve");
  must(db.transact(tx_request{}.add(ada, "user/name", "Liz")));
  CHECK(name_of(report.after, ada) == "Eve");
}

TEST_CASE("facts about the transaction, and its instant") {
  const test::temp_folder folder;
  auto db = open(folder / "db", {.clock = [] { return instant(1'700'000'000'000'000); }});
  const auto report = must(db.transact(tx_request{}.add(this_transaction(), "audit/why", "test")));
  CHECK(report.when == instant(1'700'000'000'000'000));
  const auto tx = entity::of_transaction(shard_id(0), report.t);
  const auto facts = db.view().value().entity(tx).value();
  CHECK(facts.at(builtin::tx_instant).at(0) == value::of(report.when));
  CHECK(facts.size() == 2);
  CHECK(std::none_of(report.datoms.begin(), report.datoms.end(),
                     [](const datom& d) { return d.attribute == builtin::tx_instant; }));
}

TEST_CASE("a retry gets the first report, also after opening again") {
  const test::temp_folder folder;
  request_id id;
  const auto request = tx_request{}.put(tempid("a"), {{"user/name", "Ada"}});
  tx_report first = [&] {
    auto db = open(folder / "db");
    id = db.make_request_id();
    auto report = must(db.transact(request, id));
    must(db.transact(R"([{:user/name "Bob"}])"));
    const auto again = must(db.transact(request, id));
    CHECK(again.t == report.t);
    CHECK(again.datoms == report.datoms);
    CHECK(again.tempids == report.tempids);
    CHECK(again.when == report.when);
    CHECK(again.next == report.next);
    CHECK(again.after.basis() == report.t);
    CHECK(db.view().value().basis() == tx_number(2));
    return report;
  }();
  auto db = open(folder / "db");
  const auto again = must(db.transact(request, id));
  CHECK(again.t == first.t);
  CHECK(again.datoms == first.datoms);
  CHECK(again.tempids == first.tempids);
  CHECK(db.view().value().basis() == tx_number(2));
  const auto other = db.transact(tx_request{}.put({{"user/name", "Eve"}}), id);
  REQUIRE_FALSE(other);
  CHECK(other.error().code == errc::request_conflict);
}

TEST_CASE("request ids are made of time and chance") {
  const test::temp_folder folder;
  auto db = open(folder / "db", {.clock = [] { return instant(1'700'000'000'123'000); }});
  const auto a = db.make_request_id();
  const auto b = db.make_request_id();
  CHECK(a != b);
  CHECK(a.made_at() == instant(1'700'000'000'123'000));
  CHECK(a.id.octets[6] >> 4U == 7);
  CHECK(a.id.octets[8] >> 6U == 2);
}

TEST_CASE("a rejected transaction leaves no trace") {
  const test::temp_folder folder;
  auto db = open(folder / "db", {.mode = schema_mode::strict});
  const auto refused = db.transact(R"([{:user/name "Ada"}])");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::unknown_attribute);
  CHECK(db.view().value().basis() == tx_number(0));
  const auto garbled = db.transact("[{:user/name");
  REQUIRE_FALSE(garbled);
  CHECK(garbled.error().code == errc::malformed_edn);
}

TEST_CASE("with shows what would be, and nothing is") {
  const test::temp_folder folder;
  auto db = open(folder / "db");
  must(db.transact(R"([{:user/name "Ada"}])"));
  const auto request = tx_request{}.put(tempid("b"), {{"user/name", "Bob"}});
  const auto would = db.with(request);
  REQUIRE(would);
  CHECK(would->t == tx_number(2));
  CHECK(name_of(would->after, *would->entity("b")) == "Bob");
  CHECK(db.view().value().basis() == tx_number(1));
  const auto then = must(db.transact(request));
  CHECK(then.tempids == would->tempids);
  CHECK(then.datoms == would->datoms);

  const auto text = must(db.with(R"([{:db/id "c" :user/name "Cleo"}])"));
  CHECK(text.t == tx_number(3));
  CHECK(name_of(text.after, *text.entity("c")) == "Cleo");
  CHECK(db.with("[{:user/name").error().code == errc::malformed_edn);
  CHECK(db.view().value().basis() == tx_number(2));
}

TEST_CASE("a transaction in JSON is the transaction in EDN") {
  const test::temp_folder folder;
  auto db = open(folder / "db");
  const auto request = parse_json_transaction(R"([{"db/id": "a", "user/name": "Ada"}])");
  REQUIRE(request);
  CHECK(name_of(db.view().value(), *must(db.transact(*request)).entity("a")) == "Ada");
  CHECK(parse_json_transaction("[{").error().code == errc::malformed_json);
}

TEST_CASE("functions of the application run inside the transaction") {
  const test::temp_folder folder;
  embedded::options how;
  REQUIRE(how.functions.add("test/greet", [](const function_call& call) -> result<tx_request> {
    return tx_request{}.put({{"greeting/to", call.arguments[0]}});
  }));
  auto db = open(folder / "db", std::move(how));
  const auto report = must(db.transact(R"([[:test/greet "Ada"]])"));
  CHECK(std::any_of(report.datoms.begin(), report.datoms.end(),
                    [](const datom& d) { return d.value == value::string("Ada"); }));
  CHECK(db.transact("[[:test/unknown]]").error().code == errc::unknown_function);
}

TEST_CASE("a folder is opened by one at a time") {
  const test::temp_folder folder;
  auto db = open(folder / "db");
  const auto second = database::open(folder / "db");
  REQUIRE_FALSE(second);
  CHECK(second.error().code == errc::locked);
  CHECK(db.close());
  CHECK(database::open(folder / "db"));
}

TEST_CASE("no folder, no database: unless one may be made") {
  const test::temp_folder folder;
  CHECK(database::open(folder / "db", {.create = false}).error().code == errc::not_a_database);
  CHECK(database::open(folder / "db", {.read_only = true}).error().code == errc::not_a_database);
  CHECK_FALSE(std::filesystem::exists(folder / "db"));
}

TEST_CASE("a folder with files of somebody else gets no database") {
  const test::temp_folder folder;
  std::ofstream(folder / "notes.txt") << "mine";
  const auto refused = database::open(folder.path());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::not_a_database);
  CHECK(refused.error().detail.find("notes.txt") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder / "LOCK"));
  const test::temp_folder volume; // a file system of its own
  std::filesystem::create_directory(volume / "lost+found");
  CHECK(database::open(volume.path()));
}

TEST_CASE("a reader sees what a writer in another database object has committed") {
  const test::temp_folder folder;
  auto db = open(folder / "db");
  must(db.transact(R"([{:user/name "Ada"}])"));
  must(db.transact(R"([{:user/name "Bob"}])"));
  auto reader = open(folder / "db", {.read_only = true});
  CHECK(reader.view().value().basis() == tx_number(2));
  CHECK(reader.status().chain == db.status().chain);
  CHECK_FALSE(reader.status().writable);
  CHECK(reader.transact("[]").error().code == errc::read_only);
  CHECK(reader.with(tx_request{}.put({{"user/name", "Eve"}})).has_value());
}

TEST_CASE("after close everything is refused, and views opened before go on") {
  const test::temp_folder folder;
  auto db = open(folder / "db");
  const auto ada = *must(db.transact(R"([{:db/id "a" :user/name "Ada"}])")).entity("a");
  const auto now = db.view().value();
  CHECK(db.close());
  CHECK(db.close());
  CHECK(db.transact("[]").error().code == errc::closed);
  CHECK(db.submit(tx_request{}).get().error().code == errc::closed);
  CHECK(db.with(tx_request{}).error().code == errc::closed);
  CHECK(db.view().error().code == errc::closed);
  CHECK(name_of(now, ada) == "Ada");
  auto reader = open(folder / "db", {.read_only = true});
  CHECK(reader.view());
  CHECK(reader.close());
  CHECK(reader.view().error().code == errc::closed);
}

TEST_CASE("what is told about progress may throw") {
  const test::temp_folder folder;
  must(open(folder / "db").transact(R"([{:user/name "Ada"}])"));
  int told = 0;
  const auto db = open(folder / "db", {.progress = [&](const embedded::open_progress&) {
                         ++told;
                         throw std::runtime_error("not now");
                       }});
  CHECK(told > 0);
  CHECK(db.view().value().basis() == tx_number(1));
}

TEST_CASE("an empty transaction is accepted and has a t") {
  const test::temp_folder folder;
  auto db = open(folder / "db");
  const auto report = must(db.transact("[]"));
  CHECK(report.t == tx_number(1));
  CHECK(report.datoms.empty());
}

TEST_CASE("opening tells how far it is") {
  const test::temp_folder folder;
  {
    auto db = open(folder / "db");
    for (int i = 0; i < 50; ++i)
      must(db.transact(R"([{:user/name "Ada"}])"));
  }
  embedded::open_progress last;
  const auto db = open(folder / "db", {.progress = [&](const auto& p) { last = p; }});
  CHECK(last.total > 0);
  CHECK(last.done == last.total);
  CHECK(last.transactions == 50);
}

TEST_CASE("the status adds up") {
  const test::temp_folder folder;
  auto db = open(folder / "db");
  const auto before = db.status();
  must(db.transact(R"([{:db/id "a" :user/name "Ada"}])"));
  const auto now = db.status();
  CHECK(now.t == tx_number(1));
  CHECK(now.writable);
  CHECK(now.facts_live > before.facts_live);
  CHECK(now.log_segments == 1);
  CHECK(now.log_bytes >= limits::segment_bytes_min);
  CHECK(now.chain != before.chain);
  const auto stages = db.stages();
  CHECK(stages.transactions == 1);
  CHECK(stages.syncs == 1);
  CHECK(stages.resolve_us > 0);
  CHECK(stages.encode_us > 0);
  CHECK(stages.append_us > 0);
  CHECK(stages.sync_us > 0);
  CHECK(stages.carry_wall_us > stages.sync_us);
}

TEST_CASE("a segment that no transaction fits, or that is larger than any, is refused") {
  const test::temp_folder folder;
  for (const std::size_t bytes : {std::size_t{4000}, limits::segment_bytes_max + 1}) {
    const auto refused = database::open(folder / "db", {.segment_bytes = bytes});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::invalid_argument);
  }
  auto db = open(folder / "db", {.segment_bytes = 8192});
  CHECK(must(db.transact(R"([{:user/name "Ada"}])")).t == tx_number(1));
  CHECK(db.status().log_bytes == 8192);
}

TEST_CASE("a transaction that is larger than a new segment is kept, first or after opening again") {
  const test::temp_folder folder;
  auto large = [state = 1U](std::size_t size) mutable {
    std::string text(size, ' '); // no repetition, so it stays as large in the log
    for (auto& c : text)
      c = static_cast<char>('a' + (state = state * 1664525U + 1013904223U) % 26);
    return text;
  };
  std::vector<std::string> texts;
  for (std::uint64_t t = 1; t <= 4; ++t) {
    auto db = open(folder / "db");
    CHECK(db.view().value().basis() == tx_number(t - 1));
    texts.push_back(large(limits::value_bytes_max - 100));
    tx_request request;
    request.add(tempid("a"), "user/text", texts.back());
    request.add(tempid("b"), "user/other", large(limits::value_bytes_max - 100));
    CHECK(must(db.transact(request)).t == tx_number(t));
    CHECK(db.close());
  }
  const auto db = open(folder / "db");
  const auto now = db.view().value();
  const auto* attribute = now.schema().find("user/text");
  REQUIRE(attribute != nullptr);
  auto found = now.datoms(index_order::aevt, {.attribute = attribute->id}).value();
  std::size_t i = 0;
  for (const auto& d : found)
    CHECK((i < texts.size() && d.value.as_bytes() == texts[i++]));
  CHECK(i == texts.size());
}
