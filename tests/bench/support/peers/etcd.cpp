#include "support/peers/etcd.hpp"

#include "support/must.hpp"

#include <fmt/format.h>

#include <set>
#include <utility>

namespace weft::bench {
namespace {

/// As little of HTTP/2 as unary calls of gRPC need: headers are never compressed, answers are not
/// looked into but for their length. @source RFC 9113, RFC 7541; gRPC over HTTP/2
enum class frame_type : std::uint8_t {
  data = 0,
  headers = 1,
  rst_stream = 3,
  settings = 4,
  ping = 6,
  goaway = 7,
  window_update = 8
};
constexpr std::uint8_t end_stream = 1;
constexpr std::uint8_t ack = 1;
constexpr std::uint8_t end_headers = 4;
constexpr std::size_t head_bytes = 9;
constexpr std::size_t value_bytes = 200;
/// What may be received before more is granted.
constexpr std::uint32_t window_bytes = 1U << 30U;

std::string big_endian(std::uint64_t x, unsigned bytes) {
  std::string out;
  for (unsigned i = bytes; i-- > 0;)
    out += static_cast<char>(x >> (8 * i));
  return out;
}

std::uint32_t number(std::string_view bytes) {
  std::uint32_t out = 0;
  for (const char c : bytes)
    out = out << 8U | static_cast<std::uint8_t>(c);
  return out;
}

std::string frame(frame_type type, std::uint8_t flags, std::uint32_t stream,
                  std::string_view payload) {
  std::string out = big_endian(payload.size(), 3);
  out += static_cast<char>(type);
  out += static_cast<char>(flags);
  out += big_endian(stream, 4);
  out += payload;
  return out;
}

std::string text(std::string_view what) {
  return static_cast<char>(what.size()) + std::string(what);
}

std::string put_headers() {
  using namespace std::string_literals;
  return "\x83\x86"s                              // POST, http
         + "\x04"s + text("/etcdserverpb.KV/Put") // :path
         + "\x01"s + text("127.0.0.1")            // :authority
         + "\x0f\x10"s + text("application/grpc") // content-type
         + "\x00"s + text("te") + text("trailers");
}

/// PutRequest{key, value} behind the prefix of a gRPC message.
std::string put_body(std::uint64_t n) {
  const auto key = fmt::format("reading/{:012}", n);
  const std::string value(value_bytes, 'v');
  std::string message = "\x0a" + text(key) + "\x12";
  message += static_cast<char>(value.size() | 0x80U);
  message += static_cast<char>(value.size() >> 7U);
  message += value;
  return std::string(1, '\0') + big_endian(message.size(), 4) + message;
}

class etcd_requester final : public requester {
 public:
  explicit etcd_requester(std::uint16_t port) : socket_(local_socket::tcp(port)) {
    socket_.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(frame_type::settings, 0, 0, {}) +
                 frame(frame_type::window_update, 0, 0, big_endian(window_bytes, 4)));
  }
  [[nodiscard]] int descriptor() const override { return socket_.descriptor(); }
  void ask() override {
    static std::uint64_t next_key = 0;
    const auto stream = next_stream_;
    next_stream_ += 2;
    times_.sent(stream);
    socket_.send(frame(frame_type::headers, end_headers, stream, headers_) +
                 frame(frame_type::data, end_stream, stream, put_body(next_key++)));
  }
  void hear(std::vector<double>& latencies_us) override {
    socket_.read_into(in_);
    std::size_t begin = 0;
    while (in_.size() - begin >= head_bytes) {
      const auto head = std::string_view(in_).substr(begin, head_bytes);
      const auto size = number(head.substr(0, 3));
      if (in_.size() - begin < head_bytes + size)
        break;
      take(head, std::string_view(in_).substr(begin + head_bytes, size), latencies_us);
      begin += head_bytes + size;
    }
    in_.erase(0, begin);
  }

 private:
  void take(std::string_view head, std::string_view payload, std::vector<double>& latencies_us) {
    const auto type = static_cast<frame_type>(head[3]);
    const auto flags = static_cast<std::uint8_t>(head[4]);
    const auto stream = number(head.substr(5));
    switch (type) {
    case frame_type::data:
      received_ += payload.size();
      have_answers_.insert(stream);
      break;
    case frame_type::headers:
      if ((flags & end_stream) == 0)
        break;
      must(have_answers_.erase(stream) == 1, "a put of etcd"); // an error has no data
      times_.answered(stream, latencies_us);
      break;
    case frame_type::settings:
      if ((flags & ack) == 0)
        socket_.send(frame(frame_type::settings, ack, 0, {}));
      break;
    case frame_type::ping:
      if ((flags & ack) == 0)
        socket_.send(frame(frame_type::ping, ack, 0, payload));
      break;
    case frame_type::rst_stream:
    case frame_type::goaway:
      stop("etcd ended a stream");
    case frame_type::window_update:
    default:
      break;
    }
    if (received_ > window_bytes / 2)
      socket_.send(
          frame(frame_type::window_update, 0, 0, big_endian(std::exchange(received_, 0), 4)));
  }

  local_socket socket_;
  const std::string headers_ = put_headers();
  std::string in_;
  std::uint32_t next_stream_ = 1;
  std::set<std::uint32_t> have_answers_;
  std::uint64_t received_ = 0;
  send_times times_;
};

} // namespace

etcd_server::etcd_server(const std::filesystem::path& folder)
    : port_(free_port()), process_([&] {
        std::filesystem::create_directories(folder);
        const auto peers = fmt::format("http://127.0.0.1:{}", free_port());
        const auto clients = fmt::format("http://127.0.0.1:{}", port_);
        return child_process::program(
            {find_program({"/usr/bin/etcd", "/usr/local/bin/etcd"}, "etcd-server"), "--data-dir",
             (folder / "data").string(), "--listen-client-urls", clients, "--advertise-client-urls",
             clients, "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers,
             "--initial-cluster", "default=" + peers, "--log-level", "error",
             "--quota-backend-bytes", "8589934592"},
            {});
      }()) {
  requesters first;
  first.push_back(connect());
  static_cast<void>(run_closed_loop(first, 1, 0.1, id())); // it has a leader
}

std::unique_ptr<requester> etcd_server::connect() const {
  return std::make_unique<etcd_requester>(port_);
}

} // namespace weft::bench
