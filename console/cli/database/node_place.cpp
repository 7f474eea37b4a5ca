#include "weft/console/cli/database/node_place.hpp"

#include "weft/console/cli/commands/interrupt.hpp"
#include "weft/console/cli/database/connection_talk.hpp"
#include "weft/console/cli/database/figures.hpp"
#include "weft/console/cli/database/node_log.hpp"
#include "weft/console/cli/database/node_window.hpp"
#include "weft/console/cli/session.hpp"
#include "weft/core/base/version.hpp"
#include "weft/core/datom/text.hpp"
#include "weft/core/tx/report.hpp"
#include "weft/persistence/system.hpp"

#include <algorithm>
#include <array>
#include <pwd.h>
#include <unistd.h>

namespace weft::console {

namespace {

/// Who runs this program, for the logs of the node; the number of a user without a name.
std::string user_name() {
  std::array<char, 4096> memory;
  passwd row{};
  passwd* found = nullptr;
  const auto who = ::geteuid();
  if (::getpwuid_r(who, &row, memory.data(), memory.size(), &found) == 0 && found != nullptr)
    if (std::string name = found->pw_name;
        is_utf8(name) && name.size() <= limits::handshake_name_bytes_max)
      return name;
  return "uid " + std::to_string(who);
}

class node_database final : public open_database {
 public:
  node_database(client::database db, bool is_strict, connection_talk& talk)
      : db_(std::move(db)), names_(db_), is_strict_(is_strict), talk_(&talk) {}

  result<weft::view> view() override { return names_.open_view(); }
  result<transaction_report> transact(const tx_request& request,
                                      std::optional<request_id> id) override {
    const auto known = id.value_or(client::database::make_request_id());
    auto done_or_not = db_.transact(request, known);
    if (!done_or_not) { // it can be asked for again: by this id
      auto why = std::move(done_or_not).error();
      if (why.code == errc::outcome_unknown)
        append_uuid(why.fields.emplace_back(error_field{"id", ""}).value, known.id);
      return fail(std::move(why));
    }
    auto done = std::move(*done_or_not);
    WEFT_TRY(const auto record, record_view::decode(*done.payload));
    log_bytes_ += done.payload->size();
    transaction_report out{done.t, done.when, std::move(done.tempids), {}, names_.after(record)};
    for (const auto& d : record.datoms())
      out.datoms.push_back(d.to_datom());
    return out;
  }
  /// Resolved here, against the facts of the node.
  result<transaction_report> with(const tx_request& request) override {
    WEFT_TRY(const auto now, db_.open_view());
    const auto& [facts, about] = now;
    auto done = weft::with(
        facts, request,
        {.when = std::max(persistence::wall_clock_us(), about.when.next()),
         .next = about.next,
         .mode = about.strict || is_strict_ ? schema_mode::strict : schema_mode::flexible});
    if (!done && done.error().code == errc::unknown_function)
      return fail(errc::unknown_function,
                  "a dry run is done here, where the functions of the node are not known: " +
                      done.error().detail,
                  {{"try", "without --dry-run, or in the program that has the function"}});
    if (!done)
      return fail(std::move(done).error());
    return transaction_report{done->t, done->when, std::move(done->tempids),
                              std::move(done->datoms), done->after.shared_schema()};
  }
  std::unique_ptr<commit_window> open_window(std::size_t transactions) override {
    return std::make_unique<node_window>(db_, names_, log_bytes_, transactions,
                                         [this](const error* why) { talk_->tell(why); });
  }
  [[nodiscard]] bool is_strict() const override { return is_strict_; }
  [[nodiscard]] std::uint64_t log_bytes_behind(tx_number /*t*/) override { return log_bytes_; }
  result<void> close() override { return {}; }

 private:
  client::database db_;
  node_names names_;
  bool is_strict_;
  connection_talk* talk_;
  std::uint64_t log_bytes_ = 0; ///< of what was committed through this
};

using figures_of_node = std::vector<protocol::status_answer::figure>;

std::uint64_t figure(const figures_of_node& all, std::string_view name) {
  const auto found = std::ranges::find(all, name, &protocol::status_answer::figure::name);
  return found == all.end() ? 0 : static_cast<std::uint64_t>(found->value);
}

class one_node_watch final : public node_watch {
 public:
  one_node_watch(client::connect_options to, session& in, connection_talk& talk)
      : to_(std::move(to)), in_(&in), talk_(&talk) {}

  result<node_sample> look(std::int64_t within_us) override {
    const instant until(steady_us() + within_us);
    auto seen = look_until(until);
    was_there_ = was_there_ || seen;
    if (was_there_ && (seen || seen.error().code != errc::interrupted))
      talk_->tell(seen ? nullptr : &seen.error());
    return seen;
  }

 private:
  result<node_sample> look_until(instant until) {
    if (!now_)
      WEFT_CHECK(connect(until));
    WEFT_TRY(const auto id, now_->send(protocol::status_request{}, 0));
    auto answer = in_pieces(until, [&](instant soon) { return now_->take(id, soon); });
    if (!answer)
      now_->forget(id);
    if (now_->ended())
      now_.reset();
    WEFT_TRY(const auto what, std::move(answer));
    const auto* status = std::get_if<protocol::status_answer>(&what);
    if (status == nullptr)
      return fail(errc::malformed_frame, "the node answered something else than was asked");
    node_sample out{status->t, {}};
    for (const auto& f : status->figures)
      out.figures.emplace_back(f.name, f.value);
    return out;
  }
  result<void> connect(instant until) {
    if (!coming_)
      coming_.emplace(to_);
    auto made = in_pieces(until, [&](instant soon) {
      auto known = coming_->go_on(soon);
      if (known)
        coming_.reset();
      return known;
    });
    if (!made)
      return fail(std::move(made).error());
    now_ = std::move(*made);
    to_.database = now_->node().database; // another one would not be this one
    in_->explain(connected_text(now_->at(), now_->node()));
    return {};
  }
  /// What `take` gives, which is asked again and again until then.
  template <class Take>
  static auto in_pieces(instant until, Take take) -> typename decltype(take(until))::value_type {
    for (;;) {
      const instant soon(steady_us() + client::connect_options::look_us);
      if (auto known = take(std::min(until, soon)))
        return std::move(*known);
      if (steady_us() >= until.get())
        return fail(errc::unreachable, "the node does not answer");
      if (interrupted())
        return fail(errc::interrupted, "interrupted while the node was asked");
    }
  }

  client::connect_options to_;
  session* in_;
  connection_talk* talk_;
  std::optional<client::connection> now_;
  std::optional<client::connecting> coming_;
  bool was_there_ = false;
};

class node_place final : public database_place {
 public:
  node_place(node_choice where, session& in)
      : where_(std::move(where)), in_(&in), talk_(in), log_talk_(in) {}

  result<std::unique_ptr<open_database>> open_reading() override {
    WEFT_TRY(auto db, open());
    return std::make_unique<node_database>(std::move(db), where_.strict, talk_);
  }
  result<std::unique_ptr<open_database>> open_writing() override;
  result<std::unique_ptr<transaction_log>> open_log() override {
    return advised(open_node_log(options_of(log_talk_), *in_, log_talk_));
  }
  result<document> status() override;
  result<std::unique_ptr<node_watch>> watch() override {
    auto made = std::make_unique<one_node_watch>(options_of(talk_).to, *in_, talk_);
    WEFT_CHECK(advised(made->look(all_endpoints_us()))); // somebody is there
    return made;
  }
  [[nodiscard]] result<std::string> folder(std::string_view command) const override {
    return fail(errc::usage,
                "`" + std::string(command) + "` looks at the files of a data folder, and " +
                    where_.endpoints.front().to_string() + " is a node",
                {{"try", "`weft --data FOLDER " + std::string(command.substr(5)) +
                             "` on the machine of the node; it may go on running"}});
  }
  [[nodiscard]] bool is_quick() const override { return true; }

 private:
  [[nodiscard]] client::database_options options_of(connection_talk& talk) const {
    return {.to = {.endpoints = where_.endpoints,
                   .cluster = where_.cluster,
                   .principal = user_name(),
                   .program = "weft " + std::string(version()),
                   .connect_us =
                       all_endpoints_us() / static_cast<std::int64_t>(where_.endpoints.size()),
                   .while_waiting =
                       [&talk](const error* why) {
                         talk.tell(why);
                         return !interrupted();
                       }},
            .patience_us = where_.patience_us,
            .retries_refusals = true};
  }
  /// All of them are tried in that time.
  [[nodiscard]] std::int64_t all_endpoints_us() const {
    const auto each = static_cast<std::int64_t>(where_.endpoints.size()) * limits::handshake_us;
    return std::min(each, where_.patience_us);
  }
  result<client::database> open() {
    WEFT_TRY(auto db, advised(client::database::open(options_of(talk_))));
    in_->explain(connected_text(db.at(), db.node()));
    return db;
  }
  template <class T>
  [[nodiscard]] result<T> advised(result<T> r) const {
    if (r || r.error().code != errc::unreachable || !where_.is_default)
      return r;
    return fail(errc::unreachable,
                "no node answers at " + where_.endpoints.front().to_string() +
                    ", and no data folder is given",
                {{"try", "start `weftd --config FILE`, name a node with -e HOST:PORT, or a folder "
                         "with --data DIR (or WEFT_DATA)"}});
  }

  node_choice where_;
  session* in_;
  connection_talk talk_; ///< of the database; the log has a connection of its own
  connection_talk log_talk_;
};

result<std::unique_ptr<open_database>> node_place::open_writing() {
  WEFT_TRY(auto db, open());
  WEFT_TRY(const auto now, db.open_view());
  if (where_.strict && !now.second.strict) // what the node does is in its configuration
    return fail(errc::usage, "the node declares attributes on first use, whatever --strict says",
                {{"try", "\"database\": {\"schema\": \"strict\"} in its configuration; or "
                         "`--dry-run --strict` first"}});
  return std::make_unique<node_database>(std::move(db), now.second.strict, talk_);
}

result<document> node_place::status() {
  WEFT_TRY(auto db, open());
  WEFT_TRY(const auto now, advised(db.status()));
  const auto& all = now.figures;
  document out;
  out.fields.push_back({"endpoint", cell(db.at().to_string())});
  out.fields.push_back({"cluster", cell(db.node().cluster)});
  out.fields.push_back({"node", cell(db.node().node)});
  add_figures(out, {.database = db.node().database,
                    .t = now.t,
                    .when = now.when,
                    .chain = now.chain,
                    .facts_live = figure(all, "facts"),
                    .facts_history = figure(all, "facts_history"),
                    .log_bytes = figure(all, "log_bytes"),
                    .log_segments = figure(all, "log_segments"),
                    .index_bytes = figure(all, "index_bytes")});
  out.fields.push_back({"writable", cell(now.writable)});
  out.fields.push_back({"reason", now.reason.empty() ? cell() : cell(now.reason)});
  for (const auto* name : {"connections", "subscribers"})
    out.fields.push_back({name, cell(figure(all, name))});
  return out;
}

} // namespace

std::unique_ptr<database_place> place_of_node(node_choice where, session& in) {
  return std::make_unique<node_place>(std::move(where), in);
}

} // namespace weft::console
