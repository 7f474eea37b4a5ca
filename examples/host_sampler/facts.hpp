// Figures of a machine as facts. Each part of it (processors and memory, each disk, each interface)
// is an item of its own; an ingest batcher makes one transaction of them.
#pragma once

#include "proc.hpp"

#include "weft/core/tx/request.hpp"

namespace host {

/// Declares the attributes; stating it again changes nothing.
[[nodiscard]] weft::tx_request schema();

/// What is known now of the machine called `name`.
[[nodiscard]] std::vector<weft::tx_request> facts(const std::string& name, const figures& before,
                                                  const figures& now);

} // namespace host
