// Sealing: a secret that only this TPM gives back, and with an authority only while the machine is in a state that the
// authority approved. What is approved can change (an update) without sealing again: TPM2_PolicyAuthorize.
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstring>

#include "libs/base/try.hpp"
#include "services/vault/keys/software.hpp"
#include "services/vault/keys/tpm/device.hpp"
#include "services/vault/keys/tpm/faults.hpp"
#include "services/vault/keys/tpm/owned.hpp"

namespace bulwatt::vault::keys::tpm {
namespace {

constexpr std::byte kPlain{1};     // first byte of what seal() gives: without a policy
constexpr std::byte kApproved{2};  // under the authority's policy
constexpr std::size_t kMaxSecret = 128;

using Hash = std::array<std::byte, 32>;

Hash sha256(std::initializer_list<std::span<const std::byte>> parts) {
  std::vector<std::byte> all;
  for (const auto part : parts) all.insert(all.end(), part.begin(), part.end());
  Hash out{};
  EVP_Q_digest(nullptr, "SHA256", nullptr, all.data(), all.size(), reinterpret_cast<unsigned char*>(out.data()),
               nullptr);
  return out;
}

/// x and y of a P-256 key.
std::optional<std::array<std::byte, 64>> point_of(std::span<const std::byte> public_key) {
  const auto* der = reinterpret_cast<const unsigned char*>(public_key.data());
  const PrivateKey key{d2i_PUBKEY(nullptr, &der, static_cast<long>(public_key.size()))};
  std::array<unsigned char, 65> bytes{};
  std::size_t size = 0;
  std::array<char, 32> group{};
  if (!key || EVP_PKEY_get_group_name(key.get(), group.data(), group.size(), nullptr) != 1 ||
      std::string_view{group.data()} != "prime256v1" ||
      EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY, bytes.data(), bytes.size(), &size) != 1 ||
      size != bytes.size() || bytes[0] != 4)
    return std::nullopt;
  std::array<std::byte, 64> out{};
  std::memcpy(out.data(), bytes.data() + 1, out.size());
  return out;
}

/// r and s of a DER signature on P-256.
std::optional<TPMT_SIGNATURE> ecdsa_of(std::span<const std::byte> der_signature) {
  const auto* der = reinterpret_cast<const unsigned char*>(der_signature.data());
  ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(der_signature.size()));
  if (pair == nullptr) return std::nullopt;
  TPMT_SIGNATURE out{};
  out.sigAlg = TPM2_ALG_ECDSA;
  auto& ecdsa = out.signature.ecdsa;
  ecdsa.hash = TPM2_ALG_SHA256;
  ecdsa.signatureR.size = ecdsa.signatureS.size = 32;
  const bool fits = BN_bn2binpad(ECDSA_SIG_get0_r(pair), ecdsa.signatureR.buffer, 32) == 32 &&
                    BN_bn2binpad(ECDSA_SIG_get0_s(pair), ecdsa.signatureS.buffer, 32) == 32;
  ECDSA_SIG_free(pair);
  if (!fits) return std::nullopt;
  return out;
}

TPM2B_DIGEST digest_of(const Hash& hash) {
  TPM2B_DIGEST out{};
  out.size = static_cast<UINT16>(hash.size());
  std::memcpy(out.buffer, hash.data(), hash.size());
  return out;
}

}  // namespace

std::expected<void, Fault> Device::set_authority(std::span<const std::byte> public_key) {
  const auto point = point_of(public_key);
  if (!point) return std::unexpected(Fault::damaged);
  TPM2B_PUBLIC out{};
  auto& area = out.publicArea;
  area.type = TPM2_ALG_ECC;
  area.nameAlg = TPM2_ALG_SHA256;
  area.objectAttributes = TPMA_OBJECT_SIGN_ENCRYPT | TPMA_OBJECT_USERWITHAUTH;
  area.parameters.eccDetail.symmetric.algorithm = TPM2_ALG_NULL;
  area.parameters.eccDetail.scheme.scheme = TPM2_ALG_NULL;
  area.parameters.eccDetail.curveID = TPM2_ECC_NIST_P256;
  area.parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
  area.unique.ecc.x.size = area.unique.ecc.y.size = 32;
  std::memcpy(area.unique.ecc.x.buffer, point->data(), 32);
  std::memcpy(area.unique.ecc.y.buffer, point->data() + 32, 32);
  authority_ = out;
  return {};
}

std::expected<ESYS_TR, Fault> Device::load_authority() {
  if (!authority_) return std::unexpected(Fault::policy);
  ESYS_TR handle = ESYS_TR_NONE;
  TRY_VOID(judge(api_.LoadExternal(context_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, nullptr, &*authority_,
                                   ESYS_TR_RH_OWNER, &handle)));
  return handle;
}

// What TPM2_PolicyAuthorize makes of a fresh policy (Part 3, 23.16): two hashes, the second over an empty reference.
std::expected<Hash, Fault> Device::authority_policy() {
  TRY(handle, load_authority());
  const Transient authority{*this, handle};
  Owned<TPM2B_NAME> name{api_};
  TRY_VOID(judge(api_.TR_GetName(context_, authority.get(), name.out())));
  constexpr std::array<std::byte, 4> kCode{std::byte{0}, std::byte{0}, std::byte{1}, std::byte{0x6a}};
  const Hash zero{};
  return sha256({sha256({zero, kCode, std::as_bytes(std::span{name->name, name->size})})});
}

std::expected<Hash, Fault> Device::state_digest(Registers registers) {
  TRY(trial, start_session(TPM2_SE_TRIAL));
  const Transient session{*this, trial};
  const TPM2B_DIGEST as_it_is{};
  const auto selection = selection_of(registers);
  TRY_VOID(
      judge(api_.PolicyPCR(context_, session.get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &as_it_is, &selection)));
  Owned<TPM2B_DIGEST> digest{api_};
  TRY_VOID(
      judge(api_.PolicyGetDigest(context_, session.get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, digest.out())));
  if (digest->size != sizeof(Hash)) return std::unexpected(Fault::refused);
  Hash out{};
  std::memcpy(out.data(), digest->buffer, out.size());
  return out;
}

std::expected<std::vector<std::byte>, Fault> Device::seal(std::span<const std::byte> secret) {
  if (secret.size() > kMaxSecret) return std::unexpected(Fault::no_room);
  TPM2B_SENSITIVE_CREATE sensitive{};
  sensitive.sensitive.data.size = static_cast<UINT16>(secret.size());
  std::memcpy(sensitive.sensitive.data.buffer, secret.data(), secret.size());
  TPM2B_PUBLIC wanted{};
  wanted.publicArea.type = TPM2_ALG_KEYEDHASH;
  wanted.publicArea.nameAlg = TPM2_ALG_SHA256;
  wanted.publicArea.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_NODA;
  wanted.publicArea.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL;
  if (authority_) {
    TRY(policy, authority_policy());
    wanted.publicArea.authPolicy = digest_of(policy);
  } else {
    wanted.publicArea.objectAttributes |= TPMA_OBJECT_USERWITHAUTH;
  }
  const TPM2B_DATA nothing{};
  const TPML_PCR_SELECTION none{};
  Owned<TPM2B_PRIVATE> closed{api_};
  Owned<TPM2B_PUBLIC> open{api_};
  const auto done = judge(api_.Create(context_, root_, session_, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, &wanted,
                                      &nothing, &none, closed.out(), open.out(), nullptr, nullptr, nullptr));
  OPENSSL_cleanse(&sensitive, sizeof sensitive);
  TRY_VOID(done);
  TRY(packed, pack(api_, *open, *closed));
  packed.insert(packed.begin(), authority_ ? kApproved : kPlain);
  return std::move(packed);
}

std::expected<void, Fault> Device::authorize(ESYS_TR session, ESYS_TR authority) {
  const auto signature = ecdsa_of(approved_->signature.view());
  if (!signature) return std::unexpected(Fault::policy);
  const auto hash = digest_of(sha256({approved_->digest}));  // over the digest and an empty reference
  Owned<TPMT_TK_VERIFIED> ticket{api_};
  const auto verified = api_.VerifySignature(context_, authority, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &hash,
                                             &*signature, ticket.out());
  if (const auto fault = fault_of(verified)) return std::unexpected(*fault == Fault::damaged ? Fault::policy : *fault);
  Owned<TPM2B_NAME> name{api_};
  TRY_VOID(judge(api_.TR_GetName(context_, authority, name.out())));
  const auto digest = digest_of(approved_->digest);
  const TPM2B_NONCE no_reference{};
  const auto code = api_.PolicyAuthorize(context_, session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &digest,
                                         &no_reference, &*name, &*ticket);
  // VALUE: the machine is not in the state that was approved.
  if (const auto fault = fault_of(code)) return std::unexpected(*fault == Fault::refused ? Fault::policy : *fault);
  return {};
}

std::expected<void, Fault> Device::satisfy_policy(ESYS_TR session) {
  if (!approved_) return std::unexpected(Fault::policy);
  const TPM2B_DIGEST as_it_is{};
  const auto selection = selection_of(approved_->registers);
  TRY_VOID(judge(api_.PolicyPCR(context_, session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &as_it_is, &selection)));
  TRY(handle, load_authority());
  const Transient authority{*this, handle};
  return authorize(session, authority.get());
}

std::expected<Bytes, Fault> Device::unseal_loaded(ESYS_TR item, bool policy) {
  Owned<TPM2B_SENSITIVE_DATA> secret{api_};
  if (policy) {
    TRY(handle, start_session(TPM2_SE_POLICY));
    const Transient session{*this, handle};
    TRY_VOID(satisfy_policy(session.get()));
    TRY_VOID(judge(api_.Unseal(context_, item, session.get(), ESYS_TR_NONE, ESYS_TR_NONE, secret.out())));
  } else {
    TRY_VOID(judge(api_.Unseal(context_, item, session_, ESYS_TR_NONE, ESYS_TR_NONE, secret.out())));
  }
  const auto bytes = std::as_bytes(std::span{secret->buffer, secret->size});
  return Bytes{bytes.begin(), bytes.end()};
}

std::expected<Bytes, Fault> Device::unseal(std::span<const std::byte> sealed) {
  if (sealed.empty() || (sealed[0] != kPlain && sealed[0] != kApproved)) return std::unexpected(Fault::damaged);
  TPM2B_PUBLIC open{};
  TPM2B_PRIVATE closed{};
  TRY_VOID(unpack(api_, sealed.subspan(1), open, closed));
  Transient item{*this};
  TRY_VOID(judge(api_.Load(context_, root_, session_, ESYS_TR_NONE, ESYS_TR_NONE, &closed, &open, item.out())));
  return unseal_loaded(item.get(), sealed[0] == kApproved);
}

}  // namespace bulwatt::vault::keys::tpm
