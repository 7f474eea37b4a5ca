#include "weft/fabric/edge.hpp"

#include "weft/persistence/system.hpp"
#include "weft/persistence/thread_name.hpp"

#include <fmt/format.h>

#include <array>
#include <asio/basic_waitable_timer.hpp>
#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>
#include <atomic>
#include <deque>
#include <fcntl.h>
#include <filesystem>
#include <future>
#include <mutex>
#include <set>
#include <sys/socket.h>
#include <thread>
#include <utility>

namespace weft::fabric {

namespace {

using asio::ip::tcp;
using unix_socket = asio::local::stream_protocol;

constexpr std::size_t read_bytes = limits::packet_bytes_max;
/// What may be read and not taken by the session.
constexpr std::size_t untaken_bytes_max = 4 * read_bytes;
constexpr std::chrono::seconds look_every{1};
/// How long a client may take what is left for it when it is hung up on.
constexpr std::int64_t linger_us = 2'000'000;

std::int64_t now_us() {
  return persistence::steady_clock_us().get();
}

struct shared_counts {
  std::atomic<std::size_t> open = 0;
  std::atomic<std::uint64_t> accepted = 0;
  std::atomic<std::uint64_t> turned_away = 0;
  std::atomic<std::uint64_t> stalled = 0;
  std::atomic<std::uint64_t> bytes_in = 0;
  std::atomic<std::uint64_t> bytes_out = 0;
};

class open_connection;

/// What an edge shares with its connections: whoever has one may have it when the edge is gone.
struct edge_state {
  explicit edge_state(edge::options with) : how(std::move(with)) {}
  const edge::options how;
  shared_counts counts;
  std::atomic<bool> ended = false; ///< nothing is posted any more
  asio::io_context io{1};
  std::array<char, read_bytes> buffer;            ///< of its thread
  std::set<std::shared_ptr<open_connection>> all; ///< until they are closed
};

/// What the edge knows of a connection of either kind. All but the thread-safe ones: its thread.
class open_connection : public edge_connection {
 public:
  virtual void look_at_clock(std::int64_t at_us) = 0;
  virtual void close(const std::string& why) = 0;
};
using open_connections = std::set<std::shared_ptr<open_connection>>;

template <class Protocol>
class socket_connection final : public open_connection,
                                public std::enable_shared_from_this<socket_connection<Protocol>> {
 public:
  using socket_type = typename Protocol::socket;

  socket_connection(socket_type socket, std::string peer, std::shared_ptr<edge_state> of)
      : of_(std::move(of)), socket_(std::move(socket)), peer_(std::move(peer)) {}

  void begin(std::function<void(bytes)> on_bytes, std::function<void(error)> on_broken) override {
    run([this, take = std::move(on_bytes), broke = std::move(on_broken)]() mutable {
      on_bytes_ = std::move(take);
      on_broken_ = std::move(broke);
      if (closed_)
        tell_end("it was closed");
      else
        read();
    });
  }
  /// In the thread of who writes, as far as the socket takes it at once: the thread of the edge is
  /// not woken for that.
  void write(bytes what) override {
    const std::lock_guard lock(mutex_);
    if (closed_ || hanging_up_ || cut_)
      return;
    // What fails here fails again for the thread of the edge.
    const auto n = unsent_ != 0 ? 0
                                : ::send(socket_.native_handle(), what.data(), what.size(),
                                         MSG_NOSIGNAL | MSG_DONTWAIT);
    const auto sent = static_cast<std::size_t>(std::max<ssize_t>(n, 0));
    of_->counts.bytes_out += sent;
    if (sent == what.size())
      return;
    if (unsent_ == 0)
      moved_us_ = now_us();
    unsent_ += what.size() - sent;
    queue_.push_back(sent == 0 ? std::move(what) : what.substr(sent));
    cut_ = unsent_ > limits::connection_unread_bytes_max;
    if (cut_)
      run([this] {
        of_->counts.stalled += closed_ ? 0 : 1;
        close("the client does not take what it asked for");
      });
    else
      run([this] { send(); });
  }
  void taken(std::size_t count) override {
    const auto before = untaken_.fetch_sub(count);
    if (before >= untaken_bytes_max && before - count < untaken_bytes_max)
      run([this] { read(); });
  }
  void hang_up() override {
    run([this] {
      {
        const std::lock_guard lock(mutex_);
        hanging_up_ = true;
      }
      hung_up_us_ = now_us();
      if (unsent_ == 0)
        close("it was hung up");
    });
  }
  [[nodiscard]] std::string peer() const override { return peer_; }

  void look_at_clock(std::int64_t at_us) override {
    const auto patience_us =
        hanging_up_ ? linger_us
                    : std::chrono::duration_cast<std::chrono::microseconds>(of_->how.stall).count();
    const auto since_us = hanging_up_ ? hung_up_us_ : moved_us_.load();
    if (closed_ || unsent_ == 0 || at_us - since_us <= patience_us)
      return;
    ++of_->counts.stalled;
    close("the client takes nothing");
  }

  void close(const std::string& why) override {
    {
      const std::lock_guard lock(mutex_);
      if (closed_.exchange(true))
        return;
      asio::error_code ignored;
      socket_.close(ignored);
      queue_.clear();
    }
    --of_->counts.open;
    tell_end(why);
    of_->all.erase(this->shared_from_this());
  }

 private:
  /// On the thread of the edge.
  template <class Function>
  void run(Function what) {
    if (of_->ended)
      return;
    // Weak: what nobody runs any more must not keep the sockets.
    asio::post(socket_.get_executor(),
               [self = this->weak_from_this(), call = std::move(what)]() mutable {
                 if (const auto alive = self.lock())
                   call();
               });
  }

  void tell_end(const std::string& why) {
    on_bytes_ = nullptr;
    if (const auto tell = std::exchange(on_broken_, nullptr))
      tell({errc::unreachable, "the connection of " + peer_ + " is over: " + why});
  }

  [[nodiscard]] bool may_read() const noexcept {
    return !reading_ && !closed_ && !hanging_up_ && on_bytes_ && untaken_ < untaken_bytes_max &&
           unsent_ < of_->how.unsent_bytes_max;
  }
  void read() {
    if (!may_read())
      return;
    reading_ = true;
    socket_.async_wait(socket_type::wait_read,
                       [self = this->shared_from_this()](const asio::error_code& failed) {
                         self->reading_ = false;
                         if (failed)
                           return self->close(failed.message());
                         self->read_now();
                       });
  }
  /// One buffer for all connections: none is kept for those that say nothing.
  void read_now() {
    if (closed_ || !on_bytes_)
      return;
    asio::error_code failed;
    const auto n = socket_.read_some(asio::buffer(of_->buffer), failed);
    if (failed == asio::error::would_block || failed == asio::error::try_again)
      return read();
    if (failed)
      return close(failed.message());
    of_->counts.bytes_in += n;
    untaken_ += n;
    on_bytes_(bytes(of_->buffer.data(), n));
    read();
  }

  /// One write at a time, of what waited together.
  void send() {
    {
      const std::lock_guard lock(mutex_);
      if (closed_ || !sending_.empty() || queue_.empty())
        return;
      std::swap(sending_, queue_);
    }
    std::vector<asio::const_buffer> parts;
    parts.reserve(sending_.size());
    for (const auto& part : sending_)
      parts.emplace_back(asio::buffer(part));
    asio::async_write(
        socket_, parts,
        // told of each part that was written: it moves
        [self = this->shared_from_this()](const asio::error_code& failed,
                                          std::size_t so_far) -> std::size_t {
          self->note_progress(so_far);
          return failed ? 0 : read_bytes;
        },
        [self = this->shared_from_this()](const asio::error_code& failed, std::size_t written) {
          self->sent(failed, written);
        });
  }
  void note_progress(std::size_t so_far) {
    if (so_far != std::exchange(written_, so_far))
      moved_us_ = now_us();
  }
  void sent(const asio::error_code& failed, std::size_t written) {
    sending_.clear();
    written_ = 0;
    if (closed_)
      return;
    if (failed)
      return close(failed.message());
    of_->counts.bytes_out += written;
    moved_us_ = now_us();
    {
      const std::lock_guard lock(mutex_);
      unsent_ -= written;
    }
    if (hanging_up_ && unsent_ == 0)
      return close("it was hung up");
    send();
    read();
  }

  const std::shared_ptr<edge_state> of_; // goes after the socket
  socket_type socket_;
  const std::string peer_;
  std::function<void(bytes)> on_bytes_;
  std::function<void(error)> on_broken_;
  std::deque<bytes> sending_;
  std::atomic<std::size_t> untaken_ = 0;
  std::size_t written_ = 0; ///< of the write that goes on
  std::atomic<std::int64_t> moved_us_ = 0;
  std::int64_t hung_up_us_ = 0;
  bool reading_ = false;

  /// Guards what writers look at; changed by the thread of the edge alone, but for the queue.
  std::mutex mutex_;
  std::deque<bytes> queue_;
  bool cut_ = false; ///< it takes too little: nothing more is queued
  std::atomic<std::size_t> unsent_ = 0;
  std::atomic<bool> closed_ = false;
  std::atomic<bool> hanging_up_ = false;
};

std::string name_of(const tcp::endpoint& at) {
  const auto host = at.address().to_string();
  return at.address().is_v6() ? fmt::format("[{}]:{}", host, at.port())
                              : fmt::format("{}:{}", host, at.port());
}

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
  explicit running_edge(options how) : of_(std::make_shared<edge_state>(std::move(how))) {}
  running_edge(const running_edge&) = delete;
  running_edge& operator=(const running_edge&) = delete;

  ~running_edge() override {
    if (!thread_.joinable())
      return;
    asio::post(of_->io, [this] {
      close_listeners();
      clock_.cancel();
      stopping_ = true;
      for (const auto& one : open_connections(of_->all))
        one->close("the node stopped");
    });
    thread_.join();
    of_->ended = true;
  }

  result<void> listen() {
    if (!of_->how.address && of_->how.socket_path.empty())
      return fail(errc::invalid_argument, "there is nothing to listen on");
    if (of_->how.address)
      WEFT_CHECK(listen(*of_->how.address));
    if (!of_->how.socket_path.empty())
      WEFT_CHECK(listen(of_->how.socket_path));
    return {};
  }

  void start() {
    if (tcp_.is_open())
      accept(tcp_);
    if (unix_.is_open())
      accept(unix_);
    look_later();
    thread_ = std::thread([this] {
      persistence::name_this_thread("weft.clients");
      of_->io.run();
    });
  }

  void stop_listening() override {
    std::promise<void> done;
    asio::post(of_->io, [this, &done] {
      close_listeners();
      done.set_value();
    });
    done.get_future().wait();
  }
  [[nodiscard]] std::optional<listen_address> address() const override { return bound_; }
  [[nodiscard]] figures counts() const override {
    return {of_->counts.open,    of_->counts.accepted, of_->counts.turned_away,
            of_->counts.stalled, of_->counts.bytes_in, of_->counts.bytes_out};
  }

 private:
  result<void> listen(const listen_address& at) {
    asio::error_code failed;
    tcp::resolver resolver(of_->io);
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
    unix_socket::socket knock(of_->io);
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
      if (!from.is_open() || stopping_)
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
    using protocol = typename Socket::protocol_type;
    if (of_->counts.open >= of_->how.connections_max) {
      ++of_->counts.turned_away;
      return; // closed; the client tries again
    }
    asio::error_code ignored;
    socket.non_blocking(true, ignored);
    auto peer = prepare(socket);
    ++of_->counts.accepted;
    ++of_->counts.open;
    auto made =
        std::make_shared<socket_connection<protocol>>(std::move(socket), std::move(peer), of_);
    of_->all.insert(made);
    of_->how.on_connection(std::move(made));
  }

  void look_later() {
    clock_.expires_after(look_every);
    clock_.async_wait([this](const asio::error_code& cancelled) {
      if (cancelled || stopping_)
        return;
      for (const auto& one : open_connections(of_->all))
        one->look_at_clock(now_us());
      look_later();
    });
  }

  const std::shared_ptr<edge_state> of_;
  std::optional<listen_address> bound_;
  std::string bound_path_;
  tcp::acceptor tcp_{of_->io};
  unix_socket::acceptor unix_{of_->io};
  asio::steady_timer clock_{of_->io};
  asio::steady_timer tcp_again_{of_->io};
  asio::steady_timer unix_again_{of_->io};
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace

result<std::unique_ptr<edge>> edge::open(options how) {
  auto made = std::make_unique<running_edge>(std::move(how));
  WEFT_CHECK(made->listen());
  made->start();
  return made;
}

} // namespace weft::fabric
