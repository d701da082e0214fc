#include "services/vault/keys/tpm/keys.hpp"

#include <cstring>

#include "libs/base/try.hpp"
#include "services/vault/keys/software.hpp"
#include "services/vault/keys/tpm/faults.hpp"
#include "services/vault/keys/tpm/owned.hpp"

namespace bulwatt::vault::keys::tpm {
namespace {

TPM2_ALG_ID id_of(Digest digest) {
  switch (digest) {
    case Digest::none: return TPM2_ALG_NULL;
    case Digest::sha256: return TPM2_ALG_SHA256;
    case Digest::sha384: return TPM2_ALG_SHA384;
    case Digest::sha512: return TPM2_ALG_SHA512;
  }
  return TPM2_ALG_NULL;
}

TPMT_SIG_SCHEME scheme_of(TPM2_ALG_ID type, Digest digest, Padding padding) {
  TPMT_SIG_SCHEME out{};
  out.scheme = type == TPM2_ALG_ECC ? TPM2_ALG_ECDSA : padding == Padding::pss ? TPM2_ALG_RSAPSS : TPM2_ALG_RSASSA;
  out.details.any.hashAlg = id_of(digest);
  return out;
}

constexpr TPMT_TK_HASHCHECK kHashedOutside{TPM2_ST_HASHCHECK, TPM2_RH_NULL, {}};

}  // namespace

Health Keys::health() const {
  if (device_->gone()) return {false, "the TPM does not answer any more"};
  if (!faulty_) return {};
  return {false, std::string_view{"the last signature of the TPM failed: " + std::string{enum_text(last_fault_)}}};
}

std::size_t Keys::loaded() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(held_, [](const auto& entry) { return entry.second.loaded != ESYS_TR_NONE; }));
}

std::expected<Bytes, Fault> Keys::generate(Algorithm algorithm, Purpose purpose) {
  TRY_VOID(begin_making(algorithm, purpose));
  for (;;) {
    if (auto made = step_making()) return std::move(*made);
    (void)device_->link().wait_readable();
  }
}

std::expected<void, Fault> Keys::begin_making(Algorithm algorithm, Purpose purpose) {
  if (state_ != State::idle) return std::unexpected(Fault::busy);
  const auto area = template_of(algorithm);
  if (!area || !can(algorithm)) return std::unexpected(Fault::not_capable);
  TPM2B_PUBLIC wanted{0, *area};
  if (purpose == Purpose::attestation) {
    if (algorithm != Algorithm::ecdsa_p256) return std::unexpected(Fault::not_capable);
    wanted.publicArea.objectAttributes |= TPMA_OBJECT_RESTRICTED;  // signs only what the TPM itself states
    wanted.publicArea.parameters.eccDetail.scheme.scheme = TPM2_ALG_ECDSA;
    wanted.publicArea.parameters.eccDetail.scheme.details.ecdsa.hashAlg = TPM2_ALG_SHA256;
  }
  TRY_VOID(make_room());
  const TPM2B_SENSITIVE_CREATE no_secret{};
  const TPM2B_DATA nothing{};
  const TPML_PCR_SELECTION none{};
  TRY_VOID(
      device_->judge(device_->api().Create_Async(device_->context(), device_->root(), device_->session(), ESYS_TR_NONE,
                                                 ESYS_TR_NONE, &no_secret, &wanted, &nothing, &none)));
  since_ = os::now();
  state_ = State::making;
  return {};
}

std::optional<std::expected<Bytes, Fault>> Keys::step_making() {
  if (state_ != State::making) return std::nullopt;
  const auto& api = device_->api();
  api.SetTimeout(device_->context(), 0);
  Owned<TPM2B_PRIVATE> closed{api};
  Owned<TPM2B_PUBLIC> open{api};
  const auto code = api.Create_Finish(device_->context(), closed.out(), open.out(), nullptr, nullptr, nullptr);
  if (is_pending(code)) {
    if (os::now() - since_ < kMakingPatience) return std::nullopt;
    device_->link().give_up();
  }
  state_ = State::idle;
  if (device_->gone()) return std::unexpected(Fault::unreachable);
  if (const auto good = device_->judge(code); !good) return std::unexpected(good.error());
  const auto packed = pack(api, *open, *closed);
  if (!packed) return std::unexpected(packed.error());
  return Bytes{packed->begin(), packed->end()};
}

std::expected<Loaded, Fault> Keys::load(Algorithm algorithm, std::span<const std::byte> stored) {
  if (state_ != State::idle) return std::unexpected(Fault::busy);
  Held key;
  TRY_VOID(unpack(device_->api(), stored, key.open, key.closed));
  const auto area = template_of(algorithm);
  if (!area || area->type != key.open.publicArea.type) return std::unexpected(Fault::damaged);
  TRY(public_key, public_key_of(key.open));
  TRY_VOID(load_from_blob(key));
  held_[++last_] = key;
  return Loaded{last_, public_key};
}

// ---- places

void Keys::unload(Held& key) {
  auto& device = *device_;
  if (device.api().FlushContext(device.context(), key.loaded) != TSS2_RC_SUCCESS)
    device.api().TR_Close(device.context(), &key.loaded);
  key.loaded = ESYS_TR_NONE;
}

// Leaves two places: making or loading a key takes one for the key and one for the root, though that is persistent.
std::expected<void, Fault> Keys::make_room() {
  while (loaded() >= kLoadedAtOnce) {
    Held* oldest = nullptr;
    for (auto& [handle, key] : held_) {
      if (key.loaded != ESYS_TR_NONE && (oldest == nullptr || key.used < oldest->used)) oldest = &key;
    }
    unload(*oldest);
  }
  if (device_->gone()) return std::unexpected(Fault::unreachable);
  return {};
}

std::expected<void, Fault> Keys::load_from_blob(Held& key) {
  TRY_VOID(make_room());
  auto& device = *device_;
  const auto& api = device.api();
  TRY_VOID(device.judge(api.Load(device.context(), device.root(), device.session(), ESYS_TR_NONE, ESYS_TR_NONE,
                                 &key.closed, &key.open, &key.loaded)));
  Owned<TPMS_CONTEXT> saved{api};
  TRY_VOID(device.judge(api.ContextSave(device.context(), key.loaded, saved.out())));
  key.saved = *saved;
  key.used = ++uses_;
  return {};
}

std::expected<void, Fault> Keys::bring_in(Held& key) {
  key.used = ++uses_;
  if (key.loaded != ESYS_TR_NONE) return {};
  TRY_VOID(make_room());
  const auto code = device_->api().ContextLoad(device_->context(), &key.saved, &key.loaded);
  return is_forgotten(code) ? load_from_blob(key) : device_->judge(code);
}

// ---- signing

std::expected<void, Fault> Keys::prepare(const Work& work) {
  TRY(hashed, hash(work.digest, work.content));
  if (hashed.empty()) return std::unexpected(Fault::not_capable);
  digest_ = {};
  digest_.size = static_cast<UINT16>(hashed.size());
  std::memcpy(digest_.buffer, hashed.data(), hashed.size());
  scheme_ = scheme_of(key_->open.publicArea.type, work.digest, work.padding);
  const bool rsa = key_->open.publicArea.type == TPM2_ALG_RSA;
  if (rsa != (work.padding != Padding::none)) return std::unexpected(Fault::not_capable);
  return {};
}

Signed Keys::sign(Handle handle, const Work& work) {
  TRY_VOID(begin(handle, work));
  for (;;) {
    if (auto result = step()) return std::move(*result);
    (void)device_->link().wait_readable();
  }
}

std::expected<void, Fault> Keys::begin(Handle handle, const Work& work) {
  if (state_ != State::idle) return std::unexpected(Fault::busy);
  const auto found = held_.find(handle);
  if (found == held_.end()) return std::unexpected(Fault::refused);
  if (device_->gone()) return std::unexpected(Fault::unreachable);
  key_ = &found->second;
  TRY_VOID(prepare(work));
  key_->used = ++uses_;
  again_ = false;
  since_ = os::now();
  if (key_->loaded != ESYS_TR_NONE) return ask_to_sign();
  TRY_VOID(make_room());
  TRY_VOID(device_->judge(device_->api().ContextLoad_Async(device_->context(), &key_->saved)));
  state_ = State::loading;
  return {};
}

std::expected<void, Fault> Keys::ask_to_sign() {
  auto& device = *device_;
  TRY_VOID(device.judge(device.api().Sign_Async(device.context(), key_->loaded, device.session(), ESYS_TR_NONE,
                                                ESYS_TR_NONE, &digest_, &scheme_, &kHashedOutside)));
  state_ = State::signing;
  return {};
}

// The TPM was reset behind our back: session, loaded keys and saved contexts are gone, the blobs are not.
std::expected<void, Fault> Keys::start_over() {
  again_ = true;
  state_ = State::idle;
  for (auto& [handle, key] : held_) {
    if (key.loaded != ESYS_TR_NONE) unload(key);
  }
  TRY_VOID(device_->new_session());
  TRY_VOID(load_from_blob(*key_));
  return ask_to_sign();
}

std::optional<Signed> Keys::end(Signed result) {
  state_ = State::idle;
  key_ = nullptr;
  faulty_ = !result.has_value();
  if (faulty_) last_fault_ = result.error();
  return result;
}

/// After a code that is not success.
std::optional<Signed> Keys::after(TSS2_RC code) {
  if (is_pending(code)) {
    if (os::now() - since_ < kPatience) return std::nullopt;
    device_->link().give_up();
    return end(std::unexpected(Fault::unreachable));
  }
  if (!is_forgotten(code) || again_) return end(std::unexpected(*fault_of(code)));
  if (const auto begun = start_over(); !begun) return end(std::unexpected(begun.error()));
  return std::nullopt;
}

std::optional<Signed> Keys::step() {
  auto& device = *device_;
  const auto& api = device.api();
  api.SetTimeout(device.context(), 0);
  if (state_ == State::loading) {
    const auto code = api.ContextLoad_Finish(device.context(), &key_->loaded);
    if (code != TSS2_RC_SUCCESS) return after(code);
    if (const auto asked = ask_to_sign(); !asked) return end(std::unexpected(asked.error()));
  }
  if (state_ != State::signing) return std::nullopt;
  Owned<TPMT_SIGNATURE> made{api};
  const auto code = api.Sign_Finish(device.context(), made.out());
  if (code != TSS2_RC_SUCCESS) return after(code);
  const auto bytes = signature_of(*made);
  if (!bytes) return end(std::unexpected(bytes.error()));
  return end(Signature{Octets<kMaxSignature>{*bytes}});
}

std::expected<void, Fault> Keys::revive(int descriptor, Duration patience) {
  if (state_ != State::idle) return std::unexpected(Fault::busy);
  const auto root = device_->root_name();
  TRY(fresh, Device::open(descriptor, root, patience));
  for (auto& [handle, key] : held_) key.loaded = ESYS_TR_NONE;
  device_ = std::move(fresh);
  faulty_ = false;
  return {};
}

std::expected<Quote, Fault> Keys::quote(Handle handle, std::span<const std::byte> nonce, Registers registers) {
  if (state_ != State::idle) return std::unexpected(Fault::busy);
  const auto found = held_.find(handle);
  if (found == held_.end()) return std::unexpected(Fault::refused);
  TRY_VOID(bring_in(found->second));
  return device_->quote(found->second.loaded, nonce, registers);
}

}  // namespace bulwatt::vault::keys::tpm
