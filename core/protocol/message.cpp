// Writing messages.
#include "weft/core/protocol/message.hpp"

#include "weft/core/base/assert.hpp"
#include "weft/core/datom/attribute_codec.hpp"
#include "weft/core/protocol/message_format.hpp"
#include "weft/core/protocol/request_codec.hpp"

namespace weft::protocol {

using namespace message_format;

namespace {

class message_writer {
 public:
  explicit message_writer(bytes& out) : out_(out) {}

  void operator()(const hello_message& m) {
    head(kind::hello);
    out_.fixed(m.version_min);
    out_.fixed(m.version_max);
    out_.fixed(m.feature_level);
    out_.counted(m.cluster);
    hash(m.database.value);
    out_.counted(m.principal);
    out_.counted(m.program);
  }
  void operator()(const welcome_message& m) {
    head(kind::welcome);
    out_.fixed(m.version);
    out_.fixed(m.feature_level);
    out_.counted(m.cluster);
    hash(m.database.value);
    out_.varint(m.lineage);
    out_.counted(m.node);
    out_.varint(m.shards);
  }
  void operator()(const goodbye_message& m) {
    head(kind::goodbye);
    out_.u8(m.why ? 1 : 0);
    if (m.why)
      weft::encode(out_, *m.why);
  }
  void operator()(const request_message& m) {
    head(kind::request);
    out_.varint(m.id);
    std::visit([this](const auto& what) { put(what); }, m.what);
  }
  void operator()(const answer_message& m) {
    head(kind::answer);
    out_.varint(m.id);
    std::visit([this](const auto& what) { put(what); }, m.what);
  }
  void operator()(const stream_message& m) {
    head(kind::stream);
    out_.raw(m.frame.view);
  }
  void operator()(const ping_message& m) {
    head(kind::ping);
    out_.fixed(m.token);
  }
  void operator()(const pong_message& m) {
    head(kind::pong);
    out_.fixed(m.token);
  }

 private:
  template <class Kind>
  void head(Kind what) {
    out_.u8(static_cast<std::uint8_t>(what));
  }
  void hash(hash128 h) {
    const auto raw = to_bytes(h);
    out_.raw({raw.data(), raw.size()});
  }

  // -- requests ---

  void put(const transact_request& m) {
    head(request_kind::transact);
    out_.u8(m.id ? 1 : 0);
    if (m.id)
      out_.raw({reinterpret_cast<const char*>(m.id->id.octets.data()), m.id->id.octets.size()});
    encode(out_, *m.what);
  }
  void put(const open_view_request& /*m*/) { head(request_kind::open_view); }
  void put(const close_view_request& m) {
    head(request_kind::close_view);
    out_.varint(m.view);
  }
  void put(const read_request& m) {
    head(request_kind::read);
    out_.varint(m.view);
    out_.u8(static_cast<std::uint8_t>(m.order));
    const bool limited = m.window.as_of != time_window{}.as_of;
    unsigned flags = m.lower ? read_lower : 0U;
    flags |= m.upper ? read_upper : 0U;
    flags |= m.reverse ? read_reverse : 0U;
    flags |= limited ? read_as_of : 0U;
    flags |= m.window.since ? read_since : 0U;
    flags |= m.window.history ? read_history : 0U;
    out_.u8(static_cast<std::uint8_t>(flags));
    if (m.lower)
      put(*m.lower);
    if (m.upper)
      put(*m.upper);
    if (limited)
      out_.varint(m.window.as_of.get());
    if (m.window.since)
      out_.varint(m.window.since->get());
    out_.varint(m.skip);
    out_.varint(m.bytes);
  }
  void put(const read_request::bound& b) {
    unsigned flags = b.entity ? bound_entity : 0U;
    flags |= b.attribute ? bound_attribute : 0U;
    flags |= b.value ? bound_value : 0U;
    flags |= b.inclusive ? bound_inclusive : 0U;
    out_.u8(static_cast<std::uint8_t>(flags));
    if (b.entity)
      out_.varint(b.entity->get());
    if (b.attribute)
      out_.varint(b.attribute->get());
    if (b.value)
      weft::encode(out_, b.value->view());
  }
  void put(const status_request& /*m*/) { head(request_kind::status); }

  // -- answers ---

  void put(const wire_error& m) {
    head(answer_kind::failed);
    weft::encode(out_, m);
  }
  void put(const transacted_answer& m) {
    WEFT_ASSERT(m.payload != nullptr);
    head(answer_kind::transacted);
    out_.varint(m.t.get());
    out_.fixed(m.when.get());
    out_.varint(m.tempids.size());
    for (const auto& x : m.tempids) {
      out_.counted(x.name);
      out_.varint(x.entity.get());
    }
    out_.counted(*m.payload);
  }
  void put(const view_answer& m) {
    head(answer_kind::view);
    out_.varint(m.view);
    point(m.basis, m.when, m.chain);
    out_.varint(m.next.next_local);
    out_.varint(m.next.next_attribute);
    out_.u8(m.strict ? 1 : 0);
    out_.varint(m.schema.size());
    for (const auto& a : m.schema) {
      weft::encode(out_, a);
      out_.counted(a.check_text);
    }
  }
  void put(const view_closed_answer& /*m*/) { head(answer_kind::view_closed); }
  void put(const datoms_answer& m) {
    head(answer_kind::datoms);
    out_.u8(m.complete ? 1 : 0);
    out_.varint(m.datoms.size());
    for (const auto& d : m.datoms)
      put_datom(out_, d);
  }
  void put(const status_answer& m) {
    head(answer_kind::status);
    point(m.t, m.when, m.chain);
    out_.u8(m.writable ? 1 : 0);
    out_.counted(m.reason);
    out_.varint(m.figures.size());
    for (const auto& f : m.figures) {
      out_.counted(f.name);
      out_.zigzag(f.value);
    }
  }
  void point(tx_number t, instant when, hash128 chain) {
    out_.varint(t.get());
    out_.fixed(when.get());
    hash(chain);
  }

  byte_writer out_;
};

/// About what it takes, where that is much.
std::size_t estimate(const message& m) noexcept {
  constexpr std::size_t small = 64;
  if (const auto* s = std::get_if<stream_message>(&m))
    return s->frame.view.size() + small;
  if (const auto* a = std::get_if<answer_message>(&m))
    if (const auto* t = std::get_if<transacted_answer>(&a->what))
      return t->payload->size() + small;
  return small;
}

} // namespace

bytes encode(const message& m) {
  bytes out;
  out.reserve(estimate(m));
  std::visit(message_writer(out), m);
  return out;
}

bytes_view stream_prefix() noexcept {
  static constexpr char first = static_cast<char>(kind::stream);
  return {&first, 1};
}

bool is_stream(bytes_view wire) noexcept {
  return !wire.empty() && static_cast<kind>(wire.front()) == kind::stream;
}

std::size_t put_datom(byte_writer& out, const datom_view& d) {
  const auto before = out.size();
  out.varint(d.entity.get());
  out.varint(d.attribute.get());
  weft::encode(out, d.value);
  out.varint(d.t.get());
  out.u8(d.added ? 1 : 0);
  return out.size() - before;
}

// -- reads ---

std::optional<read_request::bound> read_request::owning(const std::optional<scan_bound>& b) {
  if (!b)
    return std::nullopt;
  bound out{b->at.entity, b->at.attribute, {}, b->inclusive};
  if (b->at.value)
    out.value = weft::value(*b->at.value);
  return out;
}

scan_spec read_request::spec() const {
  const auto pointing = [](const std::optional<bound>& b) -> std::optional<scan_bound> {
    if (!b)
      return std::nullopt;
    scan_bound out{.at = {b->entity, b->attribute, {}}, .inclusive = b->inclusive};
    if (b->value)
      out.at.value = b->value->view();
    return out;
  };
  return {order, pointing(lower), pointing(upper), reverse};
}

} // namespace weft::protocol
