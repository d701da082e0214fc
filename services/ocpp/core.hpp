// The station's side of OCPP 2.0.1 without any I/O: text and time in, text out through Ports. Every event ends in settle(),
// which does whatever has become possible or due; so the parts only keep state and never call each other.
#pragma once
#include "services/ocpp/certificate_status.hpp"
#include "services/ocpp/outgoing.hpp"
#include "services/ocpp/requests.hpp"
#include "services/ocpp/session_side.hpp"

namespace bulwatt::ocpp {

class Core {
 public:
  /// `store` is open. `first_start` when the station started, not only this process.
  Core(const Config& config, Ports& ports, Store& store, Network& network, bool first_start);

  /// After construction, once calls are possible.
  void start();
  void link_up();
  void link_down();
  /// One text message of the backend.
  void received(std::string_view text);
  void timer() { settle(); }

  void work_available();
  void snapshot_changed();
  void session_peer(bool alive);
  void ledger_peer(bool alive);

  void upload_ended(UploadResult result);
  /// The vault has made a key or a signature.
  void vault_pulse();

  /// The vault has another crypto profile in use: a security event; the connection is made anew by whoever called.
  void crypto_profile_changed(const vault::ProfileChanged& change);

  /// Something the connection has noticed.
  void security(std::string_view type, std::string_view info);
  void note(ledger::Subject subject, ledger::Severity severity, std::string_view event, std::string_view detail);

  const Model& model() const { return model_; }
  Registration registration() const { return boot_.registration(); }

 private:
  void settle();
  void accepted();
  void network_connected();
  void invalid(std::string_view what);
  void wake();

  Store& store_;
  Model model_;
  Records records_;
  Base base_;
  Boot boot_;
  Heartbeat heartbeat_{base_};
  StatusReporter status_{base_};
  MeterReporter meter_{base_};
  FirmwareReporter firmware_{};
  Renewal renewal_{base_};
  CertificateStatus certificate_status_{base_};
  SecurityReporter security_{base_};
  EventSender events_{base_};
  Monitors monitors_{base_, events_};
  MonitoringReporter monitoring_reports_{base_};
  LogUploads logs_{base_};
  CustomerReporter customers_{base_};
  ReportSender reports_{base_};
  Authorizer authorizer_{base_};
  TransactionSender transactions_{base_};
  ReservationReporter reservations_{base_};
  SessionSide session_{base_, authorizer_, transactions_, reservations_};
  Outgoing outgoing_{
      base_,
      boot_,
      {&reports_, &customers_, &authorizer_, &status_, &security_, &renewal_, &certificate_status_, &events_,
       &transactions_, &reservations_, &monitoring_reports_, &logs_, &firmware_, &meter_, &heartbeat_}};
  Requests requests_{{base_, boot_, heartbeat_, status_, meter_, reports_, monitors_, monitoring_reports_, logs_,
                      firmware_, customers_, renewal_}};
  bool open_ = false;
  std::optional<Instant> offline_since_{};
  Instant next_complaint_{};
  Instant next_exhaustion_{};  ///< when MemoryExhaustion may be told again
  std::uint32_t complaints_ = 0;
};

}  // namespace bulwatt::ocpp
