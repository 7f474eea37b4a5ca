// JSON as it is written by the daemon: objects and arrays in the order in which they are said.
//
//   json_writer out;
//   out.begin('{').key("status").value(404).key("parts").begin('[').value("log").end(']').end('}');
//   std::move(out).text();                       // {"status":404,"parts":["log"]}
//
// Text that is no UTF-8 is written with U+FFFD for what is not. One line, no spaces.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace weft::console {

/// `text` in quotes, escaped as JSON wants it.
void append_quoted(std::string& out, std::string_view text);

class json_writer {
 public:
  /// '{' or '['.
  json_writer& begin(char bracket);
  /// The bracket that closes it.
  json_writer& end(char bracket);
  json_writer& key(std::string_view name);
  json_writer& value(std::string_view text);
  json_writer& value(const char* text) { return value(std::string_view(text)); }
  json_writer& value(double number);
  json_writer& value(std::same_as<bool> auto yes) { return raw(yes ? "true" : "false"); }
  template <std::integral Int>
  requires(!std::same_as<Int, bool>) json_writer& value(Int number) {
    return raw(std::to_string(number));
  }
  json_writer& null() { return raw("null"); }
  [[nodiscard]] std::string text() && { return std::move(text_); }

 private:
  json_writer& raw(std::string_view token);
  void separate();

  std::string text_;
};

} // namespace weft::console
