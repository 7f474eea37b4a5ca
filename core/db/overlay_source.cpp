#include "weft/core/db/overlay_source.hpp"

#include "weft/core/db/forest_walk.hpp"

namespace weft {

namespace {

bool same_fact(const datom_view& a, const datom_view& b) noexcept {
  return a.entity == b.entity && a.attribute == b.attribute && a.value == b.value;
}

components components_of(const datom_view& d) noexcept {
  return {.entity = d.entity, .attribute = d.attribute, .value = d.value};
}

/// A sorted list as a walk. Owns its values: the base may keep only what was read last.
class list_cursor final : public datom_cursor {
 public:
  explicit list_cursor(datom_list found) : found_(std::move(found)), seen_(views_of(found_)) {}
  [[nodiscard]] bool valid() const noexcept override { return at_ < seen_.size(); }
  [[nodiscard]] const datom_view& get() const noexcept override { return seen_[at_]; }
  void next() override { ++at_; }

 private:
  datom_list found_;
  std::vector<datom_view> seen_;
  std::size_t at_ = 0;
};

bool inside(const scan_spec& spec, const datom_view& d) noexcept {
  const auto ok = [&](const std::optional<scan_bound>& bound, bool is_upper) {
    if (!bound)
      return true;
    const auto c = compare(spec.order, d, bound->at);
    return c == 0 ? bound->inclusive : (c < 0) == is_upper;
  };
  return ok(spec.lower, false) && ok(spec.upper, true);
}

/// Everything the overlay says about one (e, a, v), and what follows for the base's datoms of it.
struct said {
  std::vector<const stored_fact*> events; ///< newest first
  std::vector<datom_view> shown;          ///< in the direction of the walk
  bool hides_base = false;                ///< all of the base's datoms
  std::optional<tx_number> hidden_t = {}; ///< the base's assertion of this t
};

/// A view of the base merged with the events of the overlay behind it.
///
/// Both are walked in the same direction. The events of one (e, a, v) are taken together: the
/// newest one within the window decides what is live, and a retraction that leaves no history
/// takes the assertion it ends with it, whatever the window.
class overlay_cursor final : public datom_cursor {
 public:
  overlay_cursor(const overlay_source::parts& parts, const scan_spec& spec,
                 const time_window& window)
      : parts_(parts), spec_(spec), window_(window),
        events_(is_proposed{parts.base_basis, parts.basis}) {
    window_.as_of = std::min(window.as_of, parts.basis);
    events_.start(parts.facts->prepared(spec_.get(), *parts.after), spec_.get(), *parts.after);
  }

  /// Whether the overlay says anything between the bounds.
  [[nodiscard]] bool has_events() const noexcept { return events_.fact() != nullptr; }
  /// Begins the walk.
  void start(std::unique_ptr<datom_cursor> base) {
    base_ = std::move(base);
    take_events();
    show();
  }

  [[nodiscard]] bool valid() const noexcept override { return current_ != nullptr; }
  [[nodiscard]] const datom_view& get() const noexcept override { return *current_; }
  void next() override {
    WEFT_ASSERT(valid());
    if (current_is_base_)
      base_->next();
    else
      ++shown_;
    show();
  }
  [[nodiscard]] std::uint64_t looked_at() const noexcept override {
    return events_.looked_at() + base_->looked_at();
  }

 private:
  struct is_proposed {
    tx_number base_basis;
    tx_number basis;
    bool operator()(const stored_fact& event) const noexcept {
      return event.t() > base_basis && event.t() <= basis;
    }
  };

  [[nodiscard]] bool within(tx_number t) const noexcept {
    return t <= window_.as_of && (!window_.since || t > *window_.since);
  }
  void take_events();
  void decide(const std::vector<bool>& forgotten);
  [[nodiscard]] tx_number live_in_base(const datom_view& d) const;
  [[nodiscard]] bool base_is_hidden() const noexcept;
  void show();
  void show_base();

  const overlay_source::parts& parts_;
  owned_spec spec_;
  time_window window_;
  forest_walk<is_proposed> events_;
  std::unique_ptr<datom_cursor> base_;
  said said_;
  std::size_t shown_ = 0; ///< of said_.shown
  const datom_view* current_ = nullptr;
  bool current_is_base_ = false;
};

/// Takes the events of the next (e, a, v), if there is one.
void overlay_cursor::take_events() {
  said_ = {};
  shown_ = 0;
  while (
      events_.fact() != nullptr &&
      (said_.events.empty() || same_fact(said_.events.front()->view(), events_.fact()->view()))) {
    said_.events.push_back(events_.fact());
    events_.next();
  }
  if (said_.events.empty())
    return;
  if (spec_.get().reverse)
    std::reverse(said_.events.begin(), said_.events.end());
  // What a forgetting retraction ends is forgotten with it: the assertion before it, here or in
  // the base.
  const auto& events = said_.events;
  std::vector<bool> forgotten(events.size());
  for (std::size_t i = 0; i < events.size(); ++i)
    if (events[i]->forgets()) {
      forgotten[i] = true;
      if (i + 1 < events.size())
        forgotten[i + 1] = true;
      else if (window_.history || events[i]->t() > window_.as_of) // else the base is hidden anyway
        said_.hidden_t = live_in_base(events[i]->view());
    }
  decide(forgotten);
}

void overlay_cursor::decide(const std::vector<bool>& forgotten) {
  const auto& events = said_.events;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i]->t() > window_.as_of)
      continue;
    const bool shows = !forgotten[i] && within(events[i]->t());
    if (window_.history) {
      if (shows)
        said_.shown.push_back(events[i]->view());
      continue;
    }
    said_.hides_base = true;
    if (shows && events[i]->added())
      said_.shown.push_back(events[i]->view());
    break; // the newest decides
  }
  if (spec_.get().reverse)
    std::reverse(said_.shown.begin(), said_.shown.end());
}

tx_number overlay_cursor::live_in_base(const datom_view& d) const {
  const scan_bound exactly{components_of(d)};
  const auto at =
      parts_.base->scan({index_order::eavt, exactly, exactly}, {.as_of = parts_.base_basis});
  WEFT_ASSERT(at->valid()); // a retraction retracts something
  return at->get().t;
}

/// Whether the base's current datom, of the (e, a, v) that was taken, is hidden by the overlay.
bool overlay_cursor::base_is_hidden() const noexcept {
  const auto& d = base_->get();
  return said_.hides_base || (d.added && said_.hidden_t == d.t);
}

void overlay_cursor::show() {
  for (;;) {
    const bool any_shown = shown_ < said_.shown.size();
    if (said_.events.empty()) {
      show_base();
      return;
    }
    auto c = std::strong_ordering::greater; // of the base's datom and what was taken
    if (base_->valid()) {
      c = compare(spec_.get().order, base_->get(), components_of(said_.events.front()->view()));
      if (c != 0 && spec_.get().reverse)
        c = 0 <=> c;
    }
    if (c == 0 && base_is_hidden()) {
      base_->next();
      continue;
    }
    // The overlay's are newer: of one fact they come first, backward last.
    const bool base_first = c < 0 || (c == 0 && (spec_.get().reverse || !any_shown));
    if (base_first) {
      show_base();
      return;
    }
    if (any_shown) {
      current_ = &said_.shown[shown_];
      current_is_base_ = false;
      return;
    }
    take_events();
  }
}

void overlay_cursor::show_base() {
  current_ = base_->valid() ? &base_->get() : nullptr;
  current_is_base_ = true;
}

/// A scan of avet where some attributes of the base are in its avet and not in ours, or the other
/// way round: those are read from aevt, or left out, and everything is sorted.
std::unique_ptr<datom_cursor> scan_reindexed(const overlay_source::parts& parts,
                                             const scan_spec& spec, const time_window& window) {
  datom_list found;
  const auto is_reindexed = [&](attribute_id a) {
    return std::binary_search(parts.reindexed->begin(), parts.reindexed->end(), a);
  };
  auto forward = spec;
  forward.reverse = false;
  for (auto at = parts.base->scan(forward, window); at->valid(); at->next())
    if (!is_reindexed(at->get().attribute))
      found.push_back(at->get().to_datom());
  for (const auto a : *parts.reindexed) {
    const auto* now = parts.after->find(a);
    if (now == nullptr || !now->in_avet())
      continue;
    const scan_bound all{{.attribute = a}};
    for (auto at = parts.base->scan({index_order::aevt, all, all}, window); at->valid(); at->next())
      if (inside(spec, at->get()))
        found.push_back(at->get().to_datom());
  }
  std::sort(found.begin(), found.end(), [&](const datom& x, const datom& y) {
    const auto a = view_of(spec.reverse ? y : x);
    const auto b = view_of(spec.reverse ? x : y);
    return compare(spec.order, a, b) < 0;
  });
  return std::make_unique<list_cursor>(std::move(found));
}

} // namespace

std::unique_ptr<datom_cursor> overlay_source::scan(const scan_spec& spec,
                                                   const time_window& window) const {
  auto in_base = window;
  in_base.as_of = std::min(window.as_of, parts_.base_basis);
  auto base = parts_.reindexed && spec.order == index_order::avet
                  ? scan_reindexed(parts_, spec, in_base)
                  : parts_.base->scan(spec, in_base);
  auto merged = std::make_unique<overlay_cursor>(parts_, spec, window);
  if (!merged->has_events())
    return base;
  merged->start(std::move(base));
  return merged;
}

} // namespace weft
