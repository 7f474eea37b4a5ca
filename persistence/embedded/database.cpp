#include "weft/persistence/embedded/database.hpp"

#include "weft/persistence/embedded/engine.hpp"

#include <utility>

namespace weft::embedded {

// -- pending ---

struct pending::state {
  std::shared_ptr<waiting> who; ///< null when it was refused at once
  std::optional<error> refused = {};
};

result<tx_report> pending::get() {
  if (!state_)
    return fail(errc::invalid_argument, "the outcome was taken already");
  const auto mine = std::exchange(state_, nullptr);
  if (mine->refused)
    return fail(*mine->refused);
  return commit_pipeline::take(*mine->who);
}

// -- database ---

database::database(std::unique_ptr<engine> made) : engine_(std::move(made)) {}
database::database(database&&) noexcept = default;
database& database::operator=(database&&) noexcept = default;
database::~database() = default;

result<database> database::open(const std::string& folder, options how) {
  WEFT_TRY(auto made, engine::open(folder, std::move(how)));
  return database(std::move(made));
}

result<tx_report> database::transact(const tx_request& request, std::optional<request_id> id) {
  return engine_->transact(request, id);
}

result<tx_report> database::transact(std::string_view edn_text, std::optional<request_id> id) {
  WEFT_TRY(const auto request, parse_edn_transaction(edn_text));
  return engine_->transact(request, id);
}

pending database::submit(tx_request request, std::optional<request_id> id) {
  pending out;
  out.state_ = std::make_shared<pending::state>();
  auto who = engine_->submit(std::move(request), id);
  if (!who) {
    out.state_->refused = std::move(who).error();
    return out;
  }
  out.state_->who = std::move(*who);
  return out;
}

result<tx_report> database::with(const tx_request& request) const {
  return engine_->with(request);
}

result<tx_report> database::with(std::string_view edn_text) const {
  WEFT_TRY(const auto request, parse_edn_transaction(edn_text));
  return engine_->with(request);
}

result<weft::view> database::view() const {
  return engine_->view();
}

request_id database::make_request_id() {
  return engine_->make_request_id();
}

embedded::status database::status() const {
  return engine_->status();
}

stage_times database::stages() const {
  return engine_->stages();
}

result<void> database::close() {
  return engine_->close();
}

} // namespace weft::embedded
