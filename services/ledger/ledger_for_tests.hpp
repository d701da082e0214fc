// A ledger on a medium in memory.
#pragma once
#include <doctest/doctest.h>

#include <string>

#include "libs/base/line.hpp"
#include "libs/journal/memory_storage.hpp"
#include "services/ledger/reader.hpp"
#include "services/ledger/store.hpp"

namespace bulwatt::ledger {

inline const Config kSmall{64, 4};
inline const Stamp kStamp{1'000'000, {1'767'225'600'000}};

inline Append entry(std::size_t i, std::size_t detail = 20) {
  const std::string text(detail, static_cast<char>('a' + i % 26));
  return {Subject::transaction, Severity::info, Line<50>{"Event", i}.view(), std::string_view{text}};
}
inline void record(Store& store, std::size_t i, std::size_t detail = 20, const Stamp& stamp = kStamp) {
  store.add("session", entry(i, detail), stamp);
  REQUIRE(store.flush());
}

/// Copies have the bytes of the moment.
struct Medium {
  journal::MemoryStorage storage{};
  SharedFiles shared{storage};
  std::string escrow{};  ///< public key, PEM
  EscrowedKeys keys{escrow};

  Medium() = default;
  explicit Medium(std::string public_key) : escrow(std::move(public_key)) {}
  Medium(const Medium& other) : storage(other.storage), escrow(other.escrow) {}
  Medium& operator=(const Medium& other) {
    storage = other.storage;
    return *this;
  }
  Files files() { return shared.files(); }
  Store store(const Config& config = kSmall) { return Store{files(), config, keys}; }
  std::vector<std::byte>& segment(std::uint32_t number) { return storage.bytes(number); }
  std::vector<std::byte>& leaves(std::uint32_t number) { return storage.bytes(SharedFiles::kEach + number); }
  std::vector<std::byte>& nodes(std::uint32_t number) { return storage.bytes(2 * SharedFiles::kEach + number); }
  std::vector<std::byte>& seals(std::uint32_t number) { return storage.bytes(3 * SharedFiles::kEach + number); }
  std::vector<std::byte>& checkpoints(std::uint32_t number) { return storage.bytes(4 * SharedFiles::kEach + number); }
};

/// Signs what was sealed last with keys of its own, as the vault does.
struct Signer {
  explicit Signer(std::string_view origin = "bulwatt.invalid/station/1")
      : ed25519(*merkle::SoftwareKey::make(merkle::KeyType::ed25519, origin)),
        ml_dsa(*merkle::SoftwareKey::make(merkle::KeyType::ml_dsa_44_cosignature, origin)) {}
  merkle::SoftwareKey ed25519;
  merkle::SoftwareKey ml_dsa;
  std::string sign(const merkle::Checkpoint& checkpoint, std::uint64_t seconds = 1'767'225'600) const {
    return merkle::write_checkpoint(checkpoint) + "\n" + ed25519.line(checkpoint) + ml_dsa.line(checkpoint, seconds);
  }
  merkle::Checkpoint seal_and_sign(Store& store) const {
    REQUIRE(store.seal());
    REQUIRE(store.keep_checkpoint(sign(store.checkpoint())));
    return store.checkpoint();
  }
  std::vector<merkle::VerifierKey> keys() const { return {ed25519.verifier(), ml_dsa.verifier()}; }
};

}  // namespace bulwatt::ledger
