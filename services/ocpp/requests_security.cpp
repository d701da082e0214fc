// Requests about how the station connects and proves who it is: network connection profiles.
#include "services/ocpp/requests.hpp"

namespace bulwatt::ocpp {

//= OCPP-2.0.1 B09.FR.01
//= OCPP-2.0.1 B09.FR.02
//= OCPP-2.0.1 B09.FR.03
void Requests::on(const v201::SetNetworkProfileRequest& request, v201::SetNetworkProfileResponse& response) {
  response.status = v201::SetNetworkProfileStatusEnum::rejected;
  const auto slot = request.configuration_slot;
  const auto& data = request.connection_data;
  if (const auto wrong = base_.network.refuse(slot, data); !wrong.empty()) {
    response.status_info = v201::StatusInfo{"InvalidValue", Text<512>{wrong}};
    return;
  }
  if (!base_.network.put(static_cast<std::uint8_t>(slot), data)) {
    response.status = v201::SetNetworkProfileStatusEnum::failed;
    response.status_info = v201::StatusInfo{"OutOfStorage", {}};
    return;
  }
  response.status = v201::SetNetworkProfileStatusEnum::accepted;
  const Line<390> detail{
      "slot=", slot, " security_profile=", data.security_profile, " url=", data.ocpp_csms_url.view()};
  base_.note(ledger::Subject::configuration, ledger::Severity::notice, "SetNetworkProfile", detail.view());
  base_.security("ReconfigurationOfSecurityParameters", detail.view());
}

}  // namespace bulwatt::ocpp
