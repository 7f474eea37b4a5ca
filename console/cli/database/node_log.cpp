#include "weft/console/cli/database/node_log.hpp"

#include "weft/console/cli/commands/interrupt.hpp"
#include "weft/console/cli/database/connection_talk.hpp"
#include "weft/console/cli/session.hpp"
#include "weft/fabric/client/log_tail.hpp"

namespace weft::console {

namespace {

instant in_us(std::int64_t us) {
  return instant(steady_us() + us);
}

class node_log final : public transaction_log {
 public:
  node_log(client::database_options how, tx_number newest, connection_talk& talk)
      : how_(std::move(how)), newest_(newest), talk_(&talk) {}

  [[nodiscard]] tx_number newest() const override { return newest_; }
  result<void> start(tx_number t, std::vector<std::string> patterns) override;
  result<std::optional<entry>> next(std::int64_t wait_us) override;

 private:
  result<std::optional<wal_batch>> take(std::int64_t wait_us);
  result<std::optional<entry>> entry_of(wal_batch batch);

  client::database_options how_;
  tx_number newest_;
  connection_talk* talk_;
  std::optional<client::log_tail> tail_;
  tx_number seen_; ///< everything up to here came, or was left out
  wal_batch now_;  ///< what the last entry points into
};

result<void> node_log::start(tx_number t, std::vector<std::string> patterns) {
  if (t > newest_.next() || t.get() == 0)
    return fail(errc::basis_ahead,
                "there is no transaction " + std::to_string(t.get()) + "; the newest is " +
                    std::to_string(newest_.get()),
                {{"basis", std::to_string(newest_.get())}});
  seen_ = tx_number(t.get() - 1);
  WEFT_TRY(auto filter, attribute_filter::parse(patterns));
  WEFT_TRY(tail_,
           client::log_tail::open(
               {.to = how_.to, .start = stream::start_at::from_t(t), .filter = std::move(filter)}));
  return {};
}

result<std::optional<wal_batch>> node_log::take(std::int64_t wait_us) {
  auto got = tail_->next(in_us(wait_us));
  talk_->tell(tail_->broken() ? &*tail_->broken() : nullptr);
  return got;
}

result<std::optional<transaction_log::entry>> node_log::entry_of(wal_batch batch) {
  now_ = std::move(batch);
  seen_ = now_.t();
  WEFT_TRY(auto record, record_view::decode(now_.payload()));
  return std::optional(entry{std::move(record), now_.schema().get()});
}

result<std::optional<transaction_log::entry>> node_log::next(std::int64_t wait_us) {
  for (const auto deadline = in_us(how_.patience_us); seen_ < newest_;) {
    WEFT_TRY(auto batch, take(client::connect_options::look_us));
    if (batch)
      return entry_of(std::move(*batch));
    if (tail_->is_caught_up() && tail_->head() >= newest_)
      seen_ = newest_; // what is left does not pass
    else if (steady_us() >= deadline.get())
      return fail(errc::unreachable,
                  tail_->broken() ? tail_->broken()->detail : "the node does not send its log");
    else if (interrupted())
      return fail(errc::interrupted, "interrupted while the log of the node was read");
  }
  if (wait_us == 0)
    return std::optional<entry>();
  WEFT_TRY(auto batch, take(wait_us));
  return batch ? entry_of(std::move(*batch)) : std::optional<entry>();
}

} // namespace

std::string connected_text(const client::endpoint& at, const protocol::welcome_message& by) {
  return "connected to " + at.to_string() + ": node " + by.node + " of cluster " + by.cluster +
         ", database " + by.database.to_string();
}

result<std::unique_ptr<transaction_log>> open_node_log(client::database_options how, session& in,
                                                       connection_talk& talk) {
  WEFT_TRY(auto node, client::database::open(how));
  in.explain(connected_text(node.at(), node.node()));
  WEFT_TRY(const auto now, node.status());
  how.to.database = node.node().database;
  return std::make_unique<node_log>(std::move(how), now.t, talk);
}

} // namespace weft::console
