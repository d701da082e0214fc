// What the logs say that a backend may ask for.
#pragma once
#include <string>

#include "services/ocpp/base.hpp"

namespace bulwatt::ocpp {

inline constexpr std::size_t kMostLogBytes = 256 * 1024;

struct Period {
  std::optional<Timestamp> from{};
  std::optional<Timestamp> to{};
  bool has(Timestamp time) const { return (!from || time >= *from) && (!to || time <= *to); }
};

/// One line for each security event of the period, oldest first; empty when there is none.
std::string security_log(const Store& store, const Period& period);
/// The state of the station's side: versions, connection, queues, and every variable that may be read.
std::string diagnostics_log(const Base& base, const Period& period);

}  // namespace bulwatt::ocpp
