// What survives a power cut, as journal records. Kinds are never reused; a change of a record raises its version.
#pragma once
#include "protocols/ocpp/v201/diagnostics.hpp"
#include "protocols/ocpp/v201/monitoring.hpp"
#include "services/ocpp/config.hpp"

namespace bulwatt::ocpp {

inline constexpr std::size_t kMaxValue = 200;        ///< bytes of a stored variable
inline constexpr std::size_t kMaxVariableKey = 110;  ///< "Component.Variable(instance)@evse.connector"
inline constexpr std::uint8_t kSlots = 3;            ///< of network connection profiles
inline constexpr std::size_t kMaxMonitors = 128;     ///< all kinds together
/// The key of the variable that orders them.
inline constexpr std::string_view kNetworkPriority = "OCPPCommCtrlr.NetworkConfigurationPriority";

/// One event as session gave it, stamps corrected by the clock offset of that moment.
struct StoredEvent {
  static constexpr std::uint8_t kRecord = 1;
  static constexpr std::uint8_t kVersion = 2;
  session::TransactionEvent event{};
  static constexpr auto fields() { return list(field<&StoredEvent::event>("event")); }
};
/// The event with this number is delivered or given up.
struct RemovedEvent {
  static constexpr std::uint8_t kRecord = 2;
  static constexpr std::uint8_t kVersion = 1;
  std::uint64_t number{};
  static constexpr auto fields() { return list(field<&RemovedEvent::number>("number")); }
};
/// Why the station will come up the next time, when it is known before.
enum class PlannedReset : std::uint8_t { none, immediate, on_idle };
constexpr auto enum_names(PlannedReset) { return names("none", "immediate", "on_idle"); }

struct StoredFacts {
  static constexpr std::uint8_t kRecord = 3;
  static constexpr std::uint8_t kVersion = 1;
  std::uint64_t fetched{};         ///< greatest event number ever taken from session
  std::uint64_t last_security{};   ///< greatest number given to a security event
  std::int64_t clock_offset_ms{};  ///< backend's clock minus this machine's
  PlannedReset reset{};
  Text<kMaxUrl> quantum_safe_url{};  ///< this address was quantum safe once; never less again
  static constexpr auto fields() {
    using F = StoredFacts;
    return list(field<&F::fetched>("fetched"), field<&F::last_security>("last_security"),
                field<&F::clock_offset_ms>("clock_offset"), field<&F::reset>("reset"),
                field<&F::quantum_safe_url>("quantum_safe_url"));
  }
  friend bool operator==(const StoredFacts&, const StoredFacts&) = default;
};
struct StoredVariable {
  static constexpr std::uint8_t kRecord = 4;
  static constexpr std::uint8_t kVersion = 1;
  Text<kMaxVariableKey> key{};
  Text<kMaxValue> value{};
  static constexpr auto fields() {
    return list(field<&StoredVariable::key>("key"), field<&StoredVariable::value>("value"));
  }
};
struct SecurityEvent {
  static constexpr std::uint8_t kRecord = 5;
  static constexpr std::uint8_t kVersion = 1;
  std::uint64_t number{};
  Text<50> type{};
  Timestamp time{};
  Text<255> info{};
  static constexpr auto fields() {
    using E = SecurityEvent;
    return list(field<&E::number>("number"), field<&E::type>("type"), field<&E::time>("time"), field<&E::info>("info"));
  }
};
struct RemovedSecurityEvent {
  static constexpr std::uint8_t kRecord = 6;
  static constexpr std::uint8_t kVersion = 1;
  std::uint64_t number{};
  static constexpr auto fields() { return list(field<&RemovedSecurityEvent::number>("number")); }
};
//= OCPP-2.0.1 A01.FR.10
/// A password set by the backend. The one before stays until a connection was made with the new one. Good only as long
/// as the configuration still has the password it had then: a new one there wins.
struct Credential {
  static constexpr std::uint8_t kRecord = 7;
  static constexpr std::uint8_t kVersion = 1;
  Text<kMaxPassword> configured{};
  Text<kMaxPassword> current{};
  Text<kMaxPassword> next{};  ///< empty: none
  static constexpr auto fields() {
    using C = Credential;
    return list(field<&C::configured>("configured", {.secret = true}), field<&C::current>("current", {.secret = true}),
                field<&C::next>("next", {.secret = true}));
  }
  friend bool operator==(const Credential&, const Credential&) = default;
};

/// What is in a slot; an empty address: nothing.
struct StoredProfile {
  static constexpr std::uint8_t kRecord = 8;
  static constexpr std::uint8_t kVersion = 1;
  std::uint8_t slot{};
  Text<kMaxUrl> url{};
  std::uint8_t security_profile{};
  std::uint32_t message_timeout_s{};
  std::uint8_t interface{};  ///< of the standard's list; the station has the one its operating system gives
  static constexpr auto fields() {
    using P = StoredProfile;
    return list(field<&P::slot>("slot"), field<&P::url>("url"), field<&P::security_profile>("security_profile"),
                field<&P::message_timeout_s>("message_timeout", {.unit = "s"}), field<&P::interface>("interface"));
  }
  friend bool operator==(const StoredProfile&, const StoredProfile&) = default;
};
struct StoredNetwork {
  static constexpr std::uint8_t kRecord = 9;
  static constexpr std::uint8_t kVersion = 1;
  Text<kMaxUrl> configured_url{};      ///< of the configuration that the slots were last in line with
  std::uint8_t configured_security{};  ///< the same
  std::uint8_t security_profile{};     ///< higher than the configuration's since a connection was made so; 0: not
  std::uint8_t last_good{};            ///< slot of the last connection; 0: none yet
  Text<50> firmware_version{};         ///< that ran last
  List<Text<kMaxUrl>, kSlots + 1> quantum_safe{};  ///< addresses that were quantum safe once; never less again
  static constexpr auto fields() {
    using N = StoredNetwork;
    return list(field<&N::configured_url>("configured_url"), field<&N::configured_security>("configured_security"),
                field<&N::security_profile>("security_profile"), field<&N::last_good>("last_good"),
                field<&N::firmware_version>("firmware_version"), field<&N::quantum_safe>("quantum_safe"));
  }
  friend bool operator==(const StoredNetwork&, const StoredNetwork&) = default;
};
/// Who put a monitor there: the standard's words.
enum class MonitorKind : std::uint8_t { hard_wired, preconfigured, custom };
constexpr auto enum_names(MonitorKind) { return names("HardWiredMonitor", "PreconfiguredMonitor", "CustomMonitor"); }

/// A monitor that the backend has set, or put in the place of a preconfigured one.
struct StoredMonitor {
  static constexpr std::uint8_t kRecord = 10;
  static constexpr std::uint8_t kVersion = 1;
  std::int32_t id{};
  Text<kMaxVariableKey> key{};  ///< of the variable
  v201::MonitorEnum type{};
  Decimal value{};
  std::uint8_t severity{};
  bool transaction{};
  static constexpr auto fields() {
    using M = StoredMonitor;
    return list(field<&M::id>("id"), field<&M::key>("key"), field<&M::type>("type"), field<&M::value>("value"),
                field<&M::severity>("severity"), field<&M::transaction>("transaction"));
  }
  friend bool operator==(const StoredMonitor&, const StoredMonitor&) = default;
};
/// The backend has removed it; of a preconfigured one this stays until the base is set again.
struct RemovedMonitor {
  static constexpr std::uint8_t kRecord = 11;
  static constexpr std::uint8_t kVersion = 1;
  std::int32_t id{};
  static constexpr auto fields() { return list(field<&RemovedMonitor::id>("id")); }
};
struct StoredMonitoring {
  static constexpr std::uint8_t kRecord = 12;
  static constexpr std::uint8_t kVersion = 1;
  v201::MonitoringBaseEnum base{};
  std::uint8_t level = 8;
  std::int32_t last_notice{};                   ///< greatest number given to an event
  List<std::int32_t, kMaxMonitors> disabled{};  ///< preconfigured monitors that the backend has removed
  List<std::int32_t, kMaxMonitors> raised{};    ///< monitors whose threshold is exceeded
  static constexpr auto fields() {
    using M = StoredMonitoring;
    return list(field<&M::base>("base"), field<&M::level>("level"), field<&M::last_notice>("last_notice"),
                field<&M::disabled>("disabled"), field<&M::raised>("raised"));
  }
  friend bool operator==(const StoredMonitoring&, const StoredMonitoring&) = default;
};
/// An event of a monitor that the backend has not got yet.
struct Notice {
  static constexpr std::uint8_t kRecord = 13;
  static constexpr std::uint8_t kVersion = 1;
  std::int32_t number{};
  Timestamp time{};
  v201::EventTriggerEnum trigger{};
  MonitorKind kind{};
  std::int32_t monitor{};
  std::uint8_t severity{};
  Text<kMaxVariableKey> key{};
  Text<kMaxValue> value{};
  std::optional<bool> cleared{};
  std::optional<session::TransactionId> transaction{};
  static constexpr auto fields() {
    using N = Notice;
    return list(field<&N::number>("number"), field<&N::time>("time"), field<&N::trigger>("trigger"),
                field<&N::kind>("kind"), field<&N::monitor>("monitor"), field<&N::severity>("severity"),
                field<&N::key>("key"), field<&N::value>("value"), field<&N::cleared>("cleared"),
                field<&N::transaction>("transaction"));
  }
};
struct RemovedNotice {
  static constexpr std::uint8_t kRecord = 14;
  static constexpr std::uint8_t kVersion = 1;
  std::int32_t number{};
  static constexpr auto fields() { return list(field<&RemovedNotice::number>("number")); }
};
/// One line of the security log that the backend may ask for. The oldest goes when there are too many.
struct SecurityLine {
  static constexpr std::uint8_t kRecord = 15;
  static constexpr std::uint8_t kVersion = 1;
  Timestamp time{};
  Text<50> type{};
  Text<200> info{};
  static constexpr auto fields() {
    using L = SecurityLine;
    return list(field<&L::time>("time"), field<&L::type>("type"), field<&L::info>("info"));
  }
};
/// What the backend has set no longer counts.
struct RemovedVariable {
  static constexpr std::uint8_t kRecord = 16;
  static constexpr std::uint8_t kVersion = 1;
  Text<kMaxVariableKey> key{};
  static constexpr auto fields() { return list(field<&RemovedVariable::key>("key")); }
};

}  // namespace bulwatt::ocpp
