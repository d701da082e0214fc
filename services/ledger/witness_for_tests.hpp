// A station's ledger with somebody who witnesses and mirrors it, and a carrier between them, all in memory.
#pragma once
#include "libs/merkle/cosigner_for_tests.hpp"
#include "services/ledger/errands.hpp"
#include "services/ledger/ledger_for_tests.hpp"

namespace bulwatt::ledger {

/// The other side. It outlives whatever becomes of the station.
struct Backend {
  merkle::MemoryKeeper keeper{};
  std::vector<merkle::VerifierKey> witness_keys{};
  std::vector<merkle::VerifierKey> mirror_keys{};
  std::optional<merkle::Cosigner> cosigner{};

  explicit Backend(const Signer& signer, std::string_view origin = "bulwatt.invalid/station/1") {
    auto keys = merkle::cosigner_keys();
    witness_keys = merkle::verifiers_of(keys.witness);
    mirror_keys = merkle::verifiers_of(keys.mirror);
    cosigner.emplace(std::move(keys), keeper);
    keeper.keys[std::string{origin}] = signer.keys();
  }
  Others others() const { return {witness_keys, mirror_keys}; }
  /// What comes back for an errand.
  SubmitErrand answer(const FetchErrand::Errand& errand) {
    const auto body = errand.body.view();
    const std::string_view text{reinterpret_cast<const char*>(body.data()), body.size()};
    const auto said = cosigner->post(errand.path.view(), text, 1'767'225'600);
    SubmitErrand out{errand.number, static_cast<std::uint16_t>(said.status), said.type, {}};
    out.body = Octets<kMaxErrandAnswer>{std::as_bytes(std::span{said.body})};
    return out;
  }
  /// Carries until there is nothing more; how many times.
  std::size_t carry(Errands& errands, const Stamp& stamp = kStamp) {
    std::size_t count = 0;
    while (const auto errand = errands.fetch()) {
      ++count;
      REQUIRE(count < 10'000);
      if (!errands.submit(answer(*errand), stamp)) break;
    }
    return count;
  }
  std::optional<merkle::Offence> offence() const {
    return keeper.offences.empty() ? std::nullopt : std::optional{keeper.offences.back().offence};
  }
};

/// Signatures of the note that was kept of this kind, which must be there.
inline std::size_t signatures_of(journal::Storage& storage) {
  const auto found = CheckpointFile{storage}.read(0);
  REQUIRE(found);
  if (!found->kept) return 0;
  return merkle::parse_note(found->kept->note)->signatures.size;
}

}  // namespace bulwatt::ledger
