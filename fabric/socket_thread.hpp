// One thread that moves the bytes of many sockets: those of edge.hpp, and of dialer.hpp.
//
// Bounded: a connection reads on only when what it read was taken, and while what waits to be
// written stays below a limit; one that takes nothing for a while is cut, and one for which
// limits::connection_unread_bytes_max wait.
// Inside fabric: whoever includes it sees Asio.
#pragma once

#include "weft/core/base/limits.hpp"
#include "weft/fabric/byte_connection.hpp"

#include <algorithm>
#include <array>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>
#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>
#include <set>
#include <sys/socket.h>
#include <thread>
#include <utility>
#include <vector>

namespace weft::fabric {

inline constexpr std::size_t socket_read_bytes = limits::packet_bytes_max;
/// What may be read and not taken.
inline constexpr std::size_t socket_untaken_bytes_max = 4 * socket_read_bytes;
/// How long the other side may take what is left for it when it is hung up on.
inline constexpr std::int64_t socket_linger_us = 2'000'000;

/// The clock of all that waits here.
[[nodiscard]] std::int64_t socket_now_us();
/// "127.0.0.1:52114", "[::1]:7402".
[[nodiscard]] std::string name_of(const asio::ip::tcp::endpoint& at);

struct socket_limits {
  std::size_t unsent_bytes_max = limits::connection_unsent_bytes_max;
  std::chrono::milliseconds stall{limits::connection_stall_us / 1000};
};

struct socket_counts {
  std::atomic<std::size_t> open = 0;
  std::atomic<std::uint64_t> stalled = 0;
  std::atomic<std::uint64_t> bytes_in = 0;
  std::atomic<std::uint64_t> bytes_out = 0;
};

/// What the thread knows of a connection of any kind. All but the thread-safe ones: its thread.
class looped_connection : public byte_connection {
 public:
  virtual void look_at_clock(std::int64_t at_us) = 0;
  virtual void close(const std::string& why) = 0;
};
using looped_connections = std::set<std::shared_ptr<looped_connection>>;

/// What the thread shares with its connections: whoever has one may have it when the thread is
/// gone.
struct socket_loop {
  explicit socket_loop(socket_limits with) : how(with) {}
  const socket_limits how;
  socket_counts counts;
  std::atomic<bool> ended = false; ///< nothing is posted any more
  asio::io_context io{1};
  std::array<char, socket_read_bytes> buffer; ///< of its thread
  looped_connections all;                     ///< until they are closed
};

/// The thread, and a look at the clock now and then.
class socket_thread {
 public:
  /// `name`: of the thread, 15 characters at most.
  socket_thread(std::string name, socket_limits how);
  socket_thread(const socket_thread&) = delete;
  socket_thread& operator=(const socket_thread&) = delete;
  ~socket_thread() { stop(); }

  void start();
  /// Closes all connections and waits for the thread, and for whatever else was begun in its loop.
  /// Whoever has a connection hears that it broke.
  void stop();
  /// In the thread, as soon as it can.
  template <class Function>
  void run(Function what) {
    asio::post(loop_->io, std::move(what));
  }
  [[nodiscard]] asio::io_context& io() noexcept { return loop_->io; }
  /// For a thread that has something to post, perhaps when this one is gone.
  [[nodiscard]] std::shared_ptr<socket_loop> loop() const noexcept { return loop_; }
  [[nodiscard]] const socket_counts& counts() const noexcept { return loop_->counts; }

  /// A connection of that socket. In the thread.
  template <class Protocol>
  std::shared_ptr<byte_connection> adopt(asio::basic_stream_socket<Protocol> socket,
                                         std::string peer);

 private:
  void look_later();

  const std::shared_ptr<socket_loop> loop_;
  std::string name_;
  asio::steady_timer clock_{loop_->io};
  asio::executor_work_guard<asio::io_context::executor_type> open_{loop_->io.get_executor()};
  std::thread thread_;
};

template <class Protocol>
class socket_connection final : public looped_connection,
                                public std::enable_shared_from_this<socket_connection<Protocol>> {
 public:
  using socket_type = typename Protocol::socket;

  socket_connection(socket_type socket, std::string peer, std::shared_ptr<socket_loop> of)
      : of_(std::move(of)), socket_(std::move(socket)), peer_(std::move(peer)) {}

  void begin(std::function<void(bytes)> on_bytes, std::function<void(error)> on_broken,
             std::function<void()> on_sent) override {
    run([this, take = std::move(on_bytes), broke = std::move(on_broken),
         drained = std::move(on_sent)]() mutable {
      on_bytes_ = std::move(take);
      on_sent_ = std::move(drained);
      on_broken_ = std::move(broke);
      if (closed_)
        tell_end("it was closed");
      else
        read();
    });
  }
  /// In the thread of who writes, as far as the socket takes it at once: the thread of the sockets
  /// is not woken for that.
  void write(bytes what) override {
    const std::lock_guard lock(mutex_);
    if (closed_ || hanging_up_ || cut_)
      return;
    // What fails here fails again for the thread of the sockets.
    const auto n = unsent_ != 0 ? 0
                                : ::send(socket_.native_handle(), what.data(), what.size(),
                                         MSG_NOSIGNAL | MSG_DONTWAIT);
    const auto sent = static_cast<std::size_t>(std::max<ssize_t>(n, 0));
    of_->counts.bytes_out += sent;
    if (sent == what.size())
      return;
    if (unsent_ == 0)
      moved_us_ = socket_now_us();
    unsent_ += what.size() - sent;
    queue_.push_back(sent == 0 ? std::move(what) : what.substr(sent));
    cut_ = unsent_ > limits::connection_unread_bytes_max;
    if (cut_)
      run([this] {
        of_->counts.stalled += closed_ ? 0 : 1;
        close("the other side does not take what it asked for");
      });
    else
      run([this] { send(); });
  }
  [[nodiscard]] std::size_t unsent() const override { return unsent_; }
  void taken(std::size_t count) override {
    const auto before = untaken_.fetch_sub(count);
    if (before >= socket_untaken_bytes_max && before - count < socket_untaken_bytes_max)
      run([this] { read(); });
  }
  void hang_up() override {
    run([this] {
      {
        const std::lock_guard lock(mutex_);
        hanging_up_ = true;
      }
      hung_up_us_ = socket_now_us();
      if (unsent_ == 0)
        close("it was hung up");
    });
  }
  [[nodiscard]] std::string peer() const override { return peer_; }

  void look_at_clock(std::int64_t at_us) override {
    const auto patience_us =
        hanging_up_ ? socket_linger_us
                    : std::chrono::duration_cast<std::chrono::microseconds>(of_->how.stall).count();
    const auto since_us = hanging_up_ ? hung_up_us_ : moved_us_.load();
    if (closed_ || unsent_ == 0 || at_us - since_us <= patience_us)
      return;
    ++of_->counts.stalled;
    close("the other side takes nothing");
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
  /// On the thread of the sockets.
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
    on_sent_ = nullptr;
    if (const auto tell = std::exchange(on_broken_, nullptr))
      tell({errc::unreachable, "the connection with " + peer_ + " is over: " + why});
  }

  [[nodiscard]] bool may_read() const noexcept {
    return !reading_ && !closed_ && !hanging_up_ && on_bytes_ &&
           untaken_ < socket_untaken_bytes_max && unsent_ < of_->how.unsent_bytes_max;
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
          return failed ? 0 : socket_read_bytes;
        },
        [self = this->shared_from_this()](const asio::error_code& failed, std::size_t written) {
          self->sent(failed, written);
        });
  }
  void note_progress(std::size_t so_far) {
    if (so_far != std::exchange(written_, so_far))
      moved_us_ = socket_now_us();
  }
  void sent(const asio::error_code& failed, std::size_t written) {
    sending_.clear();
    written_ = 0;
    if (closed_)
      return;
    if (failed)
      return close(failed.message());
    of_->counts.bytes_out += written;
    moved_us_ = socket_now_us();
    {
      const std::lock_guard lock(mutex_);
      unsent_ -= written;
    }
    if (unsent_ == 0 && on_sent_)
      on_sent_();
    if (hanging_up_ && unsent_ == 0)
      return close("it was hung up");
    send();
    read();
  }

  const std::shared_ptr<socket_loop> of_; // goes after the socket
  socket_type socket_;
  const std::string peer_;
  std::function<void(bytes)> on_bytes_;
  std::function<void(error)> on_broken_;
  std::function<void()> on_sent_;
  std::deque<bytes> sending_;
  std::atomic<std::size_t> untaken_ = 0;
  std::size_t written_ = 0; ///< of the write that goes on
  std::atomic<std::int64_t> moved_us_ = 0;
  std::int64_t hung_up_us_ = 0;
  bool reading_ = false;

  /// Guards what writers look at; changed by the thread of the sockets alone, but for the queue.
  std::mutex mutex_;
  std::deque<bytes> queue_;
  bool cut_ = false; ///< it takes too little: nothing more is queued
  std::atomic<std::size_t> unsent_ = 0;
  std::atomic<bool> closed_ = false;
  std::atomic<bool> hanging_up_ = false;
};

template <class Protocol>
std::shared_ptr<byte_connection> socket_thread::adopt(asio::basic_stream_socket<Protocol> socket,
                                                      std::string peer) {
  asio::error_code ignored;
  socket.non_blocking(true, ignored);
  ++loop_->counts.open;
  auto made =
      std::make_shared<socket_connection<Protocol>>(std::move(socket), std::move(peer), loop_);
  loop_->all.insert(made);
  return made;
}

} // namespace weft::fabric
