// mirror: keeps a copy of some attributes of a database in another process, in a SQLite file. The
// place in the log is stored together with what was done, so a kill at any time loses and doubles
// nothing: started again, it goes on.
//
//   mirror --endpoint 127.0.0.1:7402 --attributes 'package/*' --store packages.sqlite
#include "store.hpp"
#include "support/application.hpp"
#include "support/push_times.hpp"
#include "support/seen_file.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>

using namespace weft;

namespace {

struct arguments {
  example::place where;
  std::vector<std::string> attributes = {"package/*"};
  std::string store = "mirror.sqlite";
  std::string seen;
};

/// Read when the mirror has ended.
struct report {
  std::uint64_t commits = 0;
  std::uint64_t facts = 0;
  std::uint64_t resumed_after = 0;
  std::uint64_t last_t = 0;
  example::push_times pushes = {};
  std::optional<error> why = {};
};

struct mirror_state {
  caf::event_based_actor* self = nullptr;
  std::shared_ptr<mirror::store> to;
  std::shared_ptr<example::seen_file> seen;
  std::shared_ptr<report> told;

  /// What is in the file beyond the place in the store is cut off at the next start.
  void hear(const wal_batch& batch) {
    told->pushes.hear(batch);
    if (const auto done = seen->put(batch); !done)
      return end(done.error());
    if (const auto done = to->apply(batch, seen->size()); !done)
      return end(done.error());
    ++told->commits;
    told->facts += batch.datoms()->size();
    told->last_t = batch.t().get();
  }

  void hear(const stream_notice& notice) {
    told->pushes.hear(notice);
    if (const auto* mark = std::get_if<stream_notice::watermark>(&notice.what)) {
      if (const auto done = to->move_to(mark->of.cursor_at(mark->at.place)); !done)
        return end(done.error());
    }
    if (const auto* closed = std::get_if<stream_notice::closed>(&notice.what))
      closed->why ? end(*closed->why) : self->quit();
  }

  void end(const error& why) {
    told->why = why;
    std::fprintf(stderr, "mirror: %s\n", why.to_string().c_str());
    self->quit();
  }
};

caf::behavior writer(caf::stateful_actor<mirror_state>* self, std::shared_ptr<mirror::store> to,
                     std::shared_ptr<example::seen_file> seen, std::shared_ptr<report> told) {
  self->state.self = self;
  self->state.to = std::move(to);
  self->state.seen = std::move(seen);
  self->state.told = std::move(told);
  return {[self](const wal_batch& batch) { self->state.hear(batch); },
          [self](const stream_notice& notice) { self->state.hear(notice); }};
}

void print(const report& told) {
  const auto& pushed = told.pushes.us();
  std::printf("{\"commits\":%llu,\"facts\":%llu,\"resumed_after\":%llu,\"last_t\":%llu,"
              "\"live\":%llu,\"push_p50_us\":%llu,\"push_p99_us\":%llu}\n",
              told.commits + 0ULL, told.facts + 0ULL, told.resumed_after + 0ULL, told.last_t + 0ULL,
              pushed.count() + 0ULL, pushed.percentile_us(0.5) + 0ULL,
              pushed.percentile_us(0.99) + 0ULL);
}

/// After the last commit that is in the copy: its cursor also says of which database it is.
result<stream::start_at> place_in(const mirror::store& copy) {
  if (copy.at().at.empty())
    return stream::start_at::after_t(tx_number(0));
  WEFT_TRY(const auto last, cursor::parse(copy.at().at));
  return stream::start_at::after_cursor(last);
}

result<void> run(const arguments& how) {
  WEFT_TRY(const auto filter, attribute_filter::parse(how.attributes));
  WEFT_TRY(auto opened, mirror::store::open(how.store));
  const auto to = std::make_shared<mirror::store>(std::move(opened));
  WEFT_TRY(auto file, example::seen_file::open(how.seen));
  WEFT_CHECK(file.cut(to->at().seen_bytes));
  const auto seen = std::make_shared<example::seen_file>(std::move(file));
  const auto told = std::make_shared<report>();
  told->resumed_after = to->at().t;

  example::settings settings;
  actors::actor_system system(settings);
  WEFT_TRY(auto db, example::connect_patiently(system, how.where, "mirror"));
  // It writes to a disk: a thread of its own.
  const auto who = actors::spawn_detached(system, writer, to, seen, told);
  WEFT_TRY(const auto start, place_in(*to));
  WEFT_TRY(const auto stream,
           db.subscribe_wal(who, {.start = start, .filter = filter, .notices = true}));
  std::printf("following after t %llu\n", told->resumed_after + 0ULL);
  std::fflush(stdout);
  example::wait_for_end();
  db.unsubscribe(stream);
  actors::end_and_wait(system, who);
  print(*told);
  if (told->why)
    return fail(*told->why);
  return {};
}

} // namespace

int main(int argc, char** argv) {
  arguments how;
  CLI::App app("Keeps a copy of some attributes of a database in another process.");
  app.add_option("--endpoint", how.where.endpoint, "peer address of a node")->capture_default_str();
  app.add_option("--cluster", how.where.cluster, "name of its cluster")->capture_default_str();
  app.add_option("--attributes", how.attributes, "which: exact, or a beginning and *")
      ->capture_default_str();
  app.add_option("--store", how.store, "the SQLite file")->capture_default_str();
  app.add_option("--seen", how.seen, "write \"t h_t\" of every commit to this file");
  CLI11_PARSE(app, argc, argv);
  example::keep_end_signals();
  if (const auto done = run(how); !done)
    return example::failed("mirror", done.error());
  return 0;
}
