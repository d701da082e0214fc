// Where private keys lie: one interface for the vault's own memory, a TPM and a PKCS #11 token. A backend makes keys, loads
// them from what it once gave to be stored, and signs; it never gives a private half away, there is no call for that.
// Single-threaded.
#pragma once
#include <openssl/crypto.h>

#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "services/vault/keys/algorithms.hpp"

namespace bulwatt::vault::keys {

/// What went wrong, in terms of what can be done about it.
///   not_capable   the backend does not do that algorithm, digest or padding
///   unreachable   the device does not answer or is gone: signing again later may work
///   busy          a signature is under way, or the device asks to try again
///   locked        the device refuses everybody for a while, or for good (dictionary attack protection, PIN locked)
///   wrong_auth    PIN or password refused; it is not tried again
///   policy        the machine is not in the state that the secret was sealed for
///   damaged       what was stored is not what was given, or belongs to another device
///   other_device  the device is not the one the store was made with
///   no_room       no slot, no memory, no place in non-volatile memory
///   refused       the device refuses the request as such
///   hardware      the device says that it is broken
///   library       a library that is needed is not there or does not work
enum class Fault : std::uint8_t {
  not_capable,
  unreachable,
  busy,
  locked,
  wrong_auth,
  policy,
  damaged,
  other_device,
  no_room,
  refused,
  hardware,
  library,
};
constexpr auto enum_names(Fault) {
  return names("not_capable", "unreachable", "busy", "locked", "wrong_auth", "policy", "damaged", "other_device",
               "no_room", "refused", "hardware", "library");
}

/// In which backend a stored key lies; also the last letter of a key file's mark.
enum class Kind : std::uint8_t { software, tpm, pkcs11 };
constexpr auto enum_names(Kind) { return names("software", "tpm", "pkcs11"); }

/// Gives memory back wiped.
template <class T>
struct Wiping {
  using value_type = T;
  Wiping() = default;
  template <class U>
  Wiping(const Wiping<U>&) {}  // NOLINT: implicit on purpose, as allocators are
  T* allocate(std::size_t n) { return std::allocator<T>{}.allocate(n); }
  void deallocate(T* p, std::size_t n) {
    OPENSSL_cleanse(p, n * sizeof(T));
    std::allocator<T>{}.deallocate(p, n);
  }
  friend bool operator==(const Wiping&, const Wiping&) { return true; }
};
using Bytes = std::vector<std::byte, Wiping<std::byte>>;  ///< may be secret
using PublicKey = Octets<kMaxPublicKey>;                  ///< SubjectPublicKeyInfo, DER
using Handle = std::uint32_t;
using Signed = std::expected<Signature, Fault>;

struct Loaded {
  Handle handle{};
  PublicKey public_key{};
};
/// One signature to make. `content` is whole; the backend hashes.
struct Work {
  Digest digest{};
  Padding padding{};
  std::span<const std::byte> content{};
};
struct Health {
  bool good = true;
  Text<160> why{};  ///< a sentence when not good
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual Kind kind() const = 0;
  virtual bool can(Algorithm algorithm) const = 0;
  /// Signing takes so long that nobody may wait for it: begin() and step(), not sign().
  virtual bool slow() const = 0;
  virtual Health health() const = 0;

  /// Makes a key and returns what must be stored to have it again. What is stored is worthless without the backend.
  /// An attestation key needs a device that states things by itself.
  virtual std::expected<Bytes, Fault> generate(Algorithm algorithm, Purpose purpose) = 0;
  virtual std::expected<Loaded, Fault> load(Algorithm algorithm, std::span<const std::byte> stored) = 0;
  /// Destroys a key where it lies; what was stored of it is worthless afterwards.
  virtual std::expected<void, Fault> destroy(std::span<const std::byte> stored) = 0;
  virtual Signed sign(Handle handle, const Work& work) = 0;

  /// A signature in the background, one at a time. `content` need not outlive the call.
  virtual std::expected<void, Fault> begin(Handle handle, const Work& work) = 0;
  /// Moves it on without waiting; the result once it is there.
  virtual std::optional<Signed> step() = 0;
  /// The same for generate(), which takes hardware longer still. Nothing is signed meanwhile.
  virtual std::expected<void, Fault> begin_making(Algorithm algorithm, Purpose purpose) {
    made_ = generate(algorithm, purpose);
    return {};
  }
  virtual std::optional<std::expected<Bytes, Fault>> step_making() { return std::exchange(made_, std::nullopt); }
  /// Becomes readable when step() or step_making() has something to do; -1: call it in the next turn.
  virtual int wait_descriptor() const = 0;

 private:
  std::optional<std::expected<Bytes, Fault>> made_{};
};

}  // namespace bulwatt::vault::keys
