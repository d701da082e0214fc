// Any message of ISO 15118-2: a header and a body that is one of all messages.
#pragma once
#include "protocols/iso15118_2/ac.hpp"
#include "protocols/iso15118_2/authorization.hpp"
#include "protocols/iso15118_2/certificates.hpp"
#include "protocols/iso15118_2/dc.hpp"
#include "protocols/iso15118_2/parameters.hpp"
#include "protocols/iso15118_2/power.hpp"
#include "protocols/iso15118_2/services.hpp"
#include "protocols/iso15118_2/session.hpp"

namespace bulwatt::iso2 {

using AnyBody =
    std::variant<AuthorizationReq, AuthorizationRes, CableCheckReq, CableCheckRes, CertificateInstallationReq,
                 CertificateInstallationRes, CertificateUpdateReq, CertificateUpdateRes, ChargeParameterDiscoveryReq,
                 ChargeParameterDiscoveryRes, ChargingStatusReq, ChargingStatusRes, CurrentDemandReq, CurrentDemandRes,
                 MeteringReceiptReq, MeteringReceiptRes, PaymentDetailsReq, PaymentDetailsRes,
                 PaymentServiceSelectionReq, PaymentServiceSelectionRes, PowerDeliveryReq, PowerDeliveryRes,
                 PreChargeReq, PreChargeRes, ServiceDetailReq, ServiceDetailRes, ServiceDiscoveryReq,
                 ServiceDiscoveryRes, SessionSetupReq, SessionSetupRes, SessionStopReq, SessionStopRes,
                 WeldingDetectionReq, WeldingDetectionRes>;

/// A body without a message is valid EXI and is no message.
struct Body {
  std::optional<AnyBody> message{};
  static constexpr auto fields() { return list(field<&Body::message>("BodyElement", {.substitution = true})); }
};

struct Message {
  static constexpr std::string_view kElement = "V2G_Message";
  MessageHeader header{};
  Body body{};
  static constexpr auto fields() { return list(field<&Message::header>("Header"), field<&Message::body>("Body")); }
};

}  // namespace bulwatt::iso2
