#include "support/catch.hpp"

#include "weft/actors/caf.hpp"

using namespace weft;

TEST_CASE("errors: every error of ours comes back from CAF as it was") {
  for (const auto& row : all_errc()) {
    const error before{row.code, "what happened to \"this\"", {{"t", "17"}, {"holder", ""}}};
    CHECK(actors::from_caf(actors::to_caf(before)) == before);
    CHECK(!actors::is_normal(actors::to_caf(before)));
  }
}

TEST_CASE("errors: those of CAF say whether a retry is safe") {
  CHECK(actors::from_caf(caf::make_error(caf::sec::request_timeout)).code == errc::outcome_unknown);
  CHECK(actors::from_caf(caf::make_error(caf::sec::request_receiver_down)).code == errc::no_leader);
  CHECK(actors::from_caf(caf::make_error(caf::exit_reason::kill)).code == errc::no_leader);
  CHECK(actors::from_caf(caf::error()).code == errc::no_leader);
  CHECK(actors::is_normal(caf::make_error(caf::exit_reason::user_shutdown)));
  CHECK(actors::is_normal(caf::error{}));
  CHECK(!actors::is_normal(caf::make_error(caf::exit_reason::kill)));
}
