#include "weft/console/cli/commands/arguments.hpp"

#include "weft/console/cli/transfer/system_error.hpp"
#include "weft/core/base/suggest.hpp"
#include "weft/core/datom/edn_value.hpp"
#include "weft/core/datom/text.hpp"
#include "weft/core/tx/resolve.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <unistd.h>

namespace weft::console {

namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || problem != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return out;
}

auto no_entity(std::string_view text) {
  return fail(errc::not_found, "no entity is called " + std::string(text),
              {{"try", "`weft datoms aevt :weft/name` lists the names of entities"}});
}

result<entity_id> entity_by_ident(const view& db, std::string_view text) {
  WEFT_TRY(const auto found, db.ident(text.substr(1)));
  if (found)
    return *found;
  error out{errc::not_found, "no entity has the ident " + std::string(text)};
  if (const auto near = db.schema().nearest(text.substr(1)); !near.empty())
    out.fields.push_back({"nearest", ":" + near});
  return fail(std::move(out));
}

result<entity_id> entity_by_name(const view& db, std::string_view text) {
  WEFT_TRY(const auto found, db.lookup(builtin::name, value_view::string(text)));
  if (!found)
    return no_entity(text);
  return *found;
}

result<value> value_of_form(const view& db, const attribute& a, edn_view form);

result<entity_id> entity_by_lookup(const view& db, edn_view form) {
  if (form.size() != 2 || form.items()[0].kind() != edn_kind::keyword)
    return fail(errc::invalid_argument, "a lookup ref is [:attribute value], not " + to_edn(form));
  WEFT_TRY(const auto* a, attribute_argument(db.schema(), form.items()[0].as_keyword()));
  WEFT_TRY(const value v, value_of_form(db, *a, form.items()[1]));
  WEFT_TRY(const auto found, db.lookup(a->id, v.view()));
  if (!found)
    return fail(errc::not_found, "no entity has " + to_edn(form));
  return *found;
}

/// An entity as transactions name one that exists.
result<entity_id> entity_of_form(const view& db, edn_view form) {
  switch (form.kind()) {
  case edn_kind::ref:
    return form.as_ref();
  case edn_kind::long_:
    if (form.as_long() > 0)
      return entity_id(static_cast<std::uint64_t>(form.as_long()));
    break;
  case edn_kind::keyword:
    return entity_by_ident(db, ":" + std::string(form.as_keyword()));
  case edn_kind::string:
    return entity_by_name(db, form.as_string());
  case edn_kind::vector:
    return entity_by_lookup(db, form);
  default:
    break;
  }
  return fail(errc::invalid_argument, to_edn(form) + " names no entity",
              {{"try", "an id, :its/ident, [:attribute value] or \"its :weft/name\""}});
}

/// The form of an argument stands in no line: only the attribute tells which one is meant.
result<value> of_attribute(const attribute& a, result<value> v) {
  if (v)
    return v;
  auto problem = std::move(v).error();
  std::erase_if(problem.fields,
                [](const error_field& f) { return f.name == "line" || f.name == "column"; });
  problem.detail = ":" + a.ident + ": " + problem.detail;
  return fail(std::move(problem));
}

/// Elements of composite and declared tuples; references among them may be named.
result<value> tuple_of_form(const view& db, const attribute& a, edn_view form) {
  const edn_view list = form.is_tagged("weft/tuple") ? form.form() : form;
  if (list.kind() != edn_kind::vector)
    return of_attribute(a, read_value(form, a.type));
  const auto types = tx::element_types(db.schema(), a, list.size());
  if (types.empty())
    return fail(errc::type_mismatch,
                ":" + a.ident + " is no tuple of " + std::to_string(list.size()) + " elements",
                {{"attribute", ":" + a.ident}});
  std::vector<std::optional<value>> elements;
  for (std::size_t i = 0; i < types.size(); ++i) {
    elements.emplace_back();
    if (list.items()[i].is_nil())
      continue;
    const attribute element{.id = a.id, .ident = a.ident, .type = types[i]};
    WEFT_TRY(elements.back(), value_of_form(db, element, list.items()[i]));
  }
  auto out = value::tuple(elements);
  WEFT_CHECK(check(out.view()));
  return out;
}

result<value> value_of_form(const view& db, const attribute& a, edn_view form) {
  if (a.type == value_type::ref) {
    WEFT_TRY(const auto e, entity_of_form(db, form));
    return value::of(e);
  }
  if (a.type == value_type::tuple)
    return tuple_of_form(db, a, form);
  return of_attribute(a, read_value(form, a.type));
}

/// What is not found is a file here, and nothing of a database.
error no_file(const std::string& path, int code) {
  auto out = system_error("read", path, code);
  if (out.code == errc::not_found)
    out.fields.push_back({"meaning", "there is no such file"});
  return out;
}

/// Closes a descriptor that is not standard input.
class open_file {
 public:
  explicit open_file(const std::string& path)
      : descriptor_(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;
  ~open_file() {
    if (descriptor_ > STDIN_FILENO)
      ::close(descriptor_);
  }
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

} // namespace

result<const attribute*> attribute_argument(const schema& s, std::string_view text) {
  const auto name = text.starts_with(':') ? text.substr(1) : text;
  const auto id = number(name);
  const auto* found = id && *id <= UINT32_MAX
                          ? s.find(attribute_id(static_cast<std::uint32_t>(*id)))
                          : s.find(name);
  if (found != nullptr)
    return found;
  error out{errc::unknown_attribute, "no attribute :" + std::string(name) + " is declared"};
  if (const auto near = s.nearest(name); !near.empty())
    out.fields.push_back({"nearest", ":" + near});
  return fail(std::move(out));
}

result<entity_id> entity_argument(const view& db, std::string_view text) {
  if (const auto id = number(text)) {
    if (*id == 0 || *id > INT64_MAX)
      return fail(errc::invalid_argument, "no entity can have the id " + std::string(text));
    return entity_id(*id);
  }
  if (text.starts_with(':'))
    return entity_by_ident(db, text);
  if (text.starts_with('[') || text.starts_with("#weft/ref")) {
    WEFT_TRY(const edn form, read_edn(text));
    return entity_of_form(db, *form);
  }
  return entity_by_name(db, text);
}

result<value> value_argument(const view& db, const attribute& a, std::string_view text) {
  if (a.type == value_type::ref) {
    WEFT_TRY(const auto e, entity_argument(db, text));
    return value::of(e);
  }
  const bool quoted = text.starts_with('"');
  if (a.type == value_type::string && !quoted)
    return value::string(text);
  if (a.type == value_type::instant_ && !text.starts_with('#')) {
    const auto when = parse_instant(text);
    return when ? result<value>(value::of(*when)) : of_attribute(a, fail(when.error()));
  }
  if (a.type == value_type::uuid_ && !text.starts_with('#')) {
    const auto id = parse_uuid(text);
    return id ? result<value>(value::of(*id)) : of_attribute(a, fail(id.error()));
  }
  WEFT_TRY(const edn form, read_edn(text));
  return value_of_form(db, a, *form);
}

result<index_order> index_argument(std::string_view text) {
  std::vector<std::string> known;
  for (const auto order : all_index_orders) {
    if (name_of(order) == text)
      return order;
    known.emplace_back(name_of(order));
  }
  error out{errc::usage, "unknown index '" + std::string(text) + "'"};
  if (const auto near = nearest(text, known); !near.empty())
    out.fields.push_back({"nearest", near});
  else
    out.fields.push_back({"try", "one of: eavt, aevt, avet, vaet"});
  return fail(std::move(out));
}

result<tx_number> time_argument(const view& db, std::string_view text) {
  if (const auto t = number(text)) {
    WEFT_TRY(const auto then, db.as_of(tx_number(*t)));
    return then.basis();
  }
  const auto when = parse_instant(text);
  if (!when)
    return fail(errc::usage, "'" + std::string(text) + "' is neither a t nor an instant",
                {{"try", "42, 2026-11-21 or 2026-11-21T14:00:00Z"}});
  WEFT_TRY(const auto then, db.as_of(*when));
  return then.basis();
}

result<view> in_time(const view& db, const time_options& when) {
  view out = db;
  if (!when.as_of.empty()) {
    WEFT_TRY(const auto t, time_argument(db, when.as_of));
    WEFT_TRY(out, out.as_of(t));
  }
  if (!when.since.empty()) {
    WEFT_TRY(const auto t, time_argument(db, when.since));
    WEFT_TRY(out, out.since(t));
  }
  return when.history ? out.history() : out;
}

std::string name_of(const schema& s, attribute_id a) {
  const auto* found = s.find(a);
  return found == nullptr ? std::to_string(a.get()) : ":" + found->ident;
}

result<std::string> read_source(const std::string& path, std::size_t bytes_max) {
  const open_file in(path);
  if (in.descriptor() < 0)
    return fail(no_file(path, errno));
  std::string out;
  std::array<char, 65'536> block{};
  for (;;) {
    const ssize_t n = ::read(in.descriptor(), block.data(), block.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return fail(system_error("read", path, errno));
    if (n == 0)
      return out;
    out.append(block.data(), static_cast<std::size_t>(n));
    if (out.size() > bytes_max)
      return fail(errc::input_too_large,
                  path + " is larger than " + std::to_string(bytes_max) + " bytes",
                  {{"try", "`weft import` for many facts"}});
  }
}

} // namespace weft::console
