// What the service needs of the world. main.cpp connects it to the conduits, tests to a world of their own.
#pragma once
#include "services/session/context.hpp"

namespace bulwatt::session {

template <class Req, class E>
using Called = std::expected<typename Req::Reply, ipc::CallError<E>>;

class Ports {
 public:
  virtual Moment moment() = 0;
  virtual void random(std::span<std::byte> out) = 0;

  virtual Called<power::RenewPermit, power::Error> call(const power::RenewPermit& request) = 0;
  virtual Called<power::RevokePermit, power::Error> call(const power::RevokePermit& request) = 0;
  virtual Called<power::ReadStatus, power::Error> call(const power::ReadStatus& request) = 0;
  virtual Called<power::ResetFault, power::Error> call(const power::ResetFault& request) = 0;
  virtual Called<power::SetLock, power::Error> call(const power::SetLock& request) = 0;
  virtual Called<meter::Read, meter::Error> call(const meter::Read& request) = 0;
  virtual Called<meter::AskRecord, meter::Error> call(const meter::AskRecord& request) = 0;
  virtual Called<meter::FetchRecord, meter::Error> call(const meter::FetchRecord& request) = 0;
  virtual Called<meter::FetchTwin, meter::Error> call(const meter::FetchTwin& request) = 0;
  virtual Called<ledger::Append, ledger::Error> call(const ledger::Append& request) = 0;

  virtual control::Phase phase() = 0;
  virtual void request_phase(control::Phase phase) = 0;
  virtual void restart_station() = 0;
  virtual void tell_snapshot_changed(std::uint8_t evse) = 0;
  virtual void tell_work_available() = 0;
  /// Service::timer() is to be called then; replaces the moment said before.
  virtual void wake_at(Instant when) = 0;
  virtual void log(std::string_view line) = 0;

 protected:
  ~Ports() = default;
};

}  // namespace bulwatt::session
