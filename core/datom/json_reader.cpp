// JSON text to EDN trees: nlohmann's SAX parser reads, the handler below gives objects with a $tag
// their meaning. Nothing recurses on the input.
#include "weft/core/base/limits.hpp"
#include "weft/core/datom/edn_builder.hpp"
#include "weft/core/datom/json.hpp"
#include "weft/core/datom/json_places.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <limits>

namespace weft {

namespace {

/// What a tag wants: a text, an array that is itself the value, an array of [key, value] arrays,
/// or an array of a name and a value.
enum class tag_form : std::uint8_t { text, items, pairs, call };

struct tag {
  std::string_view name;
  tag_form form;
};

constexpr tag tags[] = {
    {"$keyword", tag_form::text}, {"$symbol", tag_form::text}, {"$ref", tag_form::text},
    {"$instant", tag_form::text}, {"$uuid", tag_form::text},   {"$bytes", tag_form::text},
    {"$long", tag_form::text},    {"$double", tag_form::text}, {"$vector", tag_form::items},
    {"$tuple", tag_form::items},  {"$list", tag_form::items},  {"$set", tag_form::items},
    {"$map", tag_form::pairs},    {"$lookup", tag_form::call}, {"$tagged", tag_form::call},
};

class json_handler {
 public:
  explicit json_handler(place_tracker& places) : builder_(errc::malformed_json), places_(places) {}

  // What the parser calls; false stops it.
  bool null();
  bool boolean(bool x);
  bool number_integer(std::int64_t x);
  bool number_unsigned(std::uint64_t x);
  bool number_float(double x, const std::string& text);
  bool string(std::string& x);
  bool binary(nlohmann::json::binary_t& x); // JSON text has none
  bool start_object(std::size_t size);
  bool key(std::string& name);
  bool end_object();
  bool start_array(std::size_t size);
  bool end_array();
  bool parse_error(std::size_t position, const std::string& token,
                   const nlohmann::json::exception& e);

  [[nodiscard]] result<edn> finish() {
    if (error_)
      return fail(std::move(*error_));
    return builder_.finish();
  }

 private:
  enum class role : std::uint8_t { array, object, map, tag, pairs, pair, call };
  struct frame {
    weft::json_handler::role role;
    const weft::tag* tag;
    text_position at;
    std::size_t count = 0; // of values
  };

  [[nodiscard]] bool begin_value(std::string_view what);
  [[nodiscard]] bool tagged_text(std::string_view name, const std::string& x);
  [[nodiscard]] bool named(const std::string& name);
  [[nodiscard]] bool key_of_object(frame& top, const std::string& name);
  void begin_items(const tag& t);
  void tagged_as(std::string_view name, const std::string& x);
  bool done();
  bool fail_at(text_position at, std::string detail);
  void push(role r, const tag* t = nullptr) { frames_.push_back({r, t, places_.token}); }

  edn_builder builder_;
  place_tracker& places_;
  std::vector<frame> frames_;
  std::optional<error> error_;
};

bool json_handler::fail_at(text_position at, std::string detail) {
  if (!error_)
    error_ = error_at(at, {errc::malformed_json, std::move(detail), {}});
  return false;
}

/// Ends an event: the parser goes on when all is well.
bool json_handler::done() {
  places_.between = true;
  return builder_.ok();
}

// -- values ---

/// Whether a value of this kind may stand here; counts it.
bool json_handler::begin_value(std::string_view what) {
  if (frames_.empty())
    return true;
  frame& top = frames_.back();
  const auto expect = [&](std::string_view expected) {
    if (what == expected)
      return true;
    return fail_at(places_.token,
                   fmt::format("expected {} for {}, found {}", expected, top.tag->name, what));
  };
  const bool first = top.count++ == 0;
  switch (top.role) {
  case role::tag:
    return expect(top.tag->form == tag_form::text ? "a string" : "an array");
  case role::pairs:
    return expect("an array");
  case role::call:
    return !first || expect("a string");
  default:
    return true;
  }
}

bool json_handler::null() {
  if (!begin_value("null"))
    return false;
  builder_.nil(places_.token);
  return done();
}

bool json_handler::boolean(bool x) {
  if (!begin_value("a boolean"))
    return false;
  builder_.boolean(x, places_.token);
  return done();
}

bool json_handler::number_integer(std::int64_t x) {
  if (!begin_value("a number"))
    return false;
  builder_.long_(x, places_.token);
  return done();
}

bool json_handler::number_unsigned(std::uint64_t x) {
  if (x > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return fail_at(places_.token, "a long has 64 bits");
  return number_integer(static_cast<std::int64_t>(x));
}

/// Reads the number from the text itself: the parser's own depends on the locale, and it gives
/// integers of more than 64 bits as doubles.
bool json_handler::number_float(double /*x*/, const std::string& /*text*/) {
  if (!begin_value("a number"))
    return false;
  const auto text = places_.number();
  if (text.find_first_of(".eE") == std::string_view::npos)
    return fail_at(places_.token, "a long has 64 bits");
  const auto number = parse_double(text);
  if (!number)
    return fail_at(places_.token, number.error().detail);
  builder_.double_(*number, places_.token);
  return done();
}

bool json_handler::string(std::string& x) {
  if (!begin_value("a string"))
    return false;
  if (frames_.empty())
    builder_.string(x, places_.token);
  else if (const frame& top = frames_.back(); top.role == role::tag)
    tagged_as(top.tag->name, x);
  else if (top.role == role::call && top.count == 1)
    return named(x);
  else
    builder_.string(x, places_.token);
  return error_ ? false : done();
}

bool json_handler::binary(nlohmann::json::binary_t& /*x*/) {
  return false;
}

/// The value of a tag that wants a text.
void json_handler::tagged_as(std::string_view name, const std::string& x) {
  const auto at = places_.token;
  const auto by_tag = [&](std::string_view edn_tag, auto add) {
    builder_.begin_tagged(edn_tag, at);
    add();
    builder_.end();
  };
  const auto text = [&] { builder_.string(x, at); };
  if (name == "$keyword")
    return builder_.keyword(x, at);
  if (name == "$symbol")
    return builder_.symbol(x, at);
  if (name == "$instant")
    return by_tag("inst", text);
  if (name == "$uuid")
    return by_tag("uuid", text);
  if (name == "$bytes")
    return by_tag("weft/bytes", text);
  if (name == "$double") {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (x == "Infinity" || x == "-Infinity")
      return builder_.double_(x == "Infinity" ? infinity : -infinity, at);
    fail_at(at, fmt::format("expected Infinity or -Infinity for $double, found {}", excerpt(x)));
    return;
  }
  const auto number = parse_long(x);
  if (!number)
    fail_at(at, fmt::format("{}: {}", name, number.error().detail));
  else if (name == "$ref")
    by_tag("weft/ref", [&] { builder_.long_(*number, at); });
  else
    builder_.long_(*number, at);
}

/// The name of a $lookup or $tagged.
bool json_handler::named(const std::string& name) {
  const frame& top = frames_.back();
  if (top.tag->name == "$lookup") {
    builder_.begin(edn_kind::vector, top.at);
    builder_.keyword(name, places_.token);
  } else {
    builder_.begin_tagged(name, top.at);
  }
  return done();
}

// -- arrays ---

bool json_handler::start_array(std::size_t /*size*/) {
  if (!begin_value("an array"))
    return false;
  const role parent = frames_.empty() ? role::array : frames_.back().role;
  if (parent == role::tag) {
    const auto* t = frames_.back().tag;
    if (t->form == tag_form::items) {
      push(role::array, t);
      begin_items(*t);
    } else if (t->form == tag_form::pairs) {
      push(role::pairs, t);
      builder_.begin(edn_kind::map, places_.token);
    } else {
      push(role::call, t);
    }
  } else if (parent == role::pairs) {
    push(role::pair, frames_.back().tag);
  } else {
    push(role::array);
    builder_.begin(edn_kind::vector, places_.token);
  }
  return done();
}

void json_handler::begin_items(const tag& t) {
  if (t.name == "$vector" || t.name == "$tuple")
    builder_.begin_tagged(t.name == "$vector" ? "weft/vector" : "weft/tuple", places_.token);
  const auto kind = t.name == "$list"  ? edn_kind::list
                    : t.name == "$set" ? edn_kind::set
                                       : edn_kind::vector;
  builder_.begin(kind, places_.token);
}

bool json_handler::end_array() {
  const frame top = frames_.back();
  frames_.pop_back();
  const bool two = top.role == role::pair || top.role == role::call;
  if (two && top.count != 2)
    return fail_at(top.at,
                   fmt::format("expected two values for {}, found {}", top.tag->name, top.count));
  if (top.role != role::pair)
    builder_.end(places_.token);
  if (top.role == role::array && top.tag != nullptr &&
      (top.tag->name == "$vector" || top.tag->name == "$tuple"))
    builder_.end(places_.token);
  return done();
}

// -- objects ---

bool json_handler::start_object(std::size_t /*size*/) {
  if (!begin_value("an object"))
    return false;
  push(role::object); // the first key tells what it is
  return done();
}

bool json_handler::key(std::string& name) {
  frame& top = frames_.back();
  const bool is_tag = !name.empty() && name.front() == '$';
  if (top.role == role::tag || (is_tag && top.role == role::map))
    return fail_at(places_.token,
                   fmt::format("expected a tag alone in its object, found {}", excerpt(name)));
  if (is_tag) {
    const auto* found = std::ranges::find(tags, name, &tag::name);
    if (found == std::end(tags))
      return fail_at(places_.token, fmt::format("unknown tag {}", excerpt(name)));
    top.role = role::tag;
    top.tag = found;
    return done();
  }
  if (top.role == role::object) {
    top.role = role::map;
    builder_.begin(edn_kind::map, top.at);
  }
  const bool colon = !name.empty() && name.front() == ':';
  builder_.keyword(std::string_view(name).substr(colon ? 1 : 0), places_.token);
  return done();
}

bool json_handler::end_object() {
  const frame top = frames_.back();
  frames_.pop_back();
  if (top.role == role::object)
    builder_.begin(edn_kind::map, top.at);
  if (top.role != role::tag)
    builder_.end(places_.token);
  return done();
}

bool json_handler::parse_error(std::size_t /*position*/, const std::string& /*token*/,
                               const nlohmann::json::exception& e) {
  auto complaint = explain_json_error(places_, e.what());
  return fail_at(complaint.at, std::move(complaint.detail));
}

} // namespace

result<edn> read_json(std::string_view text, text_position at) {
  constexpr auto limit = limits::transaction_text_bytes_max;
  if (text.size() > limit)
    return fail(errc::input_too_large,
                fmt::format("{} bytes of JSON exceed the limit of {}", text.size(), limit));
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark))
    text.remove_prefix(byte_order_mark.size());
  if (text.starts_with(byte_order_mark)) // the parser would pass over one, too
    return fail(error_at(at, {errc::malformed_json, "a second byte order mark"}));
  place_tracker places{.text = text, .next = at, .last = at, .token = at};
  json_handler handler(places);
  const tracked_bytes begin(text.data(), &places);
  const tracked_bytes end(text.data() + text.size(), &places);
  nlohmann::json::sax_parse(begin, end, &handler);
  return handler.finish();
}

} // namespace weft
