// NotifyEvent: events of monitors on their way to the backend. Those that matter enough wait on disk, the others only as
// long as the connection stands.
#pragma once
#include "services/ocpp/source.hpp"

namespace bulwatt::ocpp {

class EventSender final : public Source {
 public:
  static constexpr std::size_t kMostPassing = 32;  ///< not on disk; the oldest goes when there are more
  static constexpr Duration kRetry = std::chrono::seconds{60};
  static constexpr std::uint32_t kMostRefusals = 3;
  explicit EventSender(Base& base) : base_(base) {}

  /// Gives it its number.
  void push(Notice notice, bool online);
  void link_down() { passing_.clear(); }

  bool wants(Instant now, bool asked_only) const override { return !asked_only && !empty() && now >= retry_; }
  std::optional<std::string_view> write(std::span<char> out, std::string_view id) override;
  void result(std::string_view) override { delivered(); }
  void failed(const CallFailure& why) override;
  void lost() override { sent_.clear(); }
  Instant due() const override { return empty() ? kNever : retry_; }

 private:
  static constexpr std::int32_t kNumbersAtOnce = 1000;
  bool empty() const { return base_.store.notices().empty() && passing_.empty(); }
  std::int32_t next_number();
  void add(v201::NotifyEventRequest& request, const Notice& notice);
  void delivered();
  Base& base_;
  std::deque<Notice> passing_{};
  List<std::int32_t, v201::kMaxEventsPerMessage> sent_{};  ///< numbers in the message that is out
  std::int32_t number_ = 0;
  std::int32_t reserved_ = 0;  ///< numbers up to here are this process's
  std::uint32_t refusals_ = 0;
  Instant retry_{};
};

}  // namespace bulwatt::ocpp
