#include "services/vault/store.hpp"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "libs/base/try.hpp"
#include "libs/os/clock.hpp"

namespace bulwatt::vault {
namespace {

constexpr std::size_t kMaxFile = 64 * 1024;

std::expected<std::vector<std::byte>, int> read_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return std::unexpected(errno);
  std::vector<std::byte> bytes(kMaxFile + 1);
  std::size_t used = 0;
  ssize_t n = 0;
  while (used < bytes.size() && (n = ::read(fd, bytes.data() + used, bytes.size() - used)) > 0) used += static_cast<std::size_t>(n);
  const int why = n < 0 ? errno : used > kMaxFile ? EFBIG : 0;
  ::close(fd);
  if (why != 0) return std::unexpected(why);
  bytes.resize(used);
  return bytes;
}

/// Written beside, synchronised and renamed: the old file or the new one, never half of one.
int write_file(const std::string& path, std::span<const std::byte> bytes) {
  const auto beside = path + ".new";
  const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return errno;
  const bool whole = ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && ::fsync(fd) == 0;
  const int why = whole ? 0 : errno;
  ::close(fd);
  if (why != 0) return why;
  return ::rename(beside.c_str(), path.c_str()) == 0 ? 0 : errno;
}

std::string sentence(const std::string& path, int why) { return path + ": " + std::strerror(why); }

std::expected<Secret, Complaint> read_secret(const std::string& folder) {
  const auto bytes = read_file(folder + "/seal.secret");
  if (!bytes) return std::unexpected(sentence(folder + "/seal.secret", bytes.error()) + "; make the keys with `bulwatt provision`");
  Secret secret{};
  if (bytes->size() != secret.size()) return std::unexpected(folder + "/seal.secret has the wrong size; it does not belong to this vault");
  std::ranges::copy(*bytes, secret.begin());
  return secret;
}

std::expected<Secret, Complaint> make_secret(const std::string& folder) {
  if (auto present = read_secret(folder)) return *present;
  struct stat there {};
  if (::stat((folder + "/seal.secret").c_str(), &there) == 0) return read_secret(folder);  // present but wrong: never overwritten
  Secret secret{};
  os::random_bytes(secret);
  if (const int why = write_file(folder + "/seal.secret", secret); why != 0) return std::unexpected(sentence(folder + "/seal.secret", why));
  return secret;
}

Octets<kMaxPublicKey> public_key_of(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0) return {};
  const Octets<kMaxPublicKey> out{std::as_bytes(std::span{der, static_cast<std::size_t>(size)})};
  OPENSSL_free(der);
  return out;
}

std::expected<StoredKey, Complaint> open_key(const std::string& folder, const Secret& secret, const KeyConfig& config) {
  const std::string name{config.name.view()};
  const auto path = folder + "/" + name + ".key";
  const auto file = read_file(path);
  if (!file) return std::unexpected(sentence(path, file.error()) + "; make the key with `bulwatt provision`");
  auto key = unseal(secret, {config.name, config.purpose, config.algorithm}, *file);
  if (!key) {
    return std::unexpected(path + " cannot be opened: it is damaged, or was sealed for another purpose, algorithm or vault");
  }
  StoredKey out{{config.name, config.purpose, config.algorithm, public_key_of(key->get())}, config.user, std::move(*key), {}};
  if (auto chain = read_file(folder + "/" + name + ".pem")) out.chain = std::move(*chain);
  if (out.chain.size() > kMaxChain) return std::unexpected(folder + "/" + name + ".pem is longer than 10000 bytes");
  return out;
}

struct FreeRequest {
  void operator()(X509_REQ* request) const { X509_REQ_free(request); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};

bool add_name(X509_NAME* name, const char* type, const std::string& text) {
  return X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1, 0) == 1;
}

std::expected<std::string, Complaint> request_for(EVP_PKEY* key, const std::string& common_name, const std::string& organization) {
  const std::unique_ptr<X509_REQ, FreeRequest> request{X509_REQ_new()};
  auto* name = X509_REQ_get_subject_name(request.get());
  const bool named = add_name(name, "CN", common_name) && (organization.empty() || add_name(name, "O", organization));
  const bool hashes = EVP_PKEY_is_a(key, "EC") == 1;
  const std::unique_ptr<BIO, FreeRequest> text{BIO_new(BIO_s_mem())};
  if (!named || X509_REQ_set_pubkey(request.get(), key) != 1 || X509_REQ_sign(request.get(), key, hashes ? EVP_sha256() : nullptr) <= 0 ||
      PEM_write_bio_X509_REQ(text.get(), request.get()) != 1) {
    return std::unexpected(Complaint{"the certificate request could not be made"});
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return std::string{data, static_cast<std::size_t>(size)};
}

}  // namespace

std::expected<Store, Complaint> open_store(const std::string& folder, const Config& config) {
  Store store{};
  if (auto trust = read_file(folder + "/trust-csms.pem")) store.csms_trust = std::move(*trust);
  if (auto lists = read_file(folder + "/crl-csms.pem")) store.csms_revocations = std::move(*lists);
  if (store.csms_revocations.size() > kMaxChain) return std::unexpected(folder + "/crl-csms.pem is longer than 10000 bytes");
  if (store.csms_trust.size() > kMaxChain) return std::unexpected(folder + "/trust-csms.pem is longer than 10000 bytes");
  if (config.keys.empty()) return store;
  TRY(secret, read_secret(folder));
  for (const auto& key : config.keys) {
    TRY(stored, open_key(folder, secret, key));
    store.keys.push_back(std::move(stored));
  }
  return store;
}

std::expected<std::string, Complaint> provision(const std::string& folder, const Identity& who, const std::string& common_name,
                                                const std::string& organization) {
  TRY(secret, make_secret(folder));
  const auto path = folder + "/" + std::string{who.name.view()} + ".key";
  PrivateKey key;
  if (const auto file = read_file(path)) {
    auto present = unseal(secret, who, *file);
    if (!present) return std::unexpected(path + " exists but is damaged or for another purpose; move it away to make a new one");
    key = std::move(*present);
  } else {
    key = generate(who.algorithm);
    if (!key) return std::unexpected(Complaint{"this OpenSSL cannot make a key of that algorithm"});
    const auto sealed = seal(secret, who, key.get());
    if (!sealed) return std::unexpected(Complaint{"the key could not be sealed"});
    if (const int why = write_file(path, *sealed); why != 0) return std::unexpected(sentence(path, why));
  }
  return request_for(key.get(), common_name, organization);
}

}  // namespace bulwatt::vault
