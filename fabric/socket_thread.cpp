#include "weft/fabric/socket_thread.hpp"

#include "weft/persistence/system.hpp"
#include "weft/persistence/thread_name.hpp"

#include <fmt/format.h>

namespace weft::fabric {

namespace {

constexpr std::chrono::seconds look_every{1};

} // namespace

std::int64_t socket_now_us() {
  return persistence::steady_clock_us().get();
}

std::string name_of(const asio::ip::tcp::endpoint& at) {
  const auto host = at.address().to_string();
  return at.address().is_v6() ? fmt::format("[{}]:{}", host, at.port())
                              : fmt::format("{}:{}", host, at.port());
}

socket_thread::socket_thread(std::string name, socket_limits how)
    : loop_(std::make_shared<socket_loop>(how)), name_(std::move(name)) {}

void socket_thread::start() {
  look_later();
  thread_ = std::thread([this] {
    persistence::name_this_thread(name_.c_str());
    loop_->io.run();
  });
}

void socket_thread::stop() {
  if (!thread_.joinable())
    return;
  run([this] {
    open_.reset();
    clock_.cancel();
    for (const auto& one : looped_connections(loop_->all))
      one->close("this side stopped");
  });
  thread_.join();
  loop_->ended = true;
}

void socket_thread::look_later() {
  clock_.expires_after(look_every);
  clock_.async_wait([this](const asio::error_code& cancelled) {
    if (cancelled || !open_.owns_work())
      return;
    for (const auto& one : looped_connections(loop_->all))
      one->look_at_clock(socket_now_us());
    look_later();
  });
}

} // namespace weft::fabric
