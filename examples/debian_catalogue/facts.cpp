#include "facts.hpp"

namespace debian {
namespace {

constexpr std::string_view name_text = "package.name/text";
constexpr std::string_view maintainer_id = "maintainer/id";

constexpr attribute table[] = {
    {name_text, "string", false, true, "name of packages; dependencies point at names"},
    {maintainer_id, "string", false, true, "name and address as Debian writes them"},
    {"maintainer/name", "string", false, false, "the person or team"},
    {"maintainer/email", "string", false, false, "where to write to"},
    {"package/id", "string", false, true, "name=version:architecture"},
    {"package/name", "ref", false, false, "its :package.name/text"},
    {"package/version", "string", false, false, "as Debian compares versions"},
    {"package/architecture", "keyword", false, false, ":amd64, :all ..."},
    {"package/section", "keyword", false, false, ":libs, :contrib/games ..."},
    {"package/priority", "keyword", false, false, ":required ... :optional"},
    {"package/maintainer", "ref", false, false, "who looks after it"},
    {"package/summary", "string", false, false, "one line"},
    {"package/homepage", "string", false, false, "URL"},
    {"package/installed-kib", "long", false, false, "size on disk"},
    {"package/download-bytes", "long", false, false, "size of the archive"},
    {"package/depends", "ref", true, false, "names needed, alternatives included"},
    {"package/tag", "keyword", true, false, "Debtags: :facet/tag"},
};

/// Collects the facts of one entity; what apt does not know is not said.
class collector {
 public:
  void string(std::string_view a, std::string_view text) {
    if (!text.empty())
      facts_.push_back({.attribute = a, .text = text});
  }
  void keyword(std::string_view a, std::string_view text) {
    if (!text.empty())
      facts_.push_back({.attribute = a, .is = fact::kind::keyword, .text = text});
  }
  void keywords(std::string_view a, std::span<const std::string> texts) {
    for (const auto& text : texts)
      facts_.push_back({.attribute = a, .is = fact::kind::keyword, .text = text, .many = true});
  }
  void number(std::string_view a, std::optional<std::int64_t> n, std::int64_t growth) {
    if (n)
      facts_.push_back({.attribute = a, .is = fact::kind::number, .number = *n + growth});
  }
  void reference(std::string_view a, std::string_view target, std::string_view text) {
    if (!text.empty())
      facts_.push_back(
          {.attribute = a, .is = fact::kind::reference, .text = text, .target = target});
  }
  void references(std::string_view a, std::string_view target,
                  std::span<const std::string_view> texts) {
    for (const auto text : texts)
      facts_.push_back({.attribute = a,
                        .is = fact::kind::reference,
                        .text = text,
                        .target = target,
                        .many = true});
  }
  void hand_over(const std::function<void(statement)>& use) {
    use(facts_);
    facts_.clear();
  }

 private:
  std::vector<fact> facts_;
};

void collect(collector& out, const package& p, std::int64_t growth) {
  out.string("package/id", p.id);
  out.reference("package/name", name_text, p.name);
  out.string("package/version", p.version);
  out.keyword("package/architecture", p.architecture);
  out.keyword("package/section", p.section);
  out.keyword("package/priority", p.priority);
  out.reference("package/maintainer", maintainer_id, p.maintainer);
  out.string("package/summary", p.summary);
  out.string("package/homepage", p.homepage);
  out.number("package/installed-kib", p.installed_kib, growth);
  out.number("package/download-bytes", p.download_bytes, growth);
  out.references("package/depends", name_text, p.depends);
  out.keywords("package/tag", p.tags);
}

} // namespace

std::span<const attribute> attributes() noexcept {
  return table;
}

void state(const catalogue& of, std::int64_t growth, const std::function<void(statement)>& use) {
  collector out;
  for (const auto name : of.names()) {
    out.string(name_text, name);
    out.hand_over(use);
  }
  for (const auto text : of.maintainers()) {
    const auto [name, email] = split_maintainer(text);
    out.string(maintainer_id, text);
    out.string("maintainer/name", name);
    out.string("maintainer/email", email);
    out.hand_over(use);
  }
  for (const package& p : of.packages()) {
    collect(out, p, growth);
    out.hand_over(use);
  }
}

} // namespace debian
