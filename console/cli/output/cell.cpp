#include "weft/console/cli/output/cell.hpp"

#include "weft/console/cli/output/terminal.hpp"
#include "weft/core/datom/edn_value.hpp"
#include "weft/core/datom/json.hpp"
#include "weft/core/datom/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace weft::console {

namespace {

template <class... Fs>
struct overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
overloaded(Fs...) -> overloaded<Fs...>;

void append_number(std::string& out, std::uint64_t n) {
  fmt::format_to(std::back_inserter(out), "{}", n);
}

void append_hash(std::string& out, const hash128& h) {
  const auto raw = to_bytes(h);
  out += to_hex({raw.data(), raw.size()});
}

/// What json, edn and plain text have in common: numbers and words.
void append_bare(std::string& out, const cell& c) {
  std::visit(overloaded{[](std::monostate) {}, [&](bool x) { out += x ? "true" : "false"; },
                        [&](std::uint64_t x) { append_number(out, x); },
                        [&](ordinal x) { append_number(out, x.number); },
                        [&](double x) { append_double(out, x); },
                        [&](byte_count x) { append_number(out, x.bytes); },
                        [&](const std::string& x) { out += x; },
                        [&](ident_text x) { (out += ':') += x.name; },
                        [&](entity_id x) { append_number(out, x.get()); },
                        [&](tx_number x) { append_number(out, x.get()); },
                        [&](instant x) { append_instant(out, x); },
                        [&](const hash128& x) { append_hash(out, x); },
                        [&](value_view x) { weft::append_edn(out, x); }},
             c);
}

/// Bare text of a value: strings without quotes, instants, uuids and bytes without tags.
void append_bare_value(std::string& out, value_view v) {
  switch (v.type()) {
  case value_type::string:
    out += v.as_bytes();
    break;
  case value_type::instant_:
    append_instant(out, v.as_instant());
    break;
  case value_type::uuid_:
    append_uuid(out, v.as_uuid());
    break;
  case value_type::bytes_:
    append_base64(out, v.as_bytes());
    break;
  case value_type::ref:
    append_number(out, v.as_ref().get());
    break;
  default:
    weft::append_edn(out, v);
  }
}

void append_edn_string(std::string& out, std::string_view text) {
  weft::append_edn(out, value_view::string(text));
}

} // namespace

void append_json(std::string& out, const cell& c) {
  if (std::holds_alternative<std::monostate>(c)) {
    out += "null";
  } else if (const auto* v = std::get_if<value_view>(&c)) {
    weft::append_json(out, *v);
  } else if (const auto* text = std::get_if<std::string>(&c)) {
    append_json_string(out, *text);
  } else if (const auto* ident = std::get_if<ident_text>(&c)) {
    append_json_string(out, ident->name);
  } else if (std::holds_alternative<entity_id>(c) || std::holds_alternative<instant>(c) ||
             std::holds_alternative<hash128>(c)) {
    out += '"';
    append_bare(out, c);
    out += '"';
  } else {
    append_bare(out, c);
  }
}

void append_edn(std::string& out, const cell& c) {
  if (std::holds_alternative<std::monostate>(c)) {
    out += "nil";
  } else if (const auto* text = std::get_if<std::string>(&c)) {
    append_edn_string(out, *text);
  } else if (const auto* when = std::get_if<instant>(&c)) {
    weft::append_edn(out, value_view::of(*when));
  } else if (std::holds_alternative<hash128>(c)) {
    std::string digits;
    append_bare(digits, c);
    append_edn_string(out, digits);
  } else {
    append_bare(out, c);
  }
}

void append_plain(std::string& out, const cell& c) {
  if (const auto* v = std::get_if<value_view>(&c))
    append_bare_value(out, *v);
  else
    append_bare(out, c);
}

std::string display(const cell& c) {
  if (const auto* n = std::get_if<std::uint64_t>(&c))
    return grouped(*n);
  if (const auto* n = std::get_if<byte_count>(&c))
    return human_bytes(n->bytes);
  std::string out;
  append_bare(out, c);
  return printable(out);
}

bool is_number(const cell& c) noexcept {
  return std::holds_alternative<std::uint64_t>(c) || std::holds_alternative<double>(c) ||
         std::holds_alternative<ordinal>(c) || std::holds_alternative<byte_count>(c) ||
         std::holds_alternative<entity_id>(c) || std::holds_alternative<tx_number>(c);
}

void append_json_string(std::string& out, std::string_view text) {
  weft::append_json(out, value_view::string(text));
}

void append_raw(std::string& out, std::string_view text) {
  for (auto next = text.find('\\'); next != std::string_view::npos; next = text.find('\\')) {
    out += printable(text.substr(0, next));
    out += "\\\\";
    text.remove_prefix(next + 1);
  }
  out += printable(text);
}

void append_csv_field(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos && !text.empty()) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"')
      out += '"';
    out += c;
  }
  out += '"';
}

std::string grouped(std::uint64_t n) {
  std::string out = std::to_string(n);
  for (std::size_t i = out.size(); i > 3; i -= 3)
    out.insert(i - 3, ",");
  return out;
}

std::string human_bytes(std::uint64_t n) {
  constexpr std::array units = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (n < 1024)
    return fmt::format("{} B", n);
  auto size = static_cast<double>(n);
  std::size_t unit = 0;
  // Half a step before the next unit, so that nothing is ever "1024.0 KiB".
  while (size >= 1023.95 && unit + 1 < units.size()) {
    size /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", size, units[unit]);
}

} // namespace weft::console
