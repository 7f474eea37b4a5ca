#include "examples.hpp"

namespace weft::test {

using namespace protocol;

namespace {

const database_id some_database{{0x0123456789ABCDEFULL, 0xFEDCBA9876543210ULL}};
const hash128 some_chain{0x1112131415161718ULL, 0x2122232425262728ULL};

request_id some_id() {
  request_id out;
  for (std::size_t i = 0; i < out.id.octets.size(); ++i)
    out.id.octets[i] = static_cast<std::uint8_t>(i);
  return out;
}

std::shared_ptr<const bytes> text(std::string_view x) {
  return std::make_shared<const bytes>(x);
}

attribute some_attribute() {
  attribute out;
  out.id = attribute_id(1024);
  out.ident = "user/name";
  out.unique = uniqueness::identity;
  return out;
}

} // namespace

tx_request rich_request() {
  return tx_request{}
      .add(tempid("ada"), "user/name", "Ada")
      .add(this_transaction(), "audit/by", named("user/1"))
      .retract(entity_id(7), "user/age", 36)
      .retract(lookup("user/email", "a@x"), "user/nick")
      .retract_entity(ident("color/red"))
      .cas(entity_id(7), "user/age", operand(), 37)
      .call("fn/inc", {entity_id(7), operand("x"), list_of({1, 2.5, true})})
      .put({{"user/name", "Eve"}, {"order/lines", map_of({{"line/sku", "A7"}}), {3, 9}}});
}

std::map<std::string, message> documented_messages() {
  const auto ada = std::make_shared<const tx_request>(
      tx_request{}.add(tempid("ada"), "user/name", "Ada").put({{"user/age", 36}}));
  read_request read{.view = 2, .order = index_order::avet, .skip = 1, .bytes = 4096};
  read.lower = read_request::bound{{}, attribute_id(1024), value::string("Ada"), true};
  return {
      {"hello", hello_message{.cluster = "shop", .program = "weft 0.1.0"}},
      {"welcome", welcome_message{.cluster = "shop", .database = some_database, .node = "n1"}},
      {"goodbye",
       goodbye_message{wire_error::because(
           {errc::cluster_mismatch, "the node belongs to shop", {{"cluster", "shop"}}})}},
      {"transact", request_message{1, transact_request{ada, some_id()}}},
      {"transacted", answer_message{1, transacted_answer{.t = tx_number(300),
                                                         .when = instant(1000),
                                                         .tempids = {{"ada", entity_id(1025)}},
                                                         .payload = text("record")}}},
      {"open a view", request_message{2, open_view_request{}}},
      {"a view", answer_message{2, view_answer{.view = 2,
                                               .basis = tx_number(300),
                                               .when = instant(1000),
                                               .chain = some_chain,
                                               .next = {1026, 1025},
                                               .schema = {some_attribute()}}}},
      {"read", request_message{3, read}},
      {"datoms", answer_message{3, datoms_answer{.datoms = {{entity_id(1025), attribute_id(1024),
                                                             value_view::string("Ada"),
                                                             tx_number(300), true}},
                                                 .complete = true}}},
      {"failed", answer_message{4, wire_error::because({errc::overloaded, "later"})}},
      {"ping", ping_message{0x1122334455667788ULL}},
  };
}

std::map<std::string, message> other_messages() {
  read_request everything{.view = 7, .order = index_order::vaet, .reverse = true};
  everything.lower = read_request::bound{entity_id(1), {}, {}, false};
  everything.upper = read_request::bound{{}, attribute_id(9), value::of(entity_id(4)), false};
  everything.window = {.as_of = tx_number(5), .since = tx_number(2), .history = true};
  return {
      {"goodbye without a reason", goodbye_message{}},
      {"a rich transaction",
       request_message{9, transact_request{std::make_shared<const tx_request>(rich_request())}}},
      {"close a view", request_message{1U << 20U, close_view_request{3}}},
      {"read everything", request_message{5, everything}},
      {"status", request_message{6, status_request{}}},
      {"the view is closed", answer_message{1, view_closed_answer{}}},
      {"no datoms", answer_message{2, datoms_answer{.complete = false}}},
      {"figures",
       answer_message{6, status_answer{.t = tx_number(4),
                                       .when = instant(2),
                                       .chain = some_chain,
                                       .writable = true,
                                       .reason = "",
                                       .figures = {{"log_bytes", 1U << 30U}, {"below", -5}}}}},
      {"a frame", stream_message{shared_bytes(text("any bytes"))}},
      {"pong", pong_message{1}},
  };
}

} // namespace weft::test
