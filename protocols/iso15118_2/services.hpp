// What the station offers and what the car takes of it.
#pragma once
#include "protocols/iso15118_2/types.hpp"

namespace bulwatt::iso2 {

enum class ServiceCategory : std::uint8_t { ev_charging, internet, contract_certificate, other_custom };
constexpr auto enum_names(ServiceCategory) {
  return names("EVCharging", "Internet", "ContractCertificate", "OtherCustom");
}

struct SupportedEnergyTransferMode {
  List<EnergyTransferMode, 6> energy_transfer_mode{};
  static constexpr auto fields() {
    using M = SupportedEnergyTransferMode;
    return list(field<&M::energy_transfer_mode>("EnergyTransferMode", {.at_least = 1}));
  }
};

struct ChargeService {
  std::uint16_t service_id{};
  std::optional<Text<32>> service_name{};
  ServiceCategory service_category{};
  std::optional<Text<64>> service_scope{};
  bool free_service{};
  SupportedEnergyTransferMode supported_energy_transfer_mode{};
  static constexpr auto fields() {
    using M = ChargeService;
    return list(field<&M::service_id>("ServiceID"), field<&M::service_name>("ServiceName"),
                field<&M::service_category>("ServiceCategory"), field<&M::service_scope>("ServiceScope"),
                field<&M::free_service>("FreeService"),
                field<&M::supported_energy_transfer_mode>("SupportedEnergyTransferMode"));
  }
};

enum class PaymentOption : std::uint8_t { contract, external_payment };
constexpr auto enum_names(PaymentOption) { return names("Contract", "ExternalPayment"); }

struct PaymentOptionList {
  List<PaymentOption, 2> payment_option{};
  static constexpr auto fields() {
    using M = PaymentOptionList;
    return list(field<&M::payment_option>("PaymentOption", {.at_least = 1}));
  }
};

struct Service {
  std::uint16_t service_id{};
  std::optional<Text<32>> service_name{};
  ServiceCategory service_category{};
  std::optional<Text<64>> service_scope{};
  bool free_service{};
  static constexpr auto fields() {
    using M = Service;
    return list(field<&M::service_id>("ServiceID"), field<&M::service_name>("ServiceName"),
                field<&M::service_category>("ServiceCategory"), field<&M::service_scope>("ServiceScope"),
                field<&M::free_service>("FreeService"));
  }
};

struct ServiceList {
  List<Service, 8> service{};
  static constexpr auto fields() {
    using M = ServiceList;
    return list(field<&M::service>("Service", {.at_least = 1}));
  }
};

/// One named value of a service; exactly one of the alternatives is there.
struct Parameter {
  Text<kNameChars> name{};
  std::optional<bool> bool_value{};
  std::optional<std::int8_t> byte_value{};
  std::optional<std::int16_t> short_value{};
  std::optional<std::int32_t> int_value{};
  std::optional<PhysicalValue> physical_value{};
  std::optional<Text<kStringValueChars>> string_value{};
  static constexpr auto fields() {
    using M = Parameter;
    return list(field<&M::name>("Name", {.max = kUnbounded, .attribute = true}),
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
                field<&M::parameter>("Parameter", {.max = 16, .at_least = 1}));
  }
};

struct ServiceParameterList {
  List<ParameterSet, kParameterSets> parameter_set{};
  static constexpr auto fields() {
    using M = ServiceParameterList;
    return list(field<&M::parameter_set>("ParameterSet", {.max = 255, .at_least = 1}));
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
  List<SelectedService, 16> selected_service{};
  static constexpr auto fields() {
    using M = SelectedServiceList;
    return list(field<&M::selected_service>("SelectedService", {.at_least = 1}));
  }
};

/// The car asks what there is, perhaps of one category only.
struct ServiceDiscoveryReq {
  static constexpr std::string_view kElement = "ServiceDiscoveryReq";
  std::optional<Text<64>> service_scope{};
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
  PaymentOptionList payment_option_list{};
  ChargeService charge_service{};
  std::optional<ServiceList> service_list{};
  static constexpr auto fields() {
    using M = ServiceDiscoveryRes;
    return list(field<&M::response_code>("ResponseCode"), field<&M::payment_option_list>("PaymentOptionList"),
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
struct PaymentServiceSelectionReq {
  static constexpr std::string_view kElement = "PaymentServiceSelectionReq";
  PaymentOption selected_payment_option{};
  SelectedServiceList selected_service_list{};
  static constexpr auto fields() {
    using M = PaymentServiceSelectionReq;
    return list(field<&M::selected_payment_option>("SelectedPaymentOption"),
                field<&M::selected_service_list>("SelectedServiceList"));
  }
};

/// Whether the selection stands.
struct PaymentServiceSelectionRes {
  static constexpr std::string_view kElement = "PaymentServiceSelectionRes";
  ResponseCode response_code{};
  static constexpr auto fields() {
    using M = PaymentServiceSelectionRes;
    return list(field<&M::response_code>("ResponseCode"));
  }
};

}  // namespace bulwatt::iso2
