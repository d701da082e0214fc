// Ledger interface: the append-only record of everything that matters.  Server: ledger.  Callers: session, ocpp, vault, hmi.
#pragma once
#include "libs/ipc/interface.hpp"

namespace bulwatt::ledger {

/// full: the store has no room; callers decide (session starts nothing new). storage: the medium failed. refused: signatures
/// that do not hold, or of a checkpoint that was not asked for.
enum class Error : std::uint8_t { full, storage, not_ready, refused };
constexpr auto enum_names(Error) { return names("full", "storage", "not_ready", "refused"); }

enum class Severity : std::uint8_t { info, notice, warning, critical };
constexpr auto enum_names(Severity) { return names("info", "notice", "warning", "critical"); }

enum class Subject : std::uint8_t {
  station,
  authorization,
  permit,
  contactor,
  transaction,
  meter,
  configuration,
  remote_command,
  handshake,
  key_use,
  security_event,
  fault,
  availability,
  clock,
};
constexpr auto enum_names(Subject) {
  return names("station", "authorization", "permit", "contactor", "transaction", "meter", "configuration",
               "remote_command", "handshake", "key_use", "security_event", "fault", "availability", "clock");
}

inline constexpr std::size_t kMaxDetail = 400;

/// One record. The actor is never said here: the ledger knows it from the conduit. Answered after the record is on disk.
struct Append {
  struct Appended {
    std::uint64_t sequence{};
    bool low{};  ///< the last file is being filled: begin nothing new, so that what runs can still be recorded
    static constexpr auto fields() {
      return list(field<&Appended::sequence>("sequence"), field<&Appended::low>("low"));
    }
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
    std::array<std::byte, 32> hash{};  ///< root of the Merkle tree over them
    static constexpr auto fields() { return list(field<&Head::records>("records"), field<&Head::hash>("hash")); }
  };
  using Reply = Head;
  static constexpr auto fields() { return list(); }
};

/// A new head was sealed and wants signatures. The vault, which holds the keys, fetches what to sign and brings it back; so
/// the ledger calls nobody.
struct CheckpointDue {
  std::uint64_t records{};
  static constexpr auto fields() { return list(field<&CheckpointDue::records>("records")); }
};
struct FetchCheckpoint {
  struct ToSign {
    std::uint64_t records{};
    std::uint64_t seconds{};  ///< POSIX time that stands in `cosigned`
    Octets<256> text{};       ///< a C2SP checkpoint: Ed25519 signs it as it is
    Octets<400> cosigned{};   ///< the message of a C2SP cosignature: ML-DSA-44 signs it as it is
    static constexpr auto fields() {
      return list(field<&ToSign::records>("records"), field<&ToSign::seconds>("seconds"), field<&ToSign::text>("text"),
                  field<&ToSign::cosigned>("cosigned"));
    }
  };
  using Reply = ToSign;
  static constexpr auto fields() { return list(); }
};
struct SubmitCheckpoint {
  struct Done {
    std::uint64_t records{};
    static constexpr auto fields() { return list(field<&Done::records>("records")); }
  };
  using Reply = Done;
  /// Empty: there is no such key.
  struct Signed {
    Octets<1400> public_key{};  ///< SubjectPublicKeyInfo, DER
    Octets<2420> signature{};
    static constexpr auto fields() {
      return list(field<&Signed::public_key>("public_key"), field<&Signed::signature>("signature"));
    }
  };
  std::uint64_t records{};
  std::uint64_t seconds{};
  Signed ed25519{};
  Signed ml_dsa_44{};
  static constexpr auto fields() {
    using S = SubmitCheckpoint;
    return list(field<&S::records>("records"), field<&S::seconds>("seconds"), field<&S::ed25519>("ed25519"),
                field<&S::ml_dsa_44>("ml_dsa_44"));
  }
};

/// That a record is in the log, for whoever wants to check it elsewhere. Error::not_ready: it is not under a signed checkpoint
/// yet, or not there any more.
inline constexpr std::size_t kMaxProof = 9000;
struct Prove {
  struct Proof {
    Octets<kMaxProof> text{};  ///< C2SP tlog-proof, with the record in it
    static constexpr auto fields() { return list(field<&Proof::text>("text")); }
  };
  using Reply = Proof;
  std::uint64_t sequence{};
  static constexpr auto fields() { return list(field<&Prove::sequence>("sequence")); }
};

using Ledger =
    ipc::Interface<"ledger", Error, ipc::Call<1, "Append", Append>, ipc::Call<2, "ReadHead", ReadHead>,
                   ipc::Call<3, "FetchCheckpoint", FetchCheckpoint>, ipc::Call<4, "SubmitCheckpoint", SubmitCheckpoint>,
                   ipc::Pulse<5, "CheckpointDue", CheckpointDue>, ipc::Call<6, "Prove", Prove>>;

}  // namespace bulwatt::ledger
