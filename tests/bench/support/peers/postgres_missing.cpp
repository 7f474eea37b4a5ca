// In place of postgres.cpp where libpq is not installed.
#include "support/must.hpp"
#include "support/peers/postgres.hpp"

namespace weft::bench {

postgres_server::postgres_server(const std::filesystem::path& /*folder*/)
    : port_(0), process_([]() -> child_process {
        stop("this was built without libpq; ./dev bench --peers installs libpq-dev");
      }()) {}

std::unique_ptr<requester> postgres_server::connect() const {
  return nullptr;
}

} // namespace weft::bench
