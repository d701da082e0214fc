// A backend at the end of a bad line: answers late or never, and remembers everything it was told.
#pragma once
#include <doctest/doctest.h>

#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "interfaces/session.hpp"
#include "libs/os/clock.hpp"

namespace bulwatt::offline {

using Json = nlohmann::json;
using namespace std::chrono_literals;

/// One TransactionEvent as it was told first.
struct Told {
  std::string transaction;
  int seq_no = 0;
  std::string type;
  double register_wh = -1;  ///< newest in it; negative: none
  Json payload;
  int connection = 0;
};

class Backend {
 public:
  std::vector<Told> story;
  int repeated = 0;  ///< the same again on a later connection: its answer was lost

  bool up() const { return up_; }
  void connect() { up_ = true, ++connection_; }
  /// Everything that was on its way is lost, in both directions.
  void disconnect() { up_ = false, coming_.clear(), answers_.clear(); }
  Instant due() const { return std::min(front(coming_), front(answers_)); }
  /// The next answer that has arrived at the station.
  std::optional<std::string> take(Instant now, std::string_view civil, std::mt19937& random) {
    while (front(coming_) <= now) {
      const auto text = coming_.front().text;
      coming_.pop_front();
      hear(text, now, civil, random);
    }
    if (front(answers_) > now) return std::nullopt;
    auto text = answers_.front().text;
    answers_.pop_front();
    return text;
  }
  void sent(std::string_view text, Instant now, std::mt19937& random) { put(coming_, text, now, random); }

 private:
  struct Frame {
    Instant at{};  ///< of its arrival
    std::string text;
  };
  using Line = std::deque<Frame>;

  static Instant front(const Line& line) { return line.empty() ? kNever : line.front().at; }
  static void put(Line& line, std::string_view text, Instant now, std::mt19937& random) {
    const auto at = now + std::chrono::milliseconds{20 + random() % 1500};
    line.push_back({line.empty() ? at : std::max(line.back().at, at), std::string{text}});
  }
  void hear(std::string_view text, Instant now, std::string_view civil, std::mt19937& random) {
    const auto frame = Json::parse(text);
    if (frame[0] != 2) return;
    const std::string action = frame[2];
    if (action == "TransactionEvent") take_event(frame[3]);
    put(answers_, Json::array({3, frame[1], answer_to(action, civil)}).dump(), now, random);
  }

  static Json answer_to(const std::string& action, std::string_view civil) {
    if (action == "BootNotification") return {{"currentTime", civil}, {"interval", 300}, {"status", "Accepted"}};
    if (action == "Heartbeat") return {{"currentTime", civil}};
    if (action == "Authorize") return {{"idTokenInfo", {{"status", "Accepted"}}}};
    return Json::object();
  }

  void take_event(Json payload) {
    Told told{payload["transactionInfo"]["transactionId"],
              payload["seqNo"],
              payload["eventType"],
              register_of(payload),
              {},
              connection_};
    payload.erase("offline");  // it may have become so while it waited
    told.payload = payload;
    const auto [known, fresh] = places_.try_emplace({told.transaction, told.seq_no}, story.size());
    if (fresh) {
      story.push_back(std::move(told));
      return;
    }
    const auto& before = story[known->second];
    REQUIRE_MESSAGE(before.connection < connection_, "an event came twice over one connection");
    REQUIRE_MESSAGE(known->second + 1 == story.size(), "an old event came again after a newer one");
    REQUIRE(before.payload == told.payload);
    ++repeated;
  }

  static double register_of(const Json& payload) {
    double wh = -1;
    if (!payload.contains("meterValue")) return wh;
    for (const auto& value : payload["meterValue"]) {
      for (const auto& sample : value["sampledValue"]) {
        if (sample.value("measurand", "Energy.Active.Import.Register") == "Energy.Active.Import.Register")
          wh = sample["value"];
      }
    }
    return wh;
  }

  bool up_ = false;
  int connection_ = 0;
  Line coming_;
  Line answers_;
  std::map<std::pair<std::string, int>, std::size_t> places_;
};

}  // namespace bulwatt::offline
