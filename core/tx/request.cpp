#include "weft/core/tx/request.hpp"

#include "weft/core/tx/describe.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weft {

tx_request& tx_request::add(operand entity, std::string_view attribute, operand v) {
  return append({.what = operation::kind::add,
                 .entity = std::move(entity),
                 .attribute = std::string(attribute),
                 .value = std::move(v)});
}

tx_request& tx_request::retract(operand entity, std::string_view attribute, operand v) {
  return append({.what = operation::kind::retract,
                 .entity = std::move(entity),
                 .attribute = std::string(attribute),
                 .value = std::move(v)});
}

tx_request& tx_request::retract(operand entity, std::string_view attribute) {
  return retract(std::move(entity), attribute, operand());
}

tx_request& tx_request::retract_entity(operand entity) {
  return append({.what = operation::kind::retract_entity, .entity = std::move(entity)});
}

tx_request& tx_request::cas(operand entity, std::string_view attribute, operand expected,
                            operand next) {
  operation op{.what = operation::kind::cas,
               .entity = std::move(entity),
               .attribute = std::string(attribute),
               .value = std::move(next)};
  op.arguments.push_back(std::move(expected));
  return append(std::move(op));
}

tx_request& tx_request::call(std::string_view function, std::vector<operand> arguments) {
  return append({.what = operation::kind::call,
                 .attribute = std::string(function),
                 .arguments = std::move(arguments)});
}

tx_request& tx_request::put(std::vector<map_entry> facts) {
  return put(operand(), std::move(facts));
}

tx_request& tx_request::put(operand entity, std::vector<map_entry> facts) {
  return append({.what = operation::kind::put,
                 .entity = std::move(entity),
                 .value = map_of(std::move(facts))});
}

tx_request& tx_request::append(operation op) {
  operations_.push_back(std::move(op));
  return *this;
}

namespace {

/// No deeper than text may be: whoever walks an operand from here on may recurse.
bool is_shallow(const operand& x, std::size_t levels) {
  if (x.what() == operand::kind::list)
    return levels > 0 && std::all_of(x.items().begin(), x.items().end(), [&](const auto& item) {
             return is_shallow(item, levels - 1);
           });
  if (x.what() == operand::kind::map)
    return levels > 0 &&
           std::all_of(x.entries().begin(), x.entries().end(),
                       [&](const auto& entry) { return is_shallow(entry.value, levels - 1); });
  return true;
}

} // namespace

result<void> check_depth(const operation& op) {
  constexpr auto most = limits::nesting_depth_max;
  if (is_shallow(op.entity, most) && is_shallow(op.value, most) &&
      std::all_of(op.arguments.begin(), op.arguments.end(),
                  [](const auto& x) { return is_shallow(x, most); }))
    return {};
  return fail(tx::located(
      op.at,
      {errc::nesting_too_deep, fmt::format("more than {} levels of lists and maps", most), {}}));
}

result<void> check_depth(const tx_request& request) {
  for (const auto& op : request.operations())
    WEFT_CHECK(check_depth(op));
  return {};
}

namespace {

constexpr std::uint8_t canonical_version = 1;

void write(byte_writer& out, const operand& x);

/// The pieces in the order of their bytes: what was a set is written as one.
void write_sorted(byte_writer& out, std::vector<bytes>& pieces) {
  std::sort(pieces.begin(), pieces.end());
  out.varint(pieces.size());
  for (const auto& piece : pieces)
    out.counted(piece);
}

void write_map(byte_writer& out, const std::vector<map_entry>& entries) {
  std::vector<bytes> pieces;
  pieces.reserve(entries.size());
  for (const auto& entry : entries) {
    byte_writer piece(pieces.emplace_back());
    piece.counted(entry.attribute);
    write(piece, entry.value);
  }
  write_sorted(out, pieces);
}

void write(byte_writer& out, const operand& x) {
  out.u8(static_cast<std::uint8_t>(x.what()));
  switch (x.what()) {
  case operand::kind::nil:
  case operand::kind::this_transaction:
    return;
  case operand::kind::scalar:
    return encode(out, x.scalar().view());
  case operand::kind::tempid:
  case operand::kind::named:
    return out.counted(x.text());
  case operand::kind::list:
    out.varint(x.items().size());
    for (const auto& item : x.items())
      write(out, item);
    return;
  case operand::kind::map:
    return write_map(out, x.entries());
  }
}

} // namespace

bytes canonical_bytes(const tx_request& request) {
  std::vector<bytes> pieces;
  pieces.reserve(request.operations().size());
  for (const auto& op : request.operations()) {
    byte_writer piece(pieces.emplace_back());
    piece.u8(static_cast<std::uint8_t>(op.what));
    write(piece, op.entity);
    piece.counted(op.attribute);
    write(piece, op.value);
    piece.varint(op.arguments.size());
    for (const auto& argument : op.arguments)
      write(piece, argument);
  }
  bytes out;
  byte_writer writer(out);
  writer.u8(canonical_version);
  write_sorted(writer, pieces);
  return out;
}

hash128 canonical_hash(const tx_request& request) {
  return hash_of(canonical_bytes(request));
}

} // namespace weft
