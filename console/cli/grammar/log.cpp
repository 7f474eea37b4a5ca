#include "weft/console/cli/commands/commands.hpp"
#include "weft/console/cli/grammar/bind.hpp"

namespace weft::console {

namespace {

void add_wal(CLI::App& root, invocation& into) {
  auto* wal = root.add_subcommand("wal", "look into the write-ahead log");
  wal->footer("weft wal tail --follow\n"
              "weft -d facts wal poll --after 42 -o json\n"
              "weft wal verify");
  auto* tail = wal->add_subcommand("tail", "show the newest transactions");
  tail->footer("weft wal tail -n 3\n"
               "weft wal tail --from 100 --follow -o jsonl");
  auto t = bind(*tail, into, &wal_tail);
  add_number(*tail, "-n,--count", "--count", t->count,
             "so many of the newest (default 10), or from T on (default all)")
      ->type_name("N");
  add_number(*tail, "--from", "--from", t->from, "start at this transaction instead", {.least = 1})
      ->type_name("T");
  tail->add_flag("-f,--follow", t->follow, "wait for what will be committed");

  auto* poll = wal->add_subcommand(
      "poll", "tell what was committed after a place, and where to go on; from the files");
  poll->footer("weft -d facts wal poll -o json > found\n"
               "jq -r .next_cursor found > place.new && mv place.new place\n"
               "weft -d facts wal poll --after \"$(cat place)\" -n 100 -o json > found");
  auto p = bind(*poll, into, &wal_poll);
  poll->add_option("--after", p->after, "only what comes after this place (default: everything)")
      ->type_name("T|CURSOR");
  add_number(*poll, "-n,--count", "--count", p->count, "transactions at most (default 1000)")
      ->type_name("N");
  poll->add_flag("--numbers", p->numbers,
                 "numbers of attributes, no names: then nothing before the place is read");

  auto* verify =
      wal->add_subcommand("verify", "check every byte of the log; exit code 1 on damage");
  verify->footer("weft wal verify\n"
                 "weft wal verify --entries -o csv");
  auto v = bind(*verify, into, &wal_verify);
  verify->add_flag("--entries", v->entries, "tell about every entry, not only about damage");

  auto* dump = wal->add_subcommand("dump", "list the entries of the log");
  dump->footer("weft wal dump\n"
               "weft wal dump --from 1000 -n 5 --datoms");
  auto d = bind(*dump, into, &wal_dump);
  add_number(*dump, "--from", "--from", d->from, "first index (default 1)")->type_name("INDEX");
  add_number(*dump, "-n,--count", "--count", d->count, "at most so many")->type_name("N");
  dump->add_flag("--datoms", d->datoms, "with the datoms of each transaction");
}

void add_import(CLI::App& root, invocation& into) {
  auto* verb = root.add_subcommand(
      "import", "read facts from EDN forms, JSON lines or CSV; goes on where it was interrupted");
  verb->footer("weft import people.edn\n"
               "weft import people.csv --csv-map email=user/email --id-column id\n"
               "zcat facts.jsonl.gz | weft import -");
  auto o = bind(*verb, into, &import_facts);
  verb->add_option("source", o->source, "a file, or - for standard input (not resumable)")
      ->required()
      ->type_name("FILE|-");
  add_choice(*verb, "--format", "--format", o->format,
             "edn, jsonl or csv (default: by name, then by content)", {"edn", "jsonl", "csv"})
      ->type_name("FORMAT");
  verb->add_option("--csv-map", o->csv_map,
                   "attribute of a column; without =ATTRIBUTE's text the column is left out")
      ->allow_extra_args(false)
      ->type_name("COLUMN=ATTRIBUTE");
  verb->add_option("--id-column", o->id_column,
                   "column that names the row, for columns of references")
      ->type_name("COLUMN");
  add_number(*verb, "--batch", "--batch", o->batch_facts, "facts of one transaction (default 1000)",
             {.least = 1, .most = 50'000})
      ->type_name("N");
  verb->add_option("--acks", o->acks, "append {\"t\":..,\"line\":..} as transactions get durable")
      ->type_name("FILE");
  verb->add_flag("--restart", o->restart, "read a file again that was imported, or begun");
  verb->add_flag("--continue-on-error", o->continue_on_error,
                 "leave out what is wrong, tell all of it, exit with 4");
}

void add_export(CLI::App& root, invocation& into) {
  auto* verb = root.add_subcommand("export", "print all facts, schema first, as import reads them");
  verb->footer("weft export -o edn > facts.edn\n"
               "weft export --history -o csv | gzip > history.csv.gz");
  auto o = bind(*verb, into, &export_facts);
  verb->add_option("--as-of", o->as_of, "the database as it was after a transaction or instant")
      ->type_name("T|INSTANT");
  verb->add_flag("--history", o->history,
                 "every assertion and retraction with its t (cannot be imported)");
}

void add_status(CLI::App& root, invocation& into) {
  auto* verb = root.add_subcommand("status", "tell what the database holds");
  verb->footer("weft status\n"
               "weft status -o json | jq .t");
  verb->callback([&into] { into.run = [](session& in) { return show_status(in); }; });
}

void add_stat(CLI::App& root, invocation& into) {
  auto* verb = root.add_subcommand("stat", "watch a node: a line each second");
  verb->footer("weft stat\n"
               "weft stat --interval 5s --count 12 -o csv > minute.csv");
  auto o = bind(*verb, into, &show_stat);
  add_duration(*verb, "--interval", "--interval", o->interval_us, "time between two lines (1s)")
      ->type_name("DURATION");
  add_number(*verb, "-n,--count", "--count", o->count, "so many lines (default: until Ctrl-C)",
             {.least = 1})
      ->type_name("N");
}

void add_completion(CLI::App& root, invocation& into) {
  auto* verb = root.add_subcommand("completion", "print the completion script of a shell");
  verb->footer("weft completion bash > ~/.local/share/bash-completion/completions/weft\n"
               "weft completion fish > ~/.config/fish/completions/weft.fish");
  auto o = bind(*verb, into, &completion);
  add_choice(*verb, "shell", "`weft completion`", o->shell, "bash, zsh or fish",
             {"bash", "zsh", "fish"})
      ->required()
      ->type_name("SHELL");
}

} // namespace

void add_log_commands(CLI::App& root, invocation& into) {
  add_wal(root, into);
  add_import(root, into);
  add_export(root, into);
  add_status(root, into);
  add_stat(root, into);
  add_completion(root, into);
}

} // namespace weft::console
