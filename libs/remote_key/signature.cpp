// The provider's signature table: one-shot signing only, so that the signer sees the whole content.
#include <openssl/async.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/proverr.h>
#include <openssl/rsa.h>

#include <strings.h>
#include <cstring>

#include "libs/remote_key/key.hpp"
#include "libs/tls/standstill.hpp"

namespace bulwatt::remote_key {
namespace {

struct Signing {
  Key* key = nullptr;
  vault::Digest digest = vault::Digest::none;
  vault::Padding padding = vault::Padding::none;
};

std::optional<vault::Digest> digest_of(const char* name, const Kind& kind) {
  if (kind.digest == nullptr) return vault::Digest::none;
  if (name == nullptr || *name == '\0') name = kind.digest;
  struct Named {
    const char* name;
    vault::Digest digest;
  };
  for (const auto& [text, digest] :
       {Named{"SHA256", vault::Digest::sha256}, Named{"SHA2-256", vault::Digest::sha256},
        Named{"SHA384", vault::Digest::sha384}, Named{"SHA2-384", vault::Digest::sha384},
        Named{"SHA512", vault::Digest::sha512}, Named{"SHA2-512", vault::Digest::sha512}}) {
    if (::strcasecmp(text, name) == 0) return digest;
  }
  return std::nullopt;
}

void* make(void*, const char*) { return new Signing; }
void drop(void* object) {
  auto* signing = static_cast<Signing*>(object);
  if (signing == nullptr) return;
  release(signing->key);
  delete signing;
}

/// A word or a number; OpenSSL uses both.
bool is_choice(const OSSL_PARAM& parameter, std::string_view word, int number) {
  if (parameter.data_type == OSSL_PARAM_UTF8_STRING)
    return parameter.data != nullptr && std::string_view{static_cast<const char*>(parameter.data)} == word;
  int value = 0;
  return OSSL_PARAM_get_int(&parameter, &value) == 1 && value == number;
}

int digest_size(vault::Digest digest) {
  return digest == vault::Digest::sha256 ? 32 : digest == vault::Digest::sha384 ? 48 : 64;
}

int set_parameters(void* object, const OSSL_PARAM parameters[]) {
  auto& signing = *static_cast<Signing*>(object);
  if (parameters == nullptr || signing.key == nullptr || !signing.key->kind->rsa) return 1;
  if (const auto* mode = OSSL_PARAM_locate_const(parameters, OSSL_SIGNATURE_PARAM_PAD_MODE); mode != nullptr) {
    const bool pss = is_choice(*mode, OSSL_PKEY_RSA_PAD_MODE_PSS, RSA_PKCS1_PSS_PADDING);
    if (!pss && !is_choice(*mode, OSSL_PKEY_RSA_PAD_MODE_PKCSV15, RSA_PKCS1_PADDING)) return 0;
    signing.padding = pss ? vault::Padding::pss : vault::Padding::pkcs1;
  }
  // The vault's salt is as long as the digest, which is what TLS 1.3 wants.
  const auto* salt = OSSL_PARAM_locate_const(parameters, OSSL_SIGNATURE_PARAM_PSS_SALTLEN);
  return salt == nullptr || is_choice(*salt, OSSL_PKEY_RSA_PSS_SALT_LEN_DIGEST, RSA_PSS_SALTLEN_DIGEST) ||
                 is_choice(*salt, "", digest_size(signing.digest))
             ? 1
             : 0;
}

int start(void* object, const char* digest, void* key_object, const OSSL_PARAM parameters[]) {
  auto& signing = *static_cast<Signing*>(object);
  if (auto* key = static_cast<Key*>(key_object); key != nullptr) {
    ++key->references;
    release(signing.key);
    signing.key = key;
  }
  if (signing.key == nullptr || signing.key->kind == nullptr || signing.key->name.empty()) return 0;
  const auto chosen = digest_of(digest, *signing.key->kind);
  if (!chosen) return 0;
  signing.digest = *chosen;
  signing.padding = signing.key->kind->rsa ? vault::Padding::pkcs1 : vault::Padding::none;  // what OpenSSL takes, too
  return set_parameters(object, parameters);
}

using Answer = std::expected<vault::Signature, vault::Error>;

/// In the middle of a handshake that can stand still: gives control back until the signature is there.
Answer wait_for(Signer& signer, const vault::Sign& request) {
  if (ASYNC_get_current_job() == nullptr)
    return std::unexpected(vault::Error::slow_key);  // nobody could go on meanwhile
  const auto ticket = signer.submit(request);
  if (!ticket) return std::unexpected(ticket.error());
  for (;;) {
    if (ASYNC_pause_job() != 1 || tls::abandoning()) return std::unexpected(vault::Error::failed);
    const auto fetched = signer.fetch(*ticket);
    if (!fetched) return std::unexpected(fetched.error());
    if (*fetched) return **fetched;
  }
}

int sign(void* object, unsigned char* out, std::size_t* size, std::size_t room, const unsigned char* content,
         std::size_t length) {
  auto& signing = *static_cast<Signing*>(object);
  if (out == nullptr) {
    *size = static_cast<std::size_t>(signing.key->kind->signature_size);
    return 1;
  }
  if (length > vault::kMaxToSign) {
    ERR_raise_data(ERR_LIB_PROV, PROV_R_FAILED_TO_SIGN, "content too long for the vault");
    return 0;
  }
  vault::Sign request{signing.key->name, signing.digest,
                      Octets<vault::kMaxToSign>{std::as_bytes(std::span{content, length})}, signing.padding};
  auto& signer = *signing.key->signer;
  const auto signature = signing.key->slow ? wait_for(signer, request) : signer.sign(request);
  if (!signature || signature->bytes.size > room) {
    ERR_raise_data(ERR_LIB_PROV, PROV_R_FAILED_TO_SIGN, "the vault did not sign");
    return 0;
  }
  std::memcpy(out, signature->bytes.data.data(), signature->bytes.size);
  *size = signature->bytes.size;
  return 1;
}

const OSSL_PARAM* settable(void*, void*) {
  static const OSSL_PARAM kTypes[] = {OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, nullptr, 0),
                                      OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, nullptr, 0),
                                      OSSL_PARAM_END};
  return kTypes;
}

template <class F>
OSSL_DISPATCH entry(int id, F* function) {
  return {id, reinterpret_cast<void (*)(void)>(function)};
}

const OSSL_DISPATCH kTable[] = {entry(OSSL_FUNC_SIGNATURE_NEWCTX, make),
                                entry(OSSL_FUNC_SIGNATURE_FREECTX, drop),
                                entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, start),
                                entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, sign),
                                entry(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, set_parameters),
                                entry(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, settable),
                                {0, nullptr}};

}  // namespace

const OSSL_ALGORITHM kSignatures[] = {
    {"ECDSA", "provider=bulwatt-vault", kTable, nullptr},
    {"RSA:rsaEncryption:1.2.840.113549.1.1.1", "provider=bulwatt-vault", kTable, nullptr},
    {"ED25519:1.3.101.112", "provider=bulwatt-vault", kTable, nullptr},
    {"ED448:1.3.101.113", "provider=bulwatt-vault", kTable, nullptr},
    {"ML-DSA-44:MLDSA44:2.16.840.1.101.3.4.3.17:id-ml-dsa-44", "provider=bulwatt-vault", kTable, nullptr},
    {"ML-DSA-65:MLDSA65:2.16.840.1.101.3.4.3.18:id-ml-dsa-65", "provider=bulwatt-vault", kTable, nullptr},
    {"ML-DSA-87:MLDSA87:2.16.840.1.101.3.4.3.19:id-ml-dsa-87", "provider=bulwatt-vault", kTable, nullptr},
    {nullptr, nullptr, nullptr, nullptr}};

}  // namespace bulwatt::remote_key
