// Everything that the ledger records, by name: who says it, what about, and what the record tells. `bulwatt log catalogue` makes
// docs/ledger.md of it; tools/bulwatt/check_catalogue.py holds the sources against it.
#pragma once
#include "interfaces/ledger.hpp"

namespace bulwatt::ledger {

struct Recorded {
  std::string_view actor;  ///< service, as the conduit tells
  std::string_view event;
  Subject subject{};
  std::string_view tells;
  bool in_ocpp = false;  ///< a security event of OCPP by the same name
};

inline constexpr auto kCatalogue = std::to_array<Recorded>({
    // The ledger about itself, and about what the supervisor did.
    {"ledger", "LedgerStarted", Subject::station,
     "a start of the ledger: which start of the station, where the log stands"},
    {"ledger", "TornTailDropped", Subject::station,
     "an unfinished write at the end was dropped; it was never acknowledged"},
    {"ledger", "TornCheckpointRepaired", Subject::station,
     "an unfinished write of a signed checkpoint is replaced by the checkpoint before it, and which"},
    {"ledger", "LedgerDamaged", Subject::station,
     "the log before this one was changed or cut: why, and its last good head"},
    {"ledger", "LedgerLinked", Subject::station, "this log goes on behind one of the first format"},
    {"ledger", "RecordsPruned", Subject::station,
     "the oldest records are dropped under a signed checkpoint, and which"},
    {"ledger", "MemoryExhaustion", Subject::station, "the last file is being filled", true},
    {"ledger", "SettingSystemTime", Subject::clock, "the clock was set: from, to", true},
    {"ledger", "CheckpointKey", Subject::key_use, "other keys sign the log's heads from now on: which"},
    {"supervisor", "ServiceEnded", Subject::fault, "a service ended and not on purpose: which, why"},
    {"supervisor", "LadderStep", Subject::station, "restarting did not help: the next step of the ladder"},
    {"supervisor", "Recovered", Subject::station, "a healthy minute after that"},
    {"supervisor", "CapsuleDropped", Subject::fault, "a service was started without what it had parked"},
    {"supervisor", "SafeStateLeft", Subject::station, "a new try after the safe state"},
    {"supervisor", "OtherSlot", Subject::station,
     "the machine's other software was asked for, and what became of that"},
    {"supervisor", "Assurance", Subject::security_event, "layers of the sandbox that a service lacks"},
    {"supervisor", "ActsLost", Subject::station, "acts of the supervisor there was no room for: how many"},
    // Charging.
    {"session", "SessionStarted", Subject::station, "a start of session: what it found in its journal"},
    {"session", "TokenAccepted", Subject::authorization, "a token may charge: by whose word"},
    {"session", "TokenRefused", Subject::authorization, "a token may not: by whose word"},
    {"session", "AuthorizationEnded", Subject::authorization,
     "leave to charge ended without or before its transaction"},
    {"session", "LocalListUpdate", Subject::authorization, "the backend's list: version, verdict"},
    {"session", "CacheCleared", Subject::authorization, "remembered tokens were forgotten"},
    {"session", "CustomerForgotten", Subject::authorization, "what was stored about the holder of a token is gone"},
    {"session", "PermitGranted", Subject::permit, "energy may flow: how much"},
    {"session", "PermitRevoked", Subject::permit, "it may not any more"},
    {"session", "LimitChanged", Subject::permit, "another limit rules: whose, how much"},
    {"session", "ContactorClosed", Subject::contactor, "the contactor closed"},
    {"session", "ContactorOpened", Subject::contactor, "it opened"},
    {"session", "TransactionStarted", Subject::transaction, "id, token (its end), register, what began it"},
    {"session", "TransactionResumed", Subject::transaction, "it goes on after a power loss: how long that was"},
    {"session", "TransactionEnded", Subject::transaction, "id, energy, reason, number of events"},
    {"session", "MeterSilent", Subject::meter, "the meter does not answer: what is wrong"},
    {"session", "MeterBack", Subject::meter, "it answers again"},
    {"session", "MeterReplaced", Subject::meter, "another meter counts here: both serial numbers and registers"},
    {"session", "MeterRolledOver", Subject::meter, "the register began again at zero"},
    {"session", "MeterRecordMissing", Subject::meter,
     "a transaction ended without a signed record of its begin or its end"},
    {"session", "VehicleSession", Subject::permit, "a car speaks with the station: by which protocol"},
    {"session", "VehicleSessionEnded", Subject::permit, "it has said that it is done, or that it pauses"},
    {"session", "VehicleSessionLost", Subject::permit, "v2g is silent, and with it the car"},
    {"session", "BasicSignalling", Subject::permit, "the car is told its current by the duty cycle instead: why"},
    {"session", "FaultRaised", Subject::fault, "the safety controller or a sensor reports a fault: which"},
    {"session", "FaultCleared", Subject::fault, "it is gone"},
    {"session", "Operative", Subject::availability, "a station, EVSE or connector is in service"},
    {"session", "Inoperative", Subject::availability, "it is not"},
    {"session", "SettingsChanged", Subject::configuration, "settings that session obeys: which they are now"},
    {"session", "RemoteStart", Subject::remote_command, "the backend ordered a charge: verdict"},
    {"session", "RemoteStop", Subject::remote_command, "the backend ordered its end: verdict"},
    {"session", "Unlock", Subject::remote_command, "the backend ordered a connector to be unlocked"},
    {"session", "Reset", Subject::remote_command, "the backend ordered a reset: verdict"},
    {"session", "Reserved", Subject::remote_command, "an EVSE is held for somebody"},
    {"session", "ReservationEnded", Subject::remote_command, "used, expired or lost"},
    {"session", "ReservationCancelled", Subject::remote_command, "by the backend"},
    {"session", "ReservationUpdateLost", Subject::remote_command, "an end that the backend will not hear of"},
    {"session", "ResetOrReboot", Subject::station, "the station restarts on an order", true},
    {"session", "RecordsLost", Subject::station, "records that the ledger could not take: how many"},
    // The backend.
    {"ocpp", "Connected", Subject::handshake, "a connection: TLS version, group, cipher, whose certificate"},
    {"ocpp", "Disconnected", Subject::handshake, "its end, and why"},
    {"ocpp", "ConnectionRefused", Subject::handshake, "no connection, and why"},
    {"ocpp", "NextNetworkProfile", Subject::handshake, "another network profile is tried"},
    {"ocpp", "BootNotification", Subject::station, "what the backend answered to it"},
    {"ocpp", "SetVariable", Subject::configuration, "a variable of the device model was set; secrets by name only"},
    {"ocpp", "SetVariableMonitoring", Subject::configuration, "a monitor was set"},
    {"ocpp", "ClearVariableMonitoring", Subject::configuration, "monitors were cleared"},
    {"ocpp", "SetMonitoringBase", Subject::configuration, "which monitors are active"},
    {"ocpp", "SetNetworkProfile", Subject::configuration, "a network profile was set"},
    {"ocpp", "RenewalGivenUp", Subject::configuration, "the station's certificate could not be renewed"},
    {"ocpp", "CertificateStatusMissing", Subject::configuration,
     "no answer about the revocation of a certificate that cars see: which, why"},
    {"ocpp", "ClockFollowed", Subject::clock, "stamps follow the backend's clock: by how much"},
    {"ocpp", "TimeRefused", Subject::clock, "a time of the backend that cannot be"},
    {"ocpp", "GetLog", Subject::remote_command, "a log was asked for"},
    {"ocpp", "LogUpload", Subject::remote_command, "how its upload ended"},
    {"ocpp", "TransactionEventGivenUp", Subject::transaction, "an event that the backend refused until the end"},
    {"ocpp", "TransactionEventUnsendable", Subject::transaction, "an event that no message can hold"},
    {"ocpp", "TransactionEventsLeftOut", Subject::transaction,
     "samples that were not kept: the backend is gone for long"},
    {"ocpp", "EventsNotTaken", Subject::station, "monitored events that did not reach the backend"},
    {"ocpp", "SecurityEventNotTaken", Subject::security_event, "a security event that did not reach the backend"},
    {"ocpp", "RecordsLost", Subject::station, "records that the ledger could not take: how many"},
    {"ocpp", "FirmwareUpdated", Subject::security_event, "another version of the software runs", true},
    {"ocpp", "FailedToAuthenticateAtCsms", Subject::security_event, "the backend refused the station", true},
    {"ocpp", "CsmsFailedToAuthenticate", Subject::security_event, "the station refused the backend", true},
    {"ocpp", "SettingSystemTime", Subject::security_event, "a great correction of the clock", true},
    {"ocpp", "StartupOfTheDevice", Subject::security_event, "the station started", true},
    {"ocpp", "ResetOrReboot", Subject::security_event, "it restarts", true},
    {"ocpp", "SecurityLogWasCleared", Subject::security_event, "security events went for want of room", true},
    {"ocpp", "ReconfigurationOfSecurityParameters", Subject::security_event, "password, profile, certificates, policy",
     true},
    {"ocpp", "MemoryExhaustion", Subject::security_event, "the queue of events is full", true},
    {"ocpp", "InvalidMessages", Subject::security_event, "a message that is none", true},
    {"ocpp", "AttemptedReplayAttacks", Subject::security_event, "an answer that came twice", true},
    {"ocpp", "InvalidCsmsCertificate", Subject::security_event, "the backend's certificate does not hold", true},
    {"ocpp", "InvalidChargingStationCertificate", Subject::security_event,
     "a certificate for the station does not hold", true},
    {"ocpp", "InvalidTLSVersion", Subject::security_event, "the backend offers only an old one", true},
    {"ocpp", "InvalidTLSCipherSuite", Subject::security_event, "the backend offers none that is allowed", true},
    // Keys.
    {"vault", "KeyUsed", Subject::key_use, "key, user, how often since the last record"},
    {"vault", "KeyUseRefused", Subject::key_use, "key, user, why"},
    {"vault", "KeyMade", Subject::configuration, "a new key pair beside the present one"},
    {"vault", "CertificateInstalled", Subject::configuration, "for which key, or why not"},
    {"vault", "OldCertificateDiscarded", Subject::configuration, "which slot"},
    {"vault", "TrustAnchorInstalled", Subject::configuration, "for what, which, or why not"},
    {"vault", "TrustAnchorDeleted", Subject::configuration, "which, or why not"},
    {"vault", "CertificateStatusStored", Subject::configuration,
     "an answer about the revocation of a certificate that cars see, or why it was not kept"},
    {"vault", "CertificateEnds", Subject::security_event,
     "a certificate of the station, or one that it trusts, ends within 30 days or has: which, in how many"},
    {"vault", "ProfileTaken", Subject::configuration, "another crypto profile is on probation: number, name"},
    {"vault", "ProfileProven", Subject::configuration, "a connection was made under it: number"},
    {"vault", "ProfileFellBack", Subject::configuration, "none was made in time: which number, and what is used again"},
    {"vault", "ProfileRefused", Subject::configuration, "one that was handed in was not taken: why"},
    {"vault", "ProfileUnusable", Subject::configuration, "the one in use was damaged: why"},
    {"vault", "ProfileTrialPassed", Subject::configuration, "a profile passed its trial: number, endpoint, digest"},
    {"vault", "ProfileTrialFailed", Subject::configuration, "it did not: number, what failed"},
    {"vault", "VaultDegraded", Subject::security_event, "a key or its device is not there"},
    {"vault", "VaultWhole", Subject::security_event, "everything is there again"},
    {"vault", "MeterRecordSigned", Subject::meter, "EVSE, page, SHA-256 of the payload and of its twin's signature"},
    // People at the station.
    {"hmi", "TokenNotTaken", Subject::authorization, "a token that was shown could not be handed on"},
});

/// Whether a service may record this.
constexpr bool catalogued(std::string_view actor, std::string_view event, Subject subject) {
  return std::ranges::any_of(kCatalogue, [&](const Recorded& one) {
    return one.actor == actor && one.event == event && one.subject == subject;
  });
}

}  // namespace bulwatt::ledger
