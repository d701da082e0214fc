// What the backend may set at run time: the variables of the OCPP device model that session obeys.  Part of the session interface.
#pragma once
#include "interfaces/session_tokens.hpp"

namespace bulwatt::session {

/// TxStartPoint and TxStopPoint of OCPP. This station has no bay sensor and signs no meter values yet: the last two are
/// refused by Configure with `unsupported`.
enum class TxPoint : std::uint8_t {
  ev_connected,
  authorized,
  power_path_closed,
  energy_transfer,
  data_signed,
  parking_bay_occupancy
};
constexpr auto enum_names(TxPoint) {
  return names("EVConnected", "Authorized", "PowerPathClosed", "EnergyTransfer", "DataSigned", "ParkingBayOccupancy");
}
/// A set; the order means nothing, twice the same is as once. An empty TxStopPoint ends a transaction by hand only.
using TxPoints = List<TxPoint, 6>;
constexpr bool contains(const TxPoints& set, TxPoint point) {
  for (const auto one : set) {
    if (one == point) return true;
  }
  return false;
}

/// Names in brackets are the OCPP variables.
struct Settings {
  // TxCtrlr
  std::uint32_t ev_connection_timeout_s = 120;                         ///< EVConnectionTimeOut; 0: no limit
  TxPoints tx_start{.size = 1, .data = {TxPoint::power_path_closed}};  ///< TxStartPoint
  TxPoints tx_stop{.size = 1, .data = {TxPoint::power_path_closed}};   ///< TxStopPoint
  bool stop_tx_on_invalid_id = true;
  std::optional<std::uint32_t> max_energy_on_invalid_id_wh{};  ///< MaxEnergyOnInvalidId; absent: none
  bool stop_tx_on_ev_side_disconnect = true;
  bool unlock_on_ev_side_disconnect = true;
  bool tx_before_accepted = true;  ///< TxBeforeAcceptedEnabled
  // SampledDataCtrlr, AlignedDataCtrlr
  std::uint32_t sample_interval_s = 60;        ///< TxUpdatedInterval; 0: none
  std::uint32_t ended_interval_s = 0;          ///< TxEndedInterval; 0: begin and end only
  std::uint32_t aligned_interval_s = 0;        ///< AlignedDataCtrlr.Interval; 0: none
  std::uint32_t aligned_ended_interval_s = 0;  ///< AlignedDataCtrlr.TxEndedInterval; 0: none
  // AuthCtrlr
  bool authorization = true;  ///< Enabled; false: everybody may charge
  bool authorize_remote_start = false;
  bool disable_remote_authorization = false;
  bool local_authorize_offline = true;
  bool local_pre_authorize = false;
  bool offline_tx_for_unknown_id = false;
  Text<36> master_pass_group{};  ///< MasterPassGroupId; empty: none
  // AuthCacheCtrlr
  bool cache = true;
  std::uint32_t cache_lifetime_s = 7 * 86'400;  ///< LifeTime; 0: for ever
  bool cache_disable_post_authorize = false;
  // LocalAuthListCtrlr
  bool local_list = true;
  bool list_disable_post_authorize = false;
  // ReservationCtrlr
  bool reservation = true;
  bool reservation_any_evse = true;  ///< NonEvseSpecific
  static constexpr auto fields() {
    using S = Settings;
    return list(
        field<&S::ev_connection_timeout_s>(
            "ev_connection_timeout",
            {.max = 86'400, .unit = "s", .doc = "how long an authorization waits for the cable; 0: for ever"}),
        field<&S::tx_start>("tx_start", {.at_least = 1, .doc = "what begins a transaction: the first of these"}),
        field<&S::tx_stop>("tx_stop", {.doc = "what ends a transaction: the first of these"}),
        field<&S::stop_tx_on_invalid_id>("stop_tx_on_invalid_id",
                                         {.doc = "end a transaction whose token the backend does not accept"}),
        field<&S::max_energy_on_invalid_id_wh>(
            "max_energy_on_invalid_id",
            {.max = 1'000'000, .unit = "Wh", .doc = "energy given after the token was refused, without ending"}),
        field<&S::stop_tx_on_ev_side_disconnect>("stop_tx_on_ev_side_disconnect",
                                                 {.doc = "the authorization ends when the cable is pulled at the car"}),
        field<&S::unlock_on_ev_side_disconnect>(
            "unlock_on_ev_side_disconnect", {.doc = "unlock the station's socket when the cable is pulled at the car"}),
        field<&S::tx_before_accepted>("tx_before_accepted",
                                      {.doc = "start transactions before the backend accepted the station"}),
        field<&S::sample_interval_s>("sample_interval",
                                     {.max = 86'400, .unit = "s", .doc = "between meter samples; 0: none"}),
        field<&S::ended_interval_s>(
            "ended_interval",
            {.max = 86'400, .unit = "s", .doc = "between the samples of the last event; 0: begin and end only"}),
        field<&S::aligned_interval_s>(
            "aligned_interval",
            {.max = 86'400, .unit = "s", .doc = "clock-aligned samples, counted from midnight UTC; 0: none"}),
        field<&S::aligned_ended_interval_s>(
            "aligned_ended_interval",
            {.max = 86'400, .unit = "s", .doc = "between the clock-aligned samples of the last event; 0: none"}),
        field<&S::authorization>("authorization", {.doc = "false: everybody may charge"}),
        field<&S::authorize_remote_start>("authorize_remote_start",
                                          {.doc = "check the token of a remote start before it starts"}),
        field<&S::disable_remote_authorization>("disable_remote_authorization",
                                                {.doc = "never ask the backend about a token"}),
        field<&S::local_authorize_offline>("local_authorize_offline",
                                           {.doc = "accept known tokens without a connection"}),
        field<&S::local_pre_authorize>("local_pre_authorize",
                                       {.doc = "accept known tokens without asking the backend"}),
        field<&S::offline_tx_for_unknown_id>("offline_tx_for_unknown_id",
                                             {.doc = "accept unknown tokens without a connection"}),
        field<&S::master_pass_group>("master_pass_group",
                                     {.doc = "tokens of this group end any transaction and start none"}),
        field<&S::cache>("cache", {.doc = "remember what the backend said of tokens"}),
        field<&S::cache_lifetime_s>("cache_lifetime",
                                    {.unit = "s", .doc = "how long a remembered token is good; 0: for ever"}),
        field<&S::cache_disable_post_authorize>("cache_disable_post_authorize",
                                                {.doc = "do not ask again about a remembered token that was refused"}),
        field<&S::local_list>("local_list", {.doc = "obey the backend's local authorization list"}),
        field<&S::list_disable_post_authorize>("list_disable_post_authorize",
                                               {.doc = "do not ask about a listed token that is not accepted"}),
        field<&S::reservation>("reservation", {.doc = "take reservations"}),
        field<&S::reservation_any_evse>("reservation_any_evse", {.doc = "take reservations that name no EVSE"}));
  }
};

}  // namespace bulwatt::session
