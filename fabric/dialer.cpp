#include "weft/fabric/dialer.hpp"

#include "weft/fabric/socket_thread.hpp"

#include <asio/connect.hpp>
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

/// A port of this machine that nobody has may be given to who looks for it: it finds itself.
bool is_itself(const tcp::socket& socket) {
  asio::error_code failed;
  return socket.local_endpoint(failed) == socket.remote_endpoint(failed) && !failed;
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
        self->fail_with("there is no answer in time");
    });
    asio::error_code no_number;
    const auto number = asio::ip::make_address(at_.host, no_number);
    if (!no_number)
      return connect(std::vector<tcp::endpoint>{{number, at_.port}});
    names_.async_resolve(at_.host, std::to_string(at_.port),
                         [self = shared_from_this()](const asio::error_code& failed,
                                                     const tcp::resolver::results_type& found) {
                           if (failed)
                             return self->fail_with(failed.message());
                           self->connect({found.begin(), found.end()});
                         });
  }
  void fail_with(const std::string& why) {
    if (const auto tell = finish())
      tell(fail(nobody(at_, why)));
    asio::error_code ignored;
    socket_.close(ignored);
  }

 private:
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
    if (failed || is_itself(socket_))
      return fail_with(failed ? failed.message() : "Connection refused");
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
    names_.cancel();
    return std::exchange(told_, nullptr);
  }

  socket_thread* in_;
  listen_address at_;
  dialer::told_function told_;
  std::vector<tcp::endpoint> to_;
  tcp::resolver names_{in_->io()};
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
          going_on->fail_with("this side stopped");
    });
    thread_.stop();
  }

  void dial(const listen_address& at, std::chrono::milliseconds within,
            told_function told) override {
    thread_.run([this, at, within, told = std::move(told)]() mutable {
      const auto made = std::make_shared<attempt>(thread_, at, std::move(told));
      if (is_ending_)
        return made->fail_with("this side stopped");
      std::erase_if(attempts_, [](const auto& each) { return each.expired(); });
      attempts_.push_back(made);
      made->begin(within);
    });
  }

 private:
  socket_thread thread_{"weft.links", {}};
  std::vector<std::weak_ptr<attempt>> attempts_; ///< those that go on, of its thread
  bool is_ending_ = false;                       ///< likewise
};

} // namespace

std::unique_ptr<dialer> dialer::start() {
  return std::make_unique<running_dialer>();
}

} // namespace weft::fabric
