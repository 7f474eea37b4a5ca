#include "support/case_report.hpp"

#include <cstdlib>
#include <string>

namespace weft::test {

namespace {

std::string quoted(std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += hex[byte >> 4U];
      out += hex[byte & 15U];
    } else {
      out += c;
    }
  }
  return out + '"';
}

} // namespace

case_report::case_report() {
  const char* folder = std::getenv("WEFT_TEST_REPORT");
  const char* test = std::getenv("WEFT_TEST_NAME");
  if (folder != nullptr && test != nullptr)
    file_.open(std::string(folder) + "/" + test + ".jsonl", std::ios::app);
}

bool case_report::is_chosen(std::string_view name) {
  const char* text = std::getenv("WEFT_TEST_FILTER");
  return text == nullptr || name.find(text) != std::string_view::npos;
}

void case_report::started(std::string_view name) {
  write(name, "started", {});
}

void case_report::ended(std::string_view name, std::string_view status, std::string_view reason) {
  write(name, status, reason);
}

void case_report::write(std::string_view name, std::string_view status, std::string_view reason) {
  if (!file_.is_open())
    return;
  file_ << R"({"name": )" << quoted(name) << R"(, "status": )" << quoted(status)
        << R"(, "reason": )" << quoted(reason) << "}" << std::endl; // a crash must not lose it
}

} // namespace weft::test
