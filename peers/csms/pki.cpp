#include "peers/csms/pki.hpp"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "libs/tls/certificate.hpp"
#include "libs/tls/openssl.hpp"

namespace bulwatt::csms {
namespace {

using tls::BioPtr;
using tls::CertificatePtr;
using tls::KeyPtr;
using RequestPtr = std::unique_ptr<X509_REQ, Freed<X509_REQ_free>>;

constexpr long kHour = 3600;
constexpr long kYear = 365 * 24 * kHour;
constexpr long kRootLife = 20 * kYear;
constexpr long kLeafLife = 2 * kYear;

void require(bool done, const char* what) {
  if (done) return;
  ERR_clear_error();
  throw std::runtime_error(std::string("cannot ") + what);
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read '" + path.string() + "'");
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Whole or not at all, and never readable by others while it is written.
void write_file(const std::filesystem::path& path, const std::string& text, mode_t mode) {
  const std::string draft = path.string() + ".new";
  const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  const bool written = fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (fd >= 0) ::close(fd);
  if (!written || ::rename(draft.c_str(), path.c_str()) != 0)
    throw std::runtime_error("cannot write '" + path.string() + "'");
}

template <class Write>
std::string pem_of(Write write) {
  const BioPtr bio{BIO_new(BIO_s_mem())};
  require(write(bio.get()) == 1, "write PEM");
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}
std::string pem_of(X509* certificate) {
  return pem_of([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}
std::string pem_of(EVP_PKEY* key) {
  return pem_of([&](BIO* bio) { return PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

CertificatePtr read_certificate(const std::filesystem::path& path) {
  auto read = tls::parse_certificates(read_file(path), tls::Reason::bad_certificate, nullptr, nullptr);
  if (!read) throw std::runtime_error("'" + path.string() + "' has no certificate");
  return std::move(read->front());
}

KeyPtr read_key(const std::filesystem::path& path) {
  auto read = tls::parse_private_key(read_file(path), nullptr, nullptr);
  if (!read) throw std::runtime_error("'" + path.string() + "' has no private key");
  return std::move(*read);
}

KeyPtr new_key() {
  KeyPtr key{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")};
  require(key != nullptr, "make a key");
  return key;
}

void extend(X509* certificate, X509* issuer, const char* name, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf(nullptr, &context, name, value.c_str());
  require(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1, "extend a certificate");
  X509_EXTENSION_free(extension);
}

struct Recipe {
  std::string common_name;
  EVP_PKEY* subject_key = nullptr;
  X509* issuer = nullptr;  // nullptr: itself
  EVP_PKEY* issuer_key = nullptr;
  long life = kLeafLife;
  std::string alternatives = {};
};

/// No extended key usage on purpose: OCPP recommends none.
CertificatePtr make_certificate(const Recipe& recipe) {
  CertificatePtr made{X509_new()};
  X509* certificate = made.get();
  std::array<unsigned char, 16> serial{};
  require(RAND_bytes(serial.data(), serial.size()) == 1, "draw a serial number");
  serial[0] &= 0x7f;
  const std::unique_ptr<BIGNUM, Freed<BN_free>> number{BN_bin2bn(serial.data(), serial.size(), nullptr)};
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate));
  X509_set_version(certificate, X509_VERSION_3);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -kHour);
  X509_gmtime_adj(X509_getm_notAfter(certificate), recipe.life);
  X509_set_pubkey(certificate, recipe.subject_key);
  auto* name = X509_get_subject_name(certificate);
  const auto* text = reinterpret_cast<const unsigned char*>(recipe.common_name.data());
  const auto* owner = reinterpret_cast<const unsigned char*>("Bulwatt test");
  require(X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, owner, -1, -1, 0) == 1 &&
              X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, static_cast<int>(recipe.common_name.size()),
                                         -1, 0) == 1,
          "name a certificate");
  X509* issuer = recipe.issuer == nullptr ? certificate : recipe.issuer;
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
  const bool authority = recipe.issuer == nullptr;
  extend(certificate, issuer, "basicConstraints", authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  extend(certificate, issuer, "keyUsage", authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
  extend(certificate, issuer, "subjectKeyIdentifier", "hash");
  if (!authority) extend(certificate, issuer, "authorityKeyIdentifier", "keyid:always");
  if (!recipe.alternatives.empty()) extend(certificate, issuer, "subjectAltName", recipe.alternatives);
  require(X509_sign(certificate, recipe.issuer_key, EVP_sha256()) > 0, "sign a certificate");
  return made;
}

}  // namespace

Pki::Pki(std::filesystem::path folder, const std::vector<std::string>& hosts) : folder_(std::move(folder)) {
  std::filesystem::create_directories(folder_);
  std::filesystem::permissions(folder_, std::filesystem::perms::owner_all);
  if (!std::filesystem::exists(folder_ / "root.pem")) {
    const KeyPtr key = new_key();
    const auto root = make_certificate({"Bulwatt test CSMS root", key.get(), nullptr, key.get(), kRootLife});
    write_file(folder_ / "root.key", pem_of(key.get()), 0600);
    write_file(folder_ / "root.pem", pem_of(root.get()), 0644);
  }
  if (std::filesystem::exists(folder_ / "server.pem") && hosts.empty()) return;
  std::string alternatives = "DNS:localhost,IP:127.0.0.1,IP:::1";
  for (const auto& host : hosts) alternatives += (tls::is_ip_address(host) ? ",IP:" : ",DNS:") + host;
  const auto root = read_certificate(folder_ / "root.pem");
  const auto root_key = read_key(folder_ / "root.key");
  const KeyPtr key = new_key();
  const std::string name = hosts.empty() ? "localhost" : hosts.front();
  const auto server = make_certificate({name, key.get(), root.get(), root_key.get(), kLeafLife, alternatives});
  write_file(folder_ / "server.key", pem_of(key.get()), 0600);
  write_file(folder_ / "server.pem", pem_of(server.get()), 0644);
}

std::string Pki::root_pem() const { return read_file(folder_ / "root.pem"); }
std::string Pki::server_chain_pem() const { return read_file(folder_ / "server.pem"); }
std::string Pki::server_key_pem() const { return read_file(folder_ / "server.key"); }

std::string Pki::sign(const std::string& csr_pem, const std::string& station) const {
  if (csr_pem.size() > kCsrMax) throw std::runtime_error("the certificate request is longer than OCPP allows");
  const BioPtr bio{BIO_new_mem_buf(csr_pem.data(), static_cast<int>(csr_pem.size()))};
  const RequestPtr request{PEM_read_bio_X509_REQ(bio.get(), nullptr, nullptr, nullptr)};
  ERR_clear_error();
  if (!request) throw std::runtime_error("the certificate request is no PEM PKCS#10");
  EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
  if (key == nullptr || X509_REQ_verify(request.get(), key) != 1) {
    ERR_clear_error();
    throw std::runtime_error("the certificate request is not signed by its own key");
  }
  std::array<char, 256> name{};
  const int size = X509_NAME_get_text_by_NID(X509_REQ_get_subject_name(request.get()), NID_commonName, name.data(),
                                             static_cast<int>(name.size()));
  if (size < 0 || std::string(name.data(), static_cast<std::size_t>(size)) != station)
    throw std::runtime_error("the certificate request is for '" + std::string(name.data()) + "', not for " + station);
  const auto root = read_certificate(folder_ / "root.pem");
  const auto root_key = read_key(folder_ / "root.key");
  return pem_of(make_certificate({station, key, root.get(), root_key.get()}).get());
}

void Pki::make_station(const std::string& station) const {
  const auto root = read_certificate(folder_ / "root.pem");
  const auto root_key = read_key(folder_ / "root.key");
  const KeyPtr key = new_key();
  const auto made = make_certificate({station, key.get(), root.get(), root_key.get()});
  write_file(folder_ / ("station-" + station + ".key"), pem_of(key.get()), 0600);
  write_file(folder_ / ("station-" + station + ".pem"), pem_of(made.get()), 0644);
}

}  // namespace bulwatt::csms
