// Where the database of a command is: a folder of this machine, or a node. Flags, environment and
// profiles say which (choose_place); commands do not know.
#pragma once

#include "weft/console/cli/commands/options.hpp"
#include "weft/console/cli/database/open_database.hpp"
#include "weft/console/cli/output/printer.hpp"

namespace weft::console {

class session;

/// How a node is, at one moment.
struct node_sample {
  tx_number t;
  std::vector<std::pair<std::string, std::int64_t>> figures; ///< by name
};

/// Looks at a node again and again.
class node_watch {
 public:
  node_watch() = default;
  node_watch(const node_watch&) = delete;
  node_watch& operator=(const node_watch&) = delete;
  virtual ~node_watch() = default;
  /// How it is now; waits for `within_us` at most. @errors unreachable and others: it is not
  /// connected, and looks for it again with the next call
  [[nodiscard]] virtual result<node_sample> look(std::int64_t within_us) = 0;
};

class database_place {
 public:
  database_place() = default;
  database_place(const database_place&) = delete;
  database_place& operator=(const database_place&) = delete;
  virtual ~database_place() = default;

  /// Opens for reading only, beside a writer if there is one.
  [[nodiscard]] virtual result<std::unique_ptr<open_database>> open_reading() = 0;
  /// Opens for writing; makes a database in an empty folder, and says so.
  [[nodiscard]] virtual result<std::unique_ptr<open_database>> open_writing() = 0;
  /// Opens the log alone.
  [[nodiscard]] virtual result<std::unique_ptr<transaction_log>> open_log() = 0;
  /// What `weft status` tells.
  [[nodiscard]] virtual result<document> status() = 0;
  /// @errors usage of a folder: nobody is there to be asked
  [[nodiscard]] virtual result<std::unique_ptr<node_watch>> watch() = 0;
  /// The folder, for `command`, which looks at its files. @errors usage of a node
  [[nodiscard]] virtual result<std::string> folder(std::string_view command) const = 0;
  /// Whether opening it is quick enough for a shell that waits for candidates.
  [[nodiscard]] virtual bool is_quick() const = 0;
};

/// The place that the options name. `in` outlives it, and says what is to be said.
/// @errors usage for flags that contradict each other; config_invalid for what the environment or
/// a file of profiles says
[[nodiscard]] result<std::unique_ptr<database_place>> choose_place(const global_options& options,
                                                                   session& in);

} // namespace weft::console
