#include "weft/fabric/dialer.hpp"

#include "weft/fabric/socket_thread.hpp"
#include "weft/persistence/thread_name.hpp"

#include <asio/connect.hpp>
#include <system_error>
#include <utility>

namespace weft::fabric {

namespace {

using asio::ip::tcp;

error nobody(const listen_address& at, const std::string& why) {
  return {errc::unreachable,
          "nobody answers at " + at.to_string() + " (" + why +
              "); is the node running, and is this its peer address?",
          {{"address", at.to_string()}}};
}

error out_of(const std::string& what) {
  return {errc::overloaded, "this process cannot connect to anybody: " + what};
}

error not_connected(const listen_address& at, const asio::error_code& why) {
  return why == asio::error::no_descriptors ? out_of(why.message()) : nobody(at, why.message());
}

/// A port of this machine that nobody has may be given to who looks for it: it finds itself.
bool is_itself(const tcp::socket& socket) {
  asio::error_code failed;
  return socket.local_endpoint(failed) == socket.remote_endpoint(failed) && !failed;
}

/// What the system knows of a host, or why nothing. Blocks.
tl::expected<std::vector<tcp::endpoint>, std::string> addresses_of(const std::string& host,
                                                                   std::uint16_t port) {
  asio::io_context none;
  asio::error_code failed;
  const auto found = tcp::resolver(none).resolve(host, std::to_string(port), failed);
  if (failed)
    return tl::unexpected(failed.message());
  return std::vector<tcp::endpoint>(found.begin(), found.end());
}

/// One try. Lives in the thread of the sockets, until it has told.
class attempt : public std::enable_shared_from_this<attempt> {
 public:
  attempt(socket_thread& in, listen_address at, dialer::told_function told)
      : in_(&in), at_(std::move(at)), told_(std::move(told)) {}

  void begin(std::chrono::milliseconds within) {
    clock_.expires_after(within);
    clock_.async_wait([self = shared_from_this()](const asio::error_code& cancelled) {
      if (!cancelled)
        self->fail_with(nobody(self->at_, "there is no answer in time"));
    });
    asio::error_code no_number;
    const auto number = asio::ip::make_address(at_.host, no_number);
    if (!no_number)
      return connect(std::vector<tcp::endpoint>{{number, at_.port}});
    look_up();
  }
  void fail_with(error why) {
    if (const auto tell = finish())
      tell(fail(std::move(why)));
    asio::error_code ignored;
    socket_.close(ignored);
  }
  [[nodiscard]] const listen_address& at() const noexcept { return at_; }

 private:
  /// The system's own lookup blocks, for as long as it likes: nobody waits for its thread, which
  /// has only what it shares.
  void look_up() {
    const auto look = [self = weak_from_this(), loop = in_->loop(), host = at_.host,
                       port = at_.port] {
      persistence::name_this_thread("weft.lookup");
      auto found = addresses_of(host, port);
      if (loop->ended)
        return;
      asio::post(loop->io, [self, got = std::move(found)] {
        const auto waiting = self.lock();
        if (waiting && got)
          waiting->connect(*got);
        else if (waiting)
          waiting->fail_with(nobody(waiting->at_, got.error()));
      });
    };
    try {
      std::thread(look).detach();
    } catch (const std::system_error& e) {
      fail_with(out_of(e.what()));
    }
  }
  void connect(std::vector<tcp::endpoint> to) {
    if (!told_)
      return;
    to_ = std::move(to);
    asio::async_connect(
        socket_, to_,
        [self = shared_from_this()](const asio::error_code& failed, const tcp::endpoint& /*to*/) {
          self->hear(failed);
        });
  }
  void hear(const asio::error_code& failed) {
    if (failed)
      return fail_with(not_connected(at_, failed));
    if (is_itself(socket_))
      return fail_with(nobody(at_, "Connection refused"));
    const auto tell = finish();
    if (!tell)
      return;
    asio::error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    tell(in_->adopt(std::move(socket_), at_.to_string()));
  }
  /// Whom to tell, the first time.
  dialer::told_function finish() {
    clock_.cancel();
    return std::exchange(told_, nullptr);
  }

  socket_thread* in_;
  listen_address at_;
  dialer::told_function told_;
  std::vector<tcp::endpoint> to_;
  tcp::socket socket_{in_->io()};
  asio::steady_timer clock_{in_->io()};
};

class running_dialer final : public dialer {
 public:
  running_dialer() { thread_.start(); }
  running_dialer(const running_dialer&) = delete;
  running_dialer& operator=(const running_dialer&) = delete;
  ~running_dialer() override {
    thread_.run([this] {
      is_ending_ = true;
      for (const auto& each : attempts_)
        if (const auto going_on = each.lock())
          going_on->fail_with(nobody(going_on->at(), "this side stopped"));
    });
    thread_.stop();
  }

  void dial(const listen_address& at, std::chrono::milliseconds within,
            told_function told) override {
    thread_.run([this, at, within, told = std::move(told)]() mutable {
      const auto made = std::make_shared<attempt>(thread_, at, std::move(told));
      if (is_ending_)
        return made->fail_with(nobody(at, "this side stopped"));
      std::erase_if(attempts_, [](const auto& each) { return each.expired(); });
      attempts_.push_back(made);
      made->begin(within);
    });
  }

 private:
  /// It reads whatever waits to be written: who cannot be heard takes nothing, either. What waits
  /// is bounded by the credit of who writes.
  socket_thread thread_{"weft.links", {.unsent_bytes_max = limits::connection_unread_bytes_max}};
  std::vector<std::weak_ptr<attempt>> attempts_; ///< those that go on, of its thread
  bool is_ending_ = false;                       ///< likewise
};

} // namespace

result<std::unique_ptr<dialer>> dialer::start() {
  try {
    return std::make_unique<running_dialer>();
  } catch (const std::system_error& e) {
    return fail(out_of(e.what()));
  }
}

} // namespace weft::fabric
