#include "weft/fabric/edge.hpp"

#include "weft/fabric/socket_thread.hpp"

#include <asio/local/stream_protocol.hpp>
#include <filesystem>
#include <future>
#include <utility>

namespace weft::fabric {

namespace {

using asio::ip::tcp;
using unix_socket = asio::local::stream_protocol;

error cannot_listen(const std::string& where, const asio::error_code& why) {
  auto code = errc::unreachable;
  if (why == asio::error::address_in_use)
    code = errc::address_in_use;
  else if (why == asio::error::access_denied)
    code = errc::access_denied;
  return {code, "cannot listen on " + where + ": " + why.message(), {{"address", where}}};
}

class running_edge final : public edge {
 public:
  explicit running_edge(options how)
      : how_(std::move(how)), thread_(how_.thread_name, {.unsent_bytes_max = how_.unsent_bytes_max,
                                                         .stall = how_.stall}) {}
  running_edge(const running_edge&) = delete;
  running_edge& operator=(const running_edge&) = delete;

  ~running_edge() override {
    if (!is_running_)
      return;
    stop_listening();
    thread_.stop();
  }

  result<void> listen() {
    if (!how_.address && how_.socket_path.empty())
      return fail(errc::invalid_argument, "there is nothing to listen on");
    if (how_.address)
      WEFT_CHECK(listen(*how_.address));
    if (!how_.socket_path.empty())
      WEFT_CHECK(listen(how_.socket_path));
    return {};
  }

  void start() {
    if (tcp_.is_open())
      accept(tcp_);
    if (unix_.is_open())
      accept(unix_);
    thread_.start();
    is_running_ = true;
  }

  void stop_listening() override {
    std::promise<void> done;
    thread_.run([this, &done] {
      close_listeners();
      done.set_value();
    });
    done.get_future().wait();
  }
  [[nodiscard]] std::optional<listen_address> address() const override { return bound_; }
  [[nodiscard]] figures counts() const override {
    const auto& all = thread_.counts();
    return {all.open, accepted_, turned_away_, all.stalled, all.bytes_in, all.bytes_out};
  }

 private:
  result<void> listen(const listen_address& at) {
    asio::error_code failed;
    tcp::resolver resolver(thread_.io());
    const auto found =
        resolver.resolve(at.host, std::to_string(at.port), tcp::resolver::passive, failed);
    if (failed || found.empty())
      return fail(cannot_listen(at.to_string(), failed));
    const auto endpoint = found.begin()->endpoint();
    tcp_.open(endpoint.protocol(), failed);
    if (!failed)
      tcp_.set_option(tcp::acceptor::reuse_address(true), failed);
    if (!failed)
      tcp_.bind(endpoint, failed);
    if (!failed)
      tcp_.listen(asio::socket_base::max_listen_connections, failed);
    if (failed)
      return fail(cannot_listen(at.to_string(), failed));
    bound_ = listen_address{at.host, tcp_.local_endpoint(failed).port()};
    return {};
  }

  /// A socket that a killed process left behind is in the way of bind.
  result<void> listen(const std::string& path) {
    asio::error_code failed;
    if (is_left_behind(path)) {
      std::error_code ignored;
      std::filesystem::remove(path, ignored);
    }
    unix_.open(unix_socket(), failed);
    if (!failed)
      unix_.bind(unix_socket::endpoint(path), failed);
    if (!failed)
      unix_.listen(asio::socket_base::max_listen_connections, failed);
    if (failed)
      return fail(cannot_listen(path, failed));
    bound_path_ = path;
    return {};
  }
  bool is_left_behind(const std::string& path) {
    std::error_code ignored;
    if (std::filesystem::status(path, ignored).type() != std::filesystem::file_type::socket)
      return false;
    unix_socket::socket knock(thread_.io());
    asio::error_code refused;
    knock.connect(unix_socket::endpoint(path), refused);
    return refused == asio::error::connection_refused;
  }

  void close_listeners() {
    asio::error_code ignored;
    tcp_.close(ignored);
    unix_.close(ignored);
    tcp_again_.cancel();
    unix_again_.cancel();
    if (!bound_path_.empty()) {
      std::error_code gone;
      std::filesystem::remove(std::exchange(bound_path_, {}), gone);
    }
  }

  asio::steady_timer& again_of(const tcp::acceptor& /*from*/) noexcept { return tcp_again_; }
  asio::steady_timer& again_of(const unix_socket::acceptor& /*from*/) noexcept {
    return unix_again_;
  }

  template <class Acceptor>
  void accept(Acceptor& from) {
    from.async_accept([this, &from](const asio::error_code& failed, auto socket) {
      if (!from.is_open())
        return;
      if (!failed)
        welcome(std::move(socket));
      if (!failed)
        return accept(from);
      // No descriptor is left: those who wait go on waiting for a moment.
      auto& again = again_of(from);
      again.expires_after(std::chrono::milliseconds(100));
      again.async_wait([this, &from](const asio::error_code& cancelled) {
        if (!cancelled && from.is_open())
          accept(from);
      });
    });
  }

  static std::string prepare(tcp::socket& socket) {
    asio::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    asio::error_code failed;
    const auto peer = socket.remote_endpoint(failed);
    return failed ? "nobody" : name_of(peer);
  }
  static std::string prepare(unix_socket::socket& /*socket*/) { return "unix"; }

  template <class Socket>
  void welcome(Socket socket) {
    if (thread_.counts().open >= how_.connections_max) {
      ++turned_away_;
      return; // closed; the client tries again
    }
    auto peer = prepare(socket);
    ++accepted_;
    how_.on_connection(thread_.adopt(std::move(socket), std::move(peer)));
  }

  const options how_;
  std::optional<listen_address> bound_;
  std::string bound_path_;
  std::atomic<std::uint64_t> accepted_ = 0;
  std::atomic<std::uint64_t> turned_away_ = 0;
  bool is_running_ = false;
  socket_thread thread_;
  tcp::acceptor tcp_{thread_.io()};
  unix_socket::acceptor unix_{thread_.io()};
  asio::steady_timer tcp_again_{thread_.io()};
  asio::steady_timer unix_again_{thread_.io()};
};

} // namespace

result<std::unique_ptr<edge>> edge::open(options how) {
  auto made = std::make_unique<running_edge>(std::move(how));
  WEFT_CHECK(made->listen());
  made->start();
  return made;
}

} // namespace weft::fabric
