// One charging station as the CSMS sees it, over all its connections: judges what it sends, answers, and calls it.
// No sockets and no clock of its own.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "peers/csms/facts.hpp"
#include "peers/csms/gate.hpp"
#include "peers/csms/rpc.hpp"
#include "peers/csms/schema.hpp"
#include "peers/csms/transactions.hpp"

namespace bulwatt::csms {

inline constexpr std::size_t kCallsQueuedMax = 32;
inline constexpr std::size_t kIdsRemembered = 4096;

/// What all stations share, and where a station's words go.
struct Surroundings {
  const Settings& settings;
  Store& store;
  const Schemas& schemas;
  /// Signs a certificate request for a station, or throws std::runtime_error with the reason; empty without an authority.
  std::function<std::string(const std::string& csr_pem, const std::string& station)> sign = {};
  std::function<void(const Json& event)> publish = [](const Json&) {};
  std::function<void(const std::string& line)> log = [](const std::string&) {};
};

/// The connection a station has at present.
struct Connected {
  std::int64_t number = 0;  ///< counts up over all connections of the data base
  std::function<void(const std::string& text)> send;
  std::function<void(std::uint16_t code, const std::string& reason)> close;
};

class Station {
 public:
  /// {"ok":true,"answer":{…}} or {"ok":false,"error":"…"}.
  using OnAnswer = std::function<void(const Json& outcome)>;

  Station(std::string identity, Surroundings surroundings);

  void connect(Connected connection, std::int64_t now_ms);
  void disconnect();
  bool connected() const { return connection_.has_value(); }

  /// All texts that came in one piece: a second CALL among them was sent before the first was answered.
  void receive(const std::vector<std::string>& texts, std::int64_t now_ms);
  /// Queues a CALL; it is sent when the one before it has been answered.
  void call(const std::string& action, const Json& payload, OnAnswer on_answer, std::int64_t now_ms);
  void tick(std::int64_t now_ms);
  std::optional<std::int64_t> deadline_ms() const;

  void violate(const Violation& violation);
  const std::string& identity() const { return identity_; }
  std::optional<BootStatus> boot_status() const { return gate_.status(); }

 private:
  struct Outgoing {
    Call call;
    OnAnswer on_answer;
    std::int64_t deadline_ms = 0;
  };
  struct Delayed {
    std::string text;
    std::int64_t due_ms = 0;
  };

  void take(const Call& call, std::int64_t now_ms);
  void take(const CallResult& result, std::int64_t now_ms);
  void take(const CallError& error, std::int64_t now_ms);
  void take(const BadFrame& bad, std::int64_t now_ms);
  std::optional<CallError> refuse(const Call& call, std::int64_t now_ms);
  void check_id(const Call& call);
  void keep_facts(const Call& call, std::int64_t now_ms);
  void after_answer(const Call& call, std::int64_t now_ms);
  void answer(const std::string& text, const std::string& about, std::int64_t now_ms);
  void send(const std::string& text);
  void send_next(std::int64_t now_ms);
  bool is_for_outstanding(const std::string& id);
  void finish_call(const Json& outcome, std::int64_t now_ms);
  bool spend(std::int64_t now_ms);
  void publish(const char* direction, const char* type, const std::string& action, const Json& payload);
  Where where() const;

  std::string identity_;
  Surroundings around_;
  std::optional<Connected> connection_;
  BootGate gate_;
  TransactionRules rules_;
  std::map<std::string, std::string> ids_;  // message id to what it was used for
  std::deque<std::string> ids_order_;
  std::deque<Outgoing> calls_;  // the first is outstanding when calling_
  bool calling_ = false;
  std::set<std::string> given_up_;
  std::deque<Delayed> delayed_;
  bool unanswered_ = false;  // a CALL of the station waits for its answer
  std::uint64_t next_call_ = 1;
  std::string call_prefix_;
  double budget_ = 0;
  std::int64_t budget_ms_ = 0;
};

}  // namespace bulwatt::csms
