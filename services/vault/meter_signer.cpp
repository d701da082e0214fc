#include "services/vault/meter_signer.hpp"

#include "interfaces/ledger.hpp"
#include "libs/base/line.hpp"
#include "libs/ocmf/signature.hpp"

namespace bulwatt::vault {
namespace {

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// One page of a transaction, its number and its twin's key are in what is signed.
bool says(std::span<const std::byte> bytes, std::uint64_t page, const std::optional<KeyInfo>& twin) {
  ocmf::Payload payload{};
  if (!ocmf::read_payload(payload, text_of(bytes)) || ocmf::page_of(payload.page.view()) != page) return false;
  const auto name = twin ? ocmf::fingerprint(twin->public_key.view()) : Text<64>{};
  return payload.twin_key.value_or(Text<64>{}) == name;
}

}  // namespace

std::optional<KeyInfo> MeterSigner::key(Algorithm algorithm) const {
  for (const auto& key : service_.store().keys) {
    const bool fits = key.user.view() == kMeterUser && key.info.purpose == Purpose::meter_record;
    if (fits && key.info.algorithm == algorithm) return key.info;
  }
  return std::nullopt;
}

void MeterSigner::tell_keys() {
  meter::TellKeys keys{};
  if (const auto classical = key(Algorithm::ecdsa_p256))
    keys.keys.classical = Octets<meter::kMaxClassicalKey>{classical->public_key.view()};
  if (const auto twin = key(Algorithm::ml_dsa_65)) {
    keys.keys.twin = Octets<meter::kMaxTwinKey>{twin->public_key.view()};
    keys.twin_name = ocmf::fingerprint(twin->public_key.view());
  }
  static_cast<void>(meter_.tell(keys));  // a meter service that is away is told when it comes back
}

std::optional<Signature> MeterSigner::sign(const KeyInfo& key, std::span<const std::byte> payload, Instant now) {
  const auto digest = key.algorithm == Algorithm::ecdsa_p256 ? Digest::sha256 : Digest::none;
  auto done = service_.sign(kMeterUser, Sign{key.name, digest, Octets<kMaxToSign>{payload}, Padding::none}, now);
  if (!done) return std::nullopt;
  return *done;
}

std::string_view MeterSigner::sign(std::uint8_t evse, Instant now) {
  const auto classical = key(Algorithm::ecdsa_p256);
  const auto twin = key(Algorithm::ml_dsa_65);
  if (!classical) return "a meter record is due and there is no key of purpose meter_record for it";
  if (evse < 1 || evse > meter::kMaxMeters) return "the meter service names an EVSE that cannot be";
  const auto next = pages_.last(evse) + 1;
  const auto due = meter_.fetch({evse, next});
  if (!due) return {};  // signed meanwhile
  const auto content = ocmf::fingerprint(due->payload.view());
  // Numbered before: a vault ended between storing the number and bringing the signatures.
  const bool again = due->page == pages_.last(evse) && content == pages_.content(evse);
  if (due->page != next && !again) return "the meter service hands in a record with a page of its own";
  if (!says(due->payload.view(), due->page, twin))
    return "the meter service hands in a payload that says something else";
  if (!again && !pages_.give(evse, content)) return "the number of a meter record cannot be stored";
  const auto first = sign(*classical, due->payload.view(), now);
  const auto second = twin ? sign(*twin, due->payload.view(), now) : std::optional<Signature>{Signature{}};
  if (!first || !second) return "a meter record could not be signed";
  meter::SubmitRecord record{};
  record.evse = evse;
  record.page = due->page;
  record.classical = Octets<meter::kMaxClassical>{first->bytes.view()};
  record.twin = Octets<meter::kMaxTwin>{second->bytes.view()};
  record.ledger_record = note(evse, due->page, content, record.twin.view());
  return meter_.submit(record) ? std::string_view{} : "the meter service does not take a signed record back";
}

/// What was signed is in the ledger before anybody has it.
std::uint64_t MeterSigner::note(std::uint8_t evse, std::uint64_t page, const Text<64>& payload,
                                std::span<const std::byte> twin) {
  const auto other = twin.empty() ? Text<64>{"none"} : ocmf::fingerprint(twin);
  const Line<ledger::kMaxDetail> detail{
      "evse=", evse, " page=", page, " payload_sha256=", payload.view(), " twin_sha256=", other.view()};
  return meter_.signed_record(detail.view());
}

}  // namespace bulwatt::vault
