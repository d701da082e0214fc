// Responses with a valid value in every mandatory field: what is answered to a request that is refused must encode, too.
#pragma once
#include "protocols/iso15118_2/message.hpp"
#include "protocols/secc/course.hpp"

namespace bulwatt::secc {

inline constexpr std::uint8_t kSchedule = 1;  ///< the only one offered
inline constexpr std::uint16_t kChargeService = 1;
inline constexpr std::string_view kNoEvseId = "ZZ00000";
inline constexpr std::string_view kNoEmaid = "ZZ000000000000";

iso2::AcEvseStatus ac_status(const Station& station);
iso2::DcEvseStatus dc_status(const Station& station, iso2::DcEvseStatusCode code);

inline Text<37> evse_id_of(const Station& station) {
  return station.evse_id.size >= 7 ? station.evse_id : Text<37>{kNoEvseId};
}

template <class Res>
void blank(Res& res, const Course& course, const Station& station) {
  if constexpr (requires { res.evse_id; }) res.evse_id = evse_id_of(station);
  if constexpr (requires { res.sa_schedule_tuple_id; }) res.sa_schedule_tuple_id = kSchedule;
  if constexpr (requires { res.ac_evse_status; }) res.ac_evse_status = ac_status(station);
  if constexpr (requires { res.dc_evse_status; })
    res.dc_evse_status = dc_status(station, iso2::DcEvseStatusCode::evse_not_ready);
  if constexpr (requires { res.evse_present_voltage; }) res.evse_present_voltage.unit = iso2::UnitSymbol::volt;
  if constexpr (requires { res.evse_present_current; }) res.evse_present_current.unit = iso2::UnitSymbol::ampere;
  if constexpr (requires { res.payment_option_list; }) {
    auto& options = res.payment_option_list.payment_option;
    if (course.contracts) static_cast<void>(options.push_back(iso2::PaymentOption::contract));
    static_cast<void>(options.push_back(iso2::PaymentOption::external_payment));
    auto& service = res.charge_service;
    service.service_id = kChargeService;
    service.free_service = station.free_of_charge;
    auto& modes = service.supported_energy_transfer_mode.energy_transfer_mode;
    using enum iso2::EnergyTransferMode;
    if (station.ac && station.ac->phases == 3) static_cast<void>(modes.push_back(ac_three_phase_core));
    if (station.ac) static_cast<void>(modes.push_back(ac_single_phase_core));
    if (station.dc) static_cast<void>(modes.push_back(dc_extended));
    if (modes.empty()) static_cast<void>(modes.push_back(ac_single_phase_core));
  }
  if constexpr (requires { res.gen_challenge; }) res.gen_challenge.size = 16;
  if constexpr (requires { res.dh_publickey; }) {
    res.emaid.id = "id1";
    res.emaid.emaid = kNoEmaid;
    res.contract_signature_encrypted_private_key.id = "id2";
    res.dh_publickey.id = "id3";
  }
  if constexpr (requires { res.evse_charge_parameter; }) {
    if (course.dc) res.evse_charge_parameter.template emplace<iso2::DcEvseChargeParameter>();
  }
  if constexpr (requires { res.evse_status; }) {
    if (course.dc) res.evse_status = dc_status(station, iso2::DcEvseStatusCode::evse_not_ready);
    else res.evse_status = ac_status(station);
  }
}

}  // namespace bulwatt::secc
