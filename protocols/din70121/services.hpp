// What the station offers and what the car takes of it.
#pragma once
#include "protocols/din70121/types.hpp"

namespace bulwatt::din {

enum class ServiceCategory : std::uint8_t { ev_charging, internet, contract_certificate, other_custom };
constexpr auto enum_names(ServiceCategory) {
  return names("EVCharging", "Internet", "ContractCertificate", "OtherCustom");
}

enum class PaymentOption : std::uint8_t { contract, external_payment };
constexpr auto enum_names(PaymentOption) { return names("Contract", "ExternalPayment"); }

struct PaymentOptions {
  List<PaymentOption, kPaymentOptions> payment_option{};
  static constexpr auto fields() {
    using M = PaymentOptions;
    return list(field<&M::payment_option>("PaymentOption", {.max = kUnbounded, .at_least = 1}));
  }
};

enum class EvseSupportedEnergyTransfer : std::uint8_t {
  ac_single_phase_core,
  ac_three_phase_core,
  dc_core,
  dc_extended,
  dc_combo_core,
  dc_dual,
  ac_core_1_p_dc_extended,
  ac_single_dc_core,
  ac_single_phase_three_phase_core_dc_extended,
  ac_core_3_p_dc_extended
};
constexpr auto enum_names(EvseSupportedEnergyTransfer) {
  return names("AC_single_phase_core", "AC_three_phase_core", "DC_core", "DC_extended", "DC_combo_core", "DC_dual",
               "AC_core1p_DC_extended", "AC_single_DC_core", "AC_single_phase_three_phase_core_DC_extended",
               "AC_core3p_DC_extended");
}

struct ServiceTag {
  std::uint16_t service_id{};
  std::optional<Text<32>> service_name{};
  ServiceCategory service_category{};
  std::optional<Text<32>> service_scope{};
  static constexpr auto fields() {
    using M = ServiceTag;
    return list(field<&M::service_id>("ServiceID"), field<&M::service_name>("ServiceName"),
                field<&M::service_category>("ServiceCategory"), field<&M::service_scope>("ServiceScope"));
  }
};

struct ServiceCharge {
  ServiceTag service_tag{};
  bool free_service{};
  EvseSupportedEnergyTransfer energy_transfer_type{};
  static constexpr auto fields() {
    using M = ServiceCharge;
    return list(field<&M::service_tag>("ServiceTag"), field<&M::free_service>("FreeService"),
                field<&M::energy_transfer_type>("EnergyTransferType"));
  }
};

struct Service {
  ServiceTag service_tag{};
  bool free_service{};
  static constexpr auto fields() {
    using M = Service;
    return list(field<&M::service_tag>("ServiceTag"), field<&M::free_service>("FreeService"));
  }
};

struct ServiceTagList {
  List<Service, kServices> service{};
  static constexpr auto fields() {
    using M = ServiceTagList;
    return list(field<&M::service>("Service", {.max = kUnbounded, .at_least = 1}));
  }
};

enum class Value : std::uint8_t { boolean, byte, short_integer, integer, physical_value, string };
constexpr auto enum_names(Value) { return names("bool", "byte", "short", "int", "physicalValue", "string"); }

/// One named value of a service; exactly one of the alternatives is there.
struct Parameter {
  Text<kNameChars> name{};
  Value value_type{};
  std::optional<bool> bool_value{};
  std::optional<std::int8_t> byte_value{};
  std::optional<std::int16_t> short_value{};
  std::optional<std::int32_t> int_value{};
  std::optional<PhysicalValue> physical_value{};
  std::optional<Text<kStringValueChars>> string_value{};
  static constexpr auto fields() {
    using M = Parameter;
    return list(field<&M::name>("Name", {.max = kUnbounded, .attribute = true}),
                field<&M::value_type>("ValueType", {.attribute = true}),
                field<&M::bool_value>("boolValue", {.choice = 1}), field<&M::byte_value>("byteValue", {.choice = 1}),
                field<&M::short_value>("shortValue", {.choice = 1}), field<&M::int_value>("intValue", {.choice = 1}),
                field<&M::physical_value>("physicalValue", {.choice = 1}),
                field<&M::string_value>("stringValue", {.max = kUnbounded, .choice = 1}));
  }
};

struct ParameterSet {
  std::int16_t parameter_set_id{};
  List<Parameter, kParameters> parameter{};
  static constexpr auto fields() {
    using M = ParameterSet;
    return list(field<&M::parameter_set_id>("ParameterSetID"),
                field<&M::parameter>("Parameter", {.max = kUnbounded, .at_least = 1}));
  }
};

struct ServiceParameterList {
  List<ParameterSet, kParameterSets> parameter_set{};
  static constexpr auto fields() {
    using M = ServiceParameterList;
    return list(field<&M::parameter_set>("ParameterSet", {.max = kUnbounded, .at_least = 1}));
  }
};

struct SelectedService {
  std::uint16_t service_id{};
  std::optional<std::int16_t> parameter_set_id{};
  static constexpr auto fields() {
    using M = SelectedService;
    return list(field<&M::service_id>("ServiceID"), field<&M::parameter_set_id>("ParameterSetID"));
  }
};

struct SelectedServiceList {
  List<SelectedService, kSelectedServices> selected_service{};
  static constexpr auto fields() {
    using M = SelectedServiceList;
    return list(field<&M::selected_service>("SelectedService", {.max = kUnbounded, .at_least = 1}));
  }
};

/// The car asks what there is, perhaps of one category only.
struct ServiceDiscoveryReq {
  static constexpr std::string_view kElement = "ServiceDiscoveryReq";
  std::optional<Text<32>> service_scope{};
  std::optional<ServiceCategory> service_category{};
  static constexpr auto fields() {
    using M = ServiceDiscoveryReq;
    return list(field<&M::service_scope>("ServiceScope", {.space = 1}), field<&M::service_category>("ServiceCategory"));
  }
};

/// Ways to pay, the charge service, and what else there is.
struct ServiceDiscoveryRes {
  static constexpr std::string_view kElement = "ServiceDiscoveryRes";
  ResponseCode response_code{};
  PaymentOptions payment_options{};
  ServiceCharge charge_service{};
  std::optional<ServiceTagList> service_list{};
  static constexpr auto fields() {
    using M = ServiceDiscoveryRes;
    return list(field<&M::response_code>("ResponseCode"), field<&M::payment_options>("PaymentOptions"),
                field<&M::charge_service>("ChargeService"), field<&M::service_list>("ServiceList"));
  }
};

/// The car asks for the parameter sets of one service.
struct ServiceDetailReq {
  static constexpr std::string_view kElement = "ServiceDetailReq";
  std::uint16_t service_id{};
  static constexpr auto fields() {
    using M = ServiceDetailReq;
    return list(field<&M::service_id>("ServiceID"));
  }
};

/// The parameter sets of one service.
struct ServiceDetailRes {
  static constexpr std::string_view kElement = "ServiceDetailRes";
  ResponseCode response_code{};
  std::uint16_t service_id{};
  std::optional<ServiceParameterList> service_parameter_list{};
  static constexpr auto fields() {
    using M = ServiceDetailRes;
    return list(field<&M::response_code>("ResponseCode"), field<&M::service_id>("ServiceID"),
                field<&M::service_parameter_list>("ServiceParameterList"));
  }
};

/// The way to pay and the services that the car takes.
struct ServicePaymentSelectionReq {
  static constexpr std::string_view kElement = "ServicePaymentSelectionReq";
  PaymentOption selected_payment_option{};
  SelectedServiceList selected_service_list{};
  static constexpr auto fields() {
    using M = ServicePaymentSelectionReq;
    return list(field<&M::selected_payment_option>("SelectedPaymentOption"),
                field<&M::selected_service_list>("SelectedServiceList"));
  }
};

/// Whether the selection stands.
struct ServicePaymentSelectionRes {
  static constexpr std::string_view kElement = "ServicePaymentSelectionRes";
  ResponseCode response_code{};
  static constexpr auto fields() {
    using M = ServicePaymentSelectionRes;
    return list(field<&M::response_code>("ResponseCode"));
  }
};

}  // namespace bulwatt::din
