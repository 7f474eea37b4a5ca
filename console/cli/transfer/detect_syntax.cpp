#include "weft/console/cli/transfer/form_readers.hpp"

#include <algorithm>
#include <array>

namespace weft::console {

namespace {

constexpr std::string_view blank = " \t\r\n";

std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  return text.substr(text.starts_with(mark) ? mark.size() : 0);
}

/// Names with commas between them: nothing that EDN or JSON begins with.
bool looks_like_header(std::string_view text) {
  const auto line = text.substr(0, text.find('\n'));
  return line.find(',') != std::string_view::npos &&
         line.find_first_of("{}[]()") == std::string_view::npos;
}

/// What the text is, if how it begins leaves no doubt.
std::optional<syntax> syntax_of_text(std::string_view text, std::optional<syntax> named) {
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos)
    return std::nullopt;
  const char c = text[first];
  if (c == ';' || c == '#') // a comment, or a name in a header
    return named == syntax::csv ? std::nullopt : std::optional(syntax::edn);
  if (c != '{' && c != '[' && c != '(')
    return looks_like_header(text.substr(first)) ? std::optional(syntax::csv) : std::nullopt;
  if (looks_like_json(text))
    return syntax::jsonl;
  const auto inside = text.find_first_not_of(" \t\r\n,[{(", first);
  if (inside != std::string_view::npos && (text[inside] == ':' || text[inside] == ';'))
    return syntax::edn;
  return named == syntax::csv ? std::optional(syntax::edn) : std::nullopt;
}

} // namespace

std::string_view text_of(syntax s) noexcept {
  if (s == syntax::edn)
    return "EDN";
  return s == syntax::csv ? "CSV" : "JSON";
}

bool looks_like_json(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n[{");
  return first != std::string_view::npos && first > 0 && text[first] == '"';
}

bool is_json_array(std::string_view beginning) {
  const auto first = beginning.find_first_not_of(blank);
  const auto end = beginning.find('\n', first);
  if (first == std::string_view::npos || beginning[first] != '[' || end == std::string_view::npos)
    return false;
  const auto line = beginning.substr(first, end - first);
  const auto last = line[line.find_last_not_of(blank)];
  return (last == '[' || last == '{' || last == ',') && looks_like_json(beginning);
}

bool looks_binary(std::string_view beginning) {
  constexpr std::size_t enough = 64;
  return std::ranges::any_of(beginning.substr(0, enough), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f') || byte == 0x7F;
  });
}

std::optional<syntax> syntax_of_name(std::string_view name) {
  struct ending {
    std::string_view text;
    syntax means;
  };
  constexpr std::array endings = {ending{".edn", syntax::edn}, ending{".jsonl", syntax::jsonl},
                                  ending{".ndjson", syntax::jsonl}, ending{".json", syntax::jsonl},
                                  ending{".csv", syntax::csv}};
  for (const auto& e : endings)
    if (name.ends_with(e.text))
      return e.means;
  return std::nullopt;
}

syntax detect_syntax(std::string_view name, std::string_view beginning) {
  const auto text = without_byte_order_mark(beginning);
  const auto named = syntax_of_name(name);
  auto found = syntax_of_text(text, named);
  if (!found)
    found = named;
  if (!found) {
    const auto first = text.find_first_not_of(blank);
    const bool is_row = first != std::string_view::npos &&
                        std::string_view("[{(;#").find(text[first]) == std::string_view::npos;
    found = is_row ? syntax::csv : syntax::edn;
  }
  return found == syntax::jsonl && is_json_array(text) ? syntax::json_array : *found;
}

} // namespace weft::console
