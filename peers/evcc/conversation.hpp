// The car's side of a session, without sockets: what to send next, and how long to wait before. One class for what both protocols
// do alike; what differs is how a request is made and a response read (Speech). Faults are put in at named points: the requests.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocols/contract/contract.hpp"
#include "protocols/iso15118_2/types.hpp"

namespace bulwatt::evcc {

using Bytes = std::vector<std::byte>;

/// By what the car pays, if not by other means.
struct Contract {
  std::string emaid;
  std::vector<Bytes> chain;  ///< DER, leaf first
  contract::KeyPtr key;
};

/// What goes wrong, at the request of a step.
enum class Mischief : std::uint8_t {
  none,
  zero_id,          ///< the session id is 0
  other_id,         ///< the session id is another's
  repeat,           ///< the request is sent twice
  skip,             ///< the request is left out
  hang_up,          ///< the connection is closed instead
  silent,           ///< nothing is sent any more
  garbage,          ///< the payload is no EXI
  giant,            ///< the header announces four gigabytes
  pieces,           ///< byte by byte
  go_on,            ///< goes on after the station has refused it
  unsigned_,        ///< without its signature
  forged,           ///< one bit of the signature is another
  other_challenge,  ///< signed, but another's challenge
  other_emaid,      ///< another contract than the certificate's
  no_chain,         ///< the leaf without those above it
  other_reading,    ///< signed, but another reading of the meter
};
constexpr auto enum_names(Mischief) {
  return names("none", "zero_id", "other_id", "repeat", "skip", "hang_up", "silent", "garbage", "giant", "pieces",
               "go_on", "unsigned", "forged", "other_challenge", "other_emaid", "no_chain", "other_reading");
}

enum class Protocol : std::uint8_t { din70121, iso15118_2 };

/// What the car is and wants.
struct Wish {
  Protocol protocol = Protocol::iso15118_2;
  bool dc = false;
  int phases = 3;
  std::int32_t max_ma = 16'000;
  std::int32_t battery_mv = 400'000;  ///< DC
  std::int64_t wanted_mwh = 20'000'000;
  std::int64_t capacity_mwh = 60'000'000;
  std::optional<std::uint32_t> departure_s{};
  std::uint8_t soc_percent = 40;
  std::array<std::byte, 6> evcc_id{};
  bool pause = false;  ///< ends by a pause
  std::shared_ptr<const Contract> contract{};
  Octets<16> challenge{};                    ///< of the station, to be signed
  std::optional<iso2::MeterInfo> reading{};  ///< of the station, to be signed
  Mischief spoil{};                          ///< of the present request
  std::int64_t loop_ms = 0;  ///< between two requests of the charging loop; 0: 500, or 100 with direct current
};

/// The steps of a session, each named like its request.
enum class Step : std::uint8_t {
  protocol,
  setup,
  discovery,
  payment,
  details,
  authorization,
  parameters,
  cable_check,
  precharge,
  power_on,
  charging,
  receipt,
  power_off,
  welding,
  stop,
  over,
};
/// "SupportedAppProtocolReq", … as ISO 15118-2 names them; for DIN SPEC 70121, too.
std::string_view name_of(Step step, bool dc);
std::optional<Step> step_named(std::string_view name, bool dc);

struct Fault {
  Mischief what{};
  Step where{};
};
/// "zero_id@AuthorizationReq"; throws std::invalid_argument with a sentence.
Fault fault_of(const std::string& text, bool dc);

/// What the car knows beside the messages.
struct Facts {
  bool stop = false;                          ///< somebody in the car wants to end
  bool drawing = false;                       ///< current still flows
  std::optional<std::uint8_t> soc_percent{};  ///< of the battery now; nothing: as it was
};

/// What the station said.
struct Answer {
  std::string code;
  bool failed = false;
  bool ongoing = false;
  bool stop = false;  ///< the station asks to stop
  std::optional<Octets<16>> challenge{};
  std::optional<iso2::MeterInfo> reading{};
  bool receipt = false;  ///< the station wants the reading signed
  std::optional<std::int64_t> limit_ma{};
  std::optional<std::int64_t> present_mv{};
  std::optional<std::int64_t> present_ma{};
  Octets<8> session{};
};

/// One protocol: requests made, responses read.
class Speech {
 public:
  virtual ~Speech() = default;
  virtual Bytes request(Step step, const Wish& wish, const Octets<8>& session, std::int64_t target_ma) = 0;
  /// Nothing when it is not the response to this step.
  virtual std::optional<Answer> response(Step step, std::span<const std::byte> exi) = 0;
};
std::unique_ptr<Speech> speak_iso2();
std::unique_ptr<Speech> speak_din();

struct Next {
  Bytes send;                 ///< whole frames; empty: nothing to send
  std::int64_t delay_ms = 0;  ///< before it is sent
  bool hang_up = false;       ///< afterwards
  bool pieces = false;        ///< one byte at a time
};

class Conversation {
 public:
  Conversation(Wish wish, Fault fault);

  Next begin();
  Next hear(std::span<const std::byte> exi, const Facts& facts);

  Step step() const { return step_; }
  bool over() const { return step_ == Step::over; }
  /// Empty when it ended as it should.
  const std::string& problem() const { return problem_; }
  /// Control pilot: C.
  bool ready() const { return ready_; }
  std::int64_t limit_ma() const { return limit_ma_; }
  std::optional<std::int64_t> present_mv() const { return answer_.present_mv; }
  std::optional<std::int64_t> present_ma() const { return answer_.present_ma; }
  /// DC: the battery's voltage while the car's own contactors are closed.
  std::optional<std::int32_t> battery_mv() const { return joined_ ? std::optional{wish_.battery_mv} : std::nullopt; }
  const Octets<8>& session() const { return session_; }
  std::uint32_t loops() const { return loops_; }
  std::uint32_t receipts() const { return receipts_; }

 private:
  Next ask(std::int64_t delay_ms);
  Next end(std::string problem);
  Next follow(const Facts& facts);
  Step after(Step step) const;
  std::int64_t loop_ms() const;
  bool agreed(std::span<const std::byte> exi);

  Wish wish_;
  Fault fault_;
  std::unique_ptr<Speech> speech_;
  Step step_ = Step::protocol;
  Octets<8> session_{};
  Answer answer_{};
  std::int64_t limit_ma_ = 0;
  bool ready_ = false;
  bool joined_ = false;
  bool stopping_ = false;
  std::uint32_t loops_ = 0;
  std::uint32_t receipts_ = 0;
  std::uint32_t weldings_ = 0;
  std::string problem_;
};

}  // namespace bulwatt::evcc
