// What the station offers and what the car takes of it.
#pragma once
#include "protocols/iso15118_20/types.hpp"

namespace bulwatt::iso20 {

struct ServiceIdList {
  List<std::uint16_t, 16> service_id{};
  static constexpr auto fields() {
    using M = ServiceIdList;
    return list(field<&M::service_id>("ServiceID", {.at_least = 1}));
  }
};

struct Service {
  std::uint16_t service_id{};
  bool free_service{};
  static constexpr auto fields() {
    using M = Service;
    return list(field<&M::service_id>("ServiceID"), field<&M::free_service>("FreeService"));
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
  Text<80> name{};
  std::optional<bool> bool_value{};
  std::optional<std::int8_t> byte_value{};
  std::optional<std::int16_t> short_value{};
  std::optional<std::int32_t> int_value{};
  std::optional<RationalNumber> rational_number{};
  std::optional<Text<80>> finite_string{};
  static constexpr auto fields() {
    using M = Parameter;
    return list(field<&M::name>("Name", {.attribute = true}), field<&M::bool_value>("boolValue", {.choice = 1}),
                field<&M::byte_value>("byteValue", {.choice = 1}), field<&M::short_value>("shortValue", {.choice = 1}),
                field<&M::int_value>("intValue", {.choice = 1}),
                field<&M::rational_number>("rationalNumber", {.choice = 1}),
                field<&M::finite_string>("finiteString", {.choice = 1}));
  }
};

struct ParameterSet {
  std::uint16_t parameter_set_id{};
  List<Parameter, kParameters> parameter{};
  static constexpr auto fields() {
    using M = ParameterSet;
    return list(field<&M::parameter_set_id>("ParameterSetID"),
                field<&M::parameter>("Parameter", {.max = 32, .at_least = 1}));
  }
};

struct ServiceParameterList {
  List<ParameterSet, kParameterSets> parameter_set{};
  static constexpr auto fields() {
    using M = ServiceParameterList;
    return list(field<&M::parameter_set>("ParameterSet", {.max = 32, .at_least = 1}));
  }
};

struct SelectedService {
  std::uint16_t service_id{};
  std::uint16_t parameter_set_id{};
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

/// The car asks what there is, perhaps out of what it knows only.
struct ServiceDiscoveryReq {
  static constexpr std::string_view kElement = "ServiceDiscoveryReq";
  MessageHeader header{};
  std::optional<ServiceIdList> supported_service_ids{};
  static constexpr auto fields() {
    using M = ServiceDiscoveryReq;
    return list(field<&M::header>("Header"), field<&M::supported_service_ids>("SupportedServiceIDs"));
  }
};

/// Ways to transfer energy, and what else there is.
struct ServiceDiscoveryRes {
  static constexpr std::string_view kElement = "ServiceDiscoveryRes";
  MessageHeader header{};
  ResponseCode response_code{};
  bool service_renegotiation_supported{};
  ServiceList energy_transfer_service_list{};
  std::optional<ServiceList> vas_list{};
  static constexpr auto fields() {
    using M = ServiceDiscoveryRes;
    return list(field<&M::header>("Header"), field<&M::response_code>("ResponseCode"),
                field<&M::service_renegotiation_supported>("ServiceRenegotiationSupported"),
                field<&M::energy_transfer_service_list>("EnergyTransferServiceList"), field<&M::vas_list>("VASList"));
  }
};

/// The car asks for the parameter sets of one service.
struct ServiceDetailReq {
  static constexpr std::string_view kElement = "ServiceDetailReq";
  MessageHeader header{};
  std::uint16_t service_id{};
  static constexpr auto fields() {
    using M = ServiceDetailReq;
    return list(field<&M::header>("Header"), field<&M::service_id>("ServiceID"));
  }
};

/// The parameter sets of one service.
struct ServiceDetailRes {
  static constexpr std::string_view kElement = "ServiceDetailRes";
  MessageHeader header{};
  ResponseCode response_code{};
  std::uint16_t service_id{};
  ServiceParameterList service_parameter_list{};
  static constexpr auto fields() {
    using M = ServiceDetailRes;
    return list(field<&M::header>("Header"), field<&M::response_code>("ResponseCode"),
                field<&M::service_id>("ServiceID"), field<&M::service_parameter_list>("ServiceParameterList"));
  }
};

/// The services that the car takes.
struct ServiceSelectionReq {
  static constexpr std::string_view kElement = "ServiceSelectionReq";
  MessageHeader header{};
  SelectedService selected_energy_transfer_service{};
  std::optional<SelectedServiceList> selected_vas_list{};
  static constexpr auto fields() {
    using M = ServiceSelectionReq;
    return list(field<&M::header>("Header"),
                field<&M::selected_energy_transfer_service>("SelectedEnergyTransferService"),
                field<&M::selected_vas_list>("SelectedVASList"));
  }
};

/// Whether the selection stands.
struct ServiceSelectionRes {
  static constexpr std::string_view kElement = "ServiceSelectionRes";
  MessageHeader header{};
  ResponseCode response_code{};
  static constexpr auto fields() {
    using M = ServiceSelectionRes;
    return list(field<&M::header>("Header"), field<&M::response_code>("ResponseCode"));
  }
};

}  // namespace bulwatt::iso20
