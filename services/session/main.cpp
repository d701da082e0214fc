// bulwatt-session: the only decision maker of the station. Wiring; what it decides is in the core (see README.md).
#include "grants/session.hpp"
#include "libs/journal/linux/file_storage.hpp"
#include "libs/runtime/process.hpp"
#include "services/session/service.hpp"

using namespace bulwatt;
namespace grant = bulwatt::grants::session;

namespace {

constexpr std::string_view kFolder = "/state";

/// The conduits as Ports, and the pulses of the servers on their way back.
class Conduits final : public session::Ports {
 public:
  explicit Conduits(runtime::Loop& loop)
      : loop_(loop),
        power_(loop.use<grant::power>(*this)),
        meter_(loop.use<grant::meter>(*this)),
        ledger_(loop.use<grant::ledger>(*this)) {}
  void serve(session::Service& service) {
    service_ = &service;
    ocpp_.emplace(loop_.serve<grant::ocpp>(service));
    hmi_.emplace(loop_.serve<grant::hmi>(service));
    v2g_.emplace(loop_.serve<grant::v2g>(service));
    static_cast<void>(loop_.serve<grant::cards>(service));  // it is called, and calls nobody back
    using session::Service;
    using Peer = runtime::Delegate<bool>;
    loop_.on_peer<grant::power>(Peer::to<&Service::power_peer>(service));
    loop_.on_peer<grant::meter>(Peer::to<&Service::meter_peer>(service));
    loop_.on_peer<grant::ledger>(Peer::to<&Service::ledger_peer>(service));
    loop_.on_peer<grant::ocpp>(Peer::to<&Service::backend_peer>(service));
    loop_.on_peer<grant::v2g>(Peer::to<&Service::vehicle_peer>(service));
    loop_.on_phase(runtime::Delegate<control::Phase>::to<&Conduits::phase_changed>(*this));
    loop_.at_end_of_turn(runtime::Action::to<&Service::end_of_turn>(service));
    loop_.after(Duration::zero(), runtime::Action::to<&Service::start>(service));
  }

  void on(const power::StatusChanged& pulse) { service_->on(pulse); }
  void on(const meter::ReadingChanged& pulse) { service_->on(pulse); }
  void on(const meter::RecordMade& pulse) { service_->on(pulse); }

  session::Moment moment() override { return {os::now(), os::civil_now()}; }
  void random(std::span<std::byte> out) override { os::random_bytes(out); }
  session::Called<power::RenewPermit, power::Error> call(const power::RenewPermit& request) override {
    return power_.call(request);
  }
  session::Called<power::RevokePermit, power::Error> call(const power::RevokePermit& request) override {
    return power_.call(request);
  }
  session::Called<power::ReadStatus, power::Error> call(const power::ReadStatus& request) override {
    return power_.call(request);
  }
  session::Called<power::ResetFault, power::Error> call(const power::ResetFault& request) override {
    return power_.call(request);
  }
  session::Called<power::SetLock, power::Error> call(const power::SetLock& request) override {
    return power_.call(request);
  }
  session::Called<meter::Read, meter::Error> call(const meter::Read& request) override { return meter_.call(request); }
  session::Called<meter::AskRecord, meter::Error> call(const meter::AskRecord& request) override {
    return meter_.call(request);
  }
  session::Called<meter::FetchRecord, meter::Error> call(const meter::FetchRecord& request) override {
    return meter_.call(request);
  }
  session::Called<meter::FetchTwin, meter::Error> call(const meter::FetchTwin& request) override {
    return meter_.call(request);
  }
  session::Called<ledger::Append, ledger::Error> call(const ledger::Append& request) override {
    return ledger_.call(request);
  }
  control::Phase phase() override { return loop_.phase(); }
  void request_phase(control::Phase phase) override { loop_.request_phase(phase); }
  void restart_station() override { loop_.request_restart(); }
  void tell_snapshot_changed(std::uint8_t evse) override {
    const session::SnapshotChanged pulse{evse};
    ocpp_->pulse(pulse);
    hmi_->pulse(pulse);
    v2g_->pulse(pulse);
  }
  void tell_work_available() override { ocpp_->pulse(session::WorkAvailable{}); }
  void wake_at(Instant when) override {
    loop_.at(timer_, when, runtime::Action::to<&session::Service::timer>(*service_));
  }
  void log(std::string_view line) override { runtime::log(line); }

 private:
  void phase_changed(control::Phase) { service_->timer(); }
  runtime::Loop& loop_;
  ipc::Client<grant::power> power_;
  ipc::Client<grant::meter> meter_;
  ipc::Client<grant::ledger> ledger_;
  std::optional<ipc::Server<grant::ocpp>> ocpp_{};
  std::optional<ipc::Server<grant::hmi>> hmi_{};
  std::optional<ipc::Server<grant::v2g>> v2g_{};
  session::Service* service_ = nullptr;
  runtime::TimerId timer_ = runtime::kNoTimer;
};

}  // namespace

int main() {
  runtime::Loop loop{grant::kService};
  const auto found = runtime::begin(loop, grant::kProcess);
  if (!found) return runtime::kExitNoStart;
  const auto config = runtime::take_config<session::Config>(loop);
  if (!config) return runtime::kExitBadConfig;
  if (const auto wrong = session::problem(*config); !wrong.empty()) {
    runtime::log(wrong.view());
    return runtime::kExitBadConfig;
  }
  journal::FileStorage storage{kFolder, "journal"};
  static journal::Journal journal{storage, config->journal_kib * 1024};
  Conduits conduits{loop};
  static session::Service service{*config, conduits, journal};
  if (const auto opened = service.open(loop.restarts() == 0); !opened) {
    runtime::log(opened.error() == journal::Error::full
                     ? "no room for the journal in the state folder; free some and start again"
                     : "the journal in the state folder cannot be opened or read");
    return runtime::kExitSetUp;
  }
  journal::FileStorage record_storage{kFolder, "records"};
  session::Shelf shelf{record_storage, config->kept_records};
  if (config->meter_records) {
    if (!shelf.open()) {
      runtime::log(
          "no room for the signed meter records in the state folder; free some, or set [session] kept_records");
      return runtime::kExitSetUp;
    }
    service.keep_records_in(shelf);
  }
  conduits.serve(service);
  return runtime::run(loop, grant::kProcess, *found);
}
