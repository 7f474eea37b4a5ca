#include "weft/core/protocol/request_codec.hpp"

#include "weft/core/base/limits.hpp"

namespace weft::protocol {

namespace {

/// The fewest bytes of an operation and of an entry of a map: counts are checked against them.
constexpr std::size_t operation_bytes_min = 7;
constexpr std::size_t entry_bytes_min = 4;

void put(byte_writer& out, text_position at) {
  out.varint(at.line);
  out.varint(at.column);
}

void put(byte_writer& out, const operand& x) {
  out.u8(static_cast<std::uint8_t>(x.what()));
  switch (x.what()) {
  case operand::kind::nil:
  case operand::kind::this_transaction:
    return;
  case operand::kind::scalar:
    return weft::encode(out, x.scalar().view());
  case operand::kind::tempid:
  case operand::kind::named:
    return out.counted(x.text());
  case operand::kind::list:
    out.varint(x.items().size());
    for (const auto& item : x.items())
      put(out, item);
    return;
  case operand::kind::map:
    out.varint(x.entries().size());
    for (const auto& entry : x.entries()) {
      out.counted(entry.attribute);
      put(out, entry.at);
      put(out, entry.value);
    }
    return;
  }
}

class request_reader {
 public:
  explicit request_reader(byte_reader& in) noexcept : in_(in) {}

  tx_request request() {
    tx_request out;
    const auto n = count(operation_bytes_min);
    out.reserve(n);
    for (std::size_t i = 0; i < n && in_.ok(); ++i)
      out.append(one());
    return out;
  }

 private:
  operation one() {
    operation out;
    const auto what = in_.u8();
    if (what < static_cast<std::uint8_t>(operation::kind::add) ||
        what > static_cast<std::uint8_t>(operation::kind::put))
      in_.invalidate();
    out.what = static_cast<operation::kind>(what);
    out.at = position();
    out.entity = any(limits::nesting_depth_max);
    out.attribute = in_.counted();
    out.value = any(limits::nesting_depth_max);
    const auto n = count(1);
    for (std::size_t i = 0; i < n && in_.ok(); ++i)
      out.arguments.push_back(any(limits::nesting_depth_max));
    return out;
  }

  std::size_t count(std::size_t bytes_min) noexcept {
    const auto n = in_.varint();
    if (n > in_.remaining() / bytes_min)
      in_.invalidate();
    nodes_ += in_.ok() ? n : 0;
    if (nodes_ > limits::tree_nodes_max)
      in_.invalidate();
    return in_.ok() ? static_cast<std::size_t>(n) : 0;
  }

  std::uint32_t small() noexcept {
    const auto x = in_.varint();
    if (x > UINT32_MAX)
      in_.invalidate();
    return static_cast<std::uint32_t>(x);
  }
  text_position position() noexcept {
    text_position at;
    at.line = small();
    at.column = small();
    return at;
  }

  operand any(std::size_t levels) {
    switch (static_cast<operand::kind>(in_.u8())) {
    case operand::kind::nil:
      return {};
    case operand::kind::this_transaction:
      return this_transaction();
    case operand::kind::scalar: {
      const auto v = decode_value(in_);
      return in_.ok() ? operand(v) : operand();
    }
    case operand::kind::tempid:
      return tempid(in_.counted());
    case operand::kind::named:
      return named(in_.counted());
    case operand::kind::list:
      return list(levels);
    case operand::kind::map:
      return map(levels);
    }
    in_.invalidate();
    return {};
  }

  operand list(std::size_t levels) {
    std::vector<operand> out;
    const auto n = begin_level(levels, 1);
    for (std::size_t i = 0; i < n && in_.ok(); ++i)
      out.push_back(any(levels - 1));
    return list_of(std::move(out));
  }

  operand map(std::size_t levels) {
    std::vector<map_entry> out;
    const auto n = begin_level(levels, entry_bytes_min);
    for (std::size_t i = 0; i < n && in_.ok(); ++i) {
      map_entry entry;
      entry.attribute = in_.counted();
      entry.at = position();
      entry.value = any(levels - 1);
      out.push_back(std::move(entry));
    }
    return map_of(std::move(out));
  }

  std::size_t begin_level(std::size_t levels, std::size_t bytes_min) noexcept {
    if (levels == 0)
      in_.invalidate();
    return count(bytes_min);
  }

  byte_reader& in_;
  std::uint64_t nodes_ = 0; ///< each takes more memory than bytes
};

} // namespace

void encode(byte_writer& out, const tx_request& request) {
  out.varint(request.operations().size());
  for (const auto& op : request.operations()) {
    out.u8(static_cast<std::uint8_t>(op.what));
    put(out, op.at);
    put(out, op.entity);
    out.counted(op.attribute);
    put(out, op.value);
    out.varint(op.arguments.size());
    for (const auto& argument : op.arguments)
      put(out, argument);
  }
}

tx_request decode_request(byte_reader& in) {
  return request_reader(in).request();
}

} // namespace weft::protocol
