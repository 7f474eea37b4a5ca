#include "weft/console/cli/commands/arguments.hpp"
#include "weft/console/cli/commands/commands.hpp"
#include "weft/console/cli/commands/execute.hpp"
#include "weft/console/cli/commands/facts.hpp"
#include "weft/console/cli/session.hpp"
#include "weft/console/cli/transfer/form_readers.hpp"
#include "weft/core/base/limits.hpp"
#include "weft/core/datom/json.hpp"

namespace weft::console {

namespace {

/// Whether an argument is the transaction itself and no name of a file: it begins as collections
/// of EDN do, be they transactions or not.
bool is_literal(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos)
    return false;
  const auto rest = text.substr(first);
  return std::string_view("[{(").find(rest[0]) != std::string_view::npos || rest.starts_with("#{");
}

/// One operation instead of a list of them: a map, or a vector whose first item is a name.
bool is_operation(edn_view tree, bool json) {
  if (tree.kind() != edn_kind::vector || tree.size() == 0)
    return tree.kind() == edn_kind::map;
  return tree.items()[0].kind() == (json ? edn_kind::string : edn_kind::keyword);
}

} // namespace

result<void> tx_submit(session& in, const tx_submit_options& options) {
  std::string text = options.source;
  if (text.find_first_not_of(" \t\r\n") == std::string::npos)
    return fail(errc::usage, "the argument of `weft tx` is empty",
                {{"try", "a file, - for standard input, or EDN such as '[{:user/name \"Ada\"}]'"}});
  if (!is_literal(text)) {
    WEFT_TRY(text, read_source(options.source, limits::transaction_text_bytes_max));
  }
  const bool json = options.json || looks_like_json(text);
  WEFT_TRY(edn tree, json ? read_json(text) : read_edn(text));
  if (is_operation(tree, json)) { // the vector around it may be left out
    const bool listed = json && tree->kind() == edn_kind::vector;
    if (listed) { // its names become keywords only within a transaction
      WEFT_TRY(tree, read_json("[" + text + "]"));
      WEFT_TRY(tree, transaction_from_json(tree));
    }
    WEFT_TRY(auto one, parse_operation(listed ? tree->items()[0] : edn_view(tree)));
    return execute(in, tx_request().append(std::move(one)), {options.id, options.dry_run});
  }
  if (json) {
    WEFT_TRY(tree, transaction_from_json(tree));
  }
  WEFT_TRY(const auto request, parse_transaction(tree));
  return execute(in, request, {options.id, options.dry_run});
}

result<void> tx_show(session& in, const tx_show_options& options) {
  WEFT_TRY(auto* at, in.place());
  WEFT_TRY(const auto log, at->open_log());
  WEFT_CHECK(log->start(tx_number(options.t)));
  WEFT_TRY(const auto found, log->next(0));
  if (!found)
    return fail(errc::basis_ahead,
                "transaction " + std::to_string(options.t) + " is not there yet");
  const auto out = in.print(fact_columns(), amount::one);
  out->put(transaction_document(*found->names, found->record));
  out->finish();
  return {};
}

} // namespace weft::console
