// A cosigner whose disk is memory, and its keys.
#pragma once
#include "libs/merkle/cosigner.hpp"

namespace bulwatt::merkle {

struct MemoryKeeper final : Keeper {
  struct Found {
    std::string origin;
    Offence offence;
    std::string request;
  };
  std::map<std::string, std::vector<VerifierKey>, std::less<>> keys{};
  std::map<std::string, Kept, std::less<>> kept{};
  std::vector<Found> offences{};
  bool full = false;

  std::vector<VerifierKey> keys_of(std::string_view origin) override {
    const auto known = keys.find(origin);
    return known == keys.end() ? std::vector<VerifierKey>{} : known->second;
  }
  bool keep_checkpoint(std::string_view origin, std::string_view note) override {
    if (!full) kept[std::string{origin}].checkpoint = note;
    return !full;
  }
  bool keep_entries(std::string_view origin, std::string_view bundle) override {
    if (!full) kept[std::string{origin}].entries += bundle;
    return !full;
  }
  bool drop_entries(std::string_view origin, std::uint64_t count) override {
    auto& entries = kept[std::string{origin}].entries;
    auto rest = std::as_bytes(std::span{entries});
    for (std::uint64_t i = 0; i < count && take_entry(rest); ++i) {
    }
    entries.resize(entries.size() - rest.size());
    return true;
  }
  bool keep_receipt(std::string_view origin, std::string_view note) override {
    if (!full) kept[std::string{origin}].receipt = note;
    return !full;
  }
  void found(const Evidence& evidence) override {
    offences.push_back({std::string{evidence.origin}, evidence.offence, std::string{evidence.request}});
  }
};

inline Cosigner::Keys cosigner_keys(std::string_view witness = "csms.invalid/witness",
                                    std::string_view mirror = "csms.invalid/mirror") {
  Cosigner::Keys keys;
  for (const auto type : {KeyType::ed25519_cosignature, KeyType::ml_dsa_44_cosignature}) {
    keys.witness.push_back(*SoftwareKey::make(type, witness));
    keys.mirror.push_back(*SoftwareKey::make(type, mirror));
  }
  return keys;
}
inline std::vector<VerifierKey> verifiers_of(const std::vector<SoftwareKey>& keys) {
  std::vector<VerifierKey> out;
  for (const auto& key : keys) out.push_back(key.verifier());
  return out;
}

}  // namespace bulwatt::merkle
