#include "weft/core/datom/json_tree.hpp"

#include "weft/core/base/limits.hpp"
#include "weft/core/datom/json_places.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>

namespace weft {

std::string_view name_of(json_kind kind) noexcept {
  constexpr std::array<std::string_view, 6> names = {"null",     "a boolean", "a number",
                                                     "a string", "an array",  "an object"};
  return names[static_cast<std::size_t>(kind)];
}

namespace {

class tree_handler {
 public:
  explicit tree_handler(place_tracker& places) : places_(places) {}

  // What the parser calls; false stops it.
  bool null() { return add(json_kind::null, ""); }
  bool boolean(bool x) { return add(json_kind::boolean, x ? "true" : "false"); }
  bool number_integer(std::int64_t /*x*/) { return number(); }
  bool number_unsigned(std::uint64_t /*x*/) { return number(); }
  bool number_float(double /*x*/, const std::string& /*text*/) { return number(); }
  bool string(std::string& x) { return add(json_kind::string, std::move(x)); }
  bool binary(nlohmann::json::binary_t& /*x*/) { return false; } // JSON text has none
  bool start_object(std::size_t /*size*/) { return begin(json_kind::object); }
  bool start_array(std::size_t /*size*/) { return begin(json_kind::array); }
  bool end_object() { return end(); }
  bool end_array() { return end(); }
  bool key(std::string& name) {
    auto& member = open_.back()->items.emplace_back();
    member.name = std::move(name);
    member.name_at = places_.token;
    places_.between = true;
    return true;
  }
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::json::exception& e) {
    auto complaint = explain_json_error(places_, e.what());
    error_ = error_at(complaint.at, {errc::malformed_json, std::move(complaint.detail)});
    return false;
  }

  [[nodiscard]] result<json_tree> finish() {
    if (error_)
      return fail(std::move(*error_));
    return std::move(root_);
  }

 private:
  bool number() { return add(json_kind::number, std::string(places_.number())); }

  /// Where the next value belongs. Nobody keeps a pointer to an element while its siblings are
  /// added: only the ancestors of what is being read are open.
  json_tree& place() {
    if (open_.empty())
      return root_;
    auto& parent = *open_.back();
    return parent.kind == json_kind::object ? parent.items.back() : parent.items.emplace_back();
  }
  bool add(json_kind kind, std::string text) {
    auto& node = place();
    node.kind = kind;
    node.at = places_.token;
    node.text = std::move(text);
    places_.between = true;
    return true;
  }
  bool begin(json_kind kind) {
    if (open_.size() >= limits::nesting_depth_max) {
      error_ =
          error_at(places_.token, {errc::nesting_too_deep,
                                   fmt::format("more than {} levels", limits::nesting_depth_max)});
      return false;
    }
    auto& node = place();
    node.kind = kind;
    node.at = places_.token;
    open_.push_back(&node);
    places_.between = true;
    return true;
  }
  bool end() {
    open_.pop_back();
    places_.between = true;
    return true;
  }

  place_tracker& places_;
  json_tree root_;
  std::vector<json_tree*> open_;
  std::optional<error> error_;
};

} // namespace

result<json_tree> read_json_tree(std::string_view text) {
  constexpr auto limit = limits::config_bytes_max;
  if (text.size() > limit)
    return fail(errc::input_too_large,
                fmt::format("{} bytes of JSON exceed the limit of {}", text.size(), limit));
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  constexpr text_position begin_at = {1, 1};
  if (text.starts_with(byte_order_mark))
    text.remove_prefix(byte_order_mark.size());
  if (text.starts_with(byte_order_mark)) // the parser would pass over one, too
    return fail(error_at(begin_at, {errc::malformed_json, "a second byte order mark"}));
  place_tracker places{.text = text};
  tree_handler handler(places);
  const tracked_bytes begin(text.data(), &places);
  const tracked_bytes end(text.data() + text.size(), &places);
  nlohmann::json::sax_parse(begin, end, &handler);
  return handler.finish();
}

} // namespace weft
