// Frames as bytes: the documented ones, what is read and written again, and what is refused.
#include "weft/core/stream/frame.hpp"

#include "examples.hpp"
#include "support/documented.hpp"

using namespace weft;
using namespace weft::test;
using namespace weft::stream;

namespace {

const std::string document = std::string(WEFT_FORMATS) + "/stream.md";

result<frame> read(const bytes& wire) {
  return decode(std::make_shared<const bytes>(wire));
}

bytes again(const frame& f) {
  return std::visit([](const auto& side) { return encode(side); }, f);
}

/// All documented frames as bytes, by name.
std::map<std::string, bytes> documented() {
  std::map<std::string, bytes> out;
  for (const auto& [name, f] : documented_client_frames())
    out[name] = encode(f);
  for (const auto& [name, f] : documented_server_frames())
    out[name] = encode(f);
  return out;
}

errc code_of(const result<frame>& r) {
  return r ? errc::usage : r.error().code;
}

} // namespace

TEST_CASE("frames are written as documented, and read again") {
  for (const auto& [name, wire] : documented()) {
    INFO(name);
    CHECK(wire == documented_example(document, name));
    const auto f = read(wire);
    REQUIRE(f);
    CHECK(again(*f) == wire);
  }
}

TEST_CASE("each side takes the frames of the other only") {
  for (const auto& [name, f] : documented_client_frames()) {
    const auto wire = std::make_shared<const bytes>(encode(f));
    CHECK(decode_client(wire));
    CHECK(decode_server(wire).error().code == errc::malformed_frame);
    CHECK(epoch_of(*decode_client(wire)) == epoch{0x1122334455667788ULL, 3});
  }
  for (const auto& [name, f] : documented_server_frames()) {
    const auto wire = std::make_shared<const bytes>(encode(f));
    CHECK(decode_client(wire).error().code == errc::malformed_frame);
    CHECK(seq_of(*decode_server(wire)) == seq_of(f));
    CHECK(epoch_of(*decode_server(wire)) == epoch_of(f));
  }
}

TEST_CASE("payloads are not copied out of a frame, and keep it alive") {
  auto wire = std::make_shared<const bytes>(encode(documented_server_frames().at("records")));
  auto f = decode_server(wire);
  REQUIRE(f);
  const auto slice = std::get<records_frame>(*f).what;
  const auto payload = slice->items[1].record->payload();
  CHECK(payload.data() > wire->data());
  CHECK(payload.data() < wire->data() + wire->size());
  const std::weak_ptr<const bytes> watch = wire;
  wire.reset();
  f = tl::unexpected<error>(error{errc::usage, ""});
  CHECK_FALSE(watch.expired());
  CHECK(slice->items[1].record->is_whole());
  CHECK(slice->items[1].record->before() == slice->items[0].record->chain());
}

TEST_CASE("a frame that is cut short or goes on is refused") {
  for (const auto& [name, wire] : documented()) {
    INFO(name);
    for (std::size_t size = 0; size < wire.size(); ++size) {
      const auto f = read(wire.substr(0, size));
      CHECK_FALSE(f);
    }
    CHECK(code_of(read(wire + '\0')) == errc::malformed_frame);
  }
}

TEST_CASE("whatever a frame is changed to, it is refused or is a frame") {
  for (const auto& [name, wire] : documented()) {
    INFO(name);
    for (std::size_t at = 0; at < wire.size(); ++at)
      for (const int to : {0, 1, 2, 0x7F, 0x80, 0xFF}) {
        auto changed = wire;
        changed[at] = static_cast<char>(to);
        if (const auto f = read(changed); f && again(*f) != changed)
          FAIL_CHECK("another form: byte " << at << " is " << to);
      }
  }
}

TEST_CASE("a frame of another version says so") {
  auto wire = documented().at("credit");
  wire[0] = 2;
  const auto f = read(wire);
  CHECK(code_of(f) == errc::unsupported_version);
  CHECK(f.error().field("version") == "2");
  wire[0] = 1;
  wire[1] = 6;
  CHECK(read(wire).error().field("section") == "kind");
}

TEST_CASE("a frame has at most so many bytes") {
  stream_log log;
  const epoch of{1, 1};
  // The size of the value at which the record just fits.
  log.add({{"big/one", 1, 1000}});
  const slice_item small{log.record(1), nullptr};
  const auto room = limits::frame_bytes_max - frame_head_bytes - frame_bytes(small) + 1000 - 2;
  log.add({{"big/one", 1, room}});
  const slice_item item{log.record(2), nullptr};
  CHECK(frame_bytes(item) + frame_head_bytes <= limits::frame_bytes_max);
  auto slice = std::make_shared<stream_slice>();
  slice->from = log.point(1).place;
  slice->items = {item};
  slice->through = log.point(2);
  const auto wire = encode(records_frame{of, 1, slice});
  CHECK(wire.size() <= limits::frame_bytes_max);
  CHECK(read(wire));
  CHECK(code_of(read(bytes(limits::frame_bytes_max + 1, '\1'))) == errc::malformed_frame);
}

TEST_CASE("the bound of an item holds, whatever passes of it") {
  stream_log log;
  log.add({{"a/x", 1000}});
  position_runs runs;
  for (std::uint32_t i = 0; i < 1000; i += 2)
    runs.push_back({i, 1});
  const slice_item item{log.record(1), std::make_shared<const position_runs>(runs)};
  auto slice = std::make_shared<stream_slice>();
  slice->items = {item};
  slice->through = log.point(1);
  const auto wire = encode(records_frame{{1, 1}, 1, slice});
  CHECK(wire.size() <= frame_bytes(item) + frame_head_bytes);
  const auto f = decode_server(std::make_shared<const bytes>(wire));
  CHECK(*std::get<records_frame>(*f).what->items[0].matched == runs);
}

TEST_CASE("runs have one form: none is empty, none touch, none goes too far") {
  stream_log log;
  log.add({{"a/x", 9}});
  const auto accepts = [&](position_runs runs) {
    auto slice = std::make_shared<stream_slice>();
    slice->items = {{log.record(1), std::make_shared<const position_runs>(std::move(runs))}};
    slice->through = log.point(1);
    return read(encode(records_frame{{1, 1}, 1, slice})).has_value();
  };
  constexpr std::uint32_t most = limits::transaction_datoms_max;
  CHECK(accepts({{0, 1}, {2, 1}}));
  CHECK_FALSE(accepts({{0, 1}, {1, 1}}));
  CHECK_FALSE(accepts({{0, 1}, {2, 0}}));
  CHECK_FALSE(accepts({}));
  CHECK(accepts({{most - 1, 1}}));
  CHECK_FALSE(accepts({{most - 1, 2}}));
  CHECK_FALSE(accepts({{most, 1}}));
}

TEST_CASE("the error of a closing frame comes back, and its texts are cut") {
  const epoch of{1, 1};
  const error why{errc::cursor_ahead, "not yet", {{"head", "7"}}};
  CHECK(closed_frame::because(of, 1, why).why.reason() == why);
  const std::string much(limits::error_text_bytes_max, 'x');
  const auto cut = closed_frame::because(of, 1, {errc::closed, much + "\xC3\xA9", {{"a", "b"}}});
  CHECK(cut.why.detail == much);
  CHECK(cut.why.fields.empty());
  CHECK(read(encode(cut)));
  const auto split = closed_frame::because(of, 1, {errc::closed, much.substr(1) + "\xC3\xA9", {}});
  CHECK(split.why.detail == much.substr(1)); // not in the middle of a character
  auto too_much = cut;
  too_much.why.detail += 'x';
  CHECK(code_of(read(encode(too_much))) == errc::malformed_frame);
  too_much.why.detail = much.substr(4);
  too_much.why.fields = {{"a", "bc"}};
  CHECK(code_of(read(encode(too_much))) == errc::malformed_frame);
}

TEST_CASE("an error that only a newer version knows is still an error") {
  closed_frame f{{1, 1}, 1, {60'000, true, "new", {}}};
  CHECK(f.why.reason().code == errc::not_subscribed);
  CHECK(f.why.reason().field("code") == "60000");
  f.why.retryable = false;
  CHECK(f.why.reason().code == errc::unsupported_version);
}

TEST_CASE("a name of a cursor has at most so many bytes") {
  open_frame f{{1, 1}, {}, start_at::newest(), std::string(limits::cursor_name_bytes_max, 'n'),
               {},     0};
  CHECK(read(encode(f)));
  f.name += 'n';
  CHECK(code_of(read(encode(f))) == errc::malformed_frame);
}
