// Who calls session: a reference backend in ocpp's place, and the card reader in hmi's place. What must survive a kill of
// theirs is outside of them.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <string>

#include "grants/hmi.hpp"
#include "grants/ocpp.hpp"
#include "tests/simulation/services.hpp"

namespace bulwatt::simulation {

inline constexpr std::string_view kLocalToken = "04A1B2C3";    ///< in the station's own list
inline constexpr std::string_view kBackendToken = "04BB0001";  ///< the backend says yes
inline constexpr std::string_view kBadToken = "04DEAD00";      ///< the backend says no
inline constexpr std::int32_t kForgedStart = 666;              ///< id of the remote start that hmi is not granted
inline bool good_token(std::string_view id) { return id == kLocalToken || id == kBackendToken; }

/// The backend's side of the story; durable. Checks every event as it comes.
struct Backend {
  std::function<void(std::string)> broken;  ///< an invariant does not hold
  std::function<std::int64_t()> register_mwh;
  bool online = true;
  bool changes_its_mind = true;  ///< about tokens that it has accepted before
  std::vector<session::TransactionEvent> events{};
  std::vector<std::string> encoded{};
  std::uint64_t billed_mwh = 0;
  std::size_t ended = 0;
  std::map<std::string, std::int64_t> begin_of{};
  std::deque<std::function<void(ipc::Client<grants::ocpp::session>&)>> commands{};

  std::uint64_t fetched() const { return events.size(); }
  void commit(const session::TransactionEvent& event);
  void compare(const session::TransactionEvent& event);
  bool transaction_open() const { return !events.empty() && events.back().type != session::EventType::ended; }
};

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
  void authorize();
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
  std::deque<session::IdToken> cards{};
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
