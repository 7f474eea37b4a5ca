// Binds a verb of the grammar to the function that performs it. Includes CLI11: for the files of
// the grammar only.
#pragma once

#include "weft/console/cli/grammar/grammar.hpp"

#include <CLI/CLI.hpp>

namespace weft::console {

/// The options that `run` is given when `verb` is named; the tree keeps them alive.
template <class Options>
std::shared_ptr<Options> bind(CLI::App& verb, invocation& into,
                              result<void> (*run)(session&, const Options&)) {
  auto options = std::make_shared<Options>();
  verb.callback([&into, options, run] {
    into.run = [options, run](session& in) { return run(in, *options); };
  });
  return options;
}

} // namespace weft::console
