// Any bytes are a message or they are refused; and either side of a connection survives any bytes,
// in pieces of any size, having said nothing after its end.
#include "weft/core/base/assert.hpp"
#include "weft/core/protocol/client_session.hpp"
#include "weft/core/protocol/server_session.hpp"

#include <algorithm>
#include <cstddef>

using namespace weft;
using namespace weft::protocol;

namespace {

void check_message(bytes_view data) {
  const auto wire = std::make_shared<const bytes>(data);
  const auto m = decode(wire);
  if (!m) {
    WEFT_ASSERT(!m.error().to_string().empty());
    return;
  }
  const auto again = encode(*m);
  WEFT_ASSERT(wire->starts_with(again)); // a handshake may go on
  WEFT_ASSERT(encode(*decode(std::make_shared<const bytes>(again))) == again);
}

/// What a node does that answers at once.
struct node {
  server_session session{{.who = {.cluster = "c"}}, 0};
  bool ended = false;

  void perform(server_session::effects effects) {
    for (auto& e : effects) {
      WEFT_ASSERT(!ended);
      if (auto* x = std::get_if<server_session::execute>(&e))
        answer(x->id);
      ended = ended || std::holds_alternative<server_session::ended>(e);
    }
  }
  void answer(std::uint64_t id) {
    server_session::effects more;
    session.step(server_session::answered{id, view_closed_answer{}}, more);
    perform(std::move(more));
  }
  template <class Event>
  void step(const Event& event) {
    server_session::effects effects;
    session.step(event, effects);
    perform(std::move(effects));
  }
};

struct client {
  client_session session{{}, 0};
  bool ended = false;

  template <class Event>
  void step(const Event& event) {
    client_session::effects effects;
    session.step(event, effects);
    for (auto& e : effects) {
      WEFT_ASSERT(!ended);
      ended = std::holds_alternative<client_session::ended>(e);
    }
    if (session.phase() == client_session::stage::open && session.under_way() < 3) {
      client_session::effects asked;
      WEFT_ASSERT(session.ask(open_view_request{}, asked).has_value());
    }
  }
};

template <class Side, class Received>
void feed(Side& side, bytes_view data, bool packed) {
  bytes wire;
  while (packed && data.size() > 1) { // a length, and a message that arrived undamaged
    const std::size_t said = 1U + static_cast<unsigned char>(data[0]);
    const auto size = std::min(data.size() - 1, said);
    put_packets(wire, data.substr(1, size));
    data.remove_prefix(1 + size);
  }
  auto rest = packed ? bytes_view(wire) : data;
  for (std::int64_t now = 1; !rest.empty(); ++now) {
    const auto piece = rest.substr(0, 1 + static_cast<std::size_t>(now) * 37 % 300);
    rest.remove_prefix(piece.size());
    side.step(Received{piece, now});
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  const bytes rest(data + 1, data + size);
  const auto how = data[0];
  if (how < 3) {
    check_message(rest);
  } else if (how % 2 == 0) {
    node side;
    if ((how & 4U) != 0) {
      bytes hello;
      put_packets(hello, encode(hello_message{}));
      side.step(server_session::received{hello, 0});
    }
    feed<node, server_session::received>(side, rest, (how & 8U) != 0);
    side.step(server_session::drain{{errc::closed, "stop"}});
    side.step(server_session::tick{limits::connection_silence_us * 2});
    WEFT_ASSERT(side.ended);
  } else {
    client side;
    side.step(client_session::begin{});
    if ((how & 4U) != 0) {
      bytes welcome;
      put_packets(welcome, encode(welcome_message{}));
      side.step(client_session::received{welcome, 0});
    }
    feed<client, client_session::received>(side, rest, (how & 8U) != 0);
    side.step(client_session::broken{{errc::unreachable, "broken"}});
    WEFT_ASSERT(side.ended && side.session.under_way() == 0);
  }
  return 0;
}
