#include "weft/console/cli/database/node_place.hpp"

#include "weft/console/cli/database/figures.hpp"
#include "weft/console/cli/database/node_log.hpp"
#include "weft/console/cli/database/node_window.hpp"
#include "weft/console/cli/session.hpp"
#include "weft/core/base/version.hpp"
#include "weft/core/datom/text.hpp"
#include "weft/core/tx/report.hpp"
#include "weft/persistence/system.hpp"

#include <algorithm>

namespace weft::console {

namespace {

class node_database final : public open_database {
 public:
  node_database(client::database db, const node_choice& where)
      : db_(std::move(db)), names_(db_), is_strict_(where.strict), patience_us_(where.patience_us) {
  }

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
    return std::make_unique<node_window>(db_, names_, log_bytes_,
                                         node_window::bounds{transactions, patience_us_});
  }
  [[nodiscard]] bool is_strict() const override { return is_strict_; }
  [[nodiscard]] std::uint64_t log_bytes_behind(tx_number /*t*/) override { return log_bytes_; }
  result<void> close() override { return {}; }

 private:
  client::database db_;
  node_names names_;
  bool is_strict_;
  std::int64_t patience_us_;
  std::uint64_t log_bytes_ = 0; ///< of what was committed through this
};

using figures_of_node = std::vector<protocol::status_answer::figure>;

std::uint64_t figure(const figures_of_node& all, std::string_view name) {
  const auto found = std::ranges::find(all, name, &protocol::status_answer::figure::name);
  return found == all.end() ? 0 : static_cast<std::uint64_t>(found->value);
}

class one_node_watch final : public node_watch {
 public:
  one_node_watch(client::connect_options to, session& in) : to_(std::move(to)), in_(&in) {}

  result<node_sample> look(std::int64_t within_us) override {
    const instant until(steady_us() + within_us);
    if (!now_)
      WEFT_CHECK(connect(until));
    auto answer =
        now_->ask(protocol::status_request{}, std::max<std::int64_t>(until.get() - steady_us(), 0));
    if (now_->ended())
      now_.reset();
    if (!answer)
      return fail(std::move(answer).error());
    const auto* status = std::get_if<protocol::status_answer>(&*answer);
    if (status == nullptr)
      return fail(errc::malformed_frame, "the node answered something else than was asked");
    node_sample out{status->t, {}};
    for (const auto& f : status->figures)
      out.figures.emplace_back(f.name, f.value);
    return out;
  }

 private:
  result<void> connect(instant until) {
    if (!coming_)
      coming_.emplace(to_);
    auto known = coming_->go_on(until);
    if (!known)
      return fail(errc::unreachable, "nobody has answered yet");
    coming_.reset();
    if (!*known)
      return fail(known->error());
    now_ = std::move(**known);
    to_.database = now_->node().database; // another one would not be this one
    in_->explain(connected_text(now_->at(), now_->node()));
    return {};
  }

  client::connect_options to_;
  session* in_;
  std::optional<client::connection> now_;
  std::optional<client::connecting> coming_;
};

class node_place final : public database_place {
 public:
  node_place(node_choice where, session& in) : where_(std::move(where)), in_(&in) {}

  result<std::unique_ptr<open_database>> open_reading() override {
    WEFT_TRY(auto db, open());
    return std::make_unique<node_database>(std::move(db), where_);
  }
  result<std::unique_ptr<open_database>> open_writing() override;
  result<std::unique_ptr<transaction_log>> open_log() override {
    return advised(open_node_log(options(), where_.patience_us, *in_));
  }
  result<document> status() override;
  result<std::unique_ptr<node_watch>> watch() override {
    auto made = std::make_unique<one_node_watch>(options(), *in_);
    WEFT_CHECK(advised(made->look(limits::handshake_us))); // somebody is there
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
  [[nodiscard]] client::connect_options options() const {
    return {.endpoints = where_.endpoints,
            .cluster = where_.cluster,
            .program = "weft " + std::string(version()),
            .connect_us = std::min(limits::handshake_us, where_.patience_us)};
  }
  result<client::database> open() {
    WEFT_TRY(auto db,
             advised(client::database::open({.to = options(), .patience_us = where_.patience_us})));
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
};

result<std::unique_ptr<open_database>> node_place::open_writing() {
  WEFT_TRY(auto db, open());
  WEFT_TRY(const auto now, db.open_view());
  if (where_.strict && !now.second.strict) // what the node does is in its configuration
    return fail(errc::usage, "the node declares attributes on first use, whatever --strict says",
                {{"try", "\"database\": {\"schema\": \"strict\"} in its configuration; or "
                         "`--dry-run --strict` first"}});
  auto where = where_;
  where.strict = now.second.strict;
  return std::make_unique<node_database>(std::move(db), where);
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
