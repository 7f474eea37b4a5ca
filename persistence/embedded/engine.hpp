// What an open embedded database is made of, and the order in which it comes up and goes down. Its
// public members are those of database (database.hpp): the same effects, costs and errors.
#pragma once

#include "weft/persistence/data_folder.hpp"
#include "weft/persistence/embedded/commit_pipeline.hpp"
#include "weft/persistence/embedded/database.hpp"
#include "weft/persistence/embedded/keeper.hpp"
#include "weft/persistence/embedded/log_driver.hpp"
#include "weft/persistence/shard/opened_shard.hpp"
#include "weft/persistence/shard/replay.hpp"
#include "weft/persistence/wal/log_reader.hpp"

#include <atomic>

namespace weft::embedded {

class database::engine {
 public:
  [[nodiscard]] static result<std::unique_ptr<engine>> open(const std::string& folder, options how);
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;
  ~engine();

  [[nodiscard]] result<tx_report> transact(const tx_request& request, std::optional<request_id> id);
  [[nodiscard]] result<std::shared_ptr<waiting>> submit(tx_request request,
                                                        std::optional<request_id> id);
  [[nodiscard]] result<tx_report> with(const tx_request& request) const;
  [[nodiscard]] result<weft::view> view() const;
  [[nodiscard]] request_id make_request_id();
  [[nodiscard]] embedded::status status() const;
  [[nodiscard]] stage_times stages() const;
  [[nodiscard]] result<void> close();

 private:
  engine(std::string folder, options how);

  [[nodiscard]] result<void> open_to_write();
  [[nodiscard]] result<bool> open_to_read();
  [[nodiscard]] result<log_position> read_alone(persistence::replay& into, log_index proven) const;
  [[nodiscard]] result<log_position> read_beside_writer(persistence::replay& into,
                                                        log_index proven) const;
  [[nodiscard]] persistence::recovery_callbacks callbacks_to(persistence::replay& into) const;
  void tell(const persistence::replay& from, std::uint64_t done, std::uint64_t total) const;
  [[nodiscard]] result<transactor::state> fill_index(persistence::replay& from) const;
  [[nodiscard]] result<void> start(const transactor::state& from, weft::term in_term);
  [[nodiscard]] snapshot current() const;
  [[nodiscard]] result<tx_report> report_of(tx_number t);
  [[nodiscard]] error read_only_error() const;
  [[nodiscard]] result<void> check_open() const;

  std::string folder_;
  options how_;
  persistence::disk* disk_;
  monotonic_us function_clock_;
  database_id id_;
  std::optional<persistence::data_folder> data_;
  memory_index index_;
  std::unique_ptr<persistence::segment_log> log_; ///< null when read-only
  std::unique_ptr<log_driver> driver_;            ///< likewise; tells pipeline_
  std::unique_ptr<commit_pipeline> pipeline_;     ///< likewise
  std::unique_ptr<keeper> keeper_;                ///< likewise; null once closed
  std::mutex reader_mutex_;
  std::unique_ptr<persistence::log_reader> reader_; ///< for reports of long ago
  mutable std::mutex closing_mutex_;
  std::atomic<bool> closed_ = false;
  std::optional<snapshot> read_; ///< read-only: what was found
};

} // namespace weft::embedded
