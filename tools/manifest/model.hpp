// A manifest as read from its file: what is written there and where, not yet whether it makes sense.
#pragma once
#include <expected>
#include <map>
#include <optional>

#include "libs/sandbox/table.hpp"
#include "tools/manifest/section.hpp"

namespace bulwatt::manifest {

struct Zone {
  std::string name;
  std::uint32_t line{};
  int sl_target{};
  std::string purpose;
};

/// Kind and rights are still words: check() says which exist.
struct Device {
  Word name;
  Word kind;
  Word rights;
  bool optional{};
};
struct File {
  Word name;
  Word rights;
};

struct Schedule {
  Word policy;
  int priority{};
  std::uint32_t line{};
  bool lock_memory{};
};
struct Network {
  Word mode;
  std::vector<Word> tcp_connect;
  std::vector<Word> tcp_listen;
  std::vector<Word> links;
  bool udp_dns{};
  std::uint32_t line{};
};
struct Limits {
  std::uint32_t memory_kib{};
  int open_files{};
  std::uint32_t file_kib{};
  std::uint32_t line{};
};
struct Watchdog {
  int interval_ms{};
  int missed{};
  int patience_ms() const { return interval_ms * missed; }
};
struct Restart {
  Word restart_class;
  Word escalate;
  std::vector<Word> with;  ///< class pair: who is restarted too
  int intensity{};
  int window_s{};
  std::vector<long long> backoff_ms;
  std::uint32_t line{};
};

struct Service {
  std::string name;
  std::uint32_t line{};
  Word zone;
  std::string purpose;
  Schedule schedule;
  std::vector<Word> syscalls;
  std::vector<Word> libraries;
  std::vector<Word> libraries_if_there;
  std::vector<Device> devices;
  std::vector<File> files;
  Network network;
  Limits limits;
  Watchdog watchdog;
  Restart restart;
  int capsule_bytes{};
  std::uint32_t capsule_line{};
  std::vector<Word> may;
  bool optional{};  ///< a station may be without it
  std::uint32_t optional_line{};

  bool may_do(std::string_view what) const;
  bool uses(std::string_view syscall_set) const;
  bool writes_files() const;
};

struct PhaseRule {
  Word phase;
  std::vector<Word> messages;
};

struct Conduit {
  std::uint32_t line{};
  Word client;
  Word server;
  Word interface;
  std::vector<Word> calls;
  std::vector<Word> pulses_to_server;
  std::vector<Word> pulses_to_client;
  std::vector<PhaseRule> phases;
  int deadline_ms{};
  std::uint32_t deadline_line{};
  int per_s{};
  int burst{};
  Word overflow;

  bool has_calls() const { return !calls.empty(); }
};

struct Manifest {
  std::string name;
  std::vector<Word> phases;
  int supervisor_priority{};
  int max_conduits{};
  std::uint32_t system_line{};
  std::vector<Zone> zones;        ///< in the order of the file
  std::vector<Service> services;  ///< in the order of the file; check() wants distinct priorities
  std::vector<Conduit> conduits;  ///< in the order of the file
  std::uint64_t content{};        ///< hash of all keys and values

  const Zone* zone(std::string_view name) const;
  const Service* service(std::string_view name) const;
};

/// Reads and checks the form: keys, kinds, ranges. With findings the manifest is not to be used.
Manifest load(std::string_view text, Findings& findings);
/// Checks the sense of a well-formed manifest: every name is known, every rule of the system holds.
void check(const Manifest& manifest, Findings& findings);

/// Both. The manifest, or the refusals of the file called `path`.
std::expected<Manifest, std::string> read(std::string_view path, std::string_view text);

/// Words of the manifest for enumerations of libs/sandbox/table.hpp.
std::optional<sandbox::Policy> policy_of(std::string_view word);
std::optional<sandbox::Network> network_of(std::string_view word);
std::optional<sandbox::RestartClass> restart_class_of(std::string_view word);
std::optional<sandbox::Escalate> escalate_of(std::string_view word);
std::optional<sandbox::Rights> rights_of(std::string_view word);

}  // namespace bulwatt::manifest
