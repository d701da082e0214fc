// The shell around the core: handlers, durable before visible, permit renewal, the way to the ledger.
#pragma once
#include "services/session/core.hpp"
#include "services/session/ledger_queue.hpp"
#include "services/session/records.hpp"
#include "services/session/snapshot.hpp"

namespace bulwatt::session {

inline constexpr Duration kRenewInterval = std::chrono::milliseconds{100};
inline constexpr Duration kContactInterval = std::chrono::seconds{2};  ///< power and meter are asked so often at least
inline constexpr Duration kFreshReading = std::chrono::milliseconds{300};
inline constexpr Duration kStorageRetry = std::chrono::seconds{1};
inline constexpr std::uint64_t kNumbersSkippedAfterDamage = 1'000'000;

class Service {
 public:
  Service(const Config& config, Ports& ports, journal::Journal& journal)
      : config_(config), ports_(ports), journal_(journal) {}

  /// Brings the state back from the journal; `first_start` when the station started, not only this process.
  std::expected<void, journal::Error> open(bool first_start);
  /// First contact with the others. After open().
  void start();

  // from ocpp and hmi
  std::expected<Snapshot, Error> on(const GetSnapshot& request);
  std::expected<PresentToken::Verdict, Error> on(const PresentToken& request);
  std::expected<NextAuthorization::Pending, Error> on(const NextAuthorization& request);
  std::expected<ipc::Done, Error> on(const AnswerAuthorization& request);
  std::expected<ipc::Done, Error> on(const AnswerTransaction& request);
  std::expected<FetchEvent::Fetched, Error> on(const FetchEvent& request);
  std::expected<ipc::Done, Error> on(const AcknowledgeEvents& request);
  std::expected<RemoteStart::Answer, Error> on(const RemoteStart& request);
  std::expected<RemoteStart::Answer, Error> on(const RemoteStop& request);
  std::expected<ChangeAvailability::Answer, Error> on(const ChangeAvailability& request);
  std::expected<ChangeAvailability::Answer, Error> on(const Reset& request);
  std::expected<ipc::Done, Error> on(const TriggerEvent& request);
  std::expected<ipc::Done, Error> on(const SetLink& request);
  std::expected<ipc::Done, Error> on(const Configure& request);
  std::expected<ipc::Done, Error> on(const SetBackendLimit& request);
  std::expected<ClearCache::Reply, Error> on(const ClearCache& request);
  std::expected<UpdateLocalList::Reply, Error> on(const UpdateLocalList& request);
  std::expected<GetLocalList::Reply, Error> on(const GetLocalList& request);
  std::expected<TransactionStatus::Reply, Error> on(const TransactionStatus& request);
  std::expected<Unlock::Reply, Error> on(const Unlock& request);
  std::expected<Reserve::Reply, Error> on(const Reserve& request);
  std::expected<CancelReservation::Reply, Error> on(const CancelReservation& request);
  std::expected<NextReservationUpdate::Reply, Error> on(const NextReservationUpdate& request);
  std::expected<GetTopology::Reply, Error> on(const GetTopology& request);
  std::expected<GetLimitHistory::Reply, Error> on(const GetLimitHistory& request);

  // pulses and peers
  void on(const power::StatusChanged&) { read_power(); }
  void on(const meter::ReadingChanged&) { read_meter(); }
  void power_peer(bool alive);
  void meter_peer(bool alive);
  void ledger_peer(bool alive);
  void backend_peer(bool alive);

  void timer();
  void end_of_turn();

  const Station& station() const { return station_; }

 private:
  /// What power last answered, to be taken in after the present step.
  struct PowerReport {
    std::optional<power::Status> status{};
  };
  /// One step of the core and everything that follows from it; when it returns, the outcome is durable.
  template <class F>
  auto step(F&& event) {
    refill();
    if constexpr (std::is_void_v<decltype(core_.step(Moment{}, event))>) {
      core_.step(ports_.moment(), event);
      follow();
    } else {
      auto answer = core_.step(ports_.moment(), event);
      follow();
      return answer;
    }
  }
  void refill();
  void follow() {
    perform();
    take_reports();
    read_last_register();
  }
  void read_last_register();
  bool known(std::uint8_t evse) const { return evse == 0 || evse == config_.evse; }
  void perform();
  void take_reports();
  void persist(const Actions& todo);
  bool collect(const Actions& todo);
  void stored();
  void not_stored(journal::Error error);
  void send_permit();
  void revoke();
  void read_power();
  template <class Result>
  void report(const Result& result);
  void read_meter();
  void freshen_meter();
  void follow_phase(const Actions& todo);
  void set_wake();

  const Config& config_;
  Ports& ports_;
  journal::Journal& journal_;
  Station station_{};
  Core core_{config_, station_};
  LedgerQueue ledger_{};
  std::optional<PowerReport> report_{};
  std::uint64_t written_ = 0;  ///< greatest event number handed to the journal
  bool unsaved_ = false;       ///< the journal lacks something: write the whole state
  Instant storage_retry_{};
  std::optional<TransactionId> durable_transaction_{};
  Permit sent_{};
  bool revoke_pending_ = false;
  Instant next_renew_ = kNever;
  Instant next_contact_{};
  Instant meter_read_{};
  Instant core_wake_ = kNever;
  Instant phase_asked_{};
  bool work_available_ = false;
  wire::Buffer<Snapshot> told_{};
  std::size_t told_size_ = 0;
};

}  // namespace bulwatt::session
