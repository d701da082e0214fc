// The whole station in one process: the supervisor's real core and plumbing over simulated processes, the outside, and the
// invariants that hold at every moment.
#pragma once
#include "services/supervisor/core.hpp"
#include "services/supervisor/plumbing.hpp"
#include "tests/simulation/callers.hpp"

namespace bulwatt::simulation {

/// How bad the times are. Calm: small delays. Rough: calls and pulses late, pulses refused, the serial line noisy.
enum class Mood : std::uint8_t { calm, rough };

class Station final : os::Actor, os::Weather, supervisor::Hands {
 public:
  Station(os::World& world, const session::Config& session_config, Defect defect);
  ~Station();

  using Index = supervisor::Index;
  static Index index_of(std::string_view name);

  // What can happen to it.
  void kill(Index service) override;
  void stall(Index service, Duration time);
  void cut_power(journal::MemoryStorage::Cut cut);

  // What can be seen of it.
  bool all_ready() const;
  bool core_ready() const;
  const session::Service* session_state() const;
  supervisor::Health health() const { return core_->status().health; }
  /// The slower invariants: ledger, and what session knows against what the backend has.
  void inspect();
  const std::optional<std::string>& broken() const { return broken_; }
  void report(std::string what);
  std::string describe() const;  ///< in one line, for people
  /// Energy that no transaction of this EVSE can have seen.
  std::int64_t unexplained_mwh(std::uint8_t evse) const { return accounts_[evse - 1U].unexplained_mwh; }

  Outside outside;
  Backend backend{};
  Desk desk{};
  Disk session_disk{};
  Disk ledger_disk{};
  Mood mood = Mood::calm;
  int kills = 0;
  std::uint64_t forged = 0;  ///< frames sent without a grant

 private:
  struct Child {
    std::unique_ptr<Process> process{};
    os::Handle control = os::kNoHandle;
    bool died = false;
  };
  // Actor: the supervisor's loop
  int priority() const override { return 190; }
  Instant due() const override;
  void turn() override;
  // Weather
  os::Fate fate(os::Handle from, std::span<std::byte> frame) override;
  os::Fate line_fate(std::span<std::byte> frame);
  void watch_frame(const Process& from, std::size_t conduit, std::span<const std::byte> frame);
  // Hands
  bool launch(Index service) override;
  void send_start(Index service, control::Phase phase, std::uint32_t restarts, bool with_capsule) override;
  void send_stop(Index service) override { order(service, control::Stop{}); }
  void send_phase(Index service, control::Phase phase) override { order(service, control::SetPhase{phase}); }
  std::uint32_t chance() override;
  void record(control::ActKind, Index, std::string_view, std::int64_t) override {}
  supervisor::SlotAnswer ask_other_slot() override { return supervisor::SlotAnswer::no_other_slot; }
  void confirm_slot() override {}
  void say(std::string_view) override {}

  void begin();
  void order(Index service, const control::ToService& body, os::Handle attached = os::kNoHandle);
  void settle(Index service);
  void take_reports(Index service);
  void take(Index service, const control::FromService& body);
  void bury(Child& child);
  std::unique_ptr<Process> make(Index service, const Launch& launch);
  /// What the invariants remember of an outlet.
  struct Watched {
    Instant allowed_at{};  ///< last moment session held a permit for it
    Instant vehicle_at{};  ///< last moment a vehicle asked for energy
    Instant faultless_at{};
  };
  struct Account {
    std::int64_t counted_mwh = kRegisterAtFirst;
    std::int64_t unexplained_mwh = 0;  ///< energy that flowed while no transaction could count it
    Instant metered_at{};
  };
  void each_cycle();
  void watch(const Outlet& outlet, Watched& watched);
  void watch_shared();
  void account(std::uint8_t evse);
  void inspect_ledger();
  void inspect_evse(const session::Service& service, std::uint8_t evse);

  os::World& world_;
  session::Config session_config_;
  Defect defect_;
  std::optional<supervisor::Core> core_{};
  std::optional<supervisor::Plumbing> plumbing_{};
  std::array<Child, supervisor::kMaxServices> children_{};
  std::vector<std::unique_ptr<Process>> graveyard_{};  ///< still inside a call
  std::optional<std::string> broken_{};

  // for the invariants
  std::array<Watched, power::kMaxOutlets> watched_{};
  std::array<Account, power::kMaxEvses> accounts_{};
  Instant within_at_{};  ///< last moment all cars together drew no more than the building supplies
  std::uint64_t acknowledged_records_ = 0;
  std::uint64_t violations_ = 0;
  std::uint64_t settled_records_ = 0;         ///< acknowledged when they were looked at last
  std::vector<std::size_t> known_records_{};  ///< digests
};

}  // namespace bulwatt::simulation
