// What the backend side may ask and order.  Part of the session interface.
#pragma once
#include "interfaces/session_events.hpp"
#include "interfaces/session_settings.hpp"
#include "libs/ipc/interface.hpp"

namespace bulwatt::session {

// ---- Authorization

/// Tokens the backend has to be asked about, oldest first; asked again until answered or withdrawn. Idempotent.
struct NextAuthorization {
  struct Pending {
    std::uint32_t request{};  ///< 0: nothing to ask
    std::uint8_t evse{};
    IdToken token{};
    CertificateHashes certificates{};  ///< of a contract, for the backend to ask about
    static constexpr auto fields() {
      return list(field<&Pending::request>("request"), field<&Pending::evse>("evse"), field<&Pending::token>("token"),
                  field<&Pending::certificates>("certificates"));
    }
  };
  using Reply = Pending;
  static constexpr auto fields() { return list(); }
};
struct AnswerAuthorization {
  using Reply = ipc::Done;
  std::uint32_t request{};
  std::optional<Authorization> answer{};  ///< absent: the backend could not be asked; the offline rules apply
  static constexpr auto fields() {
    return list(field<&AnswerAuthorization::request>("request"), field<&AnswerAuthorization::answer>("answer"));
  }
};
/// Verdict on a token that came back in a TransactionEventResponse.
struct AnswerTransaction {
  using Reply = ipc::Done;
  TransactionId transaction{};
  Authorization answer{};
  std::optional<IdToken> token{};  ///< that the event carried; absent: the one that started the transaction
  static constexpr auto fields() {
    using A = AnswerTransaction;
    return list(field<&A::transaction>("transaction"), field<&A::answer>("answer"), field<&A::token>("token"));
  }
};
enum class Verdict : std::uint8_t { accepted, rejected };
constexpr auto enum_names(Verdict) { return names("Accepted", "Rejected"); }
/// Accepted once it is durable; rejected while the cache is disabled.
struct ClearCache {
  struct Answer {
    Verdict verdict{};
    static constexpr auto fields() { return list(field<&Answer::verdict>("verdict")); }
  };
  using Reply = Answer;
  static constexpr auto fields() { return list(); }
};
/// One part of an update of the local authorization list. The parts of one update come in order, `first` and `last` say
/// where it begins and ends; the list changes at `last`, as a whole and durably, or not at all. A part that fits nothing
/// (no `first` seen, another version) is answered `failed`; the whole update is then to be begun anew.
enum class UpdateVerdict : std::uint8_t { accepted, failed, version_mismatch };
constexpr auto enum_names(UpdateVerdict) { return names("Accepted", "Failed", "VersionMismatch"); }
struct UpdateLocalList {
  struct Answer {
    UpdateVerdict verdict{};
    static constexpr auto fields() { return list(field<&Answer::verdict>("verdict")); }
  };
  using Reply = Answer;
  std::int32_t version{};  ///< greater than 0
  bool full{};
  bool first{};
  bool last{};
  List<LocalEntry, kLocalListChunk> entries{};
  static constexpr auto fields() {
    using U = UpdateLocalList;
    return list(field<&U::version>("version", {.min = 1}), field<&U::full>("full"), field<&U::first>("first"),
                field<&U::last>("last"), field<&U::entries>("entries"));
  }
};
struct GetLocalList {
  struct Listed {
    std::int32_t version{};  ///< 0: none was ever sent, or the list is disabled
    std::uint32_t entries{};
    static constexpr auto fields() {
      return list(field<&Listed::version>("version"), field<&Listed::entries>("entries"));
    }
  };
  using Reply = Listed;
  static constexpr auto fields() { return list(); }
};

// ---- Transactions

/// The oldest event after `after`. Idempotent.
struct FetchEvent {
  struct Fetched {
    std::optional<TransactionEvent> event{};
    static constexpr auto fields() { return list(field<&Fetched::event>("event")); }
  };
  using Reply = Fetched;
  std::uint64_t after{};
  static constexpr auto fields() { return list(field<&FetchEvent::after>("after")); }
};
/// Everything up to `number` is safe in the caller's own queue on disk and may be forgotten here.
struct AcknowledgeEvents {
  using Reply = ipc::Done;
  std::uint64_t number{};
  static constexpr auto fields() { return list(field<&AcknowledgeEvents::number>("number")); }
};
struct TransactionStatus {
  struct Answer {
    bool ongoing{};
    bool events_waiting{};  ///< some of its events have not been acknowledged here
    static constexpr auto fields() {
      return list(field<&Answer::ongoing>("ongoing"), field<&Answer::events_waiting>("events_waiting"));
    }
  };
  using Reply = Answer;
  TransactionId transaction{};
  static constexpr auto fields() { return list(field<&TransactionStatus::transaction>("transaction")); }
};
/// An event out of turn, with the meter as it is now. Error not_now: no transaction runs there. EVSE 0: all that run.
struct TriggerEvent {
  using Reply = ipc::Done;
  std::uint8_t evse{};
  static constexpr auto fields() { return list(field<&TriggerEvent::evse>("evse")); }
};
enum class RemoteVerdict : std::uint8_t { accepted, rejected };
constexpr auto enum_names(RemoteVerdict) { return names("Accepted", "Rejected"); }
struct RemoteStart {
  struct Answer {
    RemoteVerdict verdict{};
    std::optional<TransactionId> transaction{};  ///< when one runs already
    static constexpr auto fields() {
      return list(field<&Answer::verdict>("verdict"), field<&Answer::transaction>("transaction"));
    }
  };
  using Reply = Answer;
  std::uint8_t evse{};  ///< 0: any
  IdToken token{};
  std::int32_t remote_start_id{};
  bool ask_first{};  ///< as if AuthorizeRemoteStart were true
  std::optional<IdToken> group{};
  static constexpr auto fields() {
    using R = RemoteStart;
    return list(field<&R::evse>("evse"), field<&R::token>("token"), field<&R::remote_start_id>("remote_start_id"),
                field<&R::ask_first>("ask_first"), field<&R::group>("group"));
  }
};
struct RemoteStop {
  using Reply = RemoteStart::Answer;
  TransactionId transaction{};
  static constexpr auto fields() { return list(field<&RemoteStop::transaction>("transaction")); }
};

// ---- Station, EVSEs, connectors

enum class ChangeVerdict : std::uint8_t { accepted, rejected, scheduled };
constexpr auto enum_names(ChangeVerdict) { return names("Accepted", "Rejected", "Scheduled"); }
struct ChangeAvailability {
  struct Answer {
    ChangeVerdict verdict{};
    static constexpr auto fields() { return list(field<&Answer::verdict>("verdict")); }
  };
  using Reply = Answer;
  std::uint8_t evse{};       ///< 0: the whole station
  std::uint8_t connector{};  ///< 0: the whole EVSE
  bool operative{};
  static constexpr auto fields() {
    using C = ChangeAvailability;
    return list(field<&C::evse>("evse"), field<&C::connector>("connector"), field<&C::operative>("operative"));
  }
};
/// A single EVSE cannot be reset; it is rejected.
struct Reset {
  using Reply = ChangeAvailability::Answer;
  std::uint8_t evse{};  ///< 0: the station
  bool immediate{};     ///< false: when no transaction runs
  static constexpr auto fields() { return list(field<&Reset::evse>("evse"), field<&Reset::immediate>("immediate")); }
};
enum class UnlockVerdict : std::uint8_t { unlocked, unlock_failed, ongoing_authorized_transaction, unknown_connector };
constexpr auto enum_names(UnlockVerdict) {
  return names("Unlocked", "UnlockFailed", "OngoingAuthorizedTransaction", "UnknownConnector");
}
struct Unlock {
  struct Answer {
    UnlockVerdict verdict{};
    static constexpr auto fields() { return list(field<&Answer::verdict>("verdict")); }
  };
  using Reply = Answer;
  std::uint8_t evse{};
  std::uint8_t connector = 1;
  static constexpr auto fields() { return list(field<&Unlock::evse>("evse"), field<&Unlock::connector>("connector")); }
};

// ---- Reservations

inline constexpr std::size_t kReservations = 8;
enum class ReserveVerdict : std::uint8_t { accepted, faulted, occupied, rejected, unavailable };
constexpr auto enum_names(ReserveVerdict) {
  return names("Accepted", "Faulted", "Occupied", "Rejected", "Unavailable");
}
/// Replaces one with the same id. Durable when answered.
struct Reserve {
  struct Answer {
    ReserveVerdict verdict{};
    static constexpr auto fields() { return list(field<&Answer::verdict>("verdict")); }
  };
  using Reply = Answer;
  std::int32_t id{};
  std::uint8_t evse{};                       ///< 0: any
  std::optional<Text<20>> connector_type{};  ///< as in GetTopology
  IdToken token{};
  std::optional<IdToken> group{};
  Timestamp expiry{};
  static constexpr auto fields() {
    using R = Reserve;
    return list(field<&R::id>("id"), field<&R::evse>("evse"), field<&R::connector_type>("connector_type"),
                field<&R::token>("token"), field<&R::group>("group"), field<&R::expiry>("expiry"));
  }
};
struct CancelReservation {
  using Reply = ClearCache::Answer;
  std::int32_t id{};
  static constexpr auto fields() { return list(field<&CancelReservation::id>("id")); }
};
/// Why a reservation that the backend made is no more, other than by use or by its own order.
enum class ReservationEnd : std::uint8_t { expired, removed, no_transaction };
constexpr auto enum_names(ReservationEnd) { return names("Expired", "Removed", "NoTransaction"); }
/// The oldest update after `after`; what is up to `after` is safe with the caller and forgotten here. Durable. Idempotent.
struct NextReservationUpdate {
  struct Update {
    std::uint32_t number{};  ///< from 1, without a gap; 0: there is none
    std::int32_t reservation{};
    ReservationEnd end{};
    Timestamp time{};
    static constexpr auto fields() {
      using U = Update;
      return list(field<&U::number>("number"), field<&U::reservation>("reservation"), field<&U::end>("end"),
                  field<&U::time>("time"));
    }
  };
  using Reply = Update;
  std::uint32_t after{};
  static constexpr auto fields() { return list(field<&NextReservationUpdate::after>("after")); }
};

// ---- Link and settings

/// Whether the backend answers: events are marked offline by it, and offline authorization rules apply.
struct SetLink {
  using Reply = ipc::Done;
  bool online{};
  bool
      accepted{};  ///< the backend accepted the station at least once since it started; see Settings::tx_before_accepted
  static constexpr auto fields() {
    return list(field<&SetLink::online>("online"), field<&SetLink::accepted>("accepted"));
  }
};
/// Error unsupported: a point of the two sets that this station cannot sense; nothing changes then.
struct Configure {
  using Reply = ipc::Done;
  Settings settings{};
  static constexpr auto fields() { return list(field<&Configure::settings>("settings")); }
};
/// A cap from the backend's charging profiles; absent lifts it. EVSE 0: the sum of all.
struct SetBackendLimit {
  using Reply = ipc::Done;
  std::uint8_t evse{};
  std::optional<std::uint32_t> limit_ma{};
  static constexpr auto fields() {
    return list(field<&SetBackendLimit::evse>("evse"),
                field<&SetBackendLimit::limit_ma>("limit", {.max = power::kMaxLimitMa}));
  }
};

}  // namespace bulwatt::session
