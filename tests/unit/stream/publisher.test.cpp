// What a publisher sends, and when.
#include "publisher_fixture.hpp"

using namespace weft;
using namespace weft::test;

TEST_CASE("a subscriber from now on gets what is committed then, in order") {
  publisher_fixture f;
  f.log.add_many(3);
  f.start();
  f.subscribe(1, start_at::newest());
  REQUIRE(f.told<session_opened>(1).size() == 1);
  CHECK(f.told<session_opened>(1)[0].at == f.log.point(3));
  CHECK(f.records(1).empty());
  f.log.add_many(1);
  f.commit();
  CHECK(f.records(1) == times{4});
  f.log.add_many(3);
  f.commit();
  CHECK(f.records(1) == times{5, 6, 7});
  CHECK(f.told<session_records>(1).size() == 1); // what is committed together is sent together
}

TEST_CASE("a start is exclusive, and t is where a stream may begin") {
  publisher_fixture f;
  f.start();
  f.log.add_many(5);
  f.commit();
  f.subscribe(1, start_at::after_t(tx_number(3)));
  CHECK(f.records(1) == times{4, 5});
  f.subscribe(2, start_at::from_t(tx_number(3)));
  CHECK(f.records(2) == times{3, 4, 5});
  f.subscribe(3, start_at::after_t(tx_number(0)));
  CHECK(f.records(3) == times{1, 2, 3, 4, 5});
  const auto at = f.log.point(4).place;
  f.subscribe(4, start_at::after_place(at.t, short_hash(at.chain)));
  CHECK(f.records(4) == times{5});
  f.subscribe(5, start_at::after_t(tx_number(5)));
  CHECK(f.records(5).empty());
  CHECK(f.told<session_opened>(5)[0].at == f.log.point(5));
}

TEST_CASE("what the ring does not hold is read of the log, and goes over without a seam") {
  publisher_fixture f;
  f.log.add_many(10);
  f.start(); // with an empty ring
  f.subscribe(1, start_at::after_t(tx_number(4)));
  CHECK(f.told<session_opened>(1).empty()); // its place is not checked yet
  REQUIRE(f.out.reads.size() == 1);
  CHECK(f.out.reads[0].after == tx_number(4));
  const auto reads = f.out.reads;
  f.log.add_many(2);
  f.commit(); // while the read is under way
  CHECK(f.records(1).empty());
  f.out.reads = reads;
  f.read();
  CHECK(f.told<session_opened>(1)[0].at.place == f.log.point(4).place);
  CHECK(f.records(1) == times{5, 6, 7, 8, 9, 10, 11, 12});
  f.log.add_many(1);
  f.commit();
  CHECK(f.records(1) == times{13});
}

TEST_CASE("sessions at the same place share a read") {
  publisher_fixture f;
  f.log.add_many(10);
  f.start();
  f.subscribe(1, start_at::after_t(tx_number(4)));
  const auto reads = f.out.reads;
  f.subscribe(2, start_at::after_t(tx_number(4)));
  CHECK(f.out.reads.empty());
  f.out.reads = reads;
  f.read();
  CHECK(f.records(1) == f.records(2));
  CHECK(f.records(1).size() == 6);
  CHECK(f.machine->counts().reads == 1);
  CHECK(f.machine->counts().slices == 1);
}

TEST_CASE("only so many reads are under way, and none for more bytes than they may") {
  publisher_fixture f;
  f.log.add_many(100);
  f.start();
  std::vector<publisher::read_log> reads;
  for (std::uint64_t i = 0; i < 50; ++i) {
    f.subscribe(1 + i, start_at::after_t(tx_number(i)));
    reads.insert(reads.end(), f.out.reads.begin(), f.out.reads.end());
  }
  CHECK(reads.size() == limits::stream_reads_max);
  CHECK(reads[0].bytes == limits::stream_read_bytes_max);
  std::size_t done = 0;
  while (!reads.empty()) {
    f.out.reads = {reads.back()};
    reads.pop_back();
    f.read();
    ++done;
    reads.insert(reads.end(), f.out.reads.begin(), f.out.reads.end());
  }
  CHECK(done == 50);
  CHECK(f.machine->counts().sent == 50 * 100 - 49 * 50 / 2);
}

TEST_CASE("a session that is opened again while its read is under way is not served by that read") {
  publisher_fixture f;
  f.log.add_many(10);
  f.start();
  f.open(1, start_at::after_t(tx_number(2)), 1U << 20U, 1);
  const auto first = f.out.reads;
  f.open(1, start_at::after_t(tx_number(7)), 1U << 20U, 2);
  const auto second = f.out.reads;
  f.out.reads = first;
  f.read();
  CHECK(f.out.sends.empty());
  f.out.reads = second;
  f.read();
  REQUIRE(f.sent<opened_frame>(1).size() == 1);
  CHECK(f.sent<opened_frame>(1)[0].at.place.t == tx_number(7));
  CHECK(f.sent<records_frame>(1)[0].what->items.size() == 3);
}

TEST_CASE("nothing is sent beyond what was told as committed") {
  publisher_fixture f;
  f.log.add_many(5);
  f.start();
  f.log.add_many(3); // written, not told
  f.subscribe(1, start_at::after_t(tx_number(0)));
  f.read();
  CHECK(f.records(1) == times{1, 2, 3, 4, 5});
  f.commit();
  CHECK(f.records(1) == times{6, 7, 8});
}

TEST_CASE("credit is bytes, and one record may overdraw it") {
  publisher_fixture f;
  f.start();
  f.log.add_many(1);
  f.commit();
  const auto cost = f.log.record(1)->credit_bytes();
  CHECK(cost == f.log.record(1)->payload().size() + limits::stream_record_cost_bytes);
  f.subscribe(1, start_at::newest(), 2 * cost);
  f.log.add_many(5);
  f.commit();
  CHECK(f.records(1) == times{2, 3});
  f.step(publisher::credit{f.key(1), 2 * cost + 1});
  CHECK(f.records(1) == times{4});
  f.step(publisher::credit{f.key(1), 2 * cost}); // an old one came late
  f.step(publisher::credit{f.key(1), 3 * cost}); // what was overdrawn is paid
  CHECK(f.records(1).empty());
  f.step(publisher::credit{f.key(1), 5 * cost});
  CHECK(f.records(1) == times{5, 6});
  CHECK(f.machine->counts_of(f.key(1))->bytes == 5 * cost);
}

TEST_CASE("credit that came late takes nothing away") {
  publisher_fixture f;
  f.start();
  f.subscribe(1, start_at::newest(), 1U << 20U);
  f.step(publisher::credit{f.key(1), 1});
  f.log.add_many(5);
  f.commit();
  CHECK(f.records(1).size() == 5);
}

TEST_CASE("sessions at one place with little and with much credit get what they may") {
  for (const bool poor_first : {false, true}) {
    publisher_fixture f;
    f.start();
    f.subscribe(poor_first ? 1 : 2, start_at::newest(), poor_first ? 1 : 1U << 20U);
    f.subscribe(poor_first ? 2 : 1, start_at::newest(), poor_first ? 1U << 20U : 1);
    f.log.add_many(5);
    f.commit();
    CHECK(f.records(1) == times{1});
    CHECK(f.records(2) == times{1, 2, 3, 4, 5});
  }
}

TEST_CASE("credit is at most a window ahead") {
  publisher_fixture f;
  f.how.ring_bytes = 2 * limits::stream_window_bytes_max;
  f.start();
  f.subscribe(1, start_at::newest(), ~0ULL);
  const auto facts = limits::record_bytes_max / 1'000'000;
  for (std::size_t i = 0; i < limits::stream_window_bytes_max / 4'000'000 + 2; ++i)
    f.log.add({{"big/one", facts, 1'000'000}}, i);
  f.commit();
  const auto bytes = f.machine->counts_of(f.key(1))->bytes;
  CHECK(bytes >= limits::stream_window_bytes_max);
  CHECK(bytes < limits::stream_window_bytes_max + limits::record_bytes_max);
  CHECK(f.records(1).size() < f.log.size());
}

TEST_CASE("a thousand subscribers with one filter: each record is looked at once") {
  publisher_fixture f;
  f.start();
  const auto filter = f.filter_of("a/*");
  for (std::uint64_t i = 0; i < 1000; ++i)
    f.subscribe(i, start_at::newest(), 1U << 20U, filter);
  for (int i = 0; i < 10; ++i) {
    f.log.add({{"a/x", 2}, {"b/y"}});
    f.log.add({{"b/y"}});
    f.commit();
    CHECK(f.out.tells.size() == 1000);
    const auto& first = std::get<session_records>(f.out.tells.front().what);
    const auto& last = std::get<session_records>(f.out.tells.back().what);
    CHECK(first.what == last.what);       // one slice,
    CHECK(first.batches == last.batches); // and one batch for all
  }
  CHECK(f.machine->counts().evaluations == 20);
  CHECK(f.machine->counts().slices == 10);
  CHECK(f.machine->counts().sent == 10'000);
  CHECK(f.machine->counts().skipped == 10'000);
}

TEST_CASE("what a filter found is kept with a record, for so many filters") {
  const auto looks = [](std::size_t filters) {
    publisher_fixture f;
    f.start();
    f.log.add({{"a/x"}});
    f.commit();
    for (std::uint64_t round = 0; round < 2; ++round)
      for (std::uint64_t i = 0; i < filters; ++i)
        f.subscribe(1000 * round + i, start_at::after_t(tx_number(0)), 1U << 20U,
                    f.filter_of("a/" + std::string(i, 'y') + "*"));
    return f.machine->counts().evaluations;
  };
  CHECK(looks(limits::filter_results_kept_max) == limits::filter_results_kept_max);
  CHECK(looks(limits::filter_results_kept_max + 1) == 2 * (limits::filter_results_kept_max + 1));
}

TEST_CASE("a filter follows the schema") {
  publisher_fixture f;
  f.start();
  f.subscribe(1, start_at::newest(), 1U << 20U, f.filter_of("new/*"));
  f.log.add({{"a/x"}});
  f.commit();
  CHECK(f.records(1).empty());
  f.log.add({{"new/one"}, {"a/x"}});
  f.commit();
  REQUIRE(f.records(1) == times{2});
  const auto batch = (*f.told<session_records>(1)[0].batches)[0];
  REQUIRE(batch.datoms()->size() == 1);
  CHECK(batch.name_of((*batch.datoms())[0].attribute) == "new/one");
}

TEST_CASE("a record that cannot be decoded ends who filters, and reaches who does not") {
  publisher_fixture f;
  f.start();
  f.subscribe(1, start_at::newest());
  f.subscribe(2, start_at::newest(), 1U << 20U, f.filter_of("a/*"));
  const auto payload = std::make_shared<const bytes>("\1\0\0\1nonsense");
  const publisher::committed_record odd{tx_number(1), instant(1), chain({}, hash_of(*payload)),
                                        payload};
  f.step(publisher::committed{std::span(&odd, 1)});
  CHECK(f.records(1) == times{1});
  CHECK(f.closed(2).code == errc::malformed_record);
  CHECK(f.machine->sessions() == 1);
}

TEST_CASE("the ring holds so many bytes, and the newest record in any case") {
  publisher_fixture f;
  f.start();
  for (std::uint64_t i = 0; i < limits::stream_ring_bytes / 900'000 + 3; ++i)
    f.log.add({{"big/one", 1, 1'000'000}}, i);
  f.commit();
  CHECK(f.machine->ring_bytes() <= limits::stream_ring_bytes);
  CHECK(f.machine->ring_bytes() > limits::stream_ring_bytes - 2'000'000);
  f.how.ring_bytes = 1;
  f.start();
  f.log.add_many(2);
  f.commit();
  CHECK(f.machine->ring_bytes() == f.log.record(f.log.size())->credit_bytes());
}

TEST_CASE("who is caught up needs no log, however much is committed at once") {
  publisher_fixture f;
  f.how.ring_bytes = 500;
  f.start();
  f.subscribe(1, start_at::newest());
  f.log.add_many(100);
  f.commit();
  CHECK(f.records(1).size() == 100);
  CHECK(f.machine->counts().reads == 0);
  CHECK(f.machine->ring_bytes() <= 500);
}

TEST_CASE("who falls behind the ring is told so once, and catches up from the log") {
  publisher_fixture f;
  f.how.ring_bytes = 500;
  f.start();
  f.subscribe(1, start_at::newest(), 1);
  f.log.add_many(1);
  f.commit();
  CHECK(f.records(1) == times{1}); // it overdrew its credit
  f.log.add_many(40);
  f.commit();
  CHECK(f.out.tells.empty());
  f.step(publisher::credit{f.key(1), 1U << 20U});
  REQUIRE(f.told<session_lagged>(1).size() == 1);
  CHECK(f.told<session_lagged>(1)[0].at == tx_number(1));
  CHECK(f.told<session_lagged>(1)[0].head == tx_number(41));
  f.read();
  CHECK(f.records(1).size() == 40);
  CHECK(f.told<session_lagged>(1).empty());
  CHECK(f.machine->counts().lagged == 1);
}
