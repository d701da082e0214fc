// ISO 15118-2: Plug & Charge. The chain is judged when it comes, the challenge binds the car's signature to this session, and only
// then does anybody hear of the contract.
#include "protocols/iso15118_2/codec.hpp"
#include "protocols/secc/iso2.hpp"
#include "protocols/secc/iso2_blank.hpp"

namespace bulwatt::secc {
namespace {

constexpr std::size_t kMaxSigned = 512;  ///< bytes of AuthorizationReq and MeteringReceiptReq as fragments

iso2::ResponseCode code_of(ContractFault fault) {
  using enum iso2::ResponseCode;
  switch (fault) {
    case ContractFault::other_emaid: return failed_no_certificate_available;
    case ContractFault::not_now: return failed_certificate_expired;
    case ContractFault::malformed:
    case ContractFault::untrusted:
    case ContractFault::usage: break;
  }
  return failed_cert_chain_error;
}

bool same(const iso2::MeterInfo& a, const iso2::MeterInfo& b) {
  return a.meter_id == b.meter_id && a.meter_reading == b.meter_reading && a.sig_meter_reading == b.sig_meter_reading &&
         a.meter_status == b.meter_status && a.t_meter == b.t_meter;
}

}  // namespace

Iso2::Code Iso2::on(const iso2::PaymentDetailsReq& req, const Now& now, iso2::PaymentDetailsRes& res) {
  res.evse_time_stamp = now.station.time.unix_ms / 1000;
  const auto contract = config_.contracts->read(req, now.station.time);
  if (!contract) return code_of(contract.error());
  course_.contract = *contract;
  course_.proved = false;
  //= ISO15118-2 V2G2-697
  course_.challenge.size = Octets<16>::kCapacity;
  config_.random(course_.challenge.data);
  res.gen_challenge = course_.challenge;
  course_.stage = Stage::details_given;
  return Code::ok;
}

/// Good once: the challenge is spent by it, and a failure ends the session.
Iso2::Code Iso2::prove(const iso2::AuthorizationReq& req) {
  if (!req.gen_challenge || !(*req.gen_challenge == course_.challenge)) return Code::failed_challenge_invalid;
  if (!signed_by_contract(req)) return Code::failed_signature_error;
  course_.proved = true;
  course_.demand.contract = course_.contract;
  course_.demand.authorization = true;
  return Code::ok;
}

template <class Req>
bool Iso2::signed_by_contract(const Req& req) const {
  if (!req.id || req.id->empty() || !request_->header.signature) return false;
  std::array<std::byte, kMaxSigned> fragment{};
  const auto size = exi::encode_fragment(iso2::grammar(), req, fragment);
  return size && config_.contracts->verify(*request_->header.signature, req.id->view(),
                                           std::span{fragment}.first(*size), course_.contract->key);
}

//= ISO15118-2 V2G2-904
Iso2::Code Iso2::on(const iso2::MeteringReceiptReq& req, const Now& now, iso2::MeteringReceiptRes& res) {
  if (course_.dc) res.evse_status = dc_status(now.station, iso2::DcEvseStatusCode::evse_ready);
  course_.stage = course_.dc ? Stage::charging_dc : Stage::charging_ac;
  const bool own = req.session_id == course_.id && req.sa_schedule_tuple_id.value_or(kSchedule) == kSchedule;
  //= ISO15118-2 V2G2-481
  if (!own || !to_sign_ || !same(req.meter_info, *to_sign_) || !signed_by_contract(req))
    return Code::failed_metering_signature_not_valid;
  return Code::ok;
}

}  // namespace bulwatt::secc
