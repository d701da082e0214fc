#include "protocols/ocpp/v201/actions.hpp"

#include <algorithm>

#include "libs/json/json.hpp"
#include "protocols/ocpp/v201/authorization.hpp"
#include "protocols/ocpp/v201/availability.hpp"
#include "protocols/ocpp/v201/certificates.hpp"
#include "protocols/ocpp/v201/data_transfer.hpp"
#include "protocols/ocpp/v201/device_model.hpp"
#include "protocols/ocpp/v201/diagnostics.hpp"
#include "protocols/ocpp/v201/display_message.hpp"
#include "protocols/ocpp/v201/firmware.hpp"
#include "protocols/ocpp/v201/local_list.hpp"
#include "protocols/ocpp/v201/metering.hpp"
#include "protocols/ocpp/v201/monitoring.hpp"
#include "protocols/ocpp/v201/provisioning.hpp"
#include "protocols/ocpp/v201/remote_control.hpp"
#include "protocols/ocpp/v201/reservation.hpp"
#include "protocols/ocpp/v201/security.hpp"
#include "protocols/ocpp/v201/smart_charging.hpp"
#include "protocols/ocpp/v201/tariff_and_cost.hpp"
#include "protocols/ocpp/v201/transactions.hpp"

namespace bulwatt::ocpp::v201 {
namespace {

template <class Request>
constexpr Action row(Direction direction, Block block) {
  static_assert(json::Message<Request> && json::Message<typename Request::Response>);
  return {Request::kAction, direction, block, payload_of<Request>(), payload_of<typename Request::Response>()};
}

constexpr std::array kActions{
    row<AuthorizeRequest>(Direction::to_csms, Block::c),
    row<BootNotificationRequest>(Direction::to_csms, Block::b),
    row<CancelReservationRequest>(Direction::to_station, Block::h),
    row<CertificateSignedRequest>(Direction::to_station, Block::a),
    row<ChangeAvailabilityRequest>(Direction::to_station, Block::g),
    row<ClearCacheRequest>(Direction::to_station, Block::c),
    row<ClearChargingProfileRequest>(Direction::to_station, Block::k),
    row<ClearDisplayMessageRequest>(Direction::to_station, Block::o),
    row<ClearVariableMonitoringRequest>(Direction::to_station, Block::n),
    row<ClearedChargingLimitRequest>(Direction::to_csms, Block::k),
    row<CostUpdatedRequest>(Direction::to_station, Block::i),
    row<CustomerInformationRequest>(Direction::to_station, Block::n),
    row<DataTransferRequest>(Direction::both, Block::p),
    row<DeleteCertificateRequest>(Direction::to_station, Block::m),
    row<FirmwareStatusNotificationRequest>(Direction::to_csms, Block::l),
    row<Get15118EVCertificateRequest>(Direction::to_csms, Block::m),
    row<GetBaseReportRequest>(Direction::to_station, Block::b),
    row<GetCertificateStatusRequest>(Direction::to_csms, Block::m),
    row<GetChargingProfilesRequest>(Direction::to_station, Block::k),
    row<GetCompositeScheduleRequest>(Direction::to_station, Block::k),
    row<GetDisplayMessagesRequest>(Direction::to_station, Block::o),
    row<GetInstalledCertificateIdsRequest>(Direction::to_station, Block::m),
    row<GetLocalListVersionRequest>(Direction::to_station, Block::d),
    row<GetLogRequest>(Direction::to_station, Block::n),
    row<GetMonitoringReportRequest>(Direction::to_station, Block::n),
    row<GetReportRequest>(Direction::to_station, Block::b),
    row<GetTransactionStatusRequest>(Direction::to_station, Block::e),
    row<GetVariablesRequest>(Direction::to_station, Block::b),
    row<HeartbeatRequest>(Direction::to_csms, Block::g),
    row<InstallCertificateRequest>(Direction::to_station, Block::m),
    row<LogStatusNotificationRequest>(Direction::to_csms, Block::n),
    row<MeterValuesRequest>(Direction::to_csms, Block::j),
    row<NotifyChargingLimitRequest>(Direction::to_csms, Block::k),
    row<NotifyCustomerInformationRequest>(Direction::to_csms, Block::n),
    row<NotifyDisplayMessagesRequest>(Direction::to_csms, Block::o),
    row<NotifyEVChargingNeedsRequest>(Direction::to_csms, Block::k),
    row<NotifyEVChargingScheduleRequest>(Direction::to_csms, Block::k),
    row<NotifyEventRequest>(Direction::to_csms, Block::n),
    row<NotifyMonitoringReportRequest>(Direction::to_csms, Block::n),
    row<NotifyReportRequest>(Direction::to_csms, Block::b),
    row<PublishFirmwareRequest>(Direction::to_station, Block::l),
    row<PublishFirmwareStatusNotificationRequest>(Direction::to_csms, Block::l),
    row<ReportChargingProfilesRequest>(Direction::to_csms, Block::k),
    row<RequestStartTransactionRequest>(Direction::to_station, Block::f),
    row<RequestStopTransactionRequest>(Direction::to_station, Block::f),
    row<ReservationStatusUpdateRequest>(Direction::to_csms, Block::h),
    row<ReserveNowRequest>(Direction::to_station, Block::h),
    row<ResetRequest>(Direction::to_station, Block::b),
    row<SecurityEventNotificationRequest>(Direction::to_csms, Block::a),
    row<SendLocalListRequest>(Direction::to_station, Block::d),
    row<SetChargingProfileRequest>(Direction::to_station, Block::k),
    row<SetDisplayMessageRequest>(Direction::to_station, Block::o),
    row<SetMonitoringBaseRequest>(Direction::to_station, Block::n),
    row<SetMonitoringLevelRequest>(Direction::to_station, Block::n),
    row<SetNetworkProfileRequest>(Direction::to_station, Block::b),
    row<SetVariableMonitoringRequest>(Direction::to_station, Block::n),
    row<SetVariablesRequest>(Direction::to_station, Block::b),
    row<SignCertificateRequest>(Direction::to_csms, Block::a),
    row<StatusNotificationRequest>(Direction::to_csms, Block::g),
    row<TransactionEventRequest>(Direction::to_csms, Block::e),
    row<TriggerMessageRequest>(Direction::to_station, Block::f),
    row<UnlockConnectorRequest>(Direction::to_station, Block::f),
    row<UnpublishFirmwareRequest>(Direction::to_station, Block::l),
    row<UpdateFirmwareRequest>(Direction::to_station, Block::l),
};
static_assert(std::ranges::is_sorted(kActions, {}, &Action::name));

// Storage budgets in bytes. They are inline in every buffer that holds such a message.
constexpr std::size_t kAnswerBudget = 64 * 1024;  // GetInstalledCertificateIds; every other one needs less than half
constexpr std::size_t kLargeBudget = 320 * 1024;  // ten meter values, each value with room for a signature
static_assert(sizeof(BootNotificationRequest) <= 512);
static_assert(sizeof(StatusNotificationRequest) <= 64);
static_assert(sizeof(AuthorizeRequest) <= 10 * 1024);
static_assert(sizeof(TransactionEventResponse) <= 4 * 1024);
static_assert(sizeof(GetVariablesRequest) <= 8 * 1024);
static_assert(std::ranges::all_of(kActions, [](const Action& a) {
  return a.request.size <= kLargeBudget && a.response.size <= kAnswerBudget;
}));

}  // namespace

std::span<const Action> actions() { return kActions; }

}  // namespace bulwatt::ocpp::v201
