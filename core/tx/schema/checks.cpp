#include "weft/core/tx/schema/checks.hpp"

#include "weft/core/datom/edn_value.hpp"
#include "weft/core/tx/describe.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

namespace weft::tx {

namespace {

using check_ptr = std::shared_ptr<const value_check>;

constexpr std::int64_t regex_memory_bytes_max = 8 << 20;

std::size_t code_points(std::string_view utf8) noexcept {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

class range_check final : public value_check {
 public:
  range_check(std::optional<value> low, std::optional<value> high)
      : low_(std::move(low)), high_(std::move(high)) {}
  result<void> operator()(value_view v) const override {
    if (low_ && v < low_->view())
      return fail(errc::check_failed, fmt::format("is less than {}", text_of(low_->view())));
    if (high_ && v > high_->view())
      return fail(errc::check_failed, fmt::format("is greater than {}", text_of(high_->view())));
    return {};
  }

 private:
  std::optional<value> low_;
  std::optional<value> high_;
};

class enum_check final : public value_check {
 public:
  explicit enum_check(std::vector<value> allowed) : allowed_(std::move(allowed)) {
    std::sort(allowed_.begin(), allowed_.end());
  }
  result<void> operator()(value_view v) const override {
    const auto it =
        std::lower_bound(allowed_.begin(), allowed_.end(), v,
                         [](const value& a, value_view b) { return (a.view() <=> b) < 0; });
    if (it != allowed_.end() && it->view() == v)
      return {};
    return fail(errc::check_failed, "is none of the allowed values");
  }

 private:
  std::vector<value> allowed_;
};

class regex_check final : public value_check {
 public:
  explicit regex_check(std::unique_ptr<const re2::RE2> pattern) : pattern_(std::move(pattern)) {}
  result<void> operator()(value_view v) const override {
    const auto text = v.as_bytes();
    if (re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *pattern_))
      return {};
    return fail(errc::check_failed, "does not match the pattern");
  }

 private:
  std::unique_ptr<const re2::RE2> pattern_;
};

class length_check final : public value_check {
 public:
  length_check(std::optional<std::int64_t> low, std::optional<std::int64_t> high)
      : low_(low), high_(high) {}
  result<void> operator()(value_view v) const override {
    const auto bytes = v.as_bytes();
    const auto length = static_cast<std::int64_t>(
        v.type() == value_type::string ? code_points(bytes) : bytes.size());
    if (low_ && length < *low_)
      return fail(errc::check_failed,
                  fmt::format("has a length of {}, less than {}", length, *low_));
    if (high_ && length > *high_)
      return fail(errc::check_failed,
                  fmt::format("has a length of {}, more than {}", length, *high_));
    return {};
  }

 private:
  std::optional<std::int64_t> low_;
  std::optional<std::int64_t> high_;
};

auto invalid(edn_view form, std::string detail) {
  return fail(errc::schema_invalid, std::move(detail),
              {{"key", ":weft/check"}, {"value", to_edn(form)}});
}

auto wrong_type(edn_view form, value_type type) {
  return invalid(form,
                 fmt::format("{} constrains no {}", to_edn(form.items()[0]), weft::name_of(type)));
}

/// A bound of the attribute's type, or nothing where nil leaves an end open.
result<std::optional<value>> bound(edn_view form, std::size_t index, value_type type) {
  const auto node = form.items()[index];
  if (node.is_nil())
    return std::optional<value>();
  auto v = read_value(node, type);
  if (!v)
    return invalid(form, fmt::format("{} is no {}", to_edn(node), weft::name_of(type)));
  return std::optional<value>(*std::move(v));
}

result<check_ptr> compile_range(edn_view form, value_type type) {
  if (type != value_type::long_ && type != value_type::double_ && type != value_type::instant_)
    return wrong_type(form, type);
  if (form.size() != 3)
    return invalid(form, "a range has two ends: [:range 0 150]");
  WEFT_TRY(auto low, bound(form, 1, type));
  WEFT_TRY(auto high, bound(form, 2, type));
  if (low && high && *high < *low)
    return invalid(form, "the range is empty");
  return std::make_shared<range_check>(std::move(low), std::move(high));
}

result<check_ptr> compile_enum(edn_view form, value_type type) {
  if (type == value_type::tuple || type == value_type::vector)
    return wrong_type(form, type);
  if (form.size() < 2)
    return invalid(form, "an enum allows at least one value");
  std::vector<value> allowed;
  for (std::size_t i = 1; i < form.size(); ++i) {
    WEFT_TRY(auto v, bound(form, i, type));
    if (!v)
      return invalid(form, "nil is no value");
    allowed.push_back(*std::move(v));
  }
  return std::make_shared<enum_check>(std::move(allowed));
}

result<check_ptr> compile_regex(edn_view form, value_type type) {
  if (type != value_type::string)
    return wrong_type(form, type);
  if (form.size() != 2 || form.items()[1].kind() != edn_kind::string)
    return invalid(form, "a regex is one string: [:regex \"[a-z]+\"]");
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(regex_memory_bytes_max);
  const auto text = form.items()[1].as_string();
  auto pattern = std::make_unique<re2::RE2>(re2::StringPiece(text.data(), text.size()), options);
  if (!pattern->ok())
    return invalid(form, fmt::format("the pattern is wrong: {}", pattern->error()));
  return std::make_shared<regex_check>(std::move(pattern));
}

result<check_ptr> compile_length(edn_view form, value_type type) {
  if (type != value_type::string && type != value_type::bytes_)
    return wrong_type(form, type);
  if (form.size() != 3)
    return invalid(form, "a length has two ends: [:length 1 80]");
  std::optional<std::int64_t> ends[2];
  for (std::size_t i = 0; i < 2; ++i) {
    WEFT_TRY(const auto v, bound(form, i + 1, value_type::long_));
    if (v)
      ends[i] = v->view().as_long();
  }
  if (ends[0] && ends[1] && *ends[1] < *ends[0])
    return invalid(form, "no length is allowed");
  return std::make_shared<length_check>(ends[0], ends[1]);
}

} // namespace

result<std::shared_ptr<const value_check>> compile_check(std::string_view edn_text,
                                                         value_type type) {
  auto tree = read_edn(edn_text);
  if (!tree)
    return fail(errc::schema_invalid, tree.error().detail,
                {{"key", ":weft/check"}, {"value", std::string(edn_text)}});
  const auto form = tree->view();
  if (form.kind() != edn_kind::vector || form.size() == 0 ||
      form.items()[0].kind() != edn_kind::keyword)
    return invalid(form, "a constraint is a vector that begins with its name: [:range 0 150]");
  const auto name = form.items()[0].as_keyword();
  if (name == "range")
    return compile_range(form, type);
  if (name == "enum")
    return compile_enum(form, type);
  if (name == "regex")
    return compile_regex(form, type);
  if (name == "length")
    return compile_length(form, type);
  return invalid(form, fmt::format("there is no constraint :{}; there are :range, :enum, :regex "
                                   "and :length",
                                   name));
}

result<void> run_check(const attribute& a, value_view v) {
  if (a.check == nullptr)
    return {};
  auto checked = (*a.check)(v);
  if (checked)
    return {};
  auto e = std::move(checked).error();
  e.detail = fmt::format("{} {} {}", name_of(a), text_of(v), e.detail);
  e.fields.push_back({"attribute", name_of(a)});
  e.fields.push_back({"constraint", a.check_text});
  e.fields.push_back({"value", text_of(v)});
  return fail(std::move(e));
}

} // namespace weft::tx
