#include "weft/console/cli/commands/commands.hpp"
#include "weft/console/cli/grammar/bind.hpp"

#include <array>

namespace weft::console {

namespace {

constexpr const char* entity_help =
    "an id, :ident, [:attribute value], or the :weft/name of an entity";

void add_time(CLI::App& verb, time_options& when) {
  verb.add_option("--as-of", when.as_of, "the database as it was after a transaction or instant")
      ->type_name("T|INSTANT");
  verb.add_option("--since", when.since, "only what was asserted after a transaction or instant")
      ->type_name("T|INSTANT");
  verb.add_flag("--history", when.history, "every assertion and retraction, not only live facts");
}

void add_tx(CLI::App& root, invocation& into) {
  auto* tx = root.add_subcommand("tx", "execute a transaction, or show one");
  tx->footer("weft tx '[{:user/name \"Ada\" :user/age 36}]'\n"
             "weft tx show 42");
  auto* submit = tx->add_subcommand("submit", "execute a transaction (the word may be left out)");
  submit->footer("weft tx '[[:db/add \"ada\" :user/name \"Ada\"]]'\n"
                 "weft tx --dry-run facts.edn\n"
                 "generate | weft tx --id 018f3b6e-7c1a-7000-8000-0242ac120002 -");
  auto o = bind(*submit, into, &tx_submit);
  submit->add_option("source", o->source, "a file, - for standard input, or EDN itself")
      ->required()
      ->type_name("FILE|-|EDN");
  auto* id =
      submit
          ->add_option("--id", o->id, "request id: a retry with the same id executes nothing twice")
          ->type_name("UUID");
  submit->add_flag("--json", o->json, "the text is JSON; else this is found out from its form");
  submit->add_flag("--dry-run", o->dry_run, "only tell what the transaction would do")
      ->excludes(id);

  auto* show = tx->add_subcommand("show", "show a transaction as it is in the log");
  show->footer("weft tx show 42\n"
               "weft tx show 42 -o edn");
  auto s = bind(*show, into, &tx_show);
  add_number(*show, "t", "`weft tx show`", s->t, "number of the transaction", {.least = 1})
      ->required()
      ->type_name("T");
}

void add_entity(CLI::App& root, invocation& into) {
  auto* entity = root.add_subcommand("entity", "show what is said about an entity");
  entity->footer("weft entity '[:user/email \"ada@example.org\"]'\n"
                 "weft entity history 1048576");
  auto* show = entity->add_subcommand("show", "show an entity (the word may be left out)");
  show->footer("weft entity 1048576\n"
               "weft entity :user/name --as-of 2026-11-21T14:00:00Z");
  auto o = bind(*show, into, &entity_show);
  show->add_option("entity", o->entity, entity_help)->required()->type_name("E");
  add_time(*show, o->when);

  auto* history = entity->add_subcommand("history", "show every change of an entity");
  history->footer("weft entity history 1048576\n"
                  "weft entity history 1048576 :user/age");
  auto h = bind(*history, into, &entity_history);
  history->add_option("entity", h->entity, entity_help)->required()->type_name("E");
  history->add_option("attribute", h->attribute, "only this attribute")->type_name("ATTRIBUTE");
}

void add_history(CLI::App& root, invocation& into) {
  auto* history = root.add_subcommand("history", "show every change of an entity");
  history->footer("weft history '[:user/email \"ada@example.org\"]'\n"
                  "weft history 1048576 :user/age -o csv");
  auto o = bind(*history, into, &entity_history);
  history->add_option("entity", o->entity, entity_help)->required()->type_name("E");
  history->add_option("attribute", o->attribute, "only this attribute")->type_name("ATTRIBUTE");
}

void add_datoms(CLI::App& root, invocation& into) {
  auto* verb = root.add_subcommand("datoms", "list facts in the order of an index");
  verb->footer("weft datoms avet :user/name '\"Ada\"'\n"
               "weft datoms eavt 1048576 --history\n"
               "weft datoms aevt :user/age --reverse --limit 10 -o csv");
  auto o = bind(*verb, into, &datoms);
  verb->add_option("index", o->index, "eavt, aevt, avet or vaet")->required()->type_name("INDEX");
  // Three options, because CLI11 would take an EDN vector apart if this were a list.
  o->components.resize(3);
  constexpr std::array about = {"first component, in the order of the index",
                                "second component; a value is EDN, or bare text",
                                "third component"};
  for (std::size_t i = 0; i < about.size(); ++i)
    verb->add_option("component" + std::to_string(i + 1), o->components[i], about[i])
        ->type_name("COMPONENT");
  add_time(*verb, o->when);
  verb->add_flag("--reverse", o->reverse, "from the end of the index to its beginning");
  add_number(*verb, "--limit", "--limit", o->limit, "at most so many")->type_name("N");
}

void add_schema(CLI::App& root, invocation& into) {
  auto* schema = root.add_subcommand("schema", "show, export or import attributes");
  schema->footer("weft schema\n"
                 "weft schema export > schema.edn");
  auto* show = schema->add_subcommand("show", "list attributes (the word may be left out)");
  show->footer("weft schema show\n"
               "weft schema show :user/name -o json");
  auto o = bind(*show, into, &schema_show);
  show->add_option("attribute", o->attribute, "only this one")->type_name("ATTRIBUTE");
  show->add_flag("--builtin", o->builtin, "also those every database has");

  auto* save = schema->add_subcommand("export", "print them as forms that declare them again");
  save->footer("weft schema export > schema.edn\n"
               "weft --data old schema export | weft --data new schema import -");
  save->callback([&into] { into.run = [](session& in) { return schema_export(in); }; });

  auto* load = schema->add_subcommand("import", "declare the attributes of a file");
  load->footer("weft schema import schema.edn\n"
               "weft schema import --dry-run schema.edn");
  auto i = bind(*load, into, &schema_import);
  load->add_option("source", i->source, "EDN file, or - for standard input")
      ->required()
      ->type_name("FILE|-");
  load->add_flag("--dry-run", i->dry_run, "only tell what would change");
}

} // namespace

void add_fact_commands(CLI::App& root, invocation& into) {
  add_tx(root, into);
  add_entity(root, into);
  add_datoms(root, into);
  add_history(root, into);
  add_schema(root, into);
}

} // namespace weft::console
