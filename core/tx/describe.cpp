#include "weft/core/tx/describe.hpp"

#include "weft/core/datom/edn_value.hpp"
#include "weft/core/datom/schema.hpp"

#include <fmt/format.h>

#include <limits>

namespace weft::tx {

namespace {

constexpr std::size_t shown_bytes_max = 200;

std::string cut(std::string text) {
  if (text.size() <= shown_bytes_max)
    return text;
  auto end = shown_bytes_max;
  while ((static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
    --end; // never inside a character
  text.resize(end);
  return text + "...";
}

void append(std::string& out, const operand& x, std::size_t bytes_max);

void append_entries(std::string& out, const std::vector<map_entry>& entries,
                    std::size_t bytes_max) {
  out += '{';
  for (const auto& entry : entries) {
    if (out.size() > bytes_max)
      break;
    if (out.back() != '{')
      out += ", ";
    out += ':';
    out += entry.attribute;
    out += ' ';
    append(out, entry.value, bytes_max);
  }
  out += '}';
}

/// Every level adds a byte, so that bytes_max bounds the recursion too.
void append(std::string& out, const operand& x, std::size_t bytes_max) {
  if (out.size() > bytes_max)
    return;
  switch (x.what()) {
  case operand::kind::nil:
    out += "nil";
    return;
  case operand::kind::scalar:
    return append_edn(out, x.scalar().view());
  case operand::kind::tempid:
    return append_edn(out, value_view::string(x.text()));
  case operand::kind::named:
    out += "[:weft/name ";
    append_edn(out, value_view::string(x.text()));
    out += ']';
    return;
  case operand::kind::this_transaction:
    out += "\"db/current-tx\"";
    return;
  case operand::kind::list:
    out += '[';
    for (const auto& item : x.items()) {
      if (out.size() > bytes_max)
        break;
      if (out.back() != '[')
        out += ' ';
      append(out, item, bytes_max);
    }
    out += ']';
    return;
  case operand::kind::map:
    return append_entries(out, x.entries(), bytes_max);
  }
}

} // namespace

std::string name_of(const attribute& a) {
  return ":" + a.ident;
}

std::string name_of(entity_id e) {
  return std::to_string(e.get());
}

std::string text_of(value_view v) {
  return cut(to_edn(v));
}

std::string text_of(const operand& x) {
  std::string out;
  append(out, x, shown_bytes_max);
  return cut(std::move(out));
}

std::string edn_of(const operand& x) {
  std::string out;
  append(out, x, std::numeric_limits<std::size_t>::max());
  return out;
}

std::string_view kind_of(const operand& x) noexcept {
  switch (x.what()) {
  case operand::kind::nil:
    return "nil";
  case operand::kind::scalar:
    return weft::name_of(x.scalar().type());
  case operand::kind::tempid:
    return "tempid";
  case operand::kind::named:
  case operand::kind::this_transaction:
    return "ref";
  case operand::kind::list:
    return "list";
  case operand::kind::map:
    return "map";
  }
  return "";
}

error mismatch(std::string_view ident, std::string_view expected, const operand& x) {
  return {errc::type_mismatch,
          fmt::format(":{} is {}, not {}", ident, expected, kind_of(x)),
          {{"attribute", fmt::format(":{}", ident)},
           {"expected", std::string(expected)},
           {"found", std::string(kind_of(x))},
           {"value", text_of(x)}}};
}

error mismatch(const attribute& a, std::string_view expected, const operand& x) {
  return mismatch(a.ident, expected, x);
}

error mismatch_of_ref(std::string_view ident, std::string_view expected) {
  return {errc::type_mismatch,
          fmt::format(":{} is {}, not ref", ident, expected),
          {{"attribute", fmt::format(":{}", ident)},
           {"expected", std::string(expected)},
           {"found", "ref"}}};
}

error about(const attribute& a, error e) {
  if (e.field("attribute").empty())
    e.fields.push_back({"attribute", name_of(a)});
  return e;
}

error located(text_position where, error e) {
  if (where.line != 0 && e.field("line").empty()) {
    e.fields.push_back({"line", std::to_string(where.line)});
    e.fields.push_back({"column", std::to_string(where.column)});
  }
  return e;
}

} // namespace weft::tx
