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

/// Errands: a body to be carried to the witness or the mirror of this log, and the answer to be carried back. Who carries it need not
/// understand it, and cannot forge an answer: the ledger checks the signatures in it. Error::not_ready: nothing is to be carried.
inline constexpr std::size_t kMaxErrand = 14'000;
inline constexpr std::size_t kMaxErrandAnswer = 12'000;
struct ErrandDue {
  static constexpr auto fields() { return list(); }
};
struct FetchErrand {
  struct Errand {
    std::uint32_t number{};
    Text<24> path{};  ///< the last part of the address to POST to: add-checkpoint (C2SP tlog-witness) or add-entries
    Octets<kMaxErrand> body{};
    static constexpr auto fields() {
      return list(field<&Errand::number>("number"), field<&Errand::path>("path"), field<&Errand::body>("body"));
    }
  };
  using Reply = Errand;
  static constexpr auto fields() { return list(); }
};
struct SubmitErrand {
  struct Taken {
    bool more{};  ///< there is something to be carried at once
    static constexpr auto fields() { return list(field<&Taken::more>("more")); }
  };
  using Reply = Taken;
  std::uint32_t number{};
  std::uint16_t status{};  ///< of HTTP
  Text<40> type{};         ///< Content-Type
  Octets<kMaxErrandAnswer> body{};
  static constexpr auto fields() {
    using S = SubmitErrand;
    return list(field<&S::number>("number"), field<&S::status>("status"), field<&S::type>("type"),
                field<&S::body>("body"));
  }
};

/// What a counter that only rises stands at; asked before it is raised, and at every start. The answer says that a record of the
/// head with the next value is on disk, so the counter is to be raised now. A counter that has gone on without this log, or a log
/// without its counter, is recorded as what it is.
struct Anchor {
  struct Anchored {
    std::uint64_t next{};  ///< what the counter ought to stand at afterwards
    bool raise{};          ///< false: it does already, nothing was recorded since
    static constexpr auto fields() { return list(field<&Anchored::next>("next"), field<&Anchored::raise>("raise")); }
  };
  using Reply = Anchored;
  std::uint64_t counter{};
  static constexpr auto fields() { return list(field<&Anchor::counter>("counter")); }
};

using Ledger =
    ipc::Interface<"ledger", Error, ipc::Call<1, "Append", Append>, ipc::Call<2, "ReadHead", ReadHead>,
                   ipc::Call<3, "FetchCheckpoint", FetchCheckpoint>, ipc::Call<4, "SubmitCheckpoint", SubmitCheckpoint>,
                   ipc::Pulse<5, "CheckpointDue", CheckpointDue>, ipc::Call<6, "Prove", Prove>,
                   ipc::Call<7, "FetchErrand", FetchErrand>, ipc::Call<8, "SubmitErrand", SubmitErrand>,
                   ipc::Pulse<9, "ErrandDue", ErrandDue>, ipc::Call<10, "Anchor", Anchor>>;

}  // namespace bulwatt::ledger
