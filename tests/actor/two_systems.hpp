// Two actor systems of one process that talk over loopback: a node and an application.
#pragma once

#include "weft/fabric/connect.hpp"
#include "weft/fabric/database.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

namespace weft::test {

/// An application of somebody: its own system, its own actors.
struct network_application {
  struct config : caf::actor_system_config {
    config() {
      configure(*this);
      set("scheduler.max-threads", std::size_t{4});
    }
  };
  config settings;
  actors::actor_system system{settings};
};

/// What a listening actor got, for a thread that waits.
class stream_inbox {
 public:
  void put(const wal_batch& batch) {
    std::unique_lock lock(mutex_);
    batches_.push_back(batch);
    changed_.notify_all();
    changed_.wait(lock, [&] { return !stopped_; });
  }
  void put(const stream_notice& notice) {
    const std::lock_guard lock(mutex_);
    notices_.push_back(notice);
    changed_.notify_all();
  }
  /// The first `count` batches; fewer when they do not come.
  std::vector<wal_batch> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(30), [&] { return batches_.size() >= count; });
    return batches_;
  }
  /// Why the stream was closed; nothing: it was not, in time.
  std::optional<error> wait_for_end() {
    std::unique_lock lock(mutex_);
    std::optional<error> out;
    changed_.wait_for(lock, std::chrono::seconds(30), [&] {
      for (const auto& n : notices_)
        if (const auto* end = std::get_if<stream_notice::closed>(&n.what))
          out = end->why;
      return out.has_value();
    });
    return out;
  }
  std::vector<stream_notice> notices() {
    const std::lock_guard lock(mutex_);
    return notices_;
  }
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return batches_.size();
  }
  /// While it is stopped, its actor stays in its handler.
  void stop(bool how) {
    const std::lock_guard lock(mutex_);
    stopped_ = how;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<wal_batch> batches_;
  std::vector<stream_notice> notices_;
  bool stopped_ = false;
};

inline caf::behavior stream_listener(caf::event_based_actor* /*self*/,
                                     std::shared_ptr<stream_inbox> to) {
  return {[to](const wal_batch& batch) { to->put(batch); },
          [to](const stream_notice& notice) { to->put(notice); }};
}

/// t of each batch.
inline std::vector<std::uint64_t> ts_of(const std::vector<wal_batch>& batches) {
  std::vector<std::uint64_t> out;
  out.reserve(batches.size());
  for (const auto& batch : batches)
    out.push_back(batch.t().get());
  return out;
}

inline std::vector<std::uint64_t> counting(std::uint64_t from, std::uint64_t to) {
  std::vector<std::uint64_t> out;
  for (; from <= to; ++from)
    out.push_back(from);
  return out;
}

inline actors::actor find_actor(const actors::tree& in, const std::string& name) {
  for (const auto& child : in.children) {
    if (child.name == name)
      return child.who;
    if (auto below = find_actor(child, name))
      return below;
  }
  return {};
}

/// A port of loopback that nobody has.
inline listen_address any_port() {
  return {"127.0.0.1", 0};
}

} // namespace weft::test
