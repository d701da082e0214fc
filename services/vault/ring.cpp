#include "services/vault/ring.hpp"

#include "libs/base/try.hpp"
#include "libs/os/clock.hpp"

namespace bulwatt::vault {
namespace {

using keys::Fault;
using keys::Kind;

constexpr const char* kPlain = "/seal.secret";
constexpr const char* kSealed = "/seal.tpm";

std::unexpected<RingError> complain(Complaint words) { return std::unexpected(RingError{false, std::move(words)}); }
std::unexpected<RingError> unavailable(Complaint words) { return std::unexpected(RingError{true, std::move(words)}); }

/// Faults that pass, or that need an operator at the device: the vault runs on and says so.
bool passes(Fault fault) { return fault != Fault::damaged && fault != Fault::not_capable && fault != Fault::refused; }
std::unexpected<RingError> from(Fault fault, const Complaint& what) {
  return std::unexpected(RingError{passes(fault), what + ": " + std::string{enum_text(fault)}});
}

}  // namespace

keys::Backend* Ring::find(Kind kind) {
  if (kind == Kind::software) return &software_;
  for (const auto& backend : others_) {
    if (backend->kind() == kind) return backend.get();
  }
  return nullptr;
}

void Ring::lacks(Kind kind, Complaint why) { lacking_.emplace_back(kind, std::move(why)); }

std::string_view Ring::why_lacking(Kind kind) const {
  for (const auto& [lacking, why] : lacking_) {
    if (lacking == kind) return why;
  }
  return "it is not configured";
}

std::expected<void, RingError> Ring::read_plain(const std::string& path) {
  const auto bytes = read_file(path);
  if (!bytes) return complain(sentence(path, bytes.error()) + "; make the keys with `bulwatt provision`");
  if (bytes->size() != keys::kSecretSize)
    return complain(path + " has the wrong size; it does not belong to this vault");
  secret_.emplace(bytes->begin(), bytes->end());
  return {};
}

std::expected<void, RingError> Ring::read_sealed(const std::string& path) {
  const auto bytes = read_file(path);
  if (!bytes) return complain(sentence(path, bytes.error()));
  if (sealer_ == nullptr)
    return unavailable("the secret of the keys is sealed by the TPM: " + std::string{why_lacking(Kind::tpm)});
  auto secret = sealer_->unseal(*bytes);
  if (!secret) return from(secret.error(), "the TPM does not give the secret of the keys");
  if (secret->size() != keys::kSecretSize)
    return complain(path + " holds something else than the secret of this vault");
  secret_ = std::move(*secret);
  return {};
}

std::expected<void, RingError> Ring::keep_secret(const keys::Bytes& secret) {
  std::vector<std::byte> file;
  if (sealer_ != nullptr) {
    auto sealed = sealer_->seal(secret);
    if (!sealed) return from(sealed.error(), "the TPM does not seal the secret of the keys");
    file = std::move(*sealed);
    // Tried before it is relied on: the machine may be in a state that nobody approved yet.
    const auto again = sealer_->unseal(file);
    if (!again) return from(again.error(), "the TPM sealed the secret of the keys but does not give it back");
  } else {
    file.assign(secret.begin(), secret.end());
  }
  const auto path = folder_ + (sealer_ != nullptr ? kSealed : kPlain);
  const int why = write_file(path, file);
  OPENSSL_cleanse(file.data(), file.size());
  if (why != 0) return complain(sentence(path, why));
  return {};
}

std::expected<void, RingError> Ring::make_secret() {
  keys::Bytes secret(keys::kSecretSize);
  os::random_bytes(secret);
  TRY_VOID(keep_secret(secret));
  secret_ = std::move(secret);
  return {};
}

/// A secret that lay openly moves into the TPM that is there now.
std::expected<void, RingError> Ring::move_secret() {
  TRY_VOID(read_plain(folder_ + kPlain));
  TRY_VOID(keep_secret(*secret_));
  remove_file(folder_ + kPlain);
  return {};
}

std::expected<void, RingError> Ring::unlock(bool make) {
  if (secret_) return {};
  if (sealed()) return read_sealed(folder_ + kSealed);
  const bool plain = file_exists(folder_ + kPlain);
  if (make && plain && sealer_ != nullptr) return move_secret();
  if (!make || plain) return read_plain(folder_ + kPlain);  // present but wrong: never overwritten
  return make_secret();
}

bool Ring::sealed() const { return file_exists(folder_ + kSealed); }

std::expected<keys::Backend*, RingError> Ring::place_for(const Identity& who) {
  if (!secret_) return unavailable("the secret of the keys is not there");
  auto* backend = find(preferred_);
  if (backend == nullptr)
    return unavailable("no key can be made in the " + std::string{enum_text(preferred_)} +
                       " backend: " + std::string{why_lacking(preferred_)});
  return backend->can(who.algorithm) ? backend : &software_;
}

std::expected<std::vector<std::byte>, RingError> Ring::make(const Identity& who) {
  TRY(place, place_for(who));
  return seal_made(who, *place, place->generate(who.algorithm, who.purpose));
}

std::expected<void, RingError> Ring::begin_make(const Identity& who) {
  TRY(place, place_for(who));
  if (const auto begun = place->begin_making(who.algorithm, who.purpose); !begun)
    return from(begun.error(), "no key of that algorithm could be made");
  making_ = place;
  return {};
}

std::optional<std::expected<std::vector<std::byte>, RingError>> Ring::step_make(const Identity& who) {
  if (making_ == nullptr) return std::nullopt;
  const auto made = making_->step_making();
  if (!made) return std::nullopt;
  return seal_made(who, *std::exchange(making_, nullptr), *made);
}

std::expected<std::vector<std::byte>, RingError> Ring::seal_made(const Identity& who, const keys::Backend& place,
                                                                 const std::expected<keys::Bytes, Fault>& made) const {
  if (!made) return from(made.error(), "no key of that algorithm could be made");
  Secret secret{};
  std::ranges::copy(*secret_, secret.begin());
  auto file = keys::seal(secret, who, place.kind(), *made);
  OPENSSL_cleanse(secret.data(), secret.size());
  if (!file) return complain("the key could not be sealed");
  return std::move(*file);
}

std::expected<std::pair<KeyRef, keys::PublicKey>, RingError> Ring::open(const Identity& who,
                                                                        std::span<const std::byte> file) {
  if (!secret_) return unavailable("the secret of the keys is not there");
  Secret secret{};
  std::ranges::copy(*secret_, secret.begin());
  const auto stored = keys::unseal(secret, who, file);
  OPENSSL_cleanse(secret.data(), secret.size());
  if (!stored) return complain("it is damaged, or was sealed for another purpose, algorithm or vault");
  auto* backend = find(stored->kind);
  if (backend == nullptr)
    return unavailable("it lies in the " + std::string{enum_text(stored->kind)} +
                       " backend: " + std::string{why_lacking(stored->kind)});
  const auto loaded = backend->load(who.algorithm, stored->bytes);
  if (!loaded) return from(loaded.error(), "the " + std::string{enum_text(stored->kind)} + " backend does not load it");
  return std::pair{KeyRef{backend, loaded->handle}, loaded->public_key};
}

std::optional<std::array<std::byte, 32>> Ring::derive(std::string_view use) const {
  if (!secret_) return std::nullopt;
  Secret secret{};
  std::ranges::copy(*secret_, secret.begin());
  std::array<std::byte, 32> out{};
  const bool done = keys::derive(secret, std::as_bytes(std::span{use}), out);
  OPENSSL_cleanse(secret.data(), secret.size());
  if (!done) return std::nullopt;
  return out;
}

}  // namespace bulwatt::vault
