// Any message of DIN SPEC 70121: a header and a body that is one of all messages.
#pragma once
#include "protocols/din70121/authorization.hpp"
#include "protocols/din70121/dc.hpp"
#include "protocols/din70121/parameters.hpp"
#include "protocols/din70121/power.hpp"
#include "protocols/din70121/services.hpp"
#include "protocols/din70121/session.hpp"

namespace bulwatt::din {

using AnyBody =
    std::variant<CableCheckReq, CableCheckRes, CertificateInstallationReq, CertificateInstallationRes,
                 CertificateUpdateReq, CertificateUpdateRes, ChargeParameterDiscoveryReq, ChargeParameterDiscoveryRes,
                 ChargingStatusReq, ChargingStatusRes, ContractAuthenticationReq, ContractAuthenticationRes,
                 CurrentDemandReq, CurrentDemandRes, MeteringReceiptReq, MeteringReceiptRes, PaymentDetailsReq,
                 PaymentDetailsRes, PowerDeliveryReq, PowerDeliveryRes, PreChargeReq, PreChargeRes, ServiceDetailReq,
                 ServiceDetailRes, ServiceDiscoveryReq, ServiceDiscoveryRes, ServicePaymentSelectionReq,
                 ServicePaymentSelectionRes, SessionSetupReq, SessionSetupRes, SessionStopReq, SessionStopRes,
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

}  // namespace bulwatt::din
