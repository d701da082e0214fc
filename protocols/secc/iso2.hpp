// The station's side of ISO 15118-2: AC and DC, paid by a contract (Plug & Charge) where there is a judge of contracts, or by other
// means. Certificates are neither installed nor updated.
#pragma once
#include "protocols/iso15118_2/message.hpp"
#include "protocols/secc/machine.hpp"

namespace bulwatt::secc {

template <>
struct Answered<iso2::SessionSetupReq> : By<iso2::SessionSetupRes, iso15118::Request::session_setup> {};
template <>
struct Answered<iso2::ServiceDiscoveryReq> : By<iso2::ServiceDiscoveryRes, iso15118::Request::service_discovery> {};
template <>
struct Answered<iso2::ServiceDetailReq> : By<iso2::ServiceDetailRes, iso15118::Request::service_detail> {};
template <>
struct Answered<iso2::PaymentServiceSelectionReq>
    : By<iso2::PaymentServiceSelectionRes, iso15118::Request::payment_service_selection> {};
template <>
struct Answered<iso2::CertificateInstallationReq>
    : By<iso2::CertificateInstallationRes, iso15118::Request::certificate_installation> {};
template <>
struct Answered<iso2::CertificateUpdateReq> : By<iso2::CertificateUpdateRes, iso15118::Request::certificate_update> {};
template <>
struct Answered<iso2::PaymentDetailsReq> : By<iso2::PaymentDetailsRes, iso15118::Request::payment_details> {};
template <>
struct Answered<iso2::AuthorizationReq> : By<iso2::AuthorizationRes, iso15118::Request::authorization> {};
template <>
struct Answered<iso2::ChargeParameterDiscoveryReq>
    : By<iso2::ChargeParameterDiscoveryRes, iso15118::Request::charge_parameter_discovery> {};
template <>
struct Answered<iso2::CableCheckReq> : By<iso2::CableCheckRes, iso15118::Request::cable_check> {};
template <>
struct Answered<iso2::PreChargeReq> : By<iso2::PreChargeRes, iso15118::Request::pre_charge> {};
template <>
struct Answered<iso2::PowerDeliveryReq> : By<iso2::PowerDeliveryRes, iso15118::Request::power_delivery> {};
template <>
struct Answered<iso2::ChargingStatusReq> : By<iso2::ChargingStatusRes, iso15118::Request::charging_status> {};
template <>
struct Answered<iso2::CurrentDemandReq> : By<iso2::CurrentDemandRes, iso15118::Request::current_demand> {};
template <>
struct Answered<iso2::MeteringReceiptReq> : By<iso2::MeteringReceiptRes, iso15118::Request::metering_receipt> {};
template <>
struct Answered<iso2::WeldingDetectionReq> : By<iso2::WeldingDetectionRes, iso15118::Request::welding_detection> {};
template <>
struct Answered<iso2::SessionStopReq> : By<iso2::SessionStopRes, iso15118::Request::session_stop> {};

/// One session on one connection. Pure: requests, the station's state and time in; responses and a Demand out.
class Iso2 : public Machine<Iso2, iso2::Message> {
 public:
  using Machine::Machine;

 private:
  friend Machine;
  using Code = iso2::ResponseCode;

  static bool may_follow(Stage stage, iso15118::Request kind) { return iso15118::may_follow_iso2(stage, kind); }
  template <class Res>
  static void blank(Res& res, const Course& course, const Station& station);

  // One for each request; the response holds valid values of every mandatory field before.
  Code on(const iso2::SessionSetupReq& req, const Now& now, iso2::SessionSetupRes& res);
  Code on(const iso2::ServiceDiscoveryReq& req, const Now& now, iso2::ServiceDiscoveryRes& res);
  Code on(const iso2::ServiceDetailReq& req, const Now& now, iso2::ServiceDetailRes& res);
  Code on(const iso2::PaymentServiceSelectionReq& req, const Now& now, iso2::PaymentServiceSelectionRes& res);
  Code on(const iso2::AuthorizationReq& req, const Now& now, iso2::AuthorizationRes& res);
  Code on(const iso2::ChargeParameterDiscoveryReq& req, const Now& now, iso2::ChargeParameterDiscoveryRes& res);
  Code on(const iso2::CableCheckReq& req, const Now& now, iso2::CableCheckRes& res);
  Code on(const iso2::PreChargeReq& req, const Now& now, iso2::PreChargeRes& res);
  Code on(const iso2::PowerDeliveryReq& req, const Now& now, iso2::PowerDeliveryRes& res);
  Code on(const iso2::ChargingStatusReq& req, const Now& now, iso2::ChargingStatusRes& res);
  Code on(const iso2::CurrentDemandReq& req, const Now& now, iso2::CurrentDemandRes& res);
  Code on(const iso2::WeldingDetectionReq& req, const Now& now, iso2::WeldingDetectionRes& res);
  Code on(const iso2::SessionStopReq& req, const Now& now, iso2::SessionStopRes& res);
  Code on(const iso2::PaymentDetailsReq& req, const Now& now, iso2::PaymentDetailsRes& res);
  Code on(const iso2::MeteringReceiptReq& req, const Now& now, iso2::MeteringReceiptRes& res);
  // The service that they belong to is not offered.
  Code on(const iso2::CertificateInstallationReq&, const Now&, iso2::CertificateInstallationRes&) {
    return Code::failed_sequence_error;
  }
  Code on(const iso2::CertificateUpdateReq&, const Now&, iso2::CertificateUpdateRes&) {
    return Code::failed_sequence_error;
  }

  Code prove(const iso2::AuthorizationReq& req);
  template <class Req>
  bool signed_by_contract(const Req& req) const;
  bool wants_receipt(const iso2::MeterInfo& meter) const;
  template <class Res>
  void ask_for_receipt(Res& res, Stage due);
  bool take_ac(const iso2::AcEvChargeParameter& ev);
  Code start(const iso2::PowerDeliveryReq& req, const Now& now);
  std::optional<Code> started(const Now& now);
  void refresh(iso2::Message& response, const Station& station) const;

  std::optional<iso2::MeterInfo> to_sign_{};  ///< what the car was told of the meter when a receipt was asked for
  std::int64_t offered_mw_ = 0;               ///< of the schedule that the car was given
};

extern template class Machine<Iso2, iso2::Message>;

}  // namespace bulwatt::secc
