// The hub's rules without any I/O: who is joined, who hears what, which command waits for whose answer.
// Time is handed in as milliseconds of any monotonic clock. Single-threaded.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "peers/simbus/lines.hpp"

namespace bulwatt::simbus {

using ClientId = std::uint64_t;

inline constexpr std::int64_t kAnswerTimeoutMs = 2000;
inline constexpr std::size_t kClientsMax = 64;
inline constexpr std::size_t kNameMax = 32;
/// Commands that may wait for an answer at once, over all clients.
inline constexpr std::size_t kPendingMax = 256;
/// Kinds of event the hub keeps per participant to tell newcomers the present state.
inline constexpr std::size_t kRetainedMax = 32;

/// What the shell shall do, in order: send the line, then close if told so.
struct Action {
  ClientId client = 0;
  Json line;
  bool close = false;
};

class Hub {
 public:
  /// A connection was accepted; it is nobody until it says hello.
  void connect(ClientId client);
  /// One whole line of a client.
  void receive(ClientId client, const std::string& line, std::int64_t now_ms);
  /// A connection ended (`reason` empty) or was dropped by the shell.
  void disconnect(ClientId client, const std::string& reason, std::int64_t now_ms);
  /// Ends commands whose time is over.
  void tick(std::int64_t now_ms);

  /// When tick() is next of use.
  std::optional<std::int64_t> deadline_ms() const;
  /// Takes what there is to do; empty when nothing is left.
  std::vector<Action> take_actions();

 private:
  struct Client {
    std::string name;       // empty until hello
    bool observer = false;  // hears events, is asked nothing
    std::map<std::string, Json> retained;
  };
  struct Pending {
    ClientId caller = 0;
    Json caller_id = nullptr;
    std::string command = {};
    std::int64_t deadline_ms = 0;
    std::set<ClientId> waiting = {};  // participants that have said nothing yet
    bool is_status = false;
    Json merged = Json::object();
  };

  void hello(ClientId id, const Json& line);
  void event(ClientId id, Json line);
  void command(ClientId id, Json line, std::int64_t now_ms);
  void answer(ClientId id, Json line);
  void complete(std::uint64_t hub_id, Json answer);
  void nobody_left(std::uint64_t hub_id);
  void settle(std::uint64_t hub_id, Pending& pending, ClientId id);
  void send(ClientId id, Json line) { actions_.push_back({id, std::move(line), false}); }
  void send_error(ClientId id, const std::string& sentence);
  void tell_others(ClientId except, const Json& line);
  bool asked(const Client& client) const { return !client.name.empty() && !client.observer; }
  std::string unique_name(const std::string& wanted) const;
  std::vector<std::string> names() const;

  std::map<ClientId, Client> clients_;
  std::map<std::uint64_t, Pending> pending_;
  std::uint64_t next_hub_id_ = 1;
  std::vector<Action> actions_;
};

}  // namespace bulwatt::simbus
