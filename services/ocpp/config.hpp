// What the owner of a station may set for the connection to the backend. Everything but the address and the identity has
// a sane default. What the backend sets later (device-model variables) is kept in the service's own journal and wins.
#pragma once
#include "interfaces/session.hpp"
#include "libs/tls/policy.hpp"
#include "services/ocpp/variables.hpp"

namespace bulwatt::ocpp {

inline constexpr std::size_t kMaxUrl = 200;
inline constexpr std::size_t kMaxIdentity = 48;
inline constexpr std::size_t kMaxPassword = 40;
inline constexpr std::size_t kLeastPassword = 16;

/// How often and how long to try; waits grow as OCPP 2.0.1 part 4 says.
struct Retry {
  std::uint32_t wait_minimum_s = 5;
  std::uint32_t random_range_s = 10;
  std::uint32_t repeat_times = 5;
  std::uint32_t connect_timeout_s = 30;
  static constexpr auto fields() {
    using R = Retry;
    return list(
        field<&R::wait_minimum_s>("wait_minimum",
                                  {.min = 1, .max = 86'400, .unit = "s", .doc = "least wait before connecting again"}),
        field<&R::random_range_s>("random_range",
                                  {.max = 86'400, .unit = "s", .doc = "greatest random part on top of each wait"}),
        field<&R::repeat_times>("repeat_times", {.max = 16, .doc = "how often the wait doubles"}),
        field<&R::connect_timeout_s>(
            "connect_timeout", {.min = 1, .max = 300, .unit = "s", .doc = "from name look-up to open WebSocket"}));
  }
};

/// What BootNotification and the device model tell about the hardware.
struct Hardware {
  Text<50> vendor{"Bulwatt"};
  Text<20> model{"Bulwatt AC"};
  Text<25> serial{};
  Text<50> firmware_version{"0.1.0"};
  Text<20> connector_type{"cType2"};
  std::uint8_t phases = 3;
  std::uint32_t max_power_w = 22'080;
  static constexpr auto fields() {
    using H = Hardware;
    return list(field<&H::vendor>("vendor", {.at_least = 1, .doc = "name of the maker"}),
                field<&H::model>("model", {.at_least = 1, .doc = "name of the model"}),
                field<&H::serial>("serial", {.doc = "serial number; empty: the identity"}),
                field<&H::firmware_version>("firmware_version", {.at_least = 1, .doc = "version told to the backend"}),
                field<&H::connector_type>("connector_type",
                                          {.at_least = 1, .doc = "ConnectorEnumType of OCPP: cType2, sType2, …"}),
                field<&H::phases>("phases", {.min = 1, .max = 3, .doc = "phases that are wired"}),
                field<&H::max_power_w>("max_power",
                                       {.min = 1, .max = 1'000'000, .unit = "W", .doc = "greatest power of the EVSE"}));
  }
};

struct Config {
  Text<kMaxUrl> csms_url{};
  Text<kMaxIdentity> identity{};
  std::uint16_t second_port = 0;
  std::uint16_t file_port = 0;
  Text<kMaxUrl> witness_url{};
  std::uint8_t security_profile = 3;
  Text<kMaxPassword> basic_auth_password{};
  tls::Policy tls_policy = tls::Policy::hybrid_required;
  bool allow_wildcards = false;
  Text<32> key{"csms-client"};
  Text<50> organization{};
  Topology topology{.connectors = {1, {1}}};
  Hardware hardware{};
  Retry retry{};
  std::uint32_t heartbeat_s = 300;
  std::uint32_t boot_retry_s = 60;
  std::uint32_t message_timeout_s = 30;
  std::uint32_t message_attempts = 3;
  std::uint32_t message_attempt_interval_s = 20;
  std::uint32_t websocket_ping_s = 60;
  std::uint32_t offline_threshold_s = 60;
  std::uint32_t aligned_interval_s = 900;
  std::uint32_t clock_threshold_s = 20;
  std::uint32_t queue_kib = 512;
  bool additional_root_check = false;
  bool sign_readings = false;
  session::Settings settings{};
  static constexpr auto fields() {
    using C = Config;
    return list(
        field<&C::csms_url>(
            "csms_url",
            {.doc = "ws://host[:port]/path or wss://host[:port]/path; the identity is added as the last part"}),
        field<&C::identity>("identity", {.doc = "identity of this station at the backend, without a colon"}),
        field<&C::second_port>("second_port",
                               {.doc = "another TCP port where backends may be that this one appoints later (network "
                                       "connection profiles); 0: only the port of csms_url"}),
        field<&C::file_port>("file_port", {.doc = "another TCP port that logs may be uploaded to when the backend asks "
                                                  "for them; 0: only the port of csms_url"}),
        field<&C::witness_url>(
            "witness_url", {.doc = "https://host[:port][/path] of who witnesses and mirrors the ledger (whose keys are "
                                   "in the ledger's folder); the port is that of csms_url or file_port; http only "
                                   "with security_profile 1; empty: nobody"}),
        field<&C::security_profile>(
            "security_profile",
            {.min = 1, .max = 3, .doc = "1: ws with password, 2: wss with password, 3: wss with client certificate"}),
        field<&C::basic_auth_password>(
            "basic_auth_password",
            {.doc = "password of profiles 1 and 2, 16 to 40 characters; the backend may change it later",
             .secret = true}),
        field<&C::tls_policy>("tls_policy", {.doc = "what a TLS connection must be; anything less is refused"}),
        field<&C::allow_wildcards>("allow_wildcards", {.doc = "a certificate for *.example is good for csms.example"}),
        field<&C::key>("key", {.at_least = 1, .doc = "name of the client key in the vault"}),
        field<&C::organization>("organization", {.doc = "organization in certificates of this station"}),
        field<&C::topology>("topology", {.doc = "EVSEs and connectors of this station"}),
        field<&C::hardware>("hardware", {.doc = "what the backend is told about the hardware"}),
        field<&C::retry>("retry", {.doc = "how to connect again after a connection was lost"}),
        field<&C::heartbeat_s>(
            "heartbeat",
            {.min = 1, .max = 86'400, .unit = "s", .doc = "heartbeat interval until the backend says another"}),
        field<&C::boot_retry_s>("boot_retry",
                                {.min = 1,
                                 .max = 86'400,
                                 .unit = "s",
                                 .doc = "wait before the next BootNotification when the backend names none"}),
        field<&C::message_timeout_s>("message_timeout",
                                     {.min = 1, .max = 600, .unit = "s", .doc = "how long an answer may take"}),
        field<&C::message_attempts>(
            "message_attempts",
            {.min = 1, .max = 100, .doc = "how often a transaction event is sent before it is given up"}),
        field<&C::message_attempt_interval_s>(
            "message_attempt_interval",
            {.max = 86'400, .unit = "s", .doc = "wait between these attempts, times the attempts so far"}),
        field<&C::websocket_ping_s>(
            "websocket_ping",
            {.max = 86'400, .unit = "s", .doc = "silence after which the connection is probed; 0: never"}),
        field<&C::offline_threshold_s>(
            "offline_threshold",
            {.max = 86'400, .unit = "s", .doc = "after a longer time offline every status is told anew"}),
        field<&C::aligned_interval_s>(
            "aligned_interval",
            {.max = 86'400, .unit = "s", .doc = "clock-aligned meter values, counted from midnight UTC; 0: none"}),
        field<&C::clock_threshold_s>("clock_threshold",
                                     {.min = 1,
                                      .max = 86'400,
                                      .unit = "s",
                                      .doc = "greater corrections of the clock are a security event. The machine's "
                                             "clock is never set: stamps are corrected"}),
        field<&C::queue_kib>(
            "queue", {.min = 64, .max = 4096, .unit = "KiB", .doc = "transaction events kept on disk while offline"}),
        field<&C::additional_root_check>("additional_root_check",
                                         {.doc = "taken from [vault]; what stands here is not used"}),
        field<&C::sign_readings>("sign_readings", {.doc = "taken from [session] meter_records"}),
        field<&C::settings>("settings", {.doc = "taken from [session.settings]; what stands here is not used"}));
  }
};

}  // namespace bulwatt::ocpp
