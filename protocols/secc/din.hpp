// The station's side of DIN SPEC 70121: DC, paid by other means than a contract, without pause or renegotiation.
#pragma once
#include "protocols/din70121/message.hpp"
#include "protocols/secc/machine.hpp"

namespace bulwatt::secc {

template <>
struct Answered<din::SessionSetupReq> : By<din::SessionSetupRes, iso15118::Request::session_setup> {};
template <>
struct Answered<din::ServiceDiscoveryReq> : By<din::ServiceDiscoveryRes, iso15118::Request::service_discovery> {};
template <>
struct Answered<din::ServiceDetailReq> : By<din::ServiceDetailRes, iso15118::Request::service_detail> {};
template <>
struct Answered<din::ServicePaymentSelectionReq>
    : By<din::ServicePaymentSelectionRes, iso15118::Request::payment_service_selection> {};
template <>
struct Answered<din::CertificateInstallationReq>
    : By<din::CertificateInstallationRes, iso15118::Request::certificate_installation> {};
template <>
struct Answered<din::CertificateUpdateReq> : By<din::CertificateUpdateRes, iso15118::Request::certificate_update> {};
template <>
struct Answered<din::PaymentDetailsReq> : By<din::PaymentDetailsRes, iso15118::Request::payment_details> {};
template <>
struct Answered<din::ContractAuthenticationReq> : By<din::ContractAuthenticationRes, iso15118::Request::authorization> {
};
template <>
struct Answered<din::ChargeParameterDiscoveryReq>
    : By<din::ChargeParameterDiscoveryRes, iso15118::Request::charge_parameter_discovery> {};
template <>
struct Answered<din::CableCheckReq> : By<din::CableCheckRes, iso15118::Request::cable_check> {};
template <>
struct Answered<din::PreChargeReq> : By<din::PreChargeRes, iso15118::Request::pre_charge> {};
template <>
struct Answered<din::PowerDeliveryReq> : By<din::PowerDeliveryRes, iso15118::Request::power_delivery> {};
template <>
struct Answered<din::ChargingStatusReq> : By<din::ChargingStatusRes, iso15118::Request::charging_status> {};
template <>
struct Answered<din::CurrentDemandReq> : By<din::CurrentDemandRes, iso15118::Request::current_demand> {};
template <>
struct Answered<din::MeteringReceiptReq> : By<din::MeteringReceiptRes, iso15118::Request::metering_receipt> {};
template <>
struct Answered<din::WeldingDetectionReq> : By<din::WeldingDetectionRes, iso15118::Request::welding_detection> {};
template <>
struct Answered<din::SessionStopReq> : By<din::SessionStopRes, iso15118::Request::session_stop> {};

/// One session on one connection; see Iso2.
class Din : public Machine<Din, din::Message> {
 public:
  using Machine::Machine;

 private:
  friend Machine;
  using Code = din::ResponseCode;

  static bool may_follow(Stage stage, iso15118::Request kind) { return iso15118::may_follow_din(stage, kind); }
  template <class Res>
  static void blank(Res& res, const Course& course, const Station& station);

  Code on(const din::SessionSetupReq& req, const Now& now, din::SessionSetupRes& res);
  Code on(const din::ServiceDiscoveryReq& req, const Now& now, din::ServiceDiscoveryRes& res);
  Code on(const din::ServicePaymentSelectionReq& req, const Now& now, din::ServicePaymentSelectionRes& res);
  Code on(const din::ContractAuthenticationReq& req, const Now& now, din::ContractAuthenticationRes& res);
  Code on(const din::ChargeParameterDiscoveryReq& req, const Now& now, din::ChargeParameterDiscoveryRes& res);
  Code on(const din::CableCheckReq& req, const Now& now, din::CableCheckRes& res);
  Code on(const din::PreChargeReq& req, const Now& now, din::PreChargeRes& res);
  Code on(const din::PowerDeliveryReq& req, const Now& now, din::PowerDeliveryRes& res);
  Code on(const din::CurrentDemandReq& req, const Now& now, din::CurrentDemandRes& res);
  Code on(const din::WeldingDetectionReq& req, const Now& now, din::WeldingDetectionRes& res);
  Code on(const din::SessionStopReq& req, const Now& now, din::SessionStopRes& res);
  // Defined by the specification and not used with it: in no row of the sequence table.
  template <class Req, class Res>
  Code on(const Req&, const Now&, Res&) {
    return Code::failed_sequence_error;
  }

  std::optional<Code> started(const Now& now);
  static void refresh(din::Message& response, const Station& station);
};

extern template class Machine<Din, din::Message>;

}  // namespace bulwatt::secc
