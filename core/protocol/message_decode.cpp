// Reading messages: bytes that may come from a peer that lies.
#include "weft/core/base/limits.hpp"
#include "weft/core/datom/attribute_codec.hpp"
#include "weft/core/protocol/message_format.hpp"
#include "weft/core/protocol/request_codec.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weft::protocol {

using namespace message_format;

namespace {

tl::unexpected<error> malformed(std::string_view section) {
  return fail(errc::malformed_frame, fmt::format("the message's {} cannot be read", section),
              {{"section", std::string(section)}});
}

class message_reader {
 public:
  explicit message_reader(std::shared_ptr<const bytes> wire) noexcept
      : wire_(std::move(wire)), in_(*wire_) {}

  [[nodiscard]] result<message> run();

 private:
  // Each reads its part and leaves the reader failed when it cannot be.
  void require(bool holds) noexcept {
    if (!holds)
      in_.invalidate();
  }
  [[nodiscard]] bool flag() noexcept {
    const auto x = in_.u8();
    require(x <= 1);
    return x == 1;
  }
  [[nodiscard]] hash128 hash() noexcept {
    const auto raw = in_.raw(16);
    return in_.ok() ? hash128_from_bytes(raw) : hash128{};
  }
  [[nodiscard]] tx_number t() noexcept { return tx_number(up_to(limits::transactions_max)); }
  [[nodiscard]] std::uint64_t up_to(std::uint64_t most) noexcept {
    const auto x = in_.varint();
    require(x <= most);
    return in_.ok() ? x : 0;
  }
  [[nodiscard]] std::size_t count(std::size_t bytes_min) noexcept {
    return static_cast<std::size_t>(up_to(in_.remaining() / bytes_min));
  }
  /// Handshakes may say more in later versions: the two sides have to understand each other that
  /// far.
  void skip_the_rest() noexcept { static_cast<void>(in_.raw(in_.remaining())); }
  [[nodiscard]] std::string name() {
    const auto text = in_.counted();
    require(text.size() <= limits::handshake_name_bytes_max && is_utf8(text));
    return std::string(text);
  }
  [[nodiscard]] entity_id entity() noexcept {
    const auto e = entity_id(in_.varint());
    require(entity::is_id(e));
    return e;
  }
  [[nodiscard]] attribute_id attribute() noexcept {
    return attribute_id(static_cast<std::uint32_t>(up_to(UINT32_MAX)));
  }
  [[nodiscard]] value_view checked_value() {
    const auto v = decode_value(in_);
    require(in_.ok() && check(v).has_value());
    return v;
  }

  [[nodiscard]] message hello();
  [[nodiscard]] message welcome();
  [[nodiscard]] message goodbye();
  [[nodiscard]] message request();
  [[nodiscard]] request_body body_of(request_kind what);
  [[nodiscard]] transact_request transaction();
  [[nodiscard]] read_request read();
  [[nodiscard]] read_request::bound bound();
  [[nodiscard]] message answer();
  [[nodiscard]] answer_body body_of(answer_kind what);
  [[nodiscard]] transacted_answer transacted();
  [[nodiscard]] view_answer view();
  [[nodiscard]] datoms_answer datoms();
  [[nodiscard]] status_answer status();
  [[nodiscard]] message body(kind what);

  std::shared_ptr<const bytes> wire_;
  byte_reader in_;
  std::string_view section_ = "kind";
};

result<message> message_reader::run() {
  const auto what = static_cast<kind>(in_.u8());
  auto out = body(what);
  if (!in_.ok() || !in_.at_end())
    return malformed(section_);
  return out;
}

message message_reader::body(kind what) {
  switch (what) {
  case kind::hello:
    return hello();
  case kind::welcome:
    return welcome();
  case kind::goodbye:
    return goodbye();
  case kind::request:
    return request();
  case kind::answer:
    return answer();
  case kind::stream: {
    section_ = "stream";
    require(in_.remaining() >= 1 && in_.remaining() <= limits::frame_bytes_max);
    return stream_message{shared_bytes(wire_, in_.raw(in_.remaining()))};
  }
  case kind::ping:
    section_ = "ping";
    return ping_message{in_.fixed<std::uint64_t>()};
  case kind::pong:
    section_ = "pong";
    return pong_message{in_.fixed<std::uint64_t>()};
  }
  in_.invalidate();
  return ping_message{};
}

// -- the handshake ---

message message_reader::hello() {
  section_ = "hello";
  hello_message m;
  m.version_min = in_.fixed<std::uint16_t>();
  m.version_max = in_.fixed<std::uint16_t>();
  require(m.version_min >= 1 && m.version_min <= m.version_max);
  m.feature_level = in_.fixed<std::uint32_t>();
  m.cluster = name();
  m.database.value = hash();
  m.principal = name();
  m.program = name();
  skip_the_rest();
  return m;
}

message message_reader::welcome() {
  section_ = "welcome";
  welcome_message m;
  m.version = in_.fixed<std::uint16_t>();
  m.feature_level = in_.fixed<std::uint32_t>();
  m.cluster = name();
  m.database.value = hash();
  m.lineage = in_.varint();
  m.node = name();
  m.shards = static_cast<std::uint16_t>(up_to(limits::shards_max));
  skip_the_rest();
  return m;
}

message message_reader::goodbye() {
  section_ = "goodbye";
  goodbye_message m;
  if (flag())
    m.why = decode_wire_error(in_);
  skip_the_rest();
  return m;
}

// -- requests ---

message message_reader::request() {
  section_ = "request";
  request_message m;
  m.id = in_.varint();
  m.what = body_of(static_cast<request_kind>(in_.u8()));
  return m;
}

request_body message_reader::body_of(request_kind what) {
  switch (what) {
  case request_kind::transact:
    section_ = "transaction";
    return transaction();
  case request_kind::open_view:
    return open_view_request{};
  case request_kind::close_view:
    return close_view_request{static_cast<std::uint32_t>(up_to(UINT32_MAX))};
  case request_kind::read:
    section_ = "read";
    return read();
  case request_kind::status:
    return status_request{};
  }
  in_.invalidate();
  return status_request{};
}

transact_request message_reader::transaction() {
  transact_request m;
  if (flag()) {
    const auto raw = in_.raw(16);
    auto& id = m.id.emplace();
    if (in_.ok())
      std::copy(raw.begin(), raw.end(), id.id.octets.begin());
  }
  m.what = std::make_shared<const tx_request>(decode_request(in_));
  return m;
}

read_request::bound message_reader::bound() {
  read_request::bound b;
  const unsigned flags = in_.u8();
  require(flags <= bound_flags);
  b.inclusive = (flags & bound_inclusive) != 0;
  if ((flags & bound_entity) != 0)
    b.entity = entity_id(in_.varint()); // a bound need not exist
  if ((flags & bound_attribute) != 0)
    b.attribute = attribute();
  if ((flags & bound_value) != 0)
    b.value = value(checked_value());
  return b;
}

read_request message_reader::read() {
  read_request m;
  m.view = static_cast<std::uint32_t>(up_to(UINT32_MAX));
  const auto order = in_.u8();
  require(order <= static_cast<std::uint8_t>(index_order::vaet));
  m.order = static_cast<index_order>(order);
  const unsigned flags = in_.u8();
  require(flags <= read_flags);
  if ((flags & read_lower) != 0)
    m.lower = bound();
  if ((flags & read_upper) != 0)
    m.upper = bound();
  m.reverse = (flags & read_reverse) != 0;
  if ((flags & read_as_of) != 0)
    m.window.as_of = t();
  if ((flags & read_since) != 0)
    m.window.since = t();
  m.window.history = (flags & read_history) != 0;
  m.skip = in_.varint();
  m.bytes = static_cast<std::size_t>(up_to(limits::read_chunk_bytes_max));
  return m;
}

// -- answers ---

message message_reader::answer() {
  section_ = "answer";
  answer_message m;
  m.id = in_.varint();
  m.what = body_of(static_cast<answer_kind>(in_.u8()));
  return m;
}

answer_body message_reader::body_of(answer_kind what) {
  switch (what) {
  case answer_kind::failed:
    return decode_wire_error(in_);
  case answer_kind::transacted:
    return transacted();
  case answer_kind::view:
    return view();
  case answer_kind::view_closed:
    return view_closed_answer{};
  case answer_kind::datoms:
    return datoms();
  case answer_kind::status:
    return status();
  }
  in_.invalidate();
  return view_closed_answer{};
}

transacted_answer message_reader::transacted() {
  transacted_answer m;
  m.t = t();
  m.when = instant(in_.fixed<std::int64_t>());
  const auto n = count(tempid_bytes_min);
  for (std::size_t i = 0; i < n && in_.ok(); ++i) {
    const auto text = in_.counted();
    require(text.size() <= limits::tempid_bytes_max);
    m.tempids.push_back({std::string(text), entity()});
  }
  const auto payload = in_.counted();
  require(payload.size() <= limits::record_bytes_max);
  m.payload = std::make_shared<const bytes>(payload);
  return m;
}

view_answer message_reader::view() {
  view_answer m;
  m.view = static_cast<std::uint32_t>(up_to(UINT32_MAX));
  m.basis = t();
  m.when = instant(in_.fixed<std::int64_t>());
  m.chain = hash();
  m.next.next_local = in_.varint();
  m.next.next_attribute = in_.varint();
  m.strict = flag();
  const auto n = count(attribute_bytes_min + 1);
  for (std::size_t i = 0; i < n && in_.ok(); ++i) {
    m.schema.push_back(decode_attribute(in_));
    m.schema.back().check_text = in_.counted();
    require(i == 0 || m.schema[i - 1].id < m.schema[i].id);
  }
  return m;
}

datoms_answer message_reader::datoms() {
  datoms_answer m;
  m.complete = flag();
  const auto n = count(datom_bytes_min);
  m.datoms.reserve(n);
  for (std::size_t i = 0; i < n && in_.ok(); ++i) {
    datom_view d;
    d.entity = entity();
    d.attribute = attribute();
    d.value = checked_value();
    d.t = t();
    d.added = flag();
    m.datoms.push_back(d);
  }
  m.wire = wire_;
  return m;
}

status_answer message_reader::status() {
  status_answer m;
  m.t = t();
  m.when = instant(in_.fixed<std::int64_t>());
  m.chain = hash();
  m.writable = flag();
  m.reason = in_.counted();
  const auto n = count(figure_bytes_min);
  for (std::size_t i = 0; i < n && in_.ok(); ++i) {
    const auto text = in_.counted();
    m.figures.push_back({std::string(text), in_.zigzag()});
  }
  return m;
}

} // namespace

result<message> decode(std::shared_ptr<const bytes> wire) {
  return message_reader(std::move(wire)).run();
}

} // namespace weft::protocol
