#include "examples.hpp"

namespace weft::test {

using namespace stream;

namespace {

constexpr epoch of{0x1122334455667788ULL, 3};

std::shared_ptr<stream_slice> slice_of(const stream_log& log, std::uint64_t from,
                                       std::vector<slice_item> items) {
  auto slice = std::make_shared<stream_slice>();
  slice->from = log.point(from).place;
  slice->items = std::move(items);
  const auto& last = slice->items.back().record;
  slice->through = {last->place(), last->when()};
  return slice;
}

std::shared_ptr<const std::vector<attribute>> some_attributes() {
  attribute name;
  name.id = attribute_id(1024);
  name.ident = "user/name";
  name.unique = uniqueness::identity;
  attribute pair;
  pair.id = attribute_id(1025);
  pair.ident = "pair";
  pair.type = value_type::tuple;
  pair.cardinality = cardinality::many;
  pair.tuple_types = {value_type::long_, value_type::string};
  return std::make_shared<const std::vector<attribute>>(std::vector<attribute>{name, pair});
}

} // namespace

stream_log documented_log() {
  stream_log log;
  log.add({});
  log.add({{"a/x", 2, 1}, {"b/y", 1, 1}});
  return log;
}

std::map<std::string, client_frame> documented_client_frames() {
  const std::vector<std::string> patterns = {"user/*", "order/total"};
  return {
      {"open, filtered, at a named cursor",
       open_frame{of, stream_log::origin,
                  start_at::named(start_at::after_place(tx_number(300), 0x0102030405060708ULL)),
                  "mirror", *attribute_filter::parse(patterns), 1U << 20U}},
      {"open, from now on, of any database", open_frame{of, {}, start_at::newest(), "", {}, 65536}},
      {"credit", credit_frame{of, 300}},
      {"ack", ack_frame{of, tx_number(300), 0x0102030405060708ULL}},
      {"heartbeat", heartbeat_frame{of, 300, tx_number(2), 0x0102030405060708ULL}},
      {"close", close_frame{of}},
  };
}

std::map<std::string, server_frame> documented_server_frames() {
  const auto log = documented_log();
  const auto all = slice_of(log, 0, {{log.record(1), nullptr}, {log.record(2), nullptr}});
  const auto matched = std::make_shared<const position_runs>(position_runs{{2, 1}});
  auto some = slice_of(log, 0, {{log.record(2), matched}});
  some->through = {{tx_number(5), {5, 6}}, instant(7)};
  const fragment_head head{log.point(1).place, log.record(2)->place(), log.record(2)->before(),
                           nullptr, static_cast<std::uint32_t>(log.record(2)->payload().size())};
  const auto& payload = log.record(2)->shared_payload();
  const shared_bytes first(payload.owner, payload.view.substr(0, 8));
  const shared_bytes rest(payload.owner, payload.view.substr(8));
  return {
      {"opened", opened_frame{of, 1, stream_log::origin, log.point(1), tx_number(300)}},
      {"schema", schema_frame{of, 2, some_attributes()}},
      {"records", records_frame{of, 3, all}},
      {"records, filtered", records_frame{of, 3, some}},
      {"the first fragment", fragment_frame{of, 4, head, 0, first}},
      {"the last fragment", fragment_frame{of, 5, {}, 8, rest}},
      {"watermark", watermark_frame{of, 6, log.point(2), tx_number(2)}},
      {"lagged", lagged_frame{of, 7, tx_number(2), tx_number(300)}},
      {"closed", closed_frame::because(of, 8, {errc::cursor_too_old, "gone", {{"earliest", "9"}}})},
  };
}

} // namespace weft::test
