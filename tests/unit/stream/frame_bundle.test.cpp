// Frames of one connection that go together: what shares a slice goes once, and comes back as it
// was.
#include "weft/core/stream/frame_bundle.hpp"

#include "examples.hpp"
#include "support/documented.hpp"

using namespace weft;
using namespace weft::test;
using namespace weft::stream;

namespace {

constexpr epoch one{0x1122334455667788ULL, 3};
constexpr epoch other{0x1122334455667799ULL, 300};

slice_ptr slice_of(const stream_log& log, std::uint64_t t) {
  auto out = std::make_shared<stream_slice>();
  out->from = {tx_number(t - 1), log.record(t)->before()};
  out->items = {{log.record(t), nullptr}};
  out->through = log.point(t);
  return out;
}

result<std::vector<server_frame>> read(bytes wire, slice_memory& memory) {
  std::vector<server_frame> out;
  WEFT_CHECK(decode_together(std::make_shared<const bytes>(std::move(wire)), 0, memory, out));
  return out;
}
result<std::vector<server_frame>> read(bytes wire) {
  slice_memory memory;
  return read(std::move(wire), memory);
}

std::vector<bytes> encode_together(std::span<const server_frame> rest) {
  std::vector<bytes> out;
  while (!rest.empty()) {
    auto [wire, taken] = encode_front(rest);
    out.push_back(std::move(wire));
    rest = rest.subspan(taken);
  }
  return out;
}

/// What several frames say, in the end.
std::vector<bytes> single(std::span<const server_frame> frames) {
  std::vector<bytes> out;
  for (const auto& f : frames)
    out.push_back(encode(f));
  return out;
}

/// Two small transactions.
stream_log small_log() {
  stream_log log;
  log.add({{"a/x", 3}});
  log.add({{"a/x", 4}});
  return log;
}

} // namespace

TEST_CASE("records for several sessions are written as documented, and read again") {
  const auto records = std::get<records_frame>(documented_server_frames().at("records"));
  const std::vector<server_frame> both{records_frame{one, 3, records.what},
                                       records_frame{other, 4, records.what}};
  const auto wires = encode_together(both);
  REQUIRE(wires.size() == 1);
  CHECK(wires[0] ==
        documented_example(std::string(WEFT_FORMATS) + "/stream.md", "records for two sessions"));
  const auto got = read(wires[0]);
  REQUIRE(got);
  CHECK(single(*got) == single(both));
  CHECK(std::get<records_frame>((*got)[0]).what == std::get<records_frame>((*got)[1]).what);
}

TEST_CASE("frames of the same slice that follow each other are one, and none else") {
  const auto log = small_log();
  const auto first = slice_of(log, 1);
  const auto second = slice_of(log, 2);
  const auto to = [](std::uint64_t n) { return epoch{n, 1}; };
  const std::vector<server_frame> all{
      opened_frame{to(1), 1, stream_log::origin, log.point(0), tx_number(2)},
      records_frame{to(1), 2, first},
      records_frame{to(2), 9, first},
      records_frame{to(3), 300, first},
      watermark_frame{to(1), 3, log.point(2), tx_number(2)},
      records_frame{to(1), 4, second},
      records_frame{to(2), 10, first},
      records_frame{to(4), 1, slice_of(log, 1)}}; // equal, and another one
  const auto wires = encode_together(all);
  CHECK(wires.size() == 6);
  slice_memory memory;
  std::vector<server_frame> back;
  for (const auto& wire : wires) {
    auto got = read(wire, memory);
    REQUIRE(got);
    CHECK(encode_together(*got) == std::vector<bytes>{wire}); // a frame has one form
    std::ranges::move(*got, std::back_inserter(back));
  }
  CHECK(single(back) == single(all));
}

TEST_CASE("a shared frame has as many sessions as fit it") {
  stream_log log;
  log.add({{"a/x", 1, 250'000}}, 7);
  const auto large = slice_of(log, 1);
  std::vector<server_frame> all;
  for (std::uint64_t n = 1; n <= 2'000; ++n)
    all.emplace_back(records_frame{{n, static_cast<std::uint32_t>(n)}, n * n, large});
  const auto wires = encode_together(all);
  CHECK(wires.size() > 2);
  std::vector<server_frame> back;
  for (const auto& wire : wires) {
    CHECK(wire.size() <= limits::frame_bytes_max);
    if (&wire != &wires.back())
      CHECK(wire.size() + 20 > limits::frame_bytes_max);
    auto got = read(wire);
    REQUIRE(got);
    CHECK(encode_together(*got) == std::vector<bytes>{wire});
    std::ranges::move(*got, std::back_inserter(back));
  }
  CHECK(single(std::span(back).first(3)) == single(std::span(all).first(3)));
  REQUIRE(back.size() == all.size());
  for (std::size_t i = 0; i < all.size(); ++i)
    REQUIRE((epoch_of(back[i]) == epoch_of(all[i]) && seq_of(back[i]) == seq_of(all[i])));
}

TEST_CASE("a shared frame is for no more sessions than a connection has") {
  const auto log = small_log();
  const auto slice = slice_of(log, 1);
  std::vector<server_frame> all;
  for (std::uint64_t n = 1; n <= 2 * limits::connection_streams_max + 1; ++n)
    all.emplace_back(records_frame{{n, 1}, 1, slice});
  const auto wires = encode_together(all);
  REQUIRE(wires.size() == 3);
  CHECK(read(wires[0])->size() == limits::connection_streams_max);
  CHECK(read(wires[2])->size() == 1);
  // One session more in the first: the count has two bytes, 0x80 0x08.
  REQUIRE(wires[0].substr(2, 2) == "\x80\x08");
  auto more = wires[0];
  more[2] = '\x81';
  more.insert(4, wires[0].substr(4, 10));
  const auto refused = read(more);
  REQUIRE(!refused);
  CHECK(refused.error().code == errc::malformed_frame);
}

TEST_CASE("what is no frame for several sessions is refused, and nothing of it is taken") {
  const auto log = small_log();
  const auto slice = slice_of(log, 1);
  const std::vector<server_frame> both{records_frame{one, 3, slice},
                                       records_frame{other, 4, slice}};
  const auto wire = encode_together(both).front();
  slice_memory memory;
  std::vector<server_frame> out;
  const auto code = [&](const bytes& what) {
    const auto got = decode_together(std::make_shared<const bytes>(what), 0, memory, out);
    return got ? errc::usage : got.error().code;
  };
  for (std::size_t n = 0; n < wire.size(); ++n)
    CHECK(code(wire.substr(0, n)) == errc::malformed_frame);
  CHECK(code(wire + '\0') == errc::malformed_frame);
  const auto with = [&](std::size_t at, char c) {
    auto changed = wire;
    changed[at] = c;
    return code(changed);
  };
  constexpr std::size_t count_at = 2;
  constexpr std::size_t attempt_at = count_at + 1 + 8;
  CHECK(with(0, 2) == errc::unsupported_version);
  CHECK(with(count_at, 0) == errc::malformed_frame);
  CHECK(with(count_at, 1) == errc::malformed_frame);
  CHECK(with(count_at, 3) == errc::malformed_frame);
  CHECK(with(count_at, 127) == errc::malformed_frame); // more than there are bytes for
  CHECK(with(attempt_at, 0) == errc::malformed_frame);
  CHECK(with(attempt_at + 1, 0) == errc::malformed_frame); // seq
  CHECK(out.empty());
  CHECK(code(bytes(limits::frame_bytes_max + 1, '\x01')) == errc::malformed_frame);
  CHECK(code(encode(close_frame{one})) == errc::malformed_frame); // of a client
  CHECK(decode(std::make_shared<const bytes>(wire)).error().code == errc::malformed_frame);
  CHECK(code(wire) == errc::usage);
  CHECK(out.size() == 2);
}

TEST_CASE("a frame that carries what the last one did shares it, and no other") {
  const auto log = small_log();
  slice_memory memory;
  const auto read_as = [&](epoch of, std::uint64_t seq, std::uint64_t t, bool damaged = false) {
    auto wire = encode(records_frame{of, seq, slice_of(log, t)});
    if (damaged)
      wire.back() = static_cast<char>(wire.back() ^ 1); // no item passed behind the last one
    const auto got = read(std::move(wire), memory);
    if (got) {
      CHECK(epoch_of(got->front()) == of);
      CHECK(seq_of(got->front()) == seq);
    }
    return got ? std::get<records_frame>(got->front()).what : nullptr;
  };
  const auto first = read_as({1, 1}, 7, 1);
  REQUIRE(first);
  CHECK(read_as({2, 300}, 1, 1) == first);
  CHECK_FALSE(read_as({1, 1}, 8, 1, true)); // what cannot be read is not what was read before
  CHECK(read_as({1, 1}, 9, 1) == first);
  const auto slice = slice_of(log, 1);
  const std::vector<server_frame> both{records_frame{one, 3, slice},
                                       records_frame{other, 4, slice}};
  const auto shared = read(encode_together(both).front(), memory);
  REQUIRE(shared);
  CHECK(std::get<records_frame>(shared->back()).what == first);
  const auto second = read_as({1, 1}, 10, 2);
  REQUIRE(second);
  CHECK(second->items[0].record->t() == tx_number(2));
  CHECK(read_as({2, 300}, 2, 2) == second);
  const auto once_more = read_as({3, 1}, 1, 1); // only the last one is remembered
  REQUIRE(once_more);
  CHECK(once_more != first);
  CHECK(once_more->items[0].record->chain() == first->items[0].record->chain());
}
