#include "support/peers/redis.hpp"

#include "support/must.hpp"

#include <fmt/format.h>

#include <charconv>

namespace weft::bench {
namespace {

constexpr std::size_t record_bytes = 200;

class redis_requester final : public requester {
 public:
  explicit redis_requester(std::uint16_t port) : socket_(local_socket::tcp(port)) {}
  [[nodiscard]] int descriptor() const override { return socket_.descriptor(); }
  void ask() override {
    times_.sent(next_++);
    socket_.send(redis_command({"XADD", redis_stream, "*", "f", stamped_record()}));
  }
  void hear(std::vector<double>& latencies_us) override {
    socket_.read_into(in_);
    std::size_t begin = 0;
    while (const auto size = redis_reply(std::string_view(in_).substr(begin))) {
      must(in_[begin] == '$', "XADD: " + in_.substr(begin, size));
      begin += size;
      times_.answered(answered_++, latencies_us);
    }
    in_.erase(0, begin);
  }

 private:
  local_socket socket_;
  std::string in_;
  std::uint64_t next_ = 0;
  std::uint64_t answered_ = 0;
  send_times times_;
};

std::int64_t number(std::string_view text) {
  std::int64_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

} // namespace

redis_server::redis_server(const std::filesystem::path& folder, bool durable)
    : port_(free_port()), process_([&] {
        std::filesystem::create_directories(folder);
        return child_process::program(
            {find_program({"/usr/bin/redis-server", "/usr/local/bin/redis-server"}, "redis-server"),
             "--port", std::to_string(port_), "--bind", "127.0.0.1", "--dir", folder.string(),
             "--save", "", "--appendonly", durable ? "yes" : "no", "--appendfsync", "always",
             "--auto-aof-rewrite-percentage", "0"},
            {});
      }()) {
  static_cast<void>(local_socket::tcp(port_)); // waits until it listens
}

std::unique_ptr<requester> redis_server::connect() const {
  return std::make_unique<redis_requester>(port_);
}

std::string redis_command(const std::vector<std::string_view>& words) {
  std::string out = fmt::format("*{}\r\n", words.size());
  for (const auto& word : words)
    fmt::format_to(std::back_inserter(out), "${}\r\n{}\r\n", word.size(), word);
  return out;
}

std::size_t redis_reply(std::string_view text, std::vector<std::string_view>* strings) {
  const auto line = text.find("\r\n");
  if (line == std::string_view::npos)
    return 0;
  std::size_t at = line + 2;
  const auto count = number(text.substr(1, line - 1));
  if (text[0] == '$' && count >= 0) {
    const auto size = static_cast<std::size_t>(count);
    if (text.size() < at + size + 2)
      return 0;
    if (strings != nullptr)
      strings->push_back(text.substr(at, size));
    at += size + 2;
  } else if (text[0] == '*') {
    for (std::int64_t i = 0; i < count; ++i) {
      const auto part = redis_reply(text.substr(at), strings);
      if (part == 0)
        return 0;
      at += part;
    }
  }
  return at;
}

std::string stamped_record() {
  auto out = std::to_string(clock::now().time_since_epoch().count());
  out += ' ';
  out.resize(record_bytes, 'r');
  return out;
}

double age_of(std::string_view stamped) {
  return static_cast<double>(clock::now().time_since_epoch().count() - number(stamped)) * 1e-3;
}

} // namespace weft::bench
