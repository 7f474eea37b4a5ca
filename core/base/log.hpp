// What the library has to tell the operator: records given to a sink that the application brings.
// There is no global sink; whoever is given none is silent.
//
//   note(*log, log_event::recovery_done, "the folder is open", {{"transactions", 17U}});
//
// A record says which event it is (log_event.def: name, level and component), one sentence for
// people, and the same facts as typed fields. Secrets are never in it, values of datoms only below
// info. What a sink does with it is its own business; it must not throw, nor block for long.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weft {

enum class log_level : std::uint8_t { trace, debug, info, warn, error };

/// "info".
[[nodiscard]] std::string_view name_of(log_level level) noexcept;

enum class log_event : std::uint8_t {
#define WEFT_LOG_EVENT(id, name, level, component, about) id,
#include "weft/core/base/log_event.def"
#undef WEFT_LOG_EVENT
};

/// A row of the table.
struct log_event_info {
  log_event event;
  std::string_view name; ///< "recovery.done": stable
  log_level level;
  std::string_view component;
  std::string_view about; ///< one line for people
};

/// All rows, in the order of log_event.def.
[[nodiscard]] std::span<const log_event_info> all_log_events() noexcept;
[[nodiscard]] const log_event_info& info(log_event event) noexcept;

/// One fact of a record.
struct log_field {
  using kind = std::variant<bool, std::int64_t, std::uint64_t, double, std::string>;
  log_field(std::string_view field, bool x) : name(field), value(x) {}
  log_field(std::string_view field, std::int64_t x) : name(field), value(x) {}
  log_field(std::string_view field, std::uint64_t x) : name(field), value(x) {}
  log_field(std::string_view field, unsigned x) : name(field), value(std::uint64_t{x}) {}
  log_field(std::string_view field, double x) : name(field), value(x) {}
  log_field(std::string_view field, std::string x) : name(field), value(std::move(x)) {}
  log_field(std::string_view field, std::string_view x) : name(field), value(std::string(x)) {}
  log_field(std::string_view field, const char* x) : name(field), value(std::string(x)) {}

  std::string_view name; ///< a literal
  kind value;
};

struct log_record {
  log_event event;
  log_level level;
  std::string msg; ///< one sentence
  std::vector<log_field> fields;
};

/// Where records go. Called by any thread.
class log_sink {
 public:
  log_sink() = default;
  log_sink(const log_sink&) = delete;
  log_sink& operator=(const log_sink&) = delete;
  virtual ~log_sink() = default;
  /// Whether records of this level are kept. Cheap: asked before a record is made.
  [[nodiscard]] virtual bool wants(log_level level) const noexcept = 0;
  virtual void write(const log_record& record) noexcept = 0;
};

/// Keeps nothing.
[[nodiscard]] std::shared_ptr<log_sink> null_log();

/// Writes a record of the event's own level, if the sink wants it. Cost when it does not: a call.
void note(log_sink& to, log_event event, std::string_view msg,
          std::initializer_list<log_field> fields = {});

} // namespace weft
