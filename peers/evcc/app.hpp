// The car's communication controller as a participant of the simulated world: it speaks while bulwatt-ev is plugged in and the
// pilot says 5 %, and tells bulwatt-ev when to close its switch and how much to draw. Without a bus it speaks at once.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "peers/evcc/conversation.hpp"
#include "peers/evcc/link.hpp"
#include "peers/simbus/client.hpp"

namespace bulwatt::evcc {

struct AppConfig {
  std::string bus;  ///< empty: alone
  std::string interface;
  std::string address;  ///< of a station that is not looked for
  std::uint16_t port = 0;
  Security security;
  Wish wish;
  Fault fault;
  std::int64_t charge_ms = 0;  ///< the car ends by itself after so long; 0: when it is told
  bool exit_with_bus = false;
};

class App {
 public:
  App(simbus::Loop& loop, AppConfig config);
  /// Whether the last session ended as it should.
  bool succeeded() const { return sessions_ > 0 && last_problem_.empty(); }

 private:
  std::optional<simbus::Json> command(const simbus::Command& command);
  void event(const simbus::Json& event);
  simbus::Json status();
  void follow_pilot();
  void start();
  void drop(const std::string& why);
  void perform(Next next);
  void send_now();
  void heard(std::span<const std::byte> exi);
  void ended(const std::string& problem);
  void tell();

  simbus::Loop& loop_;
  AppConfig config_;
  Link link_;
  std::optional<Conversation> talk_;
  simbus::Timer later_;
  simbus::Timer enough_;
  Next waiting_;
  std::size_t piece_ = 0;
  bool plugged_ = false;
  bool digital_ = false;
  bool drawing_ = false;
  std::optional<std::uint8_t> soc_percent_;  ///< as the battery tells it
  bool stop_ = false;
  bool spoken_ = false;  ///< a session was tried since the pilot said 5 %
  unsigned sessions_ = 0;
  std::string last_problem_;
  std::string last_tls_;  ///< of the session that runs or was the last
  std::int64_t sent_us_ = 0;
  std::int64_t began_us_ = 0;
  std::int64_t to_energy_us_ = 0;
  std::vector<std::int64_t> loop_us_;  ///< response times of the charging loop
  std::string told_;
  std::unique_ptr<simbus::Client> bus_;
};

}  // namespace bulwatt::evcc
