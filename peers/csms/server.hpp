// The CSMS: listens, lets stations in by their security profile, and keeps one Station per identity.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "peers/csms/link.hpp"
#include "peers/csms/pki.hpp"
#include "peers/csms/settings.hpp"
#include "peers/csms/station.hpp"

namespace bulwatt::csms {

inline constexpr std::size_t kLinksMax = 64;
inline constexpr std::size_t kIdentityMax = 48;
inline constexpr std::int64_t kProbeTimeoutMs = 2'000;

struct ListenOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: any free one
  /// OCPP's: 1 = Basic, 2 = TLS and Basic, 3 = TLS with a certificate of the station. 0 = nothing at all.
  int security_profile = 3;
  std::map<std::string, std::string> passwords;  ///< by identity; "*" for every other
  /// An authenticated second connection replaces the first. Otherwise it is refused while the first is alive, which a
  /// ping finds out: a station that lost its network gets in at its next attempt.
  bool takeover = false;
  /// What is POSTed to the same port, behind the same TLS; empty: nothing may be.
  std::function<PostAnswer(const std::string& path, const std::string& body)> on_post{};
};

class Server {
 public:
  /// `context` for profiles 2 and 3. Throws std::runtime_error when it can't listen.
  Server(simbus::Loop& loop, ListenOptions options, Surroundings surroundings, std::optional<tls::Context> context);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const { return port_; }
  /// False cuts every connection and refuses new ones; true listens again on the same port.
  void set_network(bool up);
  bool network_up() const { return static_cast<bool>(listener_); }

  /// The named station; an empty name means the only one that is connected. Throws std::runtime_error with a sentence.
  Station& station(const std::string& identity);
  std::map<std::string, bool> stations() const;
  void call(const std::string& identity, const std::string& action, const Json& payload, Station::OnAnswer on_answer);

 private:
  struct Entry {
    std::unique_ptr<Link> link;
    std::string identity;  // empty until upgraded
    bool probed = false;   // a ping asks whether it is alive
    bool ended = false;
  };

  void listen();
  void accept();
  Decision decide(std::uint64_t id, const http::Request& request, const websocket::UpgradeOffer& offer);
  bool credentials_hold(const std::string& identity, const http::Request& request, const tls::Report* report) const;
  bool make_room(const std::string& identity);
  void opened(std::uint64_t id);
  void ended(std::uint64_t id, const std::string& why);
  void probe_over();
  void schedule();
  void tick();
  Surroundings surroundings_of(const std::string& identity) const;
  Station& known(const std::string& identity);
  void log(const std::string& who, const std::string& what) const;

  simbus::Loop& loop_;
  ListenOptions options_;
  Surroundings surroundings_;
  std::optional<tls::Context> context_;
  simbus::Fd listener_;
  std::uint16_t port_ = 0;
  std::map<std::uint64_t, Entry> links_;
  std::map<std::string, std::unique_ptr<Station>> stations_;
  std::map<std::string, std::uint64_t> live_;  // identity to link
  std::uint64_t next_link_ = 1;
  simbus::Timer deadline_;
  simbus::Timer reaper_;
  simbus::Timer probe_;
};

}  // namespace bulwatt::csms
