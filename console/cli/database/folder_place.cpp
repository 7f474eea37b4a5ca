#include "weft/console/cli/database/folder_place.hpp"

#include "weft/console/cli/database/figures.hpp"
#include "weft/console/cli/database/folder_window.hpp"
#include "weft/console/cli/database/log_walk.hpp"
#include "weft/console/cli/output/progress.hpp"
#include "weft/console/cli/session.hpp"

#include <algorithm>
#include <filesystem>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weft::console {

namespace {

/// How often a caught-up log is looked at. Looking costs three system calls.
constexpr std::int64_t look_period_us = 20'000;
/// A shell waits for candidates: a data folder larger than this is not opened for them.
constexpr std::uintmax_t quick_bytes_max = 64U << 20U;

transaction_report report_of(tx_report r) {
  return {r.t, r.when, std::move(r.tempids), std::move(r.datoms), r.after.shared_schema()};
}

class folder_database final : public open_database {
 public:
  folder_database(embedded::database db, std::string folder, bool strict)
      : db_(std::move(db)), folder_(std::move(folder)), strict_(strict) {}

  result<weft::view> view() override { return db_.view(); }
  result<transaction_report> transact(const tx_request& request,
                                      std::optional<request_id> id) override {
    WEFT_TRY(auto done, db_.transact(request, id));
    return report_of(std::move(done));
  }
  result<transaction_report> with(const tx_request& request) override {
    WEFT_TRY(auto done, db_.with(request));
    return report_of(std::move(done));
  }
  std::unique_ptr<commit_window> open_window(std::size_t transactions) override {
    return std::make_unique<folder_window>(db_, transactions);
  }
  [[nodiscard]] bool is_strict() const override { return strict_; }
  [[nodiscard]] std::uint64_t log_bytes_behind(tx_number t) override {
    auto log = log_walk::open(folder_);
    return log ? log->bytes_behind(t).value_or(0) : 0;
  }
  result<void> close() override { return db_.close(); }

 private:
  embedded::database db_;
  std::string folder_;
  bool strict_;
};

/// Which folder stands under a name: a deleted one never gets another transaction.
std::pair<dev_t, ino_t> identity_of(const std::string& folder) {
  struct stat found {};
  if (::stat(folder.c_str(), &found) != 0)
    return {};
  return {found.st_dev, found.st_ino};
}

class folder_log final : public transaction_log {
 public:
  folder_log(log_walk walk, tx_number newest, std::string folder)
      : walk_(std::move(walk)), newest_(newest), folder_(std::move(folder)),
        identity_(identity_of(folder_)) {}

  [[nodiscard]] tx_number newest() const override { return newest_; }
  result<void> start(tx_number t, std::vector<std::string> /*patterns*/) override {
    return walk_.skip_to(t);
  }
  result<std::optional<entry>> next(std::int64_t wait_us) override {
    const auto until = steady_us() + wait_us;
    for (;;) {
      WEFT_TRY(auto found, walk_.next());
      if (found)
        return std::optional(entry{std::move(*found), &walk_.schema()});
      if (identity_of(folder_) != identity_)
        return fail(errc::not_a_database, folder_ + " was removed, or is another folder now");
      const auto left = std::min(until - steady_us(), look_period_us);
      if (left <= 0)
        return std::optional<entry>();
      static_cast<void>(::poll(nullptr, 0, static_cast<int>((left + 999) / 1000)));
    }
  }

 private:
  log_walk walk_;
  tx_number newest_;
  std::string folder_;
  std::pair<dev_t, ino_t> identity_;
};

class folder_place final : public database_place {
 public:
  folder_place(std::string folder, bool strict, session& in)
      : folder_(std::move(folder)), strict_(strict), in_(&in) {}

  result<std::unique_ptr<open_database>> open_reading() override {
    embedded::options how;
    how.create = false;
    how.read_only = true;
    return wrapped(open(std::move(how)));
  }
  result<std::unique_ptr<open_database>> open_writing() override {
    std::error_code ignored;
    const std::filesystem::path path(folder_);
    const bool fresh =
        !std::filesystem::exists(path, ignored) || std::filesystem::is_empty(path, ignored);
    auto opened = wrapped(open({}));
    if (opened && fresh)
      in_->say("made a new database in " + folder_);
    return opened;
  }
  result<std::unique_ptr<transaction_log>> open_log() override {
    WEFT_TRY(auto walk, log_walk::open(folder_));
    WEFT_TRY(const auto newest, walk.newest());
    return std::make_unique<folder_log>(std::move(walk), newest, folder_);
  }
  result<document> status() override;
  result<std::unique_ptr<node_watch>> watch() override {
    return fail(errc::usage, "`weft stat` watches a node, and " + folder_ + " is a folder",
                {{"try", "-e HOST:PORT for a node; `weft status` tells about a folder"}});
  }
  [[nodiscard]] result<std::string> folder(std::string_view /*command*/) const override {
    return folder_;
  }
  [[nodiscard]] bool is_quick() const override {
    std::error_code problem;
    std::uintmax_t bytes = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_, problem))
      bytes += entry.is_regular_file(problem) ? entry.file_size(problem) : 0;
    return !problem && bytes <= quick_bytes_max;
  }

 private:
  result<embedded::database> open(embedded::options how);
  [[nodiscard]] result<std::unique_ptr<open_database>>
  wrapped(result<embedded::database> db) const {
    if (!db)
      return fail(std::move(db).error());
    return std::make_unique<folder_database>(std::move(*db), folder_, strict_);
  }

  std::string folder_;
  bool strict_;
  session* in_;
};

result<embedded::database> folder_place::open(embedded::options how) {
  how.mode = strict_ ? schema_mode::strict : schema_mode::flexible;
  in_->explain("the data folder is " + folder_);
  std::error_code ignored;
  if (std::filesystem::is_regular_file(folder_, ignored))
    return fail(errc::not_a_database, folder_ + " is a file, and no folder");
  progress bar(in_->where(), {"open " + folder_, progress_parts, "facts"}, STDERR_FILENO);
  const std::int64_t begin = steady_us();
  how.progress = [&](const embedded::open_progress& p) {
    const std::int64_t now = steady_us();
    if (now - begin > 500'000) // a quick open needs no bar
      bar.update({progress_part(p.done, p.total), p.datoms}, now);
  };
  auto opened = embedded::database::open(folder_, std::move(how));
  bar.clear();
  return opened;
}

result<document> folder_place::status() {
  embedded::options how;
  how.create = false;
  how.read_only = true;
  WEFT_TRY(const auto db, open(std::move(how)));
  const auto now = db.status();
  document out;
  out.fields.push_back({"data", cell(folder_)});
  add_figures(out, {.database = now.database_id,
                    .t = now.t,
                    .when = now.last_instant,
                    .chain = now.chain,
                    .facts_live = now.facts_live,
                    .facts_history = now.facts_history,
                    .log_bytes = now.log_bytes,
                    .log_segments = now.log_segments,
                    .index_bytes = now.index_bytes});
  return out;
}

} // namespace

std::unique_ptr<database_place> place_of_folder(std::string folder, bool strict, session& in) {
  return std::make_unique<folder_place>(std::move(folder), strict, in);
}

} // namespace weft::console
