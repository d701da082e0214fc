#include "services/ocpp/boot.hpp"

namespace bulwatt::ocpp {
namespace {

constexpr std::int32_t kLongestInterval = 86'400;

Registration registration_of(v201::RegistrationStatusEnum status) {
  switch (status) {
    case v201::RegistrationStatusEnum::accepted: return Registration::accepted;
    //= OCPP-2.0.1 B02.FR.06
    case v201::RegistrationStatusEnum::pending: return Registration::pending;
    default: return Registration::rejected;
  }
}

}  // namespace

void Boot::forgotten() {
  registration_ = Registration::unknown;
  next_ = base_.now() + std::chrono::seconds{base_.config.boot_retry_s};
}

//= OCPP-2.0.1 B01.FR.01
//= OCPP-2.0.1 B01.FR.09
std::optional<std::string_view> Boot::write(std::span<char> out, std::string_view id) {
  const auto& hardware = base_.config.hardware;
  v201::BootNotificationRequest request{};
  request.reason = asked_ ? v201::BootReasonEnum::triggered : reason_;
  request.charging_station.model = hardware.model;
  request.charging_station.vendor_name = hardware.vendor;
  const auto serial = hardware.serial.empty() ? base_.config.identity.view() : hardware.serial.view();
  if (Text<25>::fits(serial)) request.charging_station.serial_number = serial;
  request.charging_station.firmware_version = hardware.firmware_version;
  asked_ = false;
  next_ = base_.now() + std::chrono::seconds{base_.config.boot_retry_s};
  return written(out, id, request);
}

void Boot::result(std::string_view payload) {
  const auto response = understood<v201::BootNotificationResponse>(payload);
  if (!response) {
    base_.ports.log("the backend's answer to BootNotification is not what OCPP 2.0.1 says; trying again later");
    return failed({});
  }
  answered(*response);
}

//= OCPP-2.0.1 B01.FR.04
//= OCPP-2.0.1 B02.FR.04
//= OCPP-2.0.1 B02.FR.07
//= OCPP-2.0.1 B02.FR.08
//= OCPP-2.0.1 B03.FR.05
//= OCPP-2.0.1 B03.FR.06
//= OCPP-2.0.1 G02.FR.01
void Boot::answered(const v201::BootNotificationResponse& response) {
  follow_clock(base_, response.current_time);
  const auto interval = std::clamp(response.interval, 0, kLongestInterval);
  registration_ = registration_of(response.status);
  const auto wait = interval > 0 ? static_cast<std::uint32_t>(interval) : base_.config.boot_retry_s;
  next_ = base_.now() + std::chrono::seconds{wait};
  base_.note(ledger::Subject::station, ledger::Severity::info, "BootNotification",
             Line<80>{"status=", enum_text(response.status), " interval_s=", response.interval}.view());
  Line<160> told{"the backend says ", enum_text(response.status)};
  if (!accepted()) told.add("; next BootNotification in ", wait, " s");
  base_.ports.log(told.view());
  if (!accepted()) return;
  just_accepted_ = true;
  if (interval > 0) base_.model.set(Var::heartbeat_interval, interval);
}

void Boot::failed(const CallFailure& why) {
  next_ = base_.now() + std::chrono::seconds{base_.config.boot_retry_s};
  base_.ports.log(why.timed_out ? "the backend does not answer BootNotification; trying again later"
                                : "the backend refuses BootNotification with an error; trying again later");
}

}  // namespace bulwatt::ocpp
