// What a session of either protocol keeps, and the rules that need no message.
#pragma once
#include "protocols/iso15118_session/sequence.hpp"
#include "protocols/iso15118_session/session_id.hpp"
#include "protocols/iso15118_session/timers.hpp"
#include "protocols/secc/station.hpp"

namespace bulwatt::secc {

using iso15118::Stage;

/// What to do after a step. `close` and `answer_and_close`: the connection ends; the latter lets the car hang up first.
enum class Verdict : std::uint8_t { wait, answer, answer_and_close, close };
constexpr auto enum_names(Verdict) { return names("wait", "answer", "answer_and_close", "close"); }

struct Config {
  iso15118::Timers timers{};
  iso15118::Random random{};
  Contracts* contracts = nullptr;      ///< null: no Plug & Charge
  std::uint32_t receipt_every_wh = 0;  ///< a car with a contract signs the meter's reading that often; 0: never
};

/// Why a session ended without the car ending it; for the log.
enum class Cause : std::uint8_t { none, failed_response, setup_timeout, sequence_timeout, unplugged, no_message };
constexpr auto enum_names(Cause) {
  return names("none", "failed_response", "setup_timeout", "sequence_timeout", "unplugged", "no_message");
}

struct Course {
  Stage stage = Stage::connected;
  iso15118::SessionId id{};
  Demand demand{};
  Cause cause{};
  bool dc = false;                     ///< the energy transfer that was agreed
  bool renegotiated = false;           ///< limits are exchanged while the outlet is live
  bool contracts = false;              ///< a contract is among the ways to pay
  std::optional<Contract> contract{};  ///< whose chain is good; proved once `proved`
  bool proved = false;
  Octets<16> challenge{};
  std::optional<std::uint64_t> receipt_wh{};  ///< reading that the car signed last, or was asked to
  bool pilot_lost = false;                    ///< the car left C or D while it was supplied
  iso15118::Deadline setup{};
  iso15118::Deadline sequence{};
  iso15118::Deadline ongoing{};
  iso15118::Deadline isolation{};
  iso15118::Deadline precharge{};
  iso15118::Deadline pilot{};
  iso15118::Deadline contactor{};

  void end(Cause why) {
    stage = Stage::over;
    cause = cause == Cause::none ? why : cause;
    demand.supply = Supply::off;
    demand.target_ma = 0;
    demand.ended = true;
    demand.authorization = false;
  }
  /// Takes back what may not be any more. After every step and whenever the station changed; before anything is answered.
  void enforce(const Station& station);
  /// Whether the session ended by itself: a timer, or the cable.
  bool expire(const Station& station, Instant now);
  /// The next moment at which something happens by itself.
  Instant next() const;
};

}  // namespace bulwatt::secc
