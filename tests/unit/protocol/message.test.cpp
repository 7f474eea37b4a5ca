// Messages as bytes: the documented ones, what is read and written again, and what is refused.
#include "examples.hpp"
#include "support/documented.hpp"

#include "weft/core/protocol/request_codec.hpp"

using namespace weft;
using namespace weft::test;
using namespace weft::protocol;

namespace {

const std::string document = std::string(WEFT_FORMATS) + "/protocol.md";

result<message> read(const bytes& wire) {
  return decode(std::make_shared<const bytes>(wire));
}

std::map<std::string, bytes> all() {
  std::map<std::string, bytes> out;
  for (const auto& [name, m] : documented_messages())
    out[name] = encode(m);
  for (const auto& [name, m] : other_messages())
    out[name] = encode(m);
  return out;
}

errc code_of(const result<message>& r) {
  return r ? errc::usage : r.error().code;
}

/// Later versions may say more in a handshake; and a frame goes to the end.
bool may_go_on(bytes_view wire) {
  return wire.front() <= 3 || is_stream(wire);
}

tx_request again(const tx_request& x) {
  bytes wire;
  byte_writer out(wire);
  encode(out, x);
  byte_reader in(wire);
  auto got = decode_request(in);
  CHECK((in.ok() && in.at_end()));
  return got;
}

} // namespace

TEST_CASE("messages are written as documented, and read again") {
  for (const auto& [name, m] : documented_messages()) {
    INFO(name);
    CHECK(encode(m) == documented_example(document, name));
  }
  for (const auto& [name, wire] : all()) {
    INFO(name);
    const auto m = read(wire);
    REQUIRE(m);
    CHECK(encode(*m) == wire);
  }
}

TEST_CASE("a message that is cut short or goes on is refused") {
  for (const auto& [name, wire] : all()) {
    INFO(name);
    for (std::size_t n = 0; n < wire.size(); ++n)
      if (!is_stream(wire) || n < 2)
        CHECK(code_of(read(wire.substr(0, n))) == errc::malformed_frame);
    CHECK(code_of(read(wire + '\0')) == (may_go_on(wire) ? errc::usage : errc::malformed_frame));
  }
}

TEST_CASE("a handshake says what it says") {
  const auto hello = read(encode(hello_message{.version_min = 2,
                                               .version_max = 9,
                                               .feature_level = 7,
                                               .cluster = "a",
                                               .database = {{1, 2}},
                                               .principal = "ada",
                                               .program = "p"}));
  CHECK(std::get<hello_message>(*hello).database == database_id{{1, 2}});
  CHECK(std::get<hello_message>(*hello).version_max == 9);
  CHECK(code_of(read(encode(hello_message{.version_min = 3, .version_max = 2}))) ==
        errc::malformed_frame);
  const std::string longest(limits::handshake_name_bytes_max, 'n');
  CHECK(read(encode(hello_message{.cluster = longest})));
  CHECK(code_of(read(encode(hello_message{.cluster = longest + "n"}))) == errc::malformed_frame);
  CHECK(code_of(read(encode(hello_message{.principal = "\xFF"}))) == errc::malformed_frame);
}

TEST_CASE("a transaction arrives as it was written, with the places of its text") {
  CHECK(again(rich_request()) == rich_request());
  const auto parsed = parse_edn_transaction(R"([[:db/add "a" :user/name "Ada"]
    {:user/friend {:user/name "Bob" :user/nick ["b" "bb"]} :db/id :color/red}
    [:fn/x #inst "2020-01-01T00:00:00Z" nil 2.5 [1 2]]])");
  REQUIRE(parsed);
  const auto got = again(*parsed);
  CHECK(got == *parsed);
  CHECK(got.operations()[1].at == text_position{2, 5});
  CHECK(canonical_hash(got) == canonical_hash(*parsed));
}

TEST_CASE("a transaction that nests too deeply, or unfolds into too much, is refused") {
  const auto nested = [](std::size_t levels) {
    operand x;
    for (std::size_t i = 0; i < levels; ++i)
      x = list_of({std::move(x)});
    return tx_request{}.add(1, "a", std::move(x));
  };
  CHECK(again(nested(limits::nesting_depth_max)) == nested(limits::nesting_depth_max));
  bytes wire;
  byte_writer out(wire);
  encode(out, nested(limits::nesting_depth_max + 1));
  byte_reader in(wire);
  static_cast<void>(decode_request(in));
  CHECK_FALSE(in.ok());

  bytes wide;
  byte_writer writer(wide);
  encode(writer,
         tx_request{}.add(1, "a", list_of(std::vector<operand>(limits::tree_nodes_max + 1))));
  byte_reader reader(wide);
  static_cast<void>(decode_request(reader));
  CHECK_FALSE(reader.ok());
}

TEST_CASE("values that no database holds are refused in reads") {
  read_request r;
  r.lower = read_request::bound{{}, {}, value::string("\xFF"), true};
  CHECK(code_of(read(encode(request_message{1, r}))) == errc::malformed_frame);
  r.lower = {};
  r.bytes = limits::read_chunk_bytes_max + 1;
  CHECK(code_of(read(encode(request_message{1, r}))) == errc::malformed_frame);
}

TEST_CASE("a read owns its bounds and asks for the same scan") {
  const value_view name = value_view::string("a name that is longer than a view holds in itself");
  const scan_spec spec{.order = index_order::avet,
                       .lower = scan_bound{{{}, attribute_id(3), name}, false},
                       .upper = {},
                       .reverse = true};
  read_request r{.order = spec.order,
                 .lower = read_request::owning(spec.lower),
                 .upper = read_request::owning(spec.upper),
                 .reverse = spec.reverse};
  const auto got = r.spec();
  CHECK(got.order == spec.order);
  CHECK(got.lower->at.value == name);
  CHECK(got.lower->at.attribute == attribute_id(3));
  CHECK_FALSE(got.lower->inclusive);
  CHECK_FALSE(got.upper);
  CHECK(got.reverse);
}

TEST_CASE("an error that only a newer version knows is still an error") {
  const wire_error odd{60'000, true, "new", {}};
  CHECK(odd.reason(errc::unreachable).code == errc::unreachable);
  CHECK(odd.reason().field("code") == "60000");
  CHECK(wire_error{60'000, false, "new", {}}.reason().code == errc::unsupported_version);
}
