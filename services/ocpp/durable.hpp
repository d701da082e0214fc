// What survives a power cut, as journal records. Kinds are never reused; a change of a record raises its version.
#pragma once
#include "services/ocpp/config.hpp"

namespace bulwatt::ocpp {

inline constexpr std::size_t kMaxValue = 200;        ///< bytes of a stored variable
inline constexpr std::size_t kMaxVariableKey = 110;  ///< "Component.Variable(instance)"

/// One event as session gave it, stamps corrected by the clock offset of that moment.
struct StoredEvent {
  static constexpr std::uint8_t kRecord = 1;
  static constexpr std::uint8_t kVersion = 1;
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

}  // namespace bulwatt::ocpp
