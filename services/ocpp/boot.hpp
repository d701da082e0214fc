// Registration at the backend: BootNotification, its three answers, and what they allow.
#pragma once
#include "protocols/ocpp/v201/provisioning.hpp"
#include "services/ocpp/source.hpp"

namespace bulwatt::ocpp {

enum class Registration : std::uint8_t { unknown, pending, rejected, accepted };
constexpr auto enum_names(Registration) { return names("unknown", "pending", "rejected", "accepted"); }

class Boot final : public Source {
 public:
  Boot(Base& base, v201::BootReasonEnum reason) : base_(base), reason_(reason) {}

  Registration registration() const { return registration_; }
  bool accepted() const { return registration_ == Registration::accepted; }
  /// The backend wants a BootNotification now.
  void ask() { asked_ = true; }
  /// The backend has forgotten this station: begin again, but not at once.
  void forgotten();
  /// True once after each acceptance.
  bool take_accepted() { return std::exchange(just_accepted_, false); }

  bool wants(Instant now, bool) const override { return !accepted() && (asked_ || now >= next_); }
  std::optional<std::string_view> write(std::span<char> out, std::string_view id) override;
  void result(std::string_view payload) override;
  void failed(const CallFailure& why) override;
  Instant due() const override { return accepted() ? kNever : next_; }

 private:
  void answered(const v201::BootNotificationResponse& response);
  Base& base_;
  v201::BootReasonEnum reason_;
  Registration registration_ = Registration::unknown;
  Instant next_{};
  bool asked_ = false;
  bool just_accepted_ = false;
};

}  // namespace bulwatt::ocpp
