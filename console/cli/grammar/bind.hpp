// Binds a verb of the grammar to the function that performs it. Includes CLI11: for the files of
// the grammar only.
#pragma once

#include "weft/console/cli/grammar/grammar.hpp"

#include <CLI/CLI.hpp>

#include <limits>
#include <span>

namespace weft::console {

/// What an option was given that it does not take, in our words.
class refused : public CLI::ValidationError {
 public:
  refused(const std::string& what, std::string near)
      : CLI::ValidationError(what), near_(std::move(near)) {}
  /// What may have been meant, or "".
  [[nodiscard]] const std::string& near() const noexcept { return near_; }

 private:
  std::string near_;
};

/// Numbers that an option takes.
struct number_range {
  std::uint64_t least = 0;
  std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
};

/// Throws `refused` unless all of `text` is a number of the range, signs and fractions aside.
[[nodiscard]] std::uint64_t number_of(const std::string& label, const std::string& text,
                                      number_range range);
/// Throws `refused`, with the nearest, unless `text` is one of `known`.
void require_one_of(const std::string& label, const std::string& text,
                    std::span<const std::string> known);

/// An option `name`, called `label` in messages; `into` is a number, or an optional one.
template <class Number>
CLI::Option* add_number(CLI::App& verb, const std::string& name, const std::string& label,
                        Number& into, const std::string& about, number_range range = {}) {
  return verb.add_option_function<std::string>(
      name,
      [&into, label, range](const std::string& text) { into = number_of(label, text, range); },
      about);
}

/// Microseconds. Throws `refused` unless `text` is a duration from 10 ms to an hour: "500ms", "2s",
/// "1m".
[[nodiscard]] std::int64_t duration_of(const std::string& label, const std::string& text);
/// An option `name`, called `label` in messages; `into_us` is a number, or an optional one.
template <class Duration>
CLI::Option* add_duration(CLI::App& verb, const std::string& name, const std::string& label,
                          Duration& into_us, const std::string& about) {
  return verb.add_option_function<std::string>(
      name, [&into_us, label](const std::string& text) { into_us = duration_of(label, text); },
      about);
}

/// An option `name`, called `label` in messages, that takes one of `known`.
CLI::Option* add_choice(CLI::App& verb, const std::string& name, const std::string& label,
                        std::string& into, const std::string& about,
                        std::vector<std::string> known);

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
