// A reference backend: what it has heard and ordered, durable, checked as it comes.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "grants/ocpp.hpp"
#include "libs/os/clock.hpp"

namespace bulwatt::simulation {

inline constexpr std::string_view kLocalToken = "04A1B2C3";    ///< in the station's own configuration
inline constexpr std::string_view kListToken = "04CC0001";     ///< in every local list, and the backend says yes
inline constexpr std::string_view kBackendToken = "04BB0001";  ///< the backend says yes
inline constexpr std::string_view kBadToken = "04DEAD00";      ///< the backend says no
inline constexpr std::string_view kBlockedToken = "04DEAD01";  ///< the same, and every local list says so, too
inline constexpr std::int32_t kForgedStart = 666;              ///< id of the remote start that hmi is not granted
inline bool good_token(std::string_view id) { return id == kLocalToken || id == kListToken || id == kBackendToken; }

class Backend {
 public:
  using Client = ipc::Client<grants::ocpp::session>;

  std::function<void(std::string)> broken;  ///< an invariant does not hold
  std::function<std::int64_t(std::uint8_t evse)> register_mwh;
  bool online = true;
  bool changes_its_mind = true;  ///< about tokens that it has accepted before
  std::deque<std::function<void(Client&)>> commands{};

  // The story of its transactions.
  void commit(const session::TransactionEvent& event);
  void compare(const session::TransactionEvent& event);
  std::uint64_t fetched() const { return encoded_.size(); }
  std::size_t ended(std::uint8_t evse) const { return stories_[evse - 1U].ended; }
  std::uint64_t billed_mwh(std::uint8_t evse) const { return stories_[evse - 1U].billed_mwh; }
  /// One that runs, as far as was heard.
  std::optional<session::TransactionId> running(std::uint8_t evse) const;

  // Reservations. What was accepted is held until it is used, cancelled, or told to have ended.
  void reserve(const session::Reserve& wish);
  void cancel_reservation(std::int32_t id);
  void take(const session::NextReservationUpdate::Update& update);
  std::uint32_t updates() const { return updates_; }
  const std::map<std::int32_t, session::Reserve>& held() const { return held_; }

  // The local list: always full ones, in two parts.
  void send_list(std::size_t entries);
  void compare(const session::GetLocalList::Listed& listed);

 private:
  struct Story {
    std::optional<session::TransactionEvent> last{};
    std::int64_t begin_mwh = 0;
    std::int64_t latest_mwh = 0;
    bool has_token = false;
    std::size_t ended = 0;
    std::uint64_t billed_mwh = 0;
  };
  void check_order(const session::TransactionEvent& event, Story& story);
  void check_energy(const session::TransactionEvent& event, Story& story);
  void check_reservation(const session::TransactionEvent& event);
  void wrong(const session::TransactionEvent& event, std::string_view what) const;

  std::array<Story, power::kMaxEvses> stories_{};
  std::vector<std::string> encoded_{};
  std::set<std::string> ids_{};
  std::map<std::int32_t, session::Reserve> asked_{};
  std::map<std::int32_t, session::Reserve> held_{};
  std::uint32_t updates_ = 0;
  session::GetLocalList::Listed list_{};                     ///< as certainly stored
  std::vector<session::GetLocalList::Listed> list_maybe_{};  ///< sent since, without an answer to the last part
  std::int32_t list_sent_ = 0;                               ///< latest version
};

}  // namespace bulwatt::simulation
