// ISO 15118-20, schema set of the messages of every session: any of its messages.
#pragma once
#include "protocols/iso15118_20/authorization.hpp"
#include "protocols/iso15118_20/certificates.hpp"
#include "protocols/iso15118_20/power.hpp"
#include "protocols/iso15118_20/schedules.hpp"
#include "protocols/iso15118_20/services.hpp"
#include "protocols/iso15118_20/session.hpp"
#include "protocols/iso15118_20/vehicle.hpp"

namespace bulwatt::iso20 {

using CommonMessage =
    std::variant<AuthorizationReq, AuthorizationRes, AuthorizationSetupReq, AuthorizationSetupRes,
                 CertificateInstallationReq, CertificateInstallationRes, MeteringConfirmationReq,
                 MeteringConfirmationRes, PowerDeliveryReq, PowerDeliveryRes, ScheduleExchangeReq, ScheduleExchangeRes,
                 ServiceDetailReq, ServiceDetailRes, ServiceDiscoveryReq, ServiceDiscoveryRes, ServiceSelectionReq,
                 ServiceSelectionRes, SessionSetupReq, SessionSetupRes, SessionStopReq, SessionStopRes,
                 VehicleCheckInReq, VehicleCheckInRes, VehicleCheckOutReq, VehicleCheckOutRes>;

}  // namespace bulwatt::iso20
