#include "support/peers/postgres.hpp"

#include "support/must.hpp"
#include "support/socket.hpp"

#include <fmt/format.h>

#include <libpq-fe.h>
#include <pwd.h>
#include <thread>
#include <unistd.h>

namespace weft::bench {
namespace {

constexpr const char* user = "postgres"; // it does not run as root
constexpr const char* note = "calibrated; door closed; wind from the north-west; no rain "
                             "since the morning; battery 87 %";

struct closes_connection {
  void operator()(PGconn* what) const noexcept { PQfinish(what); }
};
struct clears_result {
  void operator()(PGresult* what) const noexcept { PQclear(what); }
};
using connection_ptr = std::unique_ptr<PGconn, closes_connection>;
using result_ptr = std::unique_ptr<PGresult, clears_result>;

connection_ptr connect_patiently(std::uint16_t port) {
  const auto where = fmt::format("host=127.0.0.1 port={} user={} dbname=postgres", port, user);
  const auto begin = clock::now();
  for (;;) {
    connection_ptr made(PQconnectdb(where.c_str()));
    if (PQstatus(made.get()) == CONNECTION_OK)
      return made;
    must(seconds_since(begin) < 30, std::string("PostgreSQL: ") + PQerrorMessage(made.get()));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

void run(PGconn* on, const char* sql) {
  const result_ptr done(PQexec(on, sql));
  must(PQresultStatus(done.get()) == PGRES_COMMAND_OK, PQerrorMessage(on));
}

class postgres_requester final : public requester {
 public:
  explicit postgres_requester(std::uint16_t port) : connection_(connect_patiently(port)) {
    const result_ptr done(
        PQprepare(connection_.get(), "put",
                  "INSERT INTO facts(e, a, v, t) VALUES ($1, 1, $2, $1), ($1, 2, $3, $1), "
                  "($1, 3, $4, $1), ($1, 4, $5, $1), ($1, 5, $6, $1)",
                  0, nullptr));
    must(PQresultStatus(done.get()) == PGRES_COMMAND_OK, PQerrorMessage(connection_.get()));
    must(PQsetnonblocking(connection_.get(), 1) == 0, "PQsetnonblocking");
  }
  [[nodiscard]] int descriptor() const override { return PQsocket(connection_.get()); }
  void ask() override {
    static std::uint64_t next = 0;
    const auto e = std::to_string(next++);
    const char* values[] = {e.c_str(), "s-000042", "1700000000000000", "21.5", "42", note};
    must(PQsendQueryPrepared(connection_.get(), "put", 6, values, nullptr, nullptr, 0) == 1,
         PQerrorMessage(connection_.get()));
    times_.sent(0); // one at a time
    static_cast<void>(PQflush(connection_.get()));
  }
  void hear(std::vector<double>& latencies_us) override {
    must(PQconsumeInput(connection_.get()) == 1, PQerrorMessage(connection_.get()));
    while (PQisBusy(connection_.get()) == 0) {
      const result_ptr got(PQgetResult(connection_.get()));
      if (!got)
        return times_.answered(0, latencies_us);
      must(PQresultStatus(got.get()) == PGRES_COMMAND_OK, PQerrorMessage(connection_.get()));
    }
  }

 private:
  connection_ptr connection_;
  send_times times_;
};

/// The newest that is installed.
std::string program(const std::string& name) {
  std::vector<std::string> paths;
  for (const char* version : {"18", "17", "16", "15", "14"})
    paths.push_back(fmt::format("/usr/lib/postgresql/{}/bin/{}", version, name));
  return find_program(paths, "postgresql");
}

} // namespace

postgres_server::postgres_server(const std::filesystem::path& folder)
    : port_(free_port()), process_([&] {
        std::filesystem::create_directories(folder);
        if (const passwd* who = ::getpwnam(user); ::geteuid() == 0 && who != nullptr) {
          must(::chown(folder.c_str(), who->pw_uid, who->pw_gid) == 0, "chown");
          std::filesystem::permissions(folder.parent_path(), std::filesystem::perms::others_exec,
                                       std::filesystem::perm_options::add);
        }
        const auto data = (folder / "data").string();
        run_program({program("initdb"), "-D", data, "-A", "trust", "-U", user, "--no-sync"},
                    {.user = user});
        return child_process::program({program("postgres"), "-D", data, "-p", std::to_string(port_),
                                       "-c", "listen_addresses=127.0.0.1", "-c",
                                       "unix_socket_directories=", "-c", "synchronous_commit=on",
                                       "-c", "fsync=on", "-c", "max_connections=300"},
                                      {.user = user});
      }()) {
  const auto first = connect_patiently(port_);
  run(first.get(), "CREATE TABLE facts(e bigint, a int, v text, t bigint, PRIMARY KEY (e, a))");
}

std::unique_ptr<requester> postgres_server::connect() const {
  return std::make_unique<postgres_requester>(port_);
}

} // namespace weft::bench
