// reveal-key FOLDER NAME PURPOSE ALGORITHM: the private half of a sealed software key, in hexadecimal, for tests that look for it
// where it must not be. It needs what only the vault's user may read.
#include <openssl/core_names.h>
#include <openssl/x509.h>

#include <cstdio>

#include "services/vault/files.hpp"
#include "services/vault/keys/sealed.hpp"

using namespace bulwatt;
using namespace bulwatt::vault;

namespace {

int complain(const char* sentence) {
  std::fprintf(stderr, "reveal-key: %s\n", sentence);
  return 1;
}

keys::PrivateKey key_from(const keys::Bytes& pkcs8) {
  const auto* der = reinterpret_cast<const unsigned char*>(pkcs8.data());
  PKCS8_PRIV_KEY_INFO* info = d2i_PKCS8_PRIV_KEY_INFO(nullptr, &der, static_cast<long>(pkcs8.size()));
  keys::PrivateKey key{info != nullptr ? EVP_PKCS82PKEY(info) : nullptr};
  PKCS8_PRIV_KEY_INFO_free(info);
  return key;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) return complain("FOLDER NAME PURPOSE ALGORITHM");
  const std::string folder = arguments[1];
  const std::string name = arguments[2];
  const auto purpose = enum_from_text<Purpose>(arguments[3]);
  const auto algorithm = enum_from_text<Algorithm>(arguments[4]);
  const auto secret_file = read_file(folder + "/seal.secret");
  const auto file = read_file(folder + "/" + name + ".key");
  if (!purpose || !algorithm || !file || !secret_file || secret_file->size() != keys::kSecretSize)
    return complain("there is no such key, or no open secret");
  keys::Secret secret{};
  std::ranges::copy(*secret_file, secret.begin());
  const auto stored = keys::unseal(secret, {KeyName{name}, *purpose, *algorithm}, *file);
  if (!stored) return complain("the key cannot be opened");
  const auto key = key_from(stored->bytes);
  BIGNUM* scalar = nullptr;
  if (!key || EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_PRIV_KEY, &scalar) != 1)
    return complain("the key has no scalar");
  std::array<unsigned char, 66> bytes{};
  const int size = EVP_PKEY_get_bits(key.get()) / 8;
  BN_bn2binpad(scalar, bytes.data(), size);
  for (int i = 0; i < size; ++i) std::printf("%02x", bytes[static_cast<std::size_t>(i)]);
  std::printf("\n");
  BN_free(scalar);
  return 0;
}
