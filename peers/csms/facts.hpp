// Draws the facts out of a station's messages and keeps them in the store.
#pragma once
#include <string>

#include "peers/csms/rpc.hpp"
#include "peers/csms/settings.hpp"
#include "peers/csms/store.hpp"

namespace bulwatt::csms {

struct Where {
  std::string station;
  std::int64_t connection = 0;
  std::int64_t unix_ms = 0;
};

void keep_station(Store& store, const Where& where);
void keep_boot(Store& store, const Where& where, const Json& payload, const Settings& settings);
/// `repeated`: the event had been here before.
void keep_transaction_event(Store& store, const Where& where, const Json& payload, bool repeated);
void keep_meter_values(Store& store, const Where& where, const Json& payload);
void keep_security_event(Store& store, const Where& where, const Json& payload);

/// The events of a station in the order they came, for rules that start anew.
Json kept_events(Store& store, const std::string& station);

/// What is known of a transaction that has ended: its amounts as the station says them, its signed meter records with their keys.
/// Null while it has not ended, or is unknown.
Json receipt(Store& store, const std::string& transaction);

}  // namespace bulwatt::csms
