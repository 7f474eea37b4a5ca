// Nodes at a place that stays: one that goes and comes back with its facts, and one that listens
// and never says a word.
#pragma once

#include "plain_node.hpp"

#include "weft/fabric/client/connection.hpp"

#include <algorithm>
#include <memory>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace weft::test {

/// How tests connect.
inline client::connect_options to(const client::endpoint& at) {
  return {.endpoints = {at}, .connect_us = 2'000'000};
}

inline instant in_us(std::int64_t us) {
  return instant(persistence::steady_clock_us().get() + us);
}

/// A plain_node on a Unix socket: start() after stop() has the same facts at the same place.
class returning_node {
 public:
  returning_node() { start(); }

  void start() { start_with("data"); }
  /// Another database, at the same place.
  void start_with(const std::string& data) {
    stop();
    node_ = std::make_unique<plain_node>(folder_ / data, plain_node::options{.socket_path = path_});
  }
  void stop() { node_.reset(); }
  [[nodiscard]] client::endpoint at() const { return {client::socket_path{path_}}; }
  plain_node* operator->() { return node_.get(); }
  /// Until it has executed so many requests.
  void wait_for(std::size_t requests) { wait_until(node_->executed, requests); }
  /// Until it has answered so many, beside those that it keeps back.
  void wait_for_answers(std::size_t answers) { wait_until(node_->answered, answers); }
  /// It goes with everything it was asked and did not answer, and is there again.
  void restart_after(std::size_t requests) {
    wait_for(requests);
    stop();
    start();
  }

 private:
  static void wait_until(const std::atomic<std::size_t>& count, std::size_t wanted) {
    const auto last = in_us(60'000'000);
    while (count < wanted) {
      REQUIRE(persistence::steady_clock_us() < last);
      std::this_thread::yield();
    }
  }

  temp_folder folder_;
  std::string path_ = folder_ / "n1.sock";
  std::unique_ptr<plain_node> node_;
};

/// A Unix socket that is bound to a path.
class bound_socket {
 public:
  explicit bound_socket(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), name.sun_path);
    REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0);
  }
  bound_socket(const bound_socket&) = delete;
  bound_socket& operator=(const bound_socket&) = delete;
  ~bound_socket() { ::close(fd_); }

  void listen() const { REQUIRE(::listen(fd_, 4) == 0); }

 private:
  int fd_;
};

/// Somebody who listens and says nothing.
class silent_node {
 public:
  silent_node() : socket_(path_) { socket_.listen(); }
  [[nodiscard]] client::endpoint at() const { return {client::socket_path{path_}}; }

 private:
  temp_folder folder_;
  std::string path_ = folder_ / "silent.sock";
  bound_socket socket_;
};

} // namespace weft::test
