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
  std::optional<session::Snapshot> snapshot{};  ///< as session last told
  Instant last_sent{};                          ///< of any message to the backend

  Instant now() const { return ports.moment().now; }
  /// A moment of this machine's clock by the backend's.
  Timestamp corrected(Timestamp civil) const { return {civil.unix_ms + store.facts().clock_offset_ms}; }
  Timestamp stamp() const { return corrected(ports.moment().civil); }
  Live live() const { return {stamp(), snapshot ? std::span{&*snapshot, 1} : std::span<const session::Snapshot>{}}; }
  void note(ledger::Subject subject, ledger::Severity severity, std::string_view event, std::string_view detail) const {
    records.note(subject, severity, event, detail);
  }
  void security(std::string_view type, std::string_view info) const { records.security(type, stamp(), info); }
};

/// Takes over the backend's time. The machine's clock is not touched (no service may): stamps are corrected instead.
void follow_clock(const Base& base, Timestamp backend);

}  // namespace bulwatt::ocpp
