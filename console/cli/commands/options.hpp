// What each command was asked to do: filled by the grammar, read by the command.
#pragma once

#include "weft/console/cli/output/format.hpp"
#include "weft/core/base/limits.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weft::console {

/// Options that stand before or behind any command.
struct global_options {
  std::string data = {};                   ///< --data
  std::vector<std::string> endpoints = {}; ///< -e
  std::string profile = {};
  std::string cluster = {};
  std::optional<std::int64_t> timeout_us = {};
  bool verbose = false;
  std::optional<format> output = {};
  bool output_is_asked = false; ///< -o, and not $WEFT_OUTPUT
  bool no_color = false;
  bool strict = false; ///< --strict or $WEFT_STRICT
};

/// Which facts are seen. Empty texts: the present.
struct time_options {
  std::string as_of = {}; ///< t, or an instant
  std::string since = {}; ///< t, or an instant
  bool history = false;
};

struct tx_submit_options {
  std::string source = {}; ///< a file, "-" for standard input, or the transaction itself
  std::string id = {};     ///< request id, a uuid
  bool json = false;
  bool dry_run = false;
};

struct tx_show_options {
  std::uint64_t t = 0;
};

struct entity_options {
  std::string entity = {};
  time_options when = {};
};

struct history_options {
  std::string entity = {};
  std::string attribute = {};
};

struct datoms_options {
  std::string index = {};
  std::vector<std::string> components = {}; ///< three; "" where none was given
  time_options when = {};
  bool reverse = false;
  std::optional<std::uint64_t> limit = {};
};

struct stat_options {
  std::int64_t interval_us = 1'000'000;
  std::optional<std::uint64_t> count = {}; ///< default: until interrupted
};

struct schema_show_options {
  std::string attribute = {}; ///< "" shows all of them
  bool builtin = false;
};

struct schema_import_options {
  std::string source = {};
  bool dry_run = false;
};

struct wal_tail_options {
  std::optional<std::uint64_t> count = {}; ///< default: 10, or with `from` all
  std::optional<std::uint64_t> from = {};
  bool follow = false;
};

struct wal_poll_options {
  std::optional<std::string> after = {}; ///< a t or a cursor; default: the beginning
  std::uint64_t count = limits::poll_batch_default;
  bool numbers = false; ///< of attributes, instead of names
};

struct wal_verify_options {
  bool entries = false;
};

struct wal_dump_options {
  std::uint64_t from = 1; ///< index
  std::optional<std::uint64_t> count = {};
  bool datoms = false;
};

struct import_options {
  std::string source = {};
  std::string format = {};               ///< edn, jsonl or csv; "" detects it
  std::vector<std::string> csv_map = {}; ///< column=ns/name, or column= to leave it out
  std::string id_column = {};
  std::uint64_t batch_facts = 1000;
  std::string acks = {}; ///< a file that is told what is durable
  bool restart = false;
  bool continue_on_error = false;
};

struct export_options {
  std::string as_of = {};
  bool history = false;
};

struct config_options {
  std::string source = {};
  std::string node = {};
  std::vector<std::string> sets = {}; ///< KEY=VALUE
};

struct completion_options {
  std::string shell = {};
};

} // namespace weft::console
