// Ledger interface: the append-only record of everything that matters.  Server: ledger.  Callers: session, ocpp, vault, hmi.
#pragma once
#include "libs/ipc/interface.hpp"

namespace bulwatt::ledger {

/// full: the store has no room; callers decide (session starts nothing new). storage: the medium failed.
enum class Error : std::uint8_t { full, storage, not_ready };
constexpr auto enum_names(Error) { return names("full", "storage", "not_ready"); }

enum class Severity : std::uint8_t { info, notice, warning, critical };
constexpr auto enum_names(Severity) { return names("info", "notice", "warning", "critical"); }

enum class Subject : std::uint8_t {
  station, authorization, permit, contactor, transaction, meter, configuration, remote_command, handshake, key_use,
  security_event, fault, availability, clock,
};
constexpr auto enum_names(Subject) {
  return names("station", "authorization", "permit", "contactor", "transaction", "meter", "configuration", "remote_command",
               "handshake", "key_use", "security_event", "fault", "availability", "clock");
}

inline constexpr std::size_t kMaxDetail = 400;

/// One record. The actor is never said here: the ledger knows it from the conduit. Answered after the record is on disk.
struct Append {
  struct Appended {
    std::uint64_t sequence{};
    static constexpr auto fields() { return list(field<&Appended::sequence>("sequence")); }
  };
  using Reply = Appended;
  Subject subject{};
  Severity severity{};
  Text<50> event{};           ///< OCPP security-event name where one exists, else a short word
  Text<kMaxDetail> detail{};  ///< bounded text for people: key=value pairs
  static constexpr auto fields() {
    return list(field<&Append::subject>("subject"), field<&Append::severity>("severity"),
                field<&Append::event>("event", {.at_least = 1}), field<&Append::detail>("detail"));
  }
};
struct ReadHead {
  struct Head {
    std::uint64_t records{};
    std::array<std::byte, 32> hash{};  ///< SHA-256 chain over all records
    static constexpr auto fields() { return list(field<&Head::records>("records"), field<&Head::hash>("hash")); }
  };
  using Reply = Head;
  static constexpr auto fields() { return list(); }
};

using Ledger = ipc::Interface<"ledger", Error, ipc::Call<1, "Append", Append>, ipc::Call<2, "ReadHead", ReadHead>>;

}  // namespace bulwatt::ledger
