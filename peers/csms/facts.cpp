#include "peers/csms/facts.hpp"

#include <algorithm>
#include <span>

#include "libs/http/encoding.hpp"
#include "peers/csms/clock.hpp"
#include "peers/csms/transactions.hpp"

namespace bulwatt::csms {
namespace {

/// A member as a column: null when absent.
Value member(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return nullptr;
  if (found->is_number_integer()) return found->get<std::int64_t>();
  if (found->is_boolean()) return std::int64_t{found->get<bool>()};
  if (found->is_number()) return found->get<double>();
  if (found->is_string()) return found->get<std::string>();
  return found->dump();
}

Json part(const Json& object, const char* name) { return object.value(name, Json::object()); }

void keep_samples(Store& store, const Where& where, const Value& transaction, const Value& evse, const Json& values) {
  for (const auto& one : values) {
    for (const auto& sample : one.at("sampledValue")) {
      store.run(
          "INSERT INTO meter_values (station, transaction_id, evse, timestamp, context, measurand, phase, location, "
          "unit, value, signed) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
          {where.station, transaction, evse, member(one, "timestamp"), sample.value("context", "Sample.Periodic"),
           sample.value("measurand", "Energy.Active.Import.Register"), member(sample, "phase"),
           sample.value("location", "Outlet"), part(sample, "unitOfMeasure").value("unit", "Wh"),
           member(sample, "value"), std::int64_t{sample.contains("signedMeterValue")}});
    }
  }
}

/// The last total import register of an event, in Wh.
Value energy_of(const Json& payload) {
  Value energy = nullptr;
  for (const auto& one : payload.value("meterValue", Json::array()))
    for (const auto& sample : one.at("sampledValue"))
      if (const auto wh = import_wh(sample); wh && !sample.contains("phase")) energy = *wh;
  return energy;
}

}  // namespace

void keep_station(Store& store, const Where& where) {
  const std::string now = to_rfc3339(where.unix_ms);
  store.run(
      "INSERT INTO stations (identity, first_seen, last_seen) VALUES (?,?,?) "
      "ON CONFLICT (identity) DO UPDATE SET last_seen = excluded.last_seen",
      {where.station, now, now});
}

void keep_boot(Store& store, const Where& where, const Json& payload, const Settings& settings) {
  const Json station = part(payload, "chargingStation");
  store.run("INSERT INTO boots (station, time, reason, status, interval_s) VALUES (?,?,?,?,?)",
            {where.station, to_rfc3339(where.unix_ms), member(payload, "reason"), to_text(settings.boot),
             settings.boot_interval_s});
  store.run(
      "UPDATE stations SET boot_status = ?, vendor = ?, model = ?, serial_number = ?, firmware = ? WHERE identity = ?",
      {to_text(settings.boot), member(station, "vendorName"), member(station, "model"), member(station, "serialNumber"),
       member(station, "firmwareVersion"), where.station});
}

void keep_transaction_event(Store& store, const Where& where, const Json& payload, bool repeated) {
  const Json info = part(payload, "transactionInfo");
  const Json evse = part(payload, "evse");
  const std::string id = info.value("transactionId", "");
  store.run(
      "INSERT INTO events (station, connection, transaction_id, seq_no, type, trigger_reason, timestamp, received, "
      "offline, retransmission, payload) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
      {where.station, where.connection, id, member(payload, "seqNo"), member(payload, "eventType"),
       member(payload, "triggerReason"), member(payload, "timestamp"), to_rfc3339(where.unix_ms),
       std::int64_t{payload.value("offline", false)}, std::int64_t{repeated}, payload.dump()});
  if (repeated) return;
  store.run("INSERT OR IGNORE INTO transactions (station, transaction_id) VALUES (?,?)", {where.station, id});
  const bool started = payload.at("eventType") == "Started";
  const bool ended = payload.at("eventType") == "Ended";
  const Value time = member(payload, "timestamp");
  const Value energy = energy_of(payload);
  store.run(
      "UPDATE transactions SET evse = coalesce(evse, ?), connector = coalesce(connector, ?), "
      "started = coalesce(started, ?), ended = coalesce(ended, ?), id_token = coalesce(id_token, ?), "
      "stopped_reason = coalesce(stopped_reason, ?), events = events + 1, last_seq_no = ?, "
      "energy_start_wh = coalesce(energy_start_wh, ?), energy_last_wh = coalesce(?, energy_last_wh) "
      "WHERE station = ? AND transaction_id = ?",
      {member(evse, "id"), member(evse, "connectorId"), started ? time : Value{}, ended ? time : Value{},
       member(part(payload, "idToken"), "idToken"), member(info, "stoppedReason"), member(payload, "seqNo"), energy,
       energy, where.station, id});
  keep_samples(store, where, id, member(evse, "id"), payload.value("meterValue", Json::array()));
}

void keep_meter_values(Store& store, const Where& where, const Json& payload) {
  keep_samples(store, where, nullptr, member(payload, "evseId"), payload.value("meterValue", Json::array()));
}

void keep_security_event(Store& store, const Where& where, const Json& payload) {
  store.run("INSERT INTO security_events (station, timestamp, received, type, tech_info) VALUES (?,?,?,?,?)",
            {where.station, member(payload, "timestamp"), to_rfc3339(where.unix_ms), member(payload, "type"),
             member(payload, "techInfo")});
}

Json kept_events(Store& store, const std::string& station) {
  Json events = Json::array();
  for (const auto& row : store.query("SELECT connection, payload FROM events WHERE station = ? ORDER BY id", {station}))
    events.push_back({{"connection", row["connection"]}, {"payload", Json::parse(row["payload"].get<std::string>())}});
  return events;
}

namespace {

std::string from_base64(const std::string& text) {
  std::string out(text.size(), '\0');
  const auto bytes = http::base64_decode(text, std::as_writable_bytes(std::span{out}));
  out.resize(bytes ? bytes->size() : 0);
  return out;
}

/// Every record once: the last event repeats what an earlier one may have had.
void add_records(Json& records, const Json& payload) {
  for (const auto& one : payload.value("meterValue", Json::array())) {
    for (const auto& sample : one.at("sampledValue")) {
      const auto found = sample.find("signedMeterValue");
      if (found == sample.end()) continue;
      const std::string text = from_base64(found->value("signedMeterData", ""));
      const bool known = std::ranges::any_of(records, [&](const Json& record) { return record["text"] == text; });
      if (known) continue;
      records.push_back({{"context", sample.value("context", "")},
                         {"time", one.at("timestamp")},
                         {"encoding", found->value("encodingMethod", "")},
                         {"text", text},
                         {"public_key", from_base64(found->value("publicKey", ""))}});
    }
  }
}

}  // namespace

Json receipt(Store& store, const std::string& transaction) {
  const Json rows = store.query(
      "SELECT station, type, timestamp, payload FROM events WHERE transaction_id = ? AND retransmission = 0 ORDER BY "
      "seq_no",
      {transaction});
  Json out = {{"transaction", transaction}, {"cost", nullptr}, {"records", Json::array()}};
  bool ended = false;
  for (const auto& row : rows) {
    const Json payload = Json::parse(row["payload"].get<std::string>());
    out["station"] = row["station"];
    if (row["type"] == "Started") out["begin"] = row["timestamp"];
    add_records(out["records"], payload);
    if (row["type"] != "Ended") continue;
    ended = true;
    out["end"] = row["timestamp"];
    out["stopped"] = part(payload, "transactionInfo").value("stoppedReason", "");
    if (payload.contains("customData")) out["cost"] = payload["customData"];
  }
  return ended ? out : Json{};
}

}  // namespace bulwatt::csms
