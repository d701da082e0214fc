// Tells the backend of reservations that ended without its order: expired, or removed because the EVSE fell away.
#pragma once
#include "services/ocpp/source.hpp"

namespace bulwatt::ocpp {

class ReservationReporter final : public Source {
 public:
  static constexpr Duration kRetry = std::chrono::seconds{60};

  explicit ReservationReporter(Base& base) : base_(base) {}

  /// Looks for the next one; session forgets the one before. False when session does not answer.
  bool fetch();

  bool wants(Instant now, bool asked_only) const override {
    return !asked_only && update_.number != 0 && now >= retry_;
  }
  std::optional<std::string_view> write(std::span<char> out, std::string_view id) override;
  void result(std::string_view) override { delivered(); }
  void failed(const CallFailure& why) override;
  Instant due() const override { return update_.number == 0 ? kNever : retry_; }

 private:
  void delivered();
  Base& base_;
  session::NextReservationUpdate::Update update_{};  ///< that is to be told; number 0: none
  std::uint32_t told_ = 0;                           ///< the greatest number that the backend has
  Instant retry_{};
};

}  // namespace bulwatt::ocpp
