#include "weft/persistence/disk/memory_disk.hpp"

#include "weft/core/base/assert.hpp"

#include <algorithm>

namespace weft::persistence {

namespace {

std::string name_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

tl::unexpected<error> absent(const std::string& path) {
  return fail(errc::not_found, path + " does not exist", {{"path", path}});
}

tl::unexpected<error> injected(const disk_verdict& verdict, const disk_operation& op) {
  error out{verdict.code,
            "injected: " + std::string{to_string(op.call)} + ' ' + op.path,
            {{"path", op.path}}};
  if (op.call == disk_call::sync_data && verdict.code == errc::disk_full) // as file promises
    return fail(no_room_at_sync(std::move(out)));
  return fail(std::move(out));
}

/// Writes into bytes that grow as needed.
void put(bytes& to, std::uint64_t offset, bytes_view data) {
  if (to.size() < offset + data.size())
    to.resize(static_cast<std::size_t>(offset + data.size()), '\0');
  std::copy(data.begin(), data.end(), to.begin() + static_cast<std::ptrdiff_t>(offset));
}

} // namespace

std::string_view to_string(disk_call call) noexcept {
  constexpr std::string_view names[] = {
      "open",   "create",      "read",        "write", "sync_data", "rename",
      "remove", "make_folder", "sync_folder", "map",   "store",     "size",
      "list",   "exists",      "free_bytes",  "lock",  "is_locked"};
  return names[static_cast<std::size_t>(call)];
}

std::string path_in(const std::string& folder, const std::string& name) {
  return folder == "." ? name : join(folder, name);
}

void apply_change(const name_change& change, std::map<std::string, inode_ptr>& names) {
  if (!change.from.empty()) {
    const auto at = names.find(change.from);
    if (at != names.end() && at->second == change.inode)
      names.erase(at);
  }
  if (!change.to.empty())
    names[change.to] = change.inode;
}

// -- files ---

class memory_file final : public file {
 public:
  memory_file(memory_disk& on, inode_ptr inode, std::string path, bool writable)
      : disk_(&on), inode_(std::move(inode)), path_(std::move(path)), writable_(writable) {}

  result<std::size_t> read(std::uint64_t offset, std::span<char> into) override {
    const std::lock_guard lock(disk_->mutex_);
    const disk_operation op{disk_call::read, path_, {}, offset, into.size()};
    WEFT_CHECK(disk_->may(op));
    const auto& from = inode_->live;
    if (offset >= from.size())
      return 0;
    const auto n = std::min<std::size_t>(into.size(), from.size() - offset);
    std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(offset), n, into.begin());
    disk_->after_read(op, into.first(n));
    return n;
  }

  result<void> write(std::uint64_t offset, bytes_view data) override {
    WEFT_ASSERT(writable_);
    return disk_->write(inode_, {disk_call::write, path_, {}, offset, data.size()}, data);
  }

  result<void> sync_data() override {
    return disk_->sync(inode_, {disk_call::sync_data, path_, {}, 0, 0});
  }

  result<std::uint64_t> size() override {
    const std::lock_guard lock(disk_->mutex_);
    WEFT_CHECK(disk_->may({disk_call::size, path_, {}, 0, 0}));
    return inode_->live.size();
  }

 private:
  memory_disk* disk_;
  inode_ptr inode_;
  std::string path_;
  bool writable_;
};

class memory_region final : public mapped_region {
 public:
  memory_region(memory_disk& on, inode_ptr inode, std::string path, std::size_t bytes)
      : disk_(&on), inode_(std::move(inode)), path_(std::move(path)), bytes_(bytes) {}

  void store(std::uint64_t offset, bytes_view words) override {
    WEFT_ASSERT(offset % 8 == 0 && words.size() % 8 == 0);
    WEFT_ASSERT(offset <= bytes_ && words.size() <= bytes_ - offset);
    (void)disk_->write(inode_, {disk_call::store, path_, {}, offset, words.size()}, words);
  }

 private:
  memory_disk* disk_;
  inode_ptr inode_;
  std::string path_;
  std::size_t bytes_;
};

class memory_lock final : public folder_lock {
 public:
  memory_lock(memory_disk& on, std::string path) : disk_(&on), path_(std::move(path)) {}
  memory_lock(const memory_lock&) = delete;
  memory_lock& operator=(const memory_lock&) = delete;
  ~memory_lock() override {
    const std::lock_guard lock(disk_->mutex_);
    disk_->locks_.erase(path_);
  }

 private:
  memory_disk* disk_;
  std::string path_;
};

/// Asks for a call that changes nothing, or happens whole or not at all.
result<void> memory_disk::may(const disk_operation& op) {
  const auto verdict = admit(op);
  if (verdict.what == disk_verdict::action::fail)
    return injected(verdict, op);
  return {};
}

result<void> memory_disk::write(const inode_ptr& to, const disk_operation& op, bytes_view data) {
  const std::lock_guard lock(mutex_);
  const auto verdict = admit(op);
  if (verdict.what == disk_verdict::action::fail)
    return injected(verdict, op);
  if (verdict.what == disk_verdict::action::lose)
    return {};
  const bool partly = verdict.what == disk_verdict::action::fail_partly;
  if (partly)
    data = data.substr(0, data.size() / 2);
  const auto offset = verdict.misdirected ? verdict.offset : op.offset;
  put(to->live, offset, data);
  const auto first = offset / sector_bytes;
  const auto last = data.empty() ? first : (offset + data.size() - 1) / sector_bytes;
  for (auto sector = first; sector <= last && !data.empty(); ++sector)
    to->unsynced.push_back(
        {sector, to->live.substr(static_cast<std::size_t>(sector * sector_bytes), sector_bytes)});
  performed(op);
  if (partly)
    return injected(verdict, op);
  return {};
}

result<void> memory_disk::sync(const inode_ptr& of, const disk_operation& op) {
  const std::lock_guard lock(mutex_);
  const auto verdict = admit(op);
  switch (verdict.what) {
  case disk_verdict::action::fail:
  case disk_verdict::action::fail_partly:
    return injected(verdict, op);
  case disk_verdict::action::fail_keep:
    of->unsynced.clear(); // marked clean, never written: only `live` shows it
    return injected(verdict, op);
  case disk_verdict::action::fail_revert:
    of->unsynced.clear();
    of->live = of->durable;
    return injected(verdict, op);
  case disk_verdict::action::lose:
    return {};
  case disk_verdict::action::perform:
    break;
  }
  for (const auto& version : of->unsynced)
    put(of->durable, version.sector * sector_bytes, version.content);
  of->unsynced.clear();
  performed(op);
  return {};
}

// -- names ---

memory_disk::memory_disk(const disk_image& image) {
  for (const auto& path : image.folders) {
    folders_[path];
    auto& parent = folders_[parent_of(path)];
    parent.live[name_of(path)] = nullptr;
    parent.durable = parent.live;
  }
  for (const auto& [path, content] : image.files) {
    auto inode = std::make_shared<memory_inode>();
    inode->live = content;
    inode->durable = content;
    auto& parent = folders_[parent_of(path)];
    parent.live[name_of(path)] = inode;
    parent.durable[name_of(path)] = inode;
  }
}

memory_folder* memory_disk::folder_of(const std::string& path) {
  const auto at = folders_.find(parent_of(path));
  return at == folders_.end() ? nullptr : &at->second;
}

inode_ptr memory_disk::find(const std::string& path) {
  auto* parent = folder_of(path);
  if (parent == nullptr)
    return nullptr;
  const auto at = parent->live.find(name_of(path));
  return at == parent->live.end() ? nullptr : at->second;
}

void memory_disk::change_name(name_change change, const std::string& folder) {
  auto& in = folders_[folder];
  apply_change(change, in.live);
  in.unsynced.push_back(std::move(change));
}

result<std::unique_ptr<file>> memory_disk::open(const std::string& path, open_mode mode) {
  const std::lock_guard lock(mutex_);
  const bool create = mode == open_mode::create;
  const disk_operation op{create ? disk_call::create : disk_call::open, path, {}, 0, 0};
  WEFT_CHECK(may(op));
  auto inode = find(path);
  if (!create && !inode)
    return absent(path);
  if (create) {
    if (inode)
      return fail(errc::invalid_argument, path + " exists", {{"path", path}});
    if (folder_of(path) == nullptr)
      return absent(path);
    inode = std::make_shared<memory_inode>();
    change_name({{}, name_of(path), inode}, parent_of(path));
    performed(op);
  }
  return std::make_unique<memory_file>(*this, inode, path, mode != open_mode::read);
}

result<void> memory_disk::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  const disk_operation op{disk_call::rename, from, to, 0, 0};
  WEFT_CHECK(may(op));
  const auto inode = find(from);
  if (!inode)
    return absent(from);
  WEFT_ASSERT(parent_of(from) == parent_of(to)); // what a crash does to two folders is not modelled
  change_name({name_of(from), name_of(to), inode}, parent_of(from));
  performed(op);
  return {};
}

result<void> memory_disk::remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const disk_operation op{disk_call::remove, path, {}, 0, 0};
  WEFT_CHECK(may(op));
  const auto inode = find(path);
  if (!inode)
    return absent(path);
  change_name({name_of(path), {}, inode}, parent_of(path));
  performed(op);
  return {};
}

result<std::vector<std::string>> memory_disk::list(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  WEFT_CHECK(may({disk_call::list, folder, {}, 0, 0}));
  const auto at = folders_.find(folder);
  if (at == folders_.end())
    return absent(folder);
  std::vector<std::string> out;
  for (const auto& [name, inode] : at->second.live)
    out.push_back(name);
  return out;
}

result<bool> memory_disk::exists(const std::string& path) {
  const std::lock_guard lock(mutex_);
  WEFT_CHECK(may({disk_call::exists, path, {}, 0, 0}));
  return folders_.contains(path) || find(path) != nullptr;
}

result<void> memory_disk::make_folder(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (folders_.contains(path))
    return {};
  const disk_operation op{disk_call::make_folder, path, {}, 0, 0};
  WEFT_CHECK(may(op));
  if (folder_of(path) == nullptr)
    return absent(path);
  change_name({{}, name_of(path), nullptr}, parent_of(path));
  folders_[path];
  performed(op);
  return {};
}

result<void> memory_disk::sync_folder(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const disk_operation op{disk_call::sync_folder, path, {}, 0, 0};
  const auto verdict = admit(op);
  if (verdict.what != disk_verdict::action::perform && verdict.what != disk_verdict::action::lose)
    return injected(verdict, op);
  const auto at = folders_.find(path);
  if (at == folders_.end())
    return absent(path);
  if (verdict.what == disk_verdict::action::lose)
    return {};
  at->second.durable = at->second.live;
  at->second.unsynced.clear();
  performed(op);
  return {};
}

result<std::uint64_t> memory_disk::free_bytes(const std::string& path) {
  const std::lock_guard lock(mutex_);
  WEFT_CHECK(may({disk_call::free_bytes, path, {}, 0, 0}));
  return std::uint64_t{1} << 40U;
}

result<std::unique_ptr<folder_lock>> memory_disk::lock(const std::string& path, bytes_view text) {
  const std::lock_guard guard(mutex_);
  WEFT_CHECK(may({disk_call::lock, path, {}, 0, 0}));
  if (locks_.contains(path))
    return fail(errc::locked, path + " is locked", {{"holder", bytes{text}}});
  if (!find(path))
    WEFT_CHECK(open(path, open_mode::create).map([](auto&&) {}));
  locks_.insert(path);
  return std::make_unique<memory_lock>(*this, path);
}

result<bool> memory_disk::is_locked(const std::string& path) {
  const std::lock_guard lock(mutex_);
  WEFT_CHECK(may({disk_call::is_locked, path, {}, 0, 0}));
  return locks_.contains(path);
}

result<std::unique_ptr<mapped_region>> memory_disk::map(const std::string& path,
                                                        std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  WEFT_CHECK(may({disk_call::map, path, {}, 0, bytes}));
  const auto inode = find(path);
  if (!inode)
    return absent(path);
  if (inode->live.size() < bytes)
    return fail(errc::io_error, path + " is shorter than what should be mapped");
  return std::make_unique<memory_region>(*this, inode, path, bytes);
}

// -- images ---

disk_image memory_disk::live_image() const {
  const std::lock_guard lock(mutex_);
  disk_image out;
  for (const auto& [path, folder] : folders_) {
    out.folders.insert(path);
    for (const auto& [name, inode] : folder.live)
      if (inode)
        out.files[path_in(path, name)] = inode->live;
  }
  return out;
}

disk_image memory_disk::durable_image() const {
  const std::lock_guard lock(mutex_);
  disk_image out;
  out.folders = {".", "/"};
  // Folders are ordered by path: a parent comes before what it holds.
  for (const auto& [path, folder] : folders_) {
    if (!out.folders.contains(path))
      continue;
    for (const auto& [name, inode] : folder.durable) {
      if (inode)
        out.files[path_in(path, name)] = inode->durable;
      else
        out.folders.insert(path_in(path, name));
    }
  }
  return out;
}

std::uint64_t memory_disk::size_now(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto inode = find(path);
  return inode ? inode->live.size() : 0;
}

std::uint64_t memory_disk::used_bytes() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t out = 0;
  for (const auto& [path, folder] : folders_)
    for (const auto& [name, inode] : folder.live)
      out += inode ? inode->live.size() : 0;
  return out;
}

void memory_disk::damage(const std::string& path, const std::function<void(bytes&)>& change) {
  const std::lock_guard lock(mutex_);
  const auto inode = find(path);
  WEFT_ASSERT(inode != nullptr);
  change(inode->live);
  inode->durable = inode->live;
  inode->unsynced.clear();
}

} // namespace weft::persistence
