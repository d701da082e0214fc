// What the CSMS answers to each message of a station. Pure: the facts are kept by `facts.hpp`.
#pragma once
#include <optional>
#include <string>

#include "peers/csms/rpc.hpp"
#include "peers/csms/settings.hpp"

namespace bulwatt::csms {

/// True for the actions that OCPP 2.0.1 lets a station send.
bool is_station_action(const std::string& action);
/// True for the actions that OCPP 2.0.1 lets a CSMS send to a station.
bool is_csms_action(const std::string& action);
/// True for the error codes of OCPP 2.0.1.
bool is_error_code(const std::string& code);

/// `action` must be a station's. `signs`: there is a certificate authority for SignCertificate.
Json answer_to(const Settings& settings, const std::string& action, const Json& payload, std::int64_t unix_ms,
               bool signs);

}  // namespace bulwatt::csms
