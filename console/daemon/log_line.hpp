// A log record as one line: JSON for machines, or short text for people. Pure.
//
//   {"ts":"2026-11-22T05:52:44.000123Z","level":"info","node":"n1","component":"storage",
//    "event":"recovery.done","msg":"data is open","transactions":17,"seconds":0.02}
#pragma once

#include "weft/core/base/log.hpp"
#include "weft/core/base/time.hpp"

namespace weft::console {

/// The keys that every line has; no field of a record is called so.
[[nodiscard]] std::span<const std::string_view> common_log_keys() noexcept;

/// With its line feed. Texts beyond limits::log_text_bytes_max are elided.
[[nodiscard]] std::string json_line(const log_record& what, instant when, std::string_view node);
/// Likewise; nothing in it can drive a terminal.
[[nodiscard]] std::string text_line(const log_record& what, instant when, bool colour);

} // namespace weft::console
