// For tests: whether a signature is one, by the library and the public half alone.
#pragma once
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "services/vault/keys/backend.hpp"

namespace bulwatt::vault::keys {

inline bool verifies(const PublicKey& public_key, const Work& work, const Signature& signature) {
  const auto raw = [](const std::byte* p) { return reinterpret_cast<const unsigned char*>(p); };
  const auto* der = raw(public_key.data.data());
  EVP_PKEY* key = d2i_PUBKEY(nullptr, &der, public_key.size);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* options = nullptr;
  bool good = key != nullptr &&
              EVP_DigestVerifyInit_ex(context, &options, name_of(work.digest), nullptr, nullptr, key, nullptr) == 1;
  if (good && work.padding == Padding::pss)
    good = EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1;
  good = good && EVP_DigestVerify(context, raw(signature.bytes.data.data()), signature.bytes.size,
                                  raw(work.content.data()), work.content.size()) == 1;
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  return good;
}

}  // namespace bulwatt::vault::keys
