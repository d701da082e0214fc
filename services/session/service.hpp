// The shell around the core: handlers, durable before visible, permit renewal, the way to the ledger.
#pragma once
#include "services/session/core.hpp"
#include "services/session/ledger_queue.hpp"
#include "services/session/records.hpp"
#include "services/session/shelf.hpp"
#include "services/session/snapshot.hpp"

namespace bulwatt::session {

inline constexpr Duration kRenewInterval = std::chrono::milliseconds{100};
inline constexpr Duration kContactInterval = std::chrono::seconds{2};  ///< power and meter are asked so often at least
inline constexpr Duration kFreshReading = std::chrono::milliseconds{300};
inline constexpr Duration kStorageRetry = std::chrono::seconds{1};
inline constexpr std::uint64_t kNumbersSkippedAfterDamage = 1'000'000;

class Service {
 public:
  Service(const Config& config, Ports& ports, journal::Journal& journal);

  /// Brings the state back from the journal; `first_start` when the station started, not only this process.
  std::expected<void, journal::Error> open(bool first_start);
  /// Where signed meter records are kept; without it none is asked for.
  void keep_records_in(Shelf& shelf) { shelf_ = &shelf; }
  /// First contact with the others. After open().
  void start();

  // from ocpp, hmi, cards and v2g
  std::expected<Snapshot, Error> on(const GetSnapshot& request);
  std::expected<GetTopology::Topology, Error> on(const GetTopology& request);
  std::expected<GetLimitHistory::History, Error> on(const GetLimitHistory& request);
  std::expected<GetMeterRecord::Part, Error> on(const GetMeterRecord& request);
  std::expected<GetReceipt::Last, Error> on(const GetReceipt& request);
  std::expected<PresentToken::Verdict, Error> on(const PresentToken& request);
  std::expected<NextAuthorization::Pending, Error> on(const NextAuthorization& request);
  std::expected<ipc::Done, Error> on(const AnswerAuthorization& request);
  std::expected<ipc::Done, Error> on(const AnswerTransaction& request);
  std::expected<ClearCache::Answer, Error> on(const ClearCache& request);
  std::expected<GetCustomer::Customer, Error> on(const GetCustomer& request);
  std::expected<ForgetCustomer::Forgotten, Error> on(const ForgetCustomer& request);
  std::expected<UpdateLocalList::Answer, Error> on(const UpdateLocalList& request);
  std::expected<GetLocalList::Listed, Error> on(const GetLocalList& request);
  std::expected<FetchEvent::Fetched, Error> on(const FetchEvent& request);
  std::expected<ipc::Done, Error> on(const AcknowledgeEvents& request);
  std::expected<TransactionStatus::Answer, Error> on(const TransactionStatus& request);
  std::expected<ipc::Done, Error> on(const TriggerEvent& request);
  std::expected<RemoteStart::Answer, Error> on(const RemoteStart& request);
  std::expected<RemoteStart::Answer, Error> on(const RemoteStop& request);
  std::expected<ChangeAvailability::Answer, Error> on(const ChangeAvailability& request);
  std::expected<ChangeAvailability::Answer, Error> on(const Reset& request);
  std::expected<Unlock::Answer, Error> on(const Unlock& request);
  std::expected<Reserve::Answer, Error> on(const Reserve& request);
  std::expected<ClearCache::Answer, Error> on(const CancelReservation& request);
  std::expected<NextReservationUpdate::Update, Error> on(const NextReservationUpdate& request);
  std::expected<ipc::Done, Error> on(const SetLink& request);
  std::expected<ipc::Done, Error> on(const Configure& request);
  std::expected<ipc::Done, Error> on(const SetBackendLimit& request);
  std::expected<VehicleOutlet, Error> on(const ReportVehicle& request);

  // pulses and peers
  void on(const power::StatusChanged& pulse);
  void on(const meter::ReadingChanged& pulse);
  void on(const meter::RecordMade& pulse);
  void power_peer(bool alive);
  void meter_peer(bool alive);
  void ledger_peer(bool alive);
  void backend_peer(bool alive);
  void vehicle_peer(bool alive);

  void timer();
  void end_of_turn();

  const Station& station() const { return station_; }
  const Archive& archive() const { return archive_; }

 private:
  /// What power last answered about an outlet, to be taken in after the present step.
  struct PowerReport {
    Outlet outlet{};
    std::optional<power::Status> status{};
  };
  /// The shell's own view of one EVSE.
  struct Side {
    std::uint32_t durable_epoch = 0;
    Permit sent{};
    bool revoke_pending = false;
    Instant next_renew = kNever;
    Instant meter_read{};
    wire::Buffer<Snapshot> told{};
    std::size_t told_size = 0;
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
  template <class F>
  auto step_at(std::uint8_t evse, F&& event) {
    return step([&](const Context& c) { return event(c.at(evse - 1U)); });
  }
  /// For looking only.
  template <class F>
  auto look(F&& f) {
    const auto moment = ports_.moment();
    Actions none{};
    return f(Context{config_, station_, archive_, moment, none});
  }
  void refill();
  void follow() {
    perform();
    take_reports();
    read_last_registers();
  }
  bool known(std::uint8_t evse) const { return evse >= 1 && evse <= config_.evses.size; }
  bool known_or_all(std::uint8_t evse) const { return evse == 0 || known(evse); }
  bool stored_now() const { return !unsaved_ && station_.storage_ok; }

  // after each step (service.cpp)
  void perform();
  void follow_phase(const Actions& todo);
  void persist(const Actions& todo);
  bool collect(const Actions& todo);
  void stored();
  void not_stored(journal::Error error);
  bool store_whole();
  void tell_snapshots();
  void set_wake();

  // power and meter (service_outlets.cpp)
  void send_permits(std::uint8_t which, bool lowering);
  void send_permit(std::uint8_t evse);
  void revoke(std::uint8_t evse);
  void read_power(Outlet outlet);
  template <class Result>
  void report(Outlet outlet, const Result& result);
  void take_reports();
  void set_lock(const LockWish& wish);
  void read_meter(std::uint8_t evse);
  void freshen_meter(std::uint8_t evse);
  void freshen_meters();
  void read_last_registers();
  void ask_records(const Actions& todo);
  template <class F>
  void for_each_outlet(F&& f) {
    for (std::size_t i = 0; i < station_.evses.size; ++i) {
      for (std::size_t k = 0; k < station_.evses[i].connectors.size; ++k)
        f(Outlet{static_cast<std::uint8_t>(i + 1), static_cast<std::uint8_t>(k + 1)});
    }
  }
  bool permitted(Outlet outlet) const;

  const Config& config_;
  Ports& ports_;
  journal::Journal& journal_;
  Shelf* shelf_ = nullptr;
  Station station_{};
  Archive archive_{};
  Core core_{config_, station_, archive_};
  LedgerQueue ledger_{};
  std::array<Side, power::kMaxEvses> sides_{};
  List<PowerReport, power::kMaxOutlets> reports_{};
  std::uint64_t written_ = 0;  ///< greatest event number handed to the journal
  bool unsaved_ = false;       ///< the journal lacks something: write the whole state
  Instant storage_retry_{};
  Instant next_contact_{};
  Instant core_wake_ = kNever;
  Instant phase_asked_{};
  bool work_available_ = false;
};

}  // namespace bulwatt::session
