// The commands of weft: each does one thing to a database and prints what it found. Data goes
// to standard output, talk to standard error; an error is returned and its code decides the exit
// code (core/base/errc.def).
#pragma once

#include "weft/console/cli/commands/options.hpp"
#include "weft/core/base/result.hpp"

namespace weft::console {

class session;

/// Executes a transaction and prints its report.
[[nodiscard]] result<void> tx_submit(session& in, const tx_submit_options& options);
/// Prints the transaction t as the log has it. @errors basis_ahead
[[nodiscard]] result<void> tx_show(session& in, const tx_show_options& options);

/// Prints what is said about an entity. @errors not_found
[[nodiscard]] result<void> entity_show(session& in, const entity_options& options);
/// Prints every change of an entity, oldest first. @errors not_found
[[nodiscard]] result<void> entity_history(session& in, const history_options& options);

/// Prints facts in the order of an index.
[[nodiscard]] result<void> datoms(session& in, const datoms_options& options);

[[nodiscard]] result<void> schema_show(session& in, const schema_show_options& options);
/// Prints the declared attributes as forms that declare them again.
[[nodiscard]] result<void> schema_export(session& in);
[[nodiscard]] result<void> schema_import(session& in, const schema_import_options& options);

/// Prints the newest transactions, and with --follow those to come until interrupted.
[[nodiscard]] result<void> wal_tail(session& in, const wal_tail_options& options);
/// @errors log_corrupt when anything is damaged
[[nodiscard]] result<void> wal_verify(session& in, const wal_verify_options& options);
[[nodiscard]] result<void> wal_poll(session& in, const wal_poll_options& options);
[[nodiscard]] result<void> wal_dump(session& in, const wal_dump_options& options);

/// Reads facts from a file, exactly once each, however often it is interrupted. @errors interrupted
[[nodiscard]] result<void> import_facts(session& in, const import_options& options);
/// Prints all facts in a form that import reads.
[[nodiscard]] result<void> export_facts(session& in, const export_options& options);

/// Prints what is wrong with a configuration. @errors config_invalid when anything is
[[nodiscard]] result<void> config_check(session& in, const config_options& options);
/// Prints the effective value of every key, with its origin. @errors config_invalid
[[nodiscard]] result<void> config_print(session& in, const config_options& options);

[[nodiscard]] result<void> show_status(session& in);
/// Prints how a node is, line by line, until interrupted.
[[nodiscard]] result<void> show_stat(session& in, const stat_options& options);
/// Prints the script that teaches a shell to complete the words of weft.
[[nodiscard]] result<void> completion(session& in, const completion_options& options);

} // namespace weft::console
