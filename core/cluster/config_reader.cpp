// The text of a configuration into a draft: which keys stand where, each value by itself.
#include "weft/core/base/suggest.hpp"
#include "weft/core/cluster/config_draft.hpp"
#include "weft/core/cluster/config_scalar.hpp"
#include "weft/core/datom/json_tree.hpp"

#include <fmt/format.h>

#include <set>

namespace weft {

namespace {

config_origin in_file(text_position at) {
  return {config_source::file, "", at};
}

/// "log." of the keys below an object, or "" at the root.
struct section {
  std::string_view prefix;
  std::string pointer;
  std::size_t node = 0;
};

class reader {
 public:
  explicit reader(config_draft& draft) : draft_(draft) {}

  void root(const json_tree& tree) {
    if (!expect(tree, json_kind::object, ""))
      return;
    members(tree, {"", ""});
    if (std::ranges::find(tree.items, "nodes", &json_tree::name) == tree.items.end())
      tell(config_fault::missing_key, "/nodes", tree.at, "no nodes are named",
           R"(one is enough: "nodes": [{"id": "n1", "data_dir": "data"}])");
  }

 private:
  void tell(config_fault fault, std::string pointer, text_position at, std::string reason,
            std::string suggestion = {}) {
    draft_.tell({.fault = fault,
                 .pointer = std::move(pointer),
                 .origin = in_file(at),
                 .reason = std::move(reason),
                 .suggestion = std::move(suggestion)});
  }

  bool expect(const json_tree& tree, json_kind kind, const std::string& pointer) {
    if (tree.kind == kind)
      return true;
    tell(config_fault::wrong_type, pointer, tree.at,
         fmt::format("expected {}, found {}", name_of(kind), name_of(tree.kind)));
    return false;
  }

  /// Names that may stand in a section.
  static std::vector<std::string> names_in(std::string_view prefix) {
    std::set<std::string> out;
    if (prefix.empty())
      out.insert({"$schema", "nodes"});
    for (const auto& key : config_keys())
      if (key.name.starts_with(prefix) && !(prefix.empty() && key.of_node())) {
        const auto rest = key.name.substr(prefix.size());
        out.emplace(rest.substr(0, rest.find('.')));
      }
    return {out.begin(), out.end()};
  }

  void members(const json_tree& object, const section& in) {
    std::set<std::string_view> seen;
    const auto known = names_in(in.prefix);
    for (const json_tree& m : object.items) {
      const auto pointer = in.pointer / m.name;
      if (!seen.insert(m.name).second)
        tell(config_fault::duplicate_key, pointer, m.name_at, "the key stands here twice",
             "leave one of them out");
      else if (std::ranges::find(known, m.name) == known.end())
        unknown(m, pointer, known);
      else
        member(m, in, pointer);
    }
  }

  void unknown(const json_tree& m, const std::string& pointer,
               const std::vector<std::string>& known) {
    auto near = nearest(m.name, known);
    if (!near.empty())
      near = "did you mean \"" + near + "\"?";
    const auto elsewhere = [&](const config_key& key) {
      return near.empty() && key.name.ends_with("." + m.name);
    };
    const auto keys = config_keys();
    if (const auto found = std::ranges::find_if(keys, elsewhere); found != keys.end())
      near = "did you mean " + std::string(found->name) + "?";
    if (near.empty())
      near = fmt::format("known here: {}", fmt::join(known, ", "));
    tell(config_fault::unknown_key, pointer, m.name_at,
         fmt::format("unknown key '{}'", excerpt(m.name)), std::move(near));
  }

  void member(const json_tree& m, const section& in, const std::string& pointer) {
    if (in.prefix.empty() && m.name == "$schema")
      expect(m, json_kind::string, pointer);
    else if (in.prefix.empty() && m.name == "nodes")
      nodes(m);
    else if (const auto name = std::string(in.prefix) + m.name; is_key(name))
      scalar(m, {config_draft::place(name).key, in.node});
    else if (expect(m, json_kind::object, pointer))
      members(m, {name + ".", pointer, in.node});
    else
      break_below(name + ".", in.node);
  }

  static bool is_key(std::string_view name) {
    return std::ranges::find(config_keys(), name, &config_key::name) != config_keys().end();
  }

  /// Nothing follows from keys that could not be read.
  void break_below(std::string_view prefix, std::size_t node) {
    const auto keys = config_keys();
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (keys[i].name.starts_with(prefix))
        draft_.at({i, node}).state = config_draft::state::broken;
  }

  void nodes(const json_tree& array) {
    if (!expect(array, json_kind::array, "/nodes"))
      return;
    draft_.nodes_at = array.at;
    if (array.items.empty() || array.items.size() > limits::nodes_max)
      tell(config_fault::out_of_range, "/nodes", array.at,
           fmt::format("a cluster has 1 to {} nodes, not {}", limits::nodes_max,
                       array.items.size()));
    for (std::size_t i = 0; i < std::min(array.items.size(), limits::nodes_max); ++i) {
      const auto& item = array.items[i];
      const auto pointer = "/nodes/" + std::to_string(i);
      draft_.add_node(item.at);
      if (expect(item, json_kind::object, pointer))
        members(item, {"node.", pointer, i});
      else
        break_below("node.", i);
    }
  }

  void scalar(const json_tree& value, key_place where) {
    const auto& key = config_keys()[where.key];
    auto& slot = draft_.at(where);
    slot.origin = in_file(value.at);
    slot.state = config_draft::state::broken;
    const auto pointer = config_draft::pointer_of(where);
    const auto kind = key.type == config_type::boolean   ? json_kind::boolean
                      : key.type == config_type::integer ? json_kind::number
                                                         : json_kind::string;
    if (value.kind != kind) {
      const bool bare = value.kind == json_kind::number &&
                        (key.type == config_type::duration || key.type == config_type::size);
      tell(config_fault::wrong_type, pointer, value.at,
           fmt::format("expected {}, found {}", name_of(key.type), name_of(value.kind)),
           bare ? "write it as a string with its unit" : "");
      return;
    }
    auto parsed = parse_scalar(key, value.text);
    if (!parsed) {
      auto& mistake = parsed.error();
      tell(mistake.fault, pointer, value.at, std::move(mistake.reason),
           std::move(mistake.suggestion));
      return;
    }
    slot.state = config_draft::state::given;
    slot.text = value.text;
    slot.value = std::move(*parsed);
    if (const auto* number = std::get_if<std::int64_t>(&slot.value);
        number != nullptr && key.type == config_type::integer)
      slot.text = std::to_string(*number); // 1e3 is 1000
  }

  config_draft& draft_;
};

} // namespace

bool read_config_text(std::string_view text, config_draft& into) {
  const auto tree = read_json_tree(text);
  if (!tree) {
    const auto& e = tree.error();
    const auto number = [&](std::string_view field) {
      const auto x = parse_long(e.field(field));
      return x ? static_cast<std::uint32_t>(*x) : 0U;
    };
    into.tell({.fault = config_fault::malformed_json,
               .origin = in_file({number("line"), number("column")}),
               .reason = e.detail});
    return false;
  }
  reader(into).root(*tree);
  return true;
}

} // namespace weft
