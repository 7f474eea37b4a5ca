#include "weft/persistence/disk/crash_images.hpp"

#include <algorithm>

namespace weft::persistence {

namespace {

/// One thing that may have turned out one way or another.
struct choice {
  memory_inode* inode = nullptr;       ///< a sector of this file, or
  const std::string* folder = nullptr; ///< a change of a name in this folder
  std::uint64_t sector = 0;
  std::vector<const bytes*> versions; ///< of the sector, oldest first
  const name_change* change = nullptr;
  bool drawn = false; ///< not enumerated

  /// 0 is "lost"; the last one is "kept".
  [[nodiscard]] std::size_t outcomes() const { return change ? 2 : versions.size() + 1; }
};

/// Every choice of a disk.
std::vector<choice> choices_of(const memory_disk& of, const std::string& drawn_name = {}) {
  std::vector<choice> out;
  std::set<memory_inode*> seen;
  const auto add_file = [&](const inode_ptr& inode, const std::string& name) {
    if (!inode || !seen.insert(inode.get()).second)
      return;
    std::map<std::uint64_t, choice> sectors;
    for (const auto& version : inode->unsynced) {
      auto& sector = sectors[version.sector];
      sector.inode = inode.get();
      sector.sector = version.sector;
      sector.drawn = !drawn_name.empty() && name == drawn_name;
      sector.versions.push_back(&version.content);
    }
    for (auto& [at, sector] : sectors)
      out.push_back(std::move(sector));
  };
  for (const auto& [path, folder] : of.folders()) {
    for (const auto& [name, inode] : folder.durable)
      add_file(inode, name);
    for (const auto& change : folder.unsynced) {
      add_file(change.inode, change.to.empty() ? change.from : change.to);
      choice name;
      name.folder = &path;
      name.change = &change;
      out.push_back(name);
    }
  }
  return out;
}

/// The image in which choice i turned out as outcomes[i].
disk_image build(const memory_disk& of, const std::vector<choice>& choices,
                 const std::vector<std::size_t>& outcomes) {
  std::map<const memory_inode*, bytes> content;
  std::map<std::string, std::map<std::string, inode_ptr>> names;
  for (const auto& [path, folder] : of.folders())
    names[path] = folder.durable;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const auto& c = choices[i];
    if (outcomes[i] == 0)
      continue;
    if (c.change != nullptr) {
      apply_change(*c.change, names[*c.folder]);
      continue;
    }
    const auto& sector = *c.versions[outcomes[i] - 1];
    auto& to = content.try_emplace(c.inode, c.inode->durable).first->second;
    const auto at = static_cast<std::size_t>(c.sector * sector_bytes);
    if (to.size() < at + sector.size())
      to.resize(at + sector.size(), '\0');
    std::copy(sector.begin(), sector.end(), to.begin() + static_cast<std::ptrdiff_t>(at));
  }
  disk_image out;
  out.folders = {".", "/"};
  for (const auto& [path, entries] : names) {
    if (!out.folders.contains(path))
      continue;
    for (const auto& [name, inode] : entries) {
      if (!inode) {
        out.folders.insert(path_in(path, name));
        continue;
      }
      const auto at = content.find(inode.get());
      out.files[path_in(path, name)] = at == content.end() ? inode->durable : at->second;
    }
  }
  return out;
}

std::uint64_t mix(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15U;
  auto z = (state ^ (state >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

/// Counts up in mixed base, without what is drawn; false after the last one.
bool next(const std::vector<choice>& choices, std::vector<std::size_t>& outcomes) {
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (choices[i].drawn)
      continue;
    if (++outcomes[i] < choices[i].outcomes())
      return true;
    outcomes[i] = 0;
  }
  return false;
}

std::vector<std::size_t> draw(const std::vector<choice>& choices,
                              const std::function<std::uint64_t()>& random) {
  std::vector<std::size_t> out;
  out.reserve(choices.size());
  // Some crashes lose nearly everything, some nearly nothing.
  const auto lost_in_8 = random() % 9;
  for (const auto& c : choices)
    out.push_back(random() % 8 < lost_in_8 ? 0 : random() % c.outcomes());
  return out;
}

} // namespace

crash_image_count for_each_crash_image(const memory_disk& of, const crash_image_options& options,
                                       const std::function<void(const disk_image&)>& visit) {
  const auto choices = choices_of(of, options.drawn_name);
  crash_image_count out;
  std::uint64_t all = 1;
  bool any_drawn = false;
  for (const auto& c : choices) {
    any_drawn = any_drawn || c.drawn;
    out.sectors += c.drawn || c.change != nullptr ? 0 : 1;
    if (!c.drawn && !out.sampled)
      all *= c.outcomes();
    out.sampled = out.sampled || all > (std::uint64_t{1} << options.exhaustive_bits);
  }
  const auto make = [&](const std::vector<std::size_t>& outcomes) {
    visit(build(of, choices, outcomes));
    ++out.made;
  };
  auto state = options.seed;
  const auto random = [&] { return mix(state); };
  std::vector<std::size_t> outcomes(choices.size(), 0);
  const auto set_drawn = [&](const std::function<std::size_t(const choice&)>& outcome) {
    for (std::size_t i = 0; i < choices.size(); ++i)
      if (choices[i].drawn)
        outcomes[i] = outcome(choices[i]);
  };
  if (!out.sampled) {
    do {
      set_drawn([](const choice&) { return std::size_t{0}; });
      make(outcomes);
      if (!any_drawn)
        continue;
      set_drawn([](const choice& c) { return c.outcomes() - 1; });
      make(outcomes);
      set_drawn([&](const choice& c) { return random() % c.outcomes(); });
      make(outcomes);
    } while (next(choices, outcomes));
    return out;
  }
  make(outcomes);
  for (std::size_t i = 0; i < choices.size(); ++i)
    outcomes[i] = choices[i].outcomes() - 1;
  make(outcomes);
  for (std::size_t i = 0; i < options.samples; ++i)
    make(draw(choices, random));
  return out;
}

disk_image draw_crash_image(const memory_disk& of, const std::function<std::uint64_t()>& random) {
  const auto choices = choices_of(of);
  return build(of, choices, draw(choices, random));
}

} // namespace weft::persistence
