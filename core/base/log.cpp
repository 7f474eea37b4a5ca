#include "weft/core/base/log.hpp"

#include <array>
#include <cstddef>

namespace weft {

namespace {

constexpr std::array events = {
#define WEFT_LOG_EVENT(id, name, level, component, about)                                          \
  log_event_info{log_event::id, name, log_level::level, component, about},
#include "weft/core/base/log_event.def"
#undef WEFT_LOG_EVENT
};

class silent_sink final : public log_sink {
 public:
  [[nodiscard]] bool wants(log_level /*level*/) const noexcept override { return false; }
  void write(const log_record& /*record*/) noexcept override {}
};

} // namespace

std::string_view name_of(log_level level) noexcept {
  switch (level) {
  case log_level::trace:
    return "trace";
  case log_level::debug:
    return "debug";
  case log_level::info:
    return "info";
  case log_level::warn:
    return "warn";
  case log_level::error:
    return "error";
  }
  return "unknown";
}

std::span<const log_event_info> all_log_events() noexcept {
  return events;
}

const log_event_info& info(log_event event) noexcept {
  return events[static_cast<std::size_t>(event)];
}

std::shared_ptr<log_sink> null_log() {
  return std::make_shared<silent_sink>();
}

void note(log_sink& to, log_event event, std::string_view msg,
          std::initializer_list<log_field> fields) {
  const auto level = info(event).level;
  if (to.wants(level))
    to.write({event, level, std::string(msg), fields});
}

} // namespace weft
