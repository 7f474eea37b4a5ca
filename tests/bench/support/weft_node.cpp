#include "support/weft_node.hpp"

#include "support/must.hpp"
#include "support/socket.hpp"

#include "weft/core/protocol/client_session.hpp"
#include "weft/fabric/client/database.hpp"
#include "weft/persistence/system.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <sstream>

namespace weft::bench {
namespace {

constexpr std::string_view note = "calibrated; door closed; wind from the north-west; no rain "
                                  "since the morning; battery 87 %";

std::int64_t now_us() {
  return persistence::steady_clock_us().get();
}

/// A client that waits for many connections at a time, which weft::client does not.
class weft_requester final : public requester {
 public:
  explicit weft_requester(local_socket socket)
      : socket_(std::move(socket)), machine_({.who = {.program = "weft_bench"}}, now_us()) {
    effects_.clear();
    machine_.step(session::begin{}, effects_);
    std::vector<double> none;
    perform(none);
    while (machine_.phase() == session::stage::handshake) {
      socket_.wait();
      hear(none);
    }
  }
  [[nodiscard]] int descriptor() const override { return socket_.descriptor(); }
  void ask() override {
    static std::int64_t next = 0;
    const auto id = must(machine_.ask(
        protocol::transact_request{std::make_shared<const tx_request>(make_reading(next++)),
                                   client::database::make_request_id()},
        effects_));
    times_.sent(id);
    std::vector<double> none;
    perform(none);
  }
  void hear(std::vector<double>& latencies_us) override {
    in_.clear();
    if (!socket_.read_into(in_))
      return;
    machine_.step(session::received{in_, now_us()}, effects_);
    perform(latencies_us);
  }

 private:
  using session = protocol::client_session;

  void perform(std::vector<double>& latencies_us) {
    for (auto& effect : effects_) {
      if (const auto* w = std::get_if<session::write>(&effect)) {
        socket_.send(w->packets);
      } else if (const auto* a = std::get_if<session::answered>(&effect)) {
        if (const auto* why = std::get_if<wire_error>(&a->what))
          stop(why->reason(errc::unreachable).to_string());
        times_.answered(a->id, latencies_us);
      } else if (const auto* over = std::get_if<session::ended>(&effect)) {
        stop(over->why.to_string());
      }
    }
    effects_.clear();
  }

  local_socket socket_;
  std::string in_;
  session machine_;
  session::effects effects_;
  send_times times_;
};

std::vector<std::string> command(const std::filesystem::path& folder) {
  const auto self = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  return {find_program({(self / "weftd").string()}, "weftd: ninja weftd"), "--config",
          (folder / "weft.json").string()};
}

} // namespace

weft_node::weft_node(const std::filesystem::path& folder)
    : client_port_(free_port()), peer_port_(free_port()), http_port_(free_port()),
      socket_path_((folder / "socket").string()), process_([&] {
        std::filesystem::create_directories(folder);
        const auto local = [](std::uint16_t port) {
          return nlohmann::json{{"address", fmt::format("127.0.0.1:{}", port)}};
        };
        auto client = local(client_port_);
        client["socket"] = socket_path_;
        std::ofstream(folder / "weft.json") << nlohmann::json{
            {"cluster", {{"name", weft_cluster}}},
            {"nodes",
             {{{"id", "n1"},
               {"data_dir", (folder / "data").string()},
               {"client", client},
               {"peer", local(peer_port_)},
               {"http", local(http_port_)}}}}}.dump();
        return child_process::program(command(folder), {.output = (folder / "log").string()});
      }()) {
  auto first = must(client::database::open(
      {.to = {.endpoints = {(static_cast<void>(local_socket::unix_path(socket_path_)),
                             client::endpoint{client::socket_path{socket_path_}})}}}));
  must(first.transact(must(parse_edn_transaction(reading_schema()))));
}

std::unique_ptr<requester> weft_node::connect_tcp() const {
  return std::make_unique<weft_requester>(local_socket::tcp(client_port_));
}

std::unique_ptr<requester> weft_node::connect_unix() const {
  return std::make_unique<weft_requester>(local_socket::unix_path(socket_path_));
}

std::map<std::string, double> weft_node::metrics() const {
  std::map<std::string, double> out;
  std::istringstream page(http_page(http_port_, "/metrics"));
  for (std::string line; std::getline(page, line);)
    if (const auto space = line.find(' '); !line.starts_with('#') && space != std::string::npos)
      out[line.substr(0, space)] = std::strtod(line.c_str() + space, nullptr);
  return out;
}

tx_request make_reading(std::int64_t n) {
  tx_request request;
  request.put({{"reading/sensor", "s-000042"},
               {std::string(reading_at), clock::now().time_since_epoch().count()},
               {"reading/celsius", 21.5},
               {"reading/humidity", n % 100},
               {"reading/note", note}});
  return request;
}

std::string_view reading_schema() {
  return R"([
    {:db/ident :reading/sensor :db/valueType :db.type/string :db/cardinality :db.cardinality/one}
    {:db/ident :reading/at :db/valueType :db.type/long :db/cardinality :db.cardinality/one}
    {:db/ident :reading/celsius :db/valueType :db.type/double :db/cardinality :db.cardinality/one}
    {:db/ident :reading/humidity :db/valueType :db.type/long :db/cardinality :db.cardinality/one}
    {:db/ident :reading/note :db/valueType :db.type/string :db/cardinality :db.cardinality/one}
  ])";
}

} // namespace weft::bench
