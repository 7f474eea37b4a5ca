#include "weft/console/http/server.hpp"

#include "weft/console/http/bounded_stream.hpp"
#include "weft/console/http/json_writer.hpp"
#include "weft/console/http/listener.hpp"
#include "weft/core/base/limits.hpp"

#include <array>
#include <charconv>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <poll.h>
#include <sys/socket.h>
#include <thread>

namespace weft::console {

namespace {

using clock = bounded_stream::clock;

/// How often who waits for a silent connection looks whether others wait.
constexpr std::chrono::milliseconds look_every{50};
/// What a client had sent is read for so long before its connection is closed: else it may lose the
/// answer.
constexpr std::chrono::milliseconds linger{200};

/// The connection that this thread answers.
thread_local bounded_stream* current = nullptr;

std::string_view title_of(int status) {
  switch (status) {
  case 404:
    return "there is no such page";
  case 405:
    return "the page is asked with GET or HEAD";
  case 408:
    return "the request took too long";
  case 413:
    return "the body of the request is too large";
  case 414:
    return "the address of the request is too long";
  case 431:
    return "the header of the request is too large";
  default:
    return status >= 500 ? "the server cannot answer" : "the request cannot be understood";
  }
}

errc code_of(int status) {
  switch (status) {
  case 404:
    return errc::not_found;
  case 413:
  case 414:
  case 431:
    return errc::input_too_large;
  default:
    return errc::invalid_argument;
  }
}

void put(httplib::Response& into, const http_answer& answer) {
  into.status = answer.status;
  into.set_header("Cache-Control", "no-store");
  into.set_header("X-Content-Type-Options", "nosniff");
  if (answer.status == 405)
    into.set_header("Allow", "GET, HEAD");
  into.set_content(answer.body, answer.type);
}

http_answer problem_of(int status) {
  const auto code = code_of(status);
  return problem(status, error{code, std::string(title_of(status))});
}

/// Content-Length, or 0. More than fits is more than is allowed.
std::size_t body_bytes(const httplib::Request& of) {
  const auto text = of.get_header_value("Content-Length");
  std::size_t out = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  return read.ec == std::errc::result_out_of_range ? limits::http_body_bytes_max + 1 : out;
}

/// Reads requests and writes answers; never listens.
class protocol final : public httplib::Server {
 public:
  explicit protocol(std::map<std::string, http_page> pages) : pages_(std::move(pages)) {
    set_keep_alive_max_count(limits::http_requests_max); // what answers say, no more
    set_keep_alive_timeout(limits::http_idle_us_max / 1'000'000);
    set_pre_routing_handler([this](const auto& request, auto& response) {
      put(response, answer(request));
      return HandlerResponse::Handled;
    });
    set_error_handler(Handler([](const auto& /*request*/, auto& response) {
      if (response.body.empty())
        put(response, problem_of(current->was_too_large()  ? 431
                                 : current->was_too_slow() ? 408
                                                           : response.status));
    }));
  }

  /// One request. False when the connection is not to be used again.
  [[nodiscard]] bool serve(bounded_stream& on, bool is_last) {
    bool asked_to_close = false;
    bool is_read = false; // all of the request: bodies are not
    const bool done = process_request(on, is_last, asked_to_close, [&](httplib::Request& request) {
      is_read = !request.has_header("Content-Length") && !request.has_header("Transfer-Encoding");
      request.headers.erase("Range"); // a page is answered whole, and once
      request.ranges.clear();
    });
    return done && is_read && !is_last && !asked_to_close;
  }

 private:
  [[nodiscard]] http_answer answer(const httplib::Request& request) const {
    if (body_bytes(request) > limits::http_body_bytes_max)
      return problem_of(413);
    const auto page = pages_.find(request.path);
    if (page == pages_.end())
      return problem_of(404);
    if (request.method != "GET" && request.method != "HEAD")
      return problem_of(405);
    return page->second({{request.params.begin(), request.params.end()}});
  }

  std::map<std::string, http_page> pages_;
};

/// Reads what is on its way, for a moment, then closes.
void close_gently(int socket) {
  ::shutdown(socket, SHUT_WR);
  std::array<char, 4096> unused{};
  std::size_t seen = 0;
  const auto until = clock::now() + linger;
  while (seen < limits::http_body_bytes_max && wait_for(socket, POLLIN, until)) {
    const auto got = ::recv(socket, unused.data(), unused.size(), MSG_DONTWAIT);
    if (got <= 0)
      break;
    seen += static_cast<std::size_t>(got);
  }
  ::close(socket);
}

} // namespace

/// The threads: one accepts, some answer.
class http_server::engine {
 public:
  engine(listener at, std::map<std::string, http_page> pages, std::shared_ptr<log_sink> log)
      : at_(std::move(at)), protocol_(std::move(pages)), log_(std::move(log)) {
    for (std::size_t i = 0; i < limits::http_threads; ++i)
      workers_.emplace_back([this] { work(); });
    acceptor_ = std::thread([this] { accept_all(); });
  }
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;
  ~engine() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    at_.wake();
    wake_.notify_all();
    acceptor_.join();
    for (auto& worker : workers_)
      worker.join();
    for (const int socket : waiting_)
      ::close(socket);
  }

  [[nodiscard]] std::uint16_t port() const noexcept { return at_.port(); }

 private:
  void accept_all() {
    while (const auto socket = at_.accept()) {
      const std::lock_guard lock(mutex_);
      if (waiting_.size() >= limits::http_waiting_max) {
        ::close(*socket);
        note(*log_, log_event::http_overloaded, "a connection was closed: too many wait",
             {{"waiting", std::uint64_t{waiting_.size()}}});
        continue;
      }
      waiting_.push_back(*socket);
      wake_.notify_one();
    }
  }

  void work() {
    for (;;) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
      if (ending_)
        return;
      const int socket = waiting_.front();
      waiting_.pop_front();
      lock.unlock();
      answer(socket);
      close_gently(socket);
    }
  }

  void answer(int socket) {
    bounded_stream on(socket);
    current = &on;
    for (std::size_t i = 1; i <= limits::http_requests_max; ++i) {
      if (!on.has_buffered() && !wait_for_request(socket))
        break;
      on.begin_request();
      if (!protocol_.serve(on, i == limits::http_requests_max || others_wait()))
        break;
    }
    current = nullptr;
  }

  /// A connection has a thread for itself while nobody else wants one.
  [[nodiscard]] bool others_wait() {
    const std::lock_guard lock(mutex_);
    return ending_ || !waiting_.empty();
  }

  /// False when the connection was silent for too long, or holds up others.
  [[nodiscard]] bool wait_for_request(int socket) {
    const auto until = clock::now() + std::chrono::microseconds(limits::http_idle_us_max);
    while (clock::now() < until) {
      if (wait_for(socket, POLLIN, std::min(until, clock::now() + look_every)))
        return true;
      if (others_wait())
        return false;
    }
    return false;
  }

  listener at_;
  protocol protocol_;
  std::shared_ptr<log_sink> log_;
  std::mutex mutex_; // guards the two below
  std::deque<int> waiting_;
  bool ending_ = false;
  std::condition_variable wake_;
  std::vector<std::thread> workers_;
  std::thread acceptor_;
};

http_server::http_server(std::unique_ptr<engine> made) : engine_(std::move(made)) {}
http_server::~http_server() = default;

result<std::unique_ptr<http_server>> http_server::start(const listen_address& at,
                                                        std::map<std::string, http_page> pages,
                                                        std::shared_ptr<log_sink> log) {
  WEFT_TRY(auto made, listener::open(at));
  return std::unique_ptr<http_server>(
      new http_server(std::make_unique<engine>(std::move(made), std::move(pages), std::move(log))));
}

std::uint16_t http_server::port() const noexcept {
  return engine_->port();
}

http_answer problem(int status, const error& why) {
  const auto& row = info(why.code);
  json_writer out;
  out.begin('{').key("type").value("/problems/" + std::string(row.name));
  out.key("title").value(row.meaning).key("status").value(status).key("detail").value(why.detail);
  out.key("errc").value(row.name).key("retryable").value(row.retryable);
  for (const auto& field : why.fields)
    out.key(field.name).value(field.value);
  out.end('}');
  return {
      .status = status, .type = "application/problem+json", .body = std::move(out).text() + "\n"};
}

} // namespace weft::console
