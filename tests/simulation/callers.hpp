// Who calls session: the backend's process in ocpp's place, and the card reader in hmi's place. What must survive a kill of
// theirs is outside of them.
#pragma once
#include "grants/hmi.hpp"
#include "tests/simulation/backend.hpp"
#include "tests/simulation/services.hpp"

namespace bulwatt::simulation {

class BackendProcess final : public Process {
 public:
  BackendProcess(const Launch& launch, Backend& backend);
  void on(const session::SnapshotChanged&) {}
  void on(const session::WorkAvailable&) { look_ = true; }
  template <class Pulse>
  void on(const Pulse&) {}

 private:
  struct Judged {
    std::uint32_t request = 0;
    std::optional<session::Authorization> answer{};
    Instant at{};
  };
  std::optional<int> set_up() override;
  void settle();
  bool fetch();
  void verify_past();
  void judge_start(const session::TransactionEvent& event);
  void authorize();
  void hear_reservations();
  void compare_list();
  void restarted(bool alive);

  Backend& backend_;
  std::optional<ipc::Client<grants::ocpp::session>> session_{};
  std::optional<ipc::Client<grants::ocpp::ledger>> ledger_{};
  std::optional<Judged> judged_{};
  std::optional<bool> told_online_{};
  Instant acknowledge_at_{};
  bool look_ = true;
  runtime::TimerId timer_ = runtime::kNoTimer;
};

/// What people do at the station.
struct Desk {
  std::deque<session::PresentToken> cards{};
  bool break_in = false;  ///< say something that was not granted
};

class HmiProcess final : public Process {
 public:
  HmiProcess(const Launch& launch, Desk& desk);
  template <class Pulse>
  void on(const Pulse&) {}

 private:
  std::optional<int> set_up() override;
  Instant device_due() const override { return desk_.cards.empty() && !desk_.break_in ? kNever : os::now(); }
  void device_ready() override;
  Desk& desk_;
  std::optional<ipc::Client<grants::hmi::session>> session_{};
  std::optional<ipc::Client<grants::hmi::ledger>> ledger_{};
};

}  // namespace bulwatt::simulation
