// Meter records on their way to being signed: what was measured becomes the payload of an OCMF record, the vault numbers and
// signs it. Pure; one record of each EVSE at a time, and the latest stays until the next is asked for.
#pragma once
#include "libs/ocmf/payload.hpp"
#include "services/meter/config.hpp"

namespace bulwatt::meter {

class Records {
 public:
  /// A reading older than this is not one of now.
  static constexpr std::uint32_t kFreshMs = 3000;

  explicit Records(const RecordConfig& config) : config_(config) {}

  void tell(const TellKeys& keys) { keys_ = keys; }
  const GetKeys::Keys& keys() const { return keys_.keys; }

  /// Takes the reading. meter_fault: it is not good, or not of now.
  std::expected<ipc::Done, Error> ask(const AskRecord& request, const Reading& reading, meters::Model model);
  /// Whether the vault is wanted there.
  bool due(std::uint8_t evse) const;
  std::expected<FetchToSign::ToSign, Error> fetch(const FetchToSign& request);
  std::expected<ipc::Done, Error> submit(const SubmitRecord& request);
  bool made(std::uint8_t evse) const;
  std::expected<FetchRecord::Made, Error> record(std::uint8_t evse) const;
  std::expected<FetchTwin::Twin, Error> twin(std::uint8_t evse) const;

 private:
  enum class State : std::uint8_t { none, asked, numbered, made };
  struct Place {
    State state = State::none;
    std::uint32_t asked = 0;
    std::uint64_t page = 0;
    std::int64_t register_mwh = 0;
    std::uint64_t ledger_record = 0;
    ocmf::Payload content{};
    Octets<kMaxPayload> payload{};
    Octets<kMaxClassical> classical{};
    Octets<kMaxTwin> twin{};
  };
  bool known(std::uint8_t evse) const { return evse >= 1 && evse <= kMaxMeters; }
  const Place& at(std::uint8_t evse) const { return places_[evse - 1U]; }
  void fill(Place& place, const AskRecord& request, const Reading& reading, meters::Model model) const;

  const RecordConfig& config_;
  TellKeys keys_{};
  std::array<Place, kMaxMeters> places_{};
};

}  // namespace bulwatt::meter
