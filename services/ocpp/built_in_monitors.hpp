// The monitors that every station has: hard-wired ones that nobody takes away, and preconfigured ones that the backend may
// change, remove and bring back. Severities are the standard's: 0 danger, 1 hardware failure, 2 system failure, 3 critical,
// 4 error, 5 alert, 6 warning, 7 notice, 8 informational, 9 debug.
#pragma once
#include "services/ocpp/durable.hpp"

namespace bulwatt::ocpp {

struct BuiltIn {
  Var var{};
  v201::MonitorEnum type{};
  std::int64_t value{};
  std::uint8_t severity{};
  MonitorKind kind{};
};

inline constexpr std::array kBuiltIn{
    // What may harm people or the station.
    BuiltIn{Var::emergency_stop_tripped, v201::MonitorEnum::delta, 1, 0, MonitorKind::hard_wired},
    BuiltIn{Var::rcd_tripped, v201::MonitorEnum::delta, 1, 0, MonitorKind::hard_wired},
    BuiltIn{Var::contactor_problem, v201::MonitorEnum::delta, 1, 1, MonitorKind::hard_wired},
    BuiltIn{Var::evse_problem, v201::MonitorEnum::delta, 1, 2, MonitorKind::hard_wired},
    //= OCPP-2.0.1 G05.FR.02
    BuiltIn{Var::lock_problem, v201::MonitorEnum::delta, 1, 3, MonitorKind::hard_wired},
    // What the security of the connection rests on.
    BuiltIn{Var::security_profile, v201::MonitorEnum::delta, 0, 3, MonitorKind::hard_wired},
    BuiltIn{Var::basic_auth_password, v201::MonitorEnum::delta, 1, 3, MonitorKind::hard_wired},
    BuiltIn{Var::network_priority, v201::MonitorEnum::delta, 1, 5, MonitorKind::preconfigured},
    BuiltIn{Var::active_network, v201::MonitorEnum::delta, 1, 7, MonitorKind::preconfigured},
    // What somebody should look after.
    BuiltIn{Var::temperature_problem, v201::MonitorEnum::delta, 1, 5, MonitorKind::preconfigured},
    BuiltIn{Var::temperature, v201::MonitorEnum::upper_threshold, 80, 6, MonitorKind::preconfigured},
};

}  // namespace bulwatt::ocpp
