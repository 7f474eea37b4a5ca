#include "weft/core/base/log.hpp"

#include "support/catch.hpp"

#include <set>

using namespace weft;

namespace {

class kept_records final : public log_sink {
 public:
  explicit kept_records(log_level least) : least_(least) {}
  [[nodiscard]] bool wants(log_level level) const noexcept override { return level >= least_; }
  void write(const log_record& record) noexcept override { all.push_back(record); }
  std::vector<log_record> all;

 private:
  log_level least_;
};

} // namespace

TEST_CASE("log: every event has a name of its own, and a component") {
  std::set<std::string_view> names;
  for (const auto& row : all_log_events()) {
    CHECK(names.insert(row.name).second);
    CHECK(row.name.find('.') != std::string_view::npos);
    CHECK(!row.component.empty());
    CHECK(info(row.event).name == row.name);
  }
}

TEST_CASE("log: a sink gets what it wants, with the level of the event") {
  kept_records sink(log_level::warn);
  note(sink, log_event::recovery_done, "open", {{"datoms", 17U}});
  CHECK(sink.all.empty());
  note(sink, log_event::actor_ended, "it ended", {{"actor", "applier"}, {"restarts", 2U}});
  REQUIRE(sink.all.size() == 1);
  CHECK(sink.all[0].level == log_level::warn);
  CHECK(sink.all[0].msg == "it ended");
  REQUIRE(sink.all[0].fields.size() == 2);
  CHECK(std::get<std::string>(sink.all[0].fields[0].value) == "applier");
  CHECK(std::get<std::uint64_t>(sink.all[0].fields[1].value) == 2);
}

TEST_CASE("log: without a sink nothing is wanted") {
  const auto nobody = null_log();
  for (const auto level :
       {log_level::trace, log_level::debug, log_level::info, log_level::warn, log_level::error})
    CHECK(!nobody->wants(level));
  note(*nobody, log_event::storage_failed, "unheard");
  CHECK(name_of(log_level::debug) == "debug");
}
