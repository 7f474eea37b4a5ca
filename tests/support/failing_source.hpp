// A source of facts whose storage fails after so many steps, as one on a disk may.
#pragma once

#include "weft/core/db/view.hpp"

namespace weft::test {

class failing_source final : public fact_source {
 public:
  /// Starting a walk and each step of it count.
  failing_source(std::shared_ptr<const fact_source> inner, std::size_t steps)
      : inner_(std::move(inner)), left_(std::make_shared<std::size_t>(steps)) {}

  [[nodiscard]] std::unique_ptr<datom_cursor> scan(const scan_spec& spec,
                                                   const time_window& window) const override {
    take_step(*left_);
    return std::make_unique<cursor>(inner_->scan(spec, window), left_);
  }
  [[nodiscard]] std::optional<error> failure() const override {
    if (*left_ > 0)
      return std::nullopt;
    return error{errc::io_error, "the disk is gone", {}};
  }

 private:
  static void take_step(std::size_t& left) { left -= left > 0 ? 1 : 0; }

  class cursor final : public datom_cursor {
   public:
    cursor(std::unique_ptr<datom_cursor> inner, std::shared_ptr<std::size_t> left)
        : inner_(std::move(inner)), left_(std::move(left)) {}
    [[nodiscard]] bool valid() const noexcept override { return *left_ > 0 && inner_->valid(); }
    [[nodiscard]] const datom_view& get() const noexcept override { return inner_->get(); }
    void next() override {
      take_step(*left_);
      inner_->next();
    }

   private:
    std::unique_ptr<datom_cursor> inner_;
    std::shared_ptr<std::size_t> left_;
  };

  std::shared_ptr<const fact_source> inner_;
  std::shared_ptr<std::size_t> left_;
};

} // namespace weft::test
