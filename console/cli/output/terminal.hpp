// What the terminal allows: colour, motion, width. Decided once, from facts that tests can make up.
#pragma once

#include <string>
#include <string_view>

namespace weft::console {

/// What is known about the place the command runs in.
struct surroundings {
  bool out_is_tty = false;
  bool err_is_tty = false;
  bool no_color_option = false; ///< --no-color
  std::string no_color = {};    ///< $NO_COLOR: any text turns colour off (no-color.org)
  std::string term = {};        ///< $TERM
  unsigned columns = 0;         ///< width of the window, 0 when unknown
};

struct terminal {
  bool out_is_tty = false;
  bool err_is_tty = false;
  bool out_colour = false;
  bool err_colour = false;
  bool motion = false;   ///< stderr may be redrawn in place
  unsigned columns = 80; ///< of a line
};

[[nodiscard]] terminal decide(const surroundings& facts);
/// decide() about this process.
[[nodiscard]] terminal detect_terminal(bool no_color_option);

enum class style { plain, bold, dim, red, green, yellow, cyan };

/// `text` in a style, or as it is when `colour` is off.
[[nodiscard]] std::string styled(std::string_view text, style how, bool colour);

/// Columns that UTF-8 text takes: combining marks none, wide East Asian characters two.
[[nodiscard]] std::size_t width_of(std::string_view text) noexcept;
/// The longest start of `text` that fits into `columns`, never cutting a character.
[[nodiscard]] std::string_view fit(std::string_view text, std::size_t columns) noexcept;
/// `text` with control characters as \n, \t, \x1b, and marks of direction as \u202e: nothing stored
/// may drive the terminal.
[[nodiscard]] std::string printable(std::string_view text);

} // namespace weft::console
