#include "weft/console/cli/output/terminal.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

namespace weft::console {

namespace {

std::string environment(const char* name) {
  const char* text = std::getenv(name); // NOLINT(concurrency-mt-unsafe): nobody sets variables
  return text == nullptr ? std::string{} : std::string{text};
}

struct character {
  char32_t code;
  std::size_t bytes;
};

/// The first character of well-formed or broken UTF-8; a broken byte is one character.
character first_character(std::string_view text) noexcept {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (lead < 0x80 || lead < 0xC0 || size > text.size())
    return {lead, 1};
  char32_t code = lead & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i)
    code = (code << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  return {code, size};
}

struct code_range {
  char32_t first;
  char32_t last;
};

// The blocks that matter in practice; a rare mistake costs one column of alignment.
constexpr std::array combining = {code_range{0x0300, 0x036F}, code_range{0x200B, 0x200F},
                                  code_range{0x20D0, 0x20FF}, code_range{0xFE00, 0xFE0F},
                                  code_range{0xFE20, 0xFE2F}};
constexpr std::array wide = {
    code_range{0x1100, 0x115F},   code_range{0x2E80, 0x303E},  code_range{0x3041, 0xA4CF},
    code_range{0xAC00, 0xD7A3},   code_range{0xF900, 0xFAFF},  code_range{0xFE30, 0xFE6F},
    code_range{0xFF00, 0xFF60},   code_range{0xFFE0, 0xFFE6},  code_range{0x1F300, 0x1F64F},
    code_range{0x1F900, 0x1F9FF}, code_range{0x20000, 0x3FFFD}};

// They turn the text around that follows, or end a line: what is shown is not what is stored.
constexpr std::array directing = {code_range{0x061C, 0x061C}, code_range{0x200E, 0x200F},
                                  code_range{0x2028, 0x202E}, code_range{0x2066, 0x206F},
                                  code_range{0xFEFF, 0xFEFF}};

template <std::size_t N>
bool within(const std::array<code_range, N>& ranges, char32_t code) noexcept {
  return std::ranges::any_of(ranges,
                             [code](code_range r) { return code >= r.first && code <= r.last; });
}

std::size_t columns_of(char32_t code) noexcept {
  if (code < 0x300)
    return 1;
  return within(combining, code) ? 0 : within(wide, code) ? 2 : 1;
}

void append_escaped(std::string& out, unsigned char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  switch (c) {
  case '\n':
    out += "\\n";
    return;
  case '\t':
    out += "\\t";
    return;
  case '\r':
    out += "\\r";
    return;
  default:
    out += {'\\', 'x', digits[c >> 4U], digits[c & 15U]};
  }
}

void append_code(std::string& out, char32_t code) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += "\\u";
  for (const unsigned shift : {12U, 8U, 4U, 0U})
    out += digits[(code >> shift) & 15U];
}

} // namespace

terminal decide(const surroundings& facts) {
  const bool dumb = facts.term == "dumb";
  const bool colour = !facts.no_color_option && facts.no_color.empty() && !dumb;
  terminal out;
  out.out_is_tty = facts.out_is_tty;
  out.err_is_tty = facts.err_is_tty;
  out.out_colour = colour && facts.out_is_tty;
  out.err_colour = colour && facts.err_is_tty;
  out.motion = facts.err_is_tty && !dumb;
  if (facts.columns >= 20)
    out.columns = facts.columns;
  return out;
}

terminal detect_terminal(bool no_color_option) {
  surroundings facts;
  facts.out_is_tty = ::isatty(STDOUT_FILENO) == 1;
  facts.err_is_tty = ::isatty(STDERR_FILENO) == 1;
  facts.no_color_option = no_color_option;
  facts.no_color = environment("NO_COLOR");
  facts.term = environment("TERM");
  winsize window{};
  for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO})
    if (facts.columns == 0 && ::ioctl(descriptor, TIOCGWINSZ, &window) == 0)
      facts.columns = window.ws_col;
  return decide(facts);
}

std::string styled(std::string_view text, style how, bool colour) {
  if (!colour || how == style::plain)
    return std::string(text);
  constexpr std::array<std::string_view, 7> codes = {"0", "1", "2", "31", "32", "33", "36"};
  std::string out = "\x1b[";
  out += codes[static_cast<std::size_t>(how)];
  out += 'm';
  out += text;
  out += "\x1b[0m";
  return out;
}

std::size_t width_of(std::string_view text) noexcept {
  std::size_t columns = 0;
  while (!text.empty()) {
    const auto c = first_character(text);
    columns += columns_of(c.code);
    text.remove_prefix(c.bytes);
  }
  return columns;
}

std::string_view fit(std::string_view text, std::size_t columns) noexcept {
  std::size_t bytes = 0;
  while (bytes < text.size()) {
    const auto c = first_character(text.substr(bytes));
    const std::size_t needed = columns_of(c.code);
    if (needed > columns)
      break;
    columns -= needed;
    bytes += c.bytes;
  }
  return text.substr(0, bytes);
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto c = first_character(text);
    // C1 controls too: some terminals obey them.
    if (c.code < 0x20 || c.code == 0x7F || (c.code >= 0x80 && c.code < 0xA0))
      for (const char byte : text.substr(0, c.bytes))
        append_escaped(out, static_cast<unsigned char>(byte));
    else if (c.code < 0x1'0000 && within(directing, c.code))
      append_code(out, c.code);
    else
      out += text.substr(0, c.bytes);
    text.remove_prefix(c.bytes);
  }
  return out;
}

} // namespace weft::console
