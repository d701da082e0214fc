// What every part of the core works with.
#pragma once
#include "libs/base/line.hpp"
#include "services/ocpp/model.hpp"
#include "services/ocpp/ports.hpp"
#include "services/ocpp/records.hpp"

namespace bulwatt::ocpp {

struct Base {
  const Config& config;
  Ports& ports;
  Store& store;
  Network& network;
  Model& model;
  Records& records;
  /// As session last told, one of each EVSE from EVSE 1 on; empty until then.
  List<session::Snapshot, power::kMaxEvses> snapshots{};
  Instant last_sent{};  ///< of any message to the backend

  Instant now() const { return ports.moment().now; }
  /// A moment of this machine's clock by the backend's.
  Timestamp corrected(Timestamp civil) const { return {civil.unix_ms + store.facts().clock_offset_ms}; }
  Timestamp stamp() const { return corrected(ports.moment().civil); }
  Live live() const { return {stamp(), snapshots.view()}; }
  /// Null when the station has no such EVSE or session has not told of it yet.
  const session::Snapshot* snapshot(std::int32_t evse) const {
    return evse >= 1 && evse <= snapshots.size ? &snapshots[static_cast<std::size_t>(evse) - 1] : nullptr;
  }
  void note(ledger::Subject subject, ledger::Severity severity, std::string_view event, std::string_view detail) const {
    records.note(subject, severity, event, detail);
  }
  void security(std::string_view type, std::string_view info) const { records.security(type, stamp(), info); }
};

/// Takes over the backend's time. The machine's clock is not touched (no service may): stamps are corrected instead.
void follow_clock(const Base& base, Timestamp backend);

}  // namespace bulwatt::ocpp
