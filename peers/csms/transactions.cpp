#include "peers/csms/transactions.hpp"

#include <cmath>

#include "peers/csms/clock.hpp"

namespace bulwatt::csms {
namespace {

/// What must be equal for two events to be one: a station may mark a queued event as offline when it sends it again.
std::string content_of(Json payload) {
  payload.erase("offline");
  return payload.dump();
}

/// A meter counts in its own least step; sums of rounded values may differ by it.
constexpr double kToleranceWh = 0.5;

}  // namespace

std::optional<double> import_wh(const Json& sampled_value) {
  constexpr const char* kRegister = "Energy.Active.Import.Register";
  if (sampled_value.value("measurand", kRegister) != std::string(kRegister)) return std::nullopt;
  const Json unit = sampled_value.value("unitOfMeasure", Json::object());
  const double scale = std::pow(10.0, unit.value("multiplier", 0));
  return sampled_value.at("value").get<double>() * scale * (unit.value("unit", "Wh") == "kWh" ? 1000.0 : 1.0);
}

//= OCPP-2.0.1 E01.FR.07
TransactionRules::Outcome TransactionRules::take(const Json& payload, std::int64_t connection) {
  Outcome outcome;
  const std::string id = payload.at("transactionInfo").at("transactionId");
  const std::int64_t seq_no = payload.at("seqNo");
  const std::string content = content_of(payload);
  const bool known = transactions_.contains(id);
  auto& transaction = transactions_[id];
  if (const auto before = transaction.seen.find(seq_no); before != transaction.seen.end()) {
    outcome.repeated = true;
    const std::string number = "transaction " + id + " seqNo " + std::to_string(seq_no);
    if (before->second.content != content)
      outcome.violations.push_back({"duplicate_seq_no", number + " came twice with different content"});
    else if (before->second.connection == connection)
      outcome.violations.push_back({"duplicate_event", number + " came again although it had been answered"});
    return outcome;
  }
  if (payload.contains("evse") && !transaction.evse) transaction.evse = payload["evse"].at("id").get<std::int64_t>();
  check_order(id, payload, known, outcome);
  check_number(id, seq_no, known, outcome);
  check_time(id, payload, outcome);
  check_energy(id, payload, outcome);
  transaction.seen[seq_no] = {content, connection};
  return outcome;
}

void TransactionRules::check_order(const std::string& id, const Json& payload, bool known, Outcome& outcome) {
  auto& transaction = transactions_[id];
  const std::string type = payload.at("eventType");
  const auto violate = [&](const char* kind, const std::string& what) {
    outcome.violations.push_back({kind, "transaction " + id + ": " + what});
  };
  if (!known && type != "Started") violate("event_before_start", type + " came before Started");
  if (known && type == "Started") violate("second_start", "Started came twice");
  if (transaction.ended && type == "Ended") violate("second_end", "Ended came twice");
  if (transaction.ended && type == "Updated") violate("event_after_end", "Updated came after Ended");
  transaction.ended |= type == "Ended";
  if (!transaction.evse) return;
  auto& evse = evses_[*transaction.evse];
  if (!known && !evse.active.empty() && !transactions_[evse.active].ended)
    violate("second_transaction", "began on an EVSE where " + evse.active + " has not ended");
  evse.active = id;
}

void TransactionRules::check_number(const std::string& id, std::int64_t seq_no, bool known, Outcome& outcome) {
  auto& transaction = transactions_[id];
  Evse* evse = transaction.evse ? &evses_[*transaction.evse] : nullptr;
  // A transaction may begin at 0 or go on counting where the last one on this EVSE stopped.
  const std::int64_t first = seq_no == 0 || evse == nullptr ? 0 : evse->last_seq_no.value_or(-1) + 1;
  const std::int64_t expected = known ? transaction.last_seq_no + 1 : first;
  if (seq_no != expected)
    outcome.violations.push_back({seq_no > expected ? "seq_no_gap" : "seq_no_backwards",
                                  "transaction " + id + ": seqNo " + std::to_string(seq_no) + " came where " +
                                      std::to_string(expected) + " was due"});
  transaction.last_seq_no = seq_no;
  if (evse != nullptr) evse->last_seq_no = seq_no;
}

void TransactionRules::check_time(const std::string& id, const Json& payload, Outcome& outcome) {
  auto& transaction = transactions_[id];
  const auto time = from_rfc3339(payload.at("timestamp").get<std::string>());
  if (!time) return;  // the schema's business
  if (*time < transaction.last_time_ms)
    outcome.violations.push_back({"time_backwards", "transaction " + id + ": an event is older than the one before"});
  transaction.last_time_ms = *time;
}

//= OCPP-2.0.1 J02.FR.16
void TransactionRules::check_energy(const std::string& id, const Json& payload, Outcome& outcome) {
  auto& transaction = transactions_[id];
  for (const auto& meter_value : payload.value("meterValue", Json::array())) {
    const auto time = from_rfc3339(meter_value.at("timestamp").get<std::string>());
    if (!time) continue;
    for (const auto& sample : meter_value.at("sampledValue")) {
      const auto wh = import_wh(sample);
      if (!wh) continue;
      // The last event repeats earlier samples, so what counts is their own time.
      auto& history = transaction.energy_wh[sample.value("phase", "") + "@" + sample.value("location", "Outlet")];
      const auto after = history.upper_bound(*time);
      const bool falls = after != history.begin() && std::prev(after)->second > *wh + kToleranceWh;
      const bool rises_over = after != history.end() && after->second < *wh - kToleranceWh;
      if (falls || rises_over)
        outcome.violations.push_back({"energy_backwards", "transaction " + id + ": the import register falls at " +
                                                              meter_value.at("timestamp").get<std::string>()});
      history[*time] = *wh;
    }
  }
}

}  // namespace bulwatt::csms
