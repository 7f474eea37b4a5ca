#include "support/catalogue.hpp"

#include "debian_catalogue/requests.hpp"
#include "support/must.hpp"

#include <deque>
#include <limits>

namespace weft::bench {
namespace {

/// Keeps transactions in flight, so that the next is made while earlier ones are written.
class pipeline {
 public:
  explicit pipeline(embedded::database& db) : db_(&db) {}

  void submit(tx_request request) {
    if (waiting_.size() == in_flight_max)
      settle_one();
    waiting_.push_back(db_->submit(std::move(request)));
  }
  load_result finish() {
    while (!waiting_.empty())
      settle_one();
    return done_;
  }

 private:
  static constexpr std::size_t in_flight_max = 64;

  void settle_one() {
    const tx_report report = must(waiting_.front().get());
    waiting_.pop_front();
    ++done_.transactions;
    done_.datoms += report.datoms.size();
  }

  embedded::database* db_;
  std::deque<embedded::pending> waiting_;
  load_result done_;
};

} // namespace

std::string catalogue_text() {
  return must(debian::read_apt());
}

debian::catalogue parse_catalogue(std::string text, std::size_t limit) {
  const auto at_most = limit == 0 ? std::numeric_limits<std::size_t>::max() : limit;
  return must(debian::catalogue::parse(std::move(text), at_most));
}

load_result load(embedded::database& db, const debian::catalogue& from, std::int64_t growth,
                 std::size_t facts_per_transaction) {
  pipeline out(db);
  out.submit(debian::schema_request());
  tx_request batch;
  std::size_t facts = 0;
  std::string_view identity;
  debian::state(from, growth, [&](debian::statement s) {
    // A new kind of entity refers to those before: their transaction has to be earlier.
    if (facts >= facts_per_transaction || (facts != 0 && identity != s.front().attribute)) {
      out.submit(std::exchange(batch, {}));
      facts = 0;
    }
    identity = s.front().attribute;
    debian::append(batch, s);
    facts += s.size();
  });
  out.submit(std::move(batch));
  return out.finish();
}

} // namespace weft::bench
