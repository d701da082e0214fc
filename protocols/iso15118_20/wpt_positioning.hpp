// Wireless charging: how the car comes to stand over the coil.
#pragma once
#include "protocols/iso15118_20/types.hpp"

namespace bulwatt::iso20 {

enum class WptEvResult : std::uint8_t { ev_result_unknown, ev_result_success, ev_result_failed };
constexpr auto enum_names(WptEvResult) { return names("EVResultUnknown", "EVResultSuccess", "EVResultFailed"); }

enum class WptAlignmentCheckMethod : std::uint8_t { power_check, lpe, proprietary };
constexpr auto enum_names(WptAlignmentCheckMethod) { return names("PowerCheck", "LPE", "Proprietary"); }

struct WptAlignmentCheckMethodList {
  List<WptAlignmentCheckMethod, 8> wpt_alignment_check_method{};
  static constexpr auto fields() {
    using M = WptAlignmentCheckMethodList;
    return list(field<&M::wpt_alignment_check_method>("WPT_AlignmentCheckMethod", {.at_least = 1}));
  }
};

enum class WptFinePositioningMethod : std::uint8_t { manual, lf_tx_ev, lf_tx_primary_device, lpe, proprietary };
constexpr auto enum_names(WptFinePositioningMethod) {
  return names("Manual", "LF_TxEV", "LF_TxPrimaryDevice", "LPE", "Proprietary");
}

struct WptFinePositioningMethodList {
  List<WptFinePositioningMethod, 8> wpt_fine_positioning_method{};
  static constexpr auto fields() {
    using M = WptFinePositioningMethodList;
    return list(field<&M::wpt_fine_positioning_method>("WPT_FinePositioningMethod", {.at_least = 1}));
  }
};

struct WptCoordinateXyz {
  std::int16_t coord_x{};
  std::int16_t coord_y{};
  std::int16_t coord_z{};
  static constexpr auto fields() {
    using M = WptCoordinateXyz;
    return list(field<&M::coord_x>("Coord_X"), field<&M::coord_y>("Coord_Y"), field<&M::coord_z>("Coord_Z"));
  }
};

struct WptTxRxSpecData {
  std::uint32_t tx_rx_identifier{};
  WptCoordinateXyz tx_rx_position{};
  WptCoordinateXyz tx_rx_orientation{};
  static constexpr auto fields() {
    using M = WptTxRxSpecData;
    return list(field<&M::tx_rx_identifier>("TxRxIdentifier", {.min = 1}), field<&M::tx_rx_position>("TxRxPosition"),
                field<&M::tx_rx_orientation>("TxRxOrientation"));
  }
};

struct WptLfReceiverData {
  static constexpr std::string_view kElement = "LF_ReceiverSetupData";
  std::uint8_t number_of_receivers{};
  List<WptTxRxSpecData, 255> rx_spec_data{};
  static constexpr auto fields() {
    using M = WptLfReceiverData;
    return list(field<&M::number_of_receivers>("NumberOfReceivers"),
                field<&M::rx_spec_data>("RxSpecData", {.at_least = 2}));
  }
};

struct WptTxRxPulseOrder {
  std::uint16_t index_number{};
  std::uint32_t tx_rx_identifier{};
  static constexpr auto fields() {
    using M = WptTxRxPulseOrder;
    return list(field<&M::index_number>("IndexNumber"), field<&M::tx_rx_identifier>("TxRxIdentifier", {.min = 1}));
  }
};

struct WptTxRxPackageSpecData {
  List<WptTxRxPulseOrder, 255> pulse_sequence_order{};
  std::uint16_t pulse_separation_time{};
  std::uint16_t pulse_duration{};
  std::uint16_t package_separation_time{};
  static constexpr auto fields() {
    using M = WptTxRxPackageSpecData;
    return list(field<&M::pulse_sequence_order>("PulseSequenceOrder", {.at_least = 2}),
                field<&M::pulse_separation_time>("PulseSeparationTime"), field<&M::pulse_duration>("PulseDuration"),
                field<&M::package_separation_time>("PackageSeparationTime"));
  }
};

struct WptLfTransmitterData {
  static constexpr std::string_view kElement = "LF_TransmitterSetupData";
  std::uint8_t number_of_transmitters{};
  RationalNumber signal_frequency{};
  List<WptTxRxSpecData, 255> tx_spec_data{};
  std::optional<WptTxRxPackageSpecData> tx_package_spec_data{};
  static constexpr auto fields() {
    using M = WptLfTransmitterData;
    return list(field<&M::number_of_transmitters>("NumberOfTransmitters"),
                field<&M::signal_frequency>("SignalFrequency", {.unit = "Hz"}),
                field<&M::tx_spec_data>("TxSpecData", {.at_least = 2}),
                field<&M::tx_package_spec_data>("TxPackageSpecData"));
  }
};

struct WptLfSystemSetupData {
  std::variant<WptLfTransmitterData, WptLfReceiverData> setup_data{};
  static constexpr auto fields() {
    using M = WptLfSystemSetupData;
    return list(field<&M::setup_data>("setup_data"));
  }
};

enum class WptPairingMethod : std::uint8_t {
  external_confirmation,
  lpe,
  lf_tx_ev,
  lf_tx_primary_device,
  optical,
  proprietary
};
constexpr auto enum_names(WptPairingMethod) {
  return names("External confirmation", "LPE", "LF_TxEV", "LF_TxPrimaryDevice", "Optical", "Proprietary");
}

struct WptPairingMethodList {
  List<WptPairingMethod, 8> wpt_pairing_method{};
  static constexpr auto fields() {
    using M = WptPairingMethodList;
    return list(field<&M::wpt_pairing_method>("WPT_PairingMethod", {.at_least = 1}));
  }
};

struct WptLfRxRssi {
  std::uint32_t tx_identifier{};
  RationalNumber rssi{};
  static constexpr auto fields() {
    using M = WptLfRxRssi;
    return list(field<&M::tx_identifier>("TxIdentifier", {.min = 1}), field<&M::rssi>("RSSI"));
  }
};

struct WptLfRxRssiList {
  WptLfRxRssi rssi_data_list{};
  static constexpr auto fields() {
    using M = WptLfRxRssiList;
    return list(field<&M::rssi_data_list>("RSSIDataList"));
  }
};

struct WptLfRxData {
  std::uint32_t rx_identifier{};
  WptLfRxRssiList rssi_data{};
  static constexpr auto fields() {
    using M = WptLfRxData;
    return list(field<&M::rx_identifier>("RxIdentifier", {.min = 1}), field<&M::rssi_data>("RSSIData"));
  }
};

struct WptLfRxDataList {
  static constexpr std::string_view kElement = "LF_RxData";
  WptLfRxData wpt_lf_rx_data_list{};
  static constexpr auto fields() {
    using M = WptLfRxDataList;
    return list(field<&M::wpt_lf_rx_data_list>("WPT_LF_RxDataList"));
  }
};

struct WptLfTxData {
  std::uint32_t tx_identifier{};
  RationalNumber eirp{};
  static constexpr auto fields() {
    using M = WptLfTxData;
    return list(field<&M::tx_identifier>("TxIdentifier", {.min = 1}), field<&M::eirp>("EIRP"));
  }
};

struct WptLfTxDataList {
  static constexpr std::string_view kElement = "LF_TxData";
  WptLfTxData wpt_lf_tx_data_list{};
  static constexpr auto fields() {
    using M = WptLfTxDataList;
    return list(field<&M::wpt_lf_tx_data_list>("WPT_LF_TxDataList"));
  }
};

struct WptLfDataPackage {
  std::uint8_t package_index{};
  std::variant<WptLfTxDataList, WptLfRxDataList> data{};
  static constexpr auto fields() {
    using M = WptLfDataPackage;
    return list(field<&M::package_index>("PackageIndex"), field<&M::data>("data"));
  }
};

struct WptLfDataPackageList {
  std::uint8_t num_packages{};
  WptLfDataPackage wpt_lf_data_package{};
  static constexpr auto fields() {
    using M = WptLfDataPackageList;
    return list(field<&M::num_packages>("NumPackages"), field<&M::wpt_lf_data_package>("WPT_LF_DataPackage"));
  }
};

struct AlternativeSecc {
  std::optional<Text<255>> ssid{};
  std::optional<Text<12>> bssid{};
  std::optional<Text<39>> ip_address{};
  std::optional<std::uint16_t> port{};
  static constexpr auto fields() {
    using M = AlternativeSecc;
    return list(field<&M::ssid>("SSID"), field<&M::bssid>("BSSID"), field<&M::ip_address>("IPAddress"),
                field<&M::port>("Port"));
  }
};

struct AlternativeSeccList {
  List<AlternativeSecc, 8> alternative_secc{};
  static constexpr auto fields() {
    using M = AlternativeSeccList;
    return list(field<&M::alternative_secc>("AlternativeSECC", {.at_least = 1}));
  }
};

/// Ways of fine positioning, pairing and alignment that the car knows.
struct WptFinePositioningSetupReq {
  static constexpr std::string_view kElement = "WPT_FinePositioningSetupReq";
  MessageHeader header{};
  Processing ev_processing{};
  WptFinePositioningMethodList ev_device_fine_positioning_method_list{};
  WptPairingMethodList ev_device_pairing_method_list{};
  WptAlignmentCheckMethodList ev_device_alignment_check_method_list{};
  std::uint16_t natural_offset{};
  List<Octets<256>, 16> vendor_specific_data_container{};
  std::optional<WptLfSystemSetupData> lf_system_setup_data{};
  static constexpr auto fields() {
    using M = WptFinePositioningSetupReq;
    return list(field<&M::header>("Header"), field<&M::ev_processing>("EVProcessing"),
                field<&M::ev_device_fine_positioning_method_list>("EVDeviceFinePositioningMethodList"),
                field<&M::ev_device_pairing_method_list>("EVDevicePairingMethodList"),
                field<&M::ev_device_alignment_check_method_list>("EVDeviceAlignmentCheckMethodList"),
                field<&M::natural_offset>("NaturalOffset"),
                field<&M::vendor_specific_data_container>("VendorSpecificDataContainer", {.base64 = true}),
                field<&M::lf_system_setup_data>("LF_SystemSetupData"));
  }
};

/// Those that the station knows.
struct WptFinePositioningSetupRes {
  static constexpr std::string_view kElement = "WPT_FinePositioningSetupRes";
  MessageHeader header{};
  ResponseCode response_code{};
  WptFinePositioningMethodList primary_device_fine_positioning_method_list{};
  WptPairingMethodList primary_device_pairing_method_list{};
  WptAlignmentCheckMethodList primary_device_alignment_check_method_list{};
  std::uint16_t natural_offset{};
  List<Octets<256>, 16> vendor_specific_data_container{};
  std::optional<WptLfSystemSetupData> lf_system_setup_data{};
  static constexpr auto fields() {
    using M = WptFinePositioningSetupRes;
    return list(field<&M::header>("Header"), field<&M::response_code>("ResponseCode"),
                field<&M::primary_device_fine_positioning_method_list>("PrimaryDeviceFinePositioningMethodList"),
                field<&M::primary_device_pairing_method_list>("PrimaryDevicePairingMethodList"),
                field<&M::primary_device_alignment_check_method_list>("PrimaryDeviceAlignmentCheckMethodList"),
                field<&M::natural_offset>("NaturalOffset"),
                field<&M::vendor_specific_data_container>("VendorSpecificDataContainer", {.base64 = true}),
                field<&M::lf_system_setup_data>("LF_SystemSetupData"));
  }
};

/// One step of fine positioning.
struct WptFinePositioningReq {
  static constexpr std::string_view kElement = "WPT_FinePositioningReq";
  MessageHeader header{};
  Processing ev_processing{};
  WptEvResult ev_result_code{};
  List<Octets<256>, 16> vendor_specific_data_container{};
  std::optional<WptLfDataPackageList> wpt_lf_data_package_list{};
  static constexpr auto fields() {
    using M = WptFinePositioningReq;
    return list(field<&M::header>("Header"), field<&M::ev_processing>("EVProcessing"),
                field<&M::ev_result_code>("EVResultCode"),
                field<&M::vendor_specific_data_container>("VendorSpecificDataContainer", {.base64 = true}),
                field<&M::wpt_lf_data_package_list>("WPT_LF_DataPackageList"));
  }
};

/// The answer to one step of fine positioning.
struct WptFinePositioningRes {
  static constexpr std::string_view kElement = "WPT_FinePositioningRes";
  MessageHeader header{};
  ResponseCode response_code{};
  Processing evse_processing{};
  List<Octets<256>, 16> vendor_specific_data_container{};
  std::optional<WptLfDataPackageList> wpt_lf_data_package_list{};
  static constexpr auto fields() {
    using M = WptFinePositioningRes;
    return list(field<&M::header>("Header"), field<&M::response_code>("ResponseCode"),
                field<&M::evse_processing>("EVSEProcessing"),
                field<&M::vendor_specific_data_container>("VendorSpecificDataContainer", {.base64 = true}),
                field<&M::wpt_lf_data_package_list>("WPT_LF_DataPackageList"));
  }
};

/// The car and the coil under it find each other.
struct WptPairingReq {
  static constexpr std::string_view kElement = "WPT_PairingReq";
  MessageHeader header{};
  Processing ev_processing{};
  std::optional<std::uint32_t> observed_id_code{};
  WptEvResult ev_result_code{};
  List<Octets<256>, 16> vendor_specific_data_container{};
  static constexpr auto fields() {
    using M = WptPairingReq;
    return list(field<&M::header>("Header"), field<&M::ev_processing>("EVProcessing"),
                field<&M::observed_id_code>("ObservedIDCode", {.min = 1}), field<&M::ev_result_code>("EVResultCode"),
                field<&M::vendor_specific_data_container>("VendorSpecificDataContainer", {.base64 = true}));
  }
};

/// Whether they did, or which station to ask instead.
struct WptPairingRes {
  static constexpr std::string_view kElement = "WPT_PairingRes";
  MessageHeader header{};
  ResponseCode response_code{};
  Processing evse_processing{};
  std::optional<std::uint32_t> observed_id_code{};
  std::optional<AlternativeSeccList> alternative_secc_list{};
  List<Octets<256>, 16> vendor_specific_data_container{};
  static constexpr auto fields() {
    using M = WptPairingRes;
    return list(field<&M::header>("Header"), field<&M::response_code>("ResponseCode"),
                field<&M::evse_processing>("EVSEProcessing"), field<&M::observed_id_code>("ObservedIDCode", {.min = 1}),
                field<&M::alternative_secc_list>("AlternativeSECCList"),
                field<&M::vendor_specific_data_container>("VendorSpecificDataContainer", {.base64 = true}));
  }
};

}  // namespace bulwatt::iso20
