// What the backend may ask: finds the action, decodes, answers. The answer goes out before anything that follows from it.
#pragma once
#include "libs/ipc/link.hpp"
#include "protocols/ocpp/v201/authorization.hpp"
#include "protocols/ocpp/v201/availability.hpp"
#include "protocols/ocpp/v201/certificates.hpp"
#include "protocols/ocpp/v201/data_transfer.hpp"
#include "protocols/ocpp/v201/diagnostics.hpp"
#include "protocols/ocpp/v201/local_list.hpp"
#include "protocols/ocpp/v201/provisioning.hpp"
#include "protocols/ocpp/v201/remote_control.hpp"
#include "protocols/ocpp/v201/reservation.hpp"
#include "protocols/ocpp/v201/security.hpp"
#include "protocols/ocpp/v201/transactions.hpp"
#include "services/ocpp/boot.hpp"
#include "services/ocpp/customer_report.hpp"
#include "services/ocpp/logs.hpp"
#include "services/ocpp/monitoring_report.hpp"
#include "services/ocpp/renewal.hpp"
#include "services/ocpp/report_sender.hpp"
#include "services/ocpp/reporters.hpp"

namespace bulwatt::ocpp {

class Requests {
 public:
  static constexpr std::size_t kRemembered = 8;    ///< answers kept for a backend that asks the same again
  static constexpr std::uint32_t kPerSecond = 50;  ///< a backend that asks more is told so
  static constexpr std::uint32_t kBurst = 200;
  static constexpr std::uint32_t kMostRepeats = 5;  ///< of one request; more is no network problem any more
  /// An order to unlock is answered when the motor is at its end; it needs 2 s at most, after an outlet that was live.
  static constexpr Duration kUnlockPatience = std::chrono::seconds{5};
  static constexpr Duration kUnlockLook = std::chrono::milliseconds{200};
  struct Parts {
    Base& base;
    Boot& boot;
    Heartbeat& heartbeat;
    StatusReporter& status;
    MeterReporter& meter;
    ReportSender& reports;
    Monitors& monitors;
    MonitoringReporter& monitoring_reports;
    LogUploads& logs;
    FirmwareReporter& firmware;
    CustomerReporter& customers;
    Renewal& renewal;
  };
  explicit Requests(const Parts& parts) : parts_(parts), base_(parts.base) {}

  /// Answers one CALL. `text` is the whole frame.
  void take(const Frame& frame, std::string_view text);
  void refuse(const MessageId& id, ErrorCode code, std::string_view description);
  /// The lock's motor may have come to its end: the order to unlock that waits for it is answered.
  void look_at_lock();
  /// No connection any more: nobody waits for an answer.
  void link_down() { unlocking_.reset(); }
  Instant due() const { return unlocking_ ? std::min(unlocking_->look, unlocking_->until) : kNever; }
  /// What follows from the requests taken since the last call.
  Consequences take_consequences() { return std::exchange(consequences_, {}); }

 private:
  using Handler = void (*)(Requests&, const Frame&);
  struct Route {
    std::string_view action;
    Handler handler;
    bool changes = false;  ///< does something; then it is only done if it can be recorded
  };
  struct Remembered {
    MessageId id{};
    std::uint64_t hash{};
    std::string answer{};
    std::uint32_t repeats = 0;
  };
  /// An order to unlock that has no answer yet.
  struct Unlocking {
    MessageId id{};
    std::uint64_t hash{};
    session::Unlock order{};
    Instant until{};  ///< then it has failed
    Instant look{};
  };
  template <class Request>
  static void run(Requests& self, const Frame& frame);
  static void run_unlock(Requests& self, const Frame& frame);
  template <class Request>
  std::unique_ptr<Request> decoded(const Frame& frame);
  template <class Response>
  void answer(const MessageId& id, const Response& response);
  static const Route* route(std::string_view action);
  void send(std::string_view text);
  bool repeat(const MessageId& id, std::uint64_t hash);
  bool not_registered() const { return !parts_.boot.accepted(); }
  std::int64_t listed_entries() const;
  Timestamp uncorrected(Timestamp of_backend) const;

  // remote control
  void on(const v201::RequestStartTransactionRequest& request, v201::RequestStartTransactionResponse& response);
  void on(const v201::RequestStopTransactionRequest& request, v201::RequestStopTransactionResponse& response);
  v201::TriggerMessageStatusEnum trigger(const v201::TriggerMessageRequest& request);
  void begin_unlock(const v201::UnlockConnectorRequest& request);
  void end_unlock(const v201::UnlockConnectorResponse& response);
  void on(const v201::TriggerMessageRequest& request, v201::TriggerMessageResponse& response);
  void on(const v201::ChangeAvailabilityRequest& request, v201::ChangeAvailabilityResponse& response);
  void on(const v201::ResetRequest& request, v201::ResetResponse& response);
  void on(const v201::GetTransactionStatusRequest& request, v201::GetTransactionStatusResponse& response);
  // device model
  void on(const v201::GetVariablesRequest& request, v201::GetVariablesResponse& response);
  void on(const v201::SetVariablesRequest& request, v201::SetVariablesResponse& response);
  void on(const v201::GetBaseReportRequest& request, v201::GetBaseReportResponse& response);
  void on(const v201::GetReportRequest& request, v201::GetReportResponse& response);
  // monitors and logs
  void on(const v201::SetVariableMonitoringRequest& request, v201::SetVariableMonitoringResponse& response);
  void on(const v201::ClearVariableMonitoringRequest& request, v201::ClearVariableMonitoringResponse& response);
  void on(const v201::SetMonitoringBaseRequest& request, v201::SetMonitoringBaseResponse& response);
  void on(const v201::SetMonitoringLevelRequest& request, v201::SetMonitoringLevelResponse& response);
  void on(const v201::GetMonitoringReportRequest& request, v201::GetMonitoringReportResponse& response);
  void on(const v201::GetLogRequest& request, v201::GetLogResponse& response);
  // security
  void on(const v201::SetNetworkProfileRequest& request, v201::SetNetworkProfileResponse& response);
  void on(const v201::CertificateSignedRequest& request, v201::CertificateSignedResponse& response);
  // certificates
  void on(const v201::InstallCertificateRequest& request, v201::InstallCertificateResponse& response);
  void on(const v201::GetInstalledCertificateIdsRequest& request, v201::GetInstalledCertificateIdsResponse& response);
  void on(const v201::DeleteCertificateRequest& request, v201::DeleteCertificateResponse& response);
  // tokens and reservations
  void on(const v201::ClearCacheRequest& request, v201::ClearCacheResponse& response);
  void on(const v201::SendLocalListRequest& request, v201::SendLocalListResponse& response);
  void on(const v201::GetLocalListVersionRequest& request, v201::GetLocalListVersionResponse& response);
  void on(const v201::ReserveNowRequest& request, v201::ReserveNowResponse& response);
  void on(const v201::CancelReservationRequest& request, v201::CancelReservationResponse& response);
  // customers
  void on(const v201::CustomerInformationRequest& request, v201::CustomerInformationResponse& response);
  std::string customer_words(const v201::CustomerInformationRequest& request, const session::IdToken& token,
                             const session::GetCustomer::Customer& customer) const;
  // typed refusal
  void on(const v201::DataTransferRequest& request, v201::DataTransferResponse& response);

  Parts parts_;
  Base& base_;
  Consequences consequences_{};
  std::deque<Remembered> remembered_{};
  std::optional<Unlocking> unlocking_{};
  ipc::RateLimit rate_{kPerSecond, kBurst};
  std::uint64_t hash_ = 0;  ///< of the frame being answered
  MessageId id_{};
  std::array<char, kMaxFrameBytes> buffer_{};
};

}  // namespace bulwatt::ocpp
