// The services of the station around their real logic. What main.cpp and its shell are for a process is here: which conduit
// goes to which object, with the same grants.
#pragma once
#include "grants/ledger.hpp"
#include "grants/meter.hpp"
#include "grants/power.hpp"
#include "grants/session.hpp"
#include "services/ledger/service.hpp"
#include "services/meter/records.hpp"
#include "services/power/outlets.hpp"
#include "services/session/service.hpp"
#include "tests/simulation/disk.hpp"
#include "tests/simulation/outside.hpp"
#include "tests/simulation/process.hpp"

namespace bulwatt::simulation {

/// Defects planted on purpose, to see that the invariants find them.
enum class Defect : std::uint8_t {
  none,
  acknowledges_before_durable,
  permits_without_authorization,
  ledger_answers_early,
  gives_what_others_have,
  promises_reservations,
  lies_about_the_list,
};
constexpr auto enum_names(Defect) {
  return names("none", "acknowledges_before_durable", "permits_without_authorization", "ledger_answers_early",
               "gives_what_others_have", "promises_reservations", "lies_about_the_list");
}

struct Launch {
  const sandbox::ServiceEntry& entry;
  os::Handle control;
  std::span<const os::Handle> ends;
};

class PowerProcess final : public Process {
 public:
  PowerProcess(const Launch& launch, const Outside& outside);

  template <class Request>
    requires requires(power::Outlets& outlets, const Request& request, Instant now) { outlets.on(request, now); }
  power::Outlets::Answer on(const Request& request) {
    return outlets_.on(request, os::now());
  }

 private:
  struct Line final : power::Line {
    os::Handle end = os::kNoHandle;
    void write(std::span<const std::byte> frame) override { os::send(end, frame); }
  };
  std::span<power::Line* const> wire_up(const Outside& outside);
  std::optional<int> set_up() override;
  Instant device_due() const override;
  void device_ready() override;
  void tick() { outlets_.tick(os::now()); }
  void phase_changed(control::Phase phase) { outlets_.follow(phase, os::now()); }
  void tell();

  std::array<Line, power::kMaxOutlets> lines_{};
  std::array<power::Line*, power::kMaxOutlets> pointers_{};
  power::Outlets outlets_;
  std::optional<ipc::Server<grants::power::session>> session_{};
};

/// Follows a script: reads the true registers twice a second while the meters answer.
class MeterProcess final : public Process {
 public:
  MeterProcess(const Launch& launch, const Outside& outside);
  std::expected<meter::Reading, meter::Error> on(const meter::Read& r);
  auto on(const meter::AskRecord&) {
    return std::expected<ipc::Done, meter::Error>{std::unexpected(meter::Error::no_keys)};
  }
  auto on(const meter::FetchRecord& r) { return records_.record(r.evse); }
  auto on(const meter::FetchTwin& r) { return records_.twin(r.evse); }
  auto on(const meter::GetKeys&) { return std::expected<meter::GetKeys::Keys, meter::Error>{records_.keys()}; }
  auto on(const meter::FetchToSign& r) { return records_.fetch(r); }
  auto on(const meter::SubmitRecord& r) { return records_.submit(r); }
  std::expected<ipc::Done, meter::Error> on(const meter::TellKeys& r) {
    records_.tell(r);
    return ipc::Done{};
  }

 private:
  std::optional<int> set_up() override;
  void poll();
  meter::RecordConfig record_config_{};
  meter::Records records_{record_config_};  ///< nobody here has keys: none is made

  const Outside& outside_;
  std::optional<ipc::Server<grants::meter::session>> session_{};
  struct Read {
    std::optional<Instant> at{};
    meter::Reading reading{};
  };
  std::array<Read, meter::kMaxMeters> latest_{};
};

class LedgerProcess final : public Process {
 public:
  LedgerProcess(const Launch& launch, Disk& disk, Defect defect);
  void die() override;

 private:
  template <class Grant>
  struct Caller {
    LedgerProcess* owner = nullptr;
    std::optional<ipc::Server<Grant>> server{};
    void connect(LedgerProcess& process) {
      owner = &process;
      server.emplace(process.loop_.template serve<Grant>(*this));
    }
    void on(const ledger::Append& request, const ipc::Ticket& ticket) {
      owner->take(Grant::kFacts.client, request, ticket);
    }
    std::expected<ledger::ReadHead::Head, ledger::Error> on(const ledger::ReadHead&) { return owner->service_.head(); }
    std::expected<ledger::Prove::Proof, ledger::Error> on(const ledger::Prove&) {
      return std::unexpected(ledger::Error::not_ready);
    }
    auto on(const ledger::FetchCheckpoint&) { return owner->service_.fetch(stamp()); }
    auto on(const ledger::SubmitCheckpoint& request) { return owner->service_.submit(request, stamp()); }
    auto on(const ledger::Anchor& request) { return owner->store_.anchor(request.counter, stamp()); }
    std::expected<ledger::FetchErrand::Errand, ledger::Error> on(const ledger::FetchErrand&) {
      return std::unexpected(ledger::Error::not_ready);
    }
    std::expected<ledger::SubmitErrand::Taken, ledger::Error> on(const ledger::SubmitErrand&) {
      return std::unexpected(ledger::Error::refused);
    }
    bool answer(const ipc::Ticket& ticket, const ledger::Service::Answer& answer) {
      if (ticket.conduit != Grant::kFacts.index) return false;
      server->reply(ticket, answer);
      return true;
    }
  };
  std::optional<int> set_up() override;
  void take(std::string_view actor, const ledger::Append& request, const ipc::Ticket& ticket);
  void commit();
  void seal();
  void answer(const ipc::Ticket& ticket, const ledger::Service::Answer& answer);
  static ledger::Stamp stamp() {
    return {static_cast<std::uint64_t>(os::now().time_since_epoch().count()), os::civil_now()};
  }

  Mount mount_;
  Defect defect_;
  ledger::SharedFiles files_{mount_};
  ledger::EscrowedKeys keys_{{}};
  ledger::Store store_;
  ledger::Service service_{store_};
  Caller<grants::ledger::session> session_{};
  Caller<grants::ledger::vault> vault_{};
  Caller<grants::ledger::ocpp> ocpp_{};
  Caller<grants::ledger::hmi> hmi_{};
};

class SessionProcess final : public Process, session::Ports {
 public:
  SessionProcess(const Launch& launch, const session::Config& config, Disk& disk, Defect defect);
  void die() override;
  /// What it decided; nothing before it has read its journal.
  const session::Service* service() const { return running() ? &service_ : nullptr; }

  void on(const power::StatusChanged& pulse) { service_.on(pulse); }
  void on(const meter::ReadingChanged& pulse) { service_.on(pulse); }
  void on(const meter::RecordMade& pulse) { service_.on(pulse); }

 private:
  /// What ocpp talks to: the service itself, but for planted lies.
  struct FrontDoor {
    SessionProcess& owner;
    template <class Request>
      requires requires(session::Service& service, const Request& request) { service.on(request); }
    auto on(const Request& request) {
      return owner.service_.on(request);
    }
    std::expected<session::Reserve::Answer, session::Error> on(const session::Reserve& request);
    std::expected<session::UpdateLocalList::Answer, session::Error> on(const session::UpdateLocalList& request);
  };
  std::optional<int> set_up() override;
  session::Moment moment() override { return {os::now(), os::civil_now()}; }
  void random(std::span<std::byte> out) override { os::random_bytes(out); }
  session::Called<power::RenewPermit, power::Error> call(const power::RenewPermit& request) override;
  session::Called<power::RevokePermit, power::Error> call(const power::RevokePermit& request) override;
  session::Called<power::ReadStatus, power::Error> call(const power::ReadStatus& request) override {
    return power_->call(request);
  }
  session::Called<power::ResetFault, power::Error> call(const power::ResetFault& request) override {
    return power_->call(request);
  }
  session::Called<power::SetLock, power::Error> call(const power::SetLock& request) override {
    return power_->call(request);
  }
  session::Called<meter::Read, meter::Error> call(const meter::Read& request) override { return meter_->call(request); }
  session::Called<meter::AskRecord, meter::Error> call(const meter::AskRecord& request) override {
    return meter_->call(request);
  }
  session::Called<meter::FetchRecord, meter::Error> call(const meter::FetchRecord& request) override {
    return meter_->call(request);
  }
  session::Called<meter::FetchTwin, meter::Error> call(const meter::FetchTwin& request) override {
    return meter_->call(request);
  }
  session::Called<ledger::Append, ledger::Error> call(const ledger::Append& request) override {
    return ledger_->call(request);
  }
  control::Phase phase() override { return loop_.phase(); }
  void request_phase(control::Phase phase) override { loop_.request_phase(phase); }
  void restart_station() override { loop_.request_restart(); }
  void tell_snapshot_changed(std::uint8_t evse) override;
  void tell_work_available() override { ocpp_->pulse(session::WorkAvailable{}); }
  void wake_at(Instant when) override {
    loop_.at(timer_, when, runtime::Action::to<&session::Service::timer>(service_));
  }
  void log(std::string_view) override {}

  session::Config config_;
  Mount mount_;
  Defect defect_;
  journal::Journal journal_;
  session::Service service_;
  std::optional<ipc::Client<grants::session::power>> power_{};
  std::optional<ipc::Client<grants::session::meter>> meter_{};
  std::optional<ipc::Client<grants::session::ledger>> ledger_{};
  FrontDoor door_{*this};
  std::optional<ipc::Server<grants::session::ocpp>> ocpp_{};
  std::optional<ipc::Server<grants::session::hmi>> hmi_{};
  std::optional<ipc::Server<grants::session::cards>> cards_{};
  std::optional<ipc::Server<grants::session::v2g>> v2g_{};
  runtime::TimerId timer_ = runtime::kNoTimer;
};

}  // namespace bulwatt::simulation
