// Backends that must be refused: each wrong in one way and right in all others.
#include <openssl/x509_vfy.h>

#include "tools/pki/tree.hpp"

namespace bulwatt::pki {
namespace {

constexpr long kDaySeconds = 24L * 3600;
constexpr int kManyNames = 600;  // more than 10 000 bytes, the most OCPP allows for a chain

/// What is made for one fault: usual unless the fault says otherwise.
struct Making {
  Recipe issuer;
  Recipe server;
  Algorithm server_key = Algorithm::p256;
  bool revoked = false;
  bool other_root = false;  ///< a root of the same name that nobody trusts has signed the issuer
};

Making usual(const Plan& plan) {
  return {.issuer = {.common_name = "Bulwatt test CSMS issuer",
                     .authority = true,
                     .path_length = 0,
                     .ends = 3650 * kDaySeconds},
          .server = {
              .common_name = plan.host, .more = {{"subjectAltName", "DNS:" + plan.host}}, .ends = 730 * kDaySeconds}};
}

std::string many_names(const std::string& host) {
  std::string names = "DNS:" + host;
  for (int i = 0; i < kManyNames; ++i) names += ",DNS:server-" + std::to_string(i) + ".example";
  return names;
}

Making making_of(const std::string& fault, const Plan& plan) {
  auto m = usual(plan);
  if (fault == "expired") m.server.begins = -20 * kDaySeconds, m.server.ends = -10 * kDaySeconds;
  if (fault == "not-yet-valid") m.server.begins = 10 * kDaySeconds;
  if (fault == "issuer-expired") m.issuer.begins = -20 * kDaySeconds, m.issuer.ends = -10 * kDaySeconds;
  if (fault == "revoked") m.revoked = true;
  if (fault == "wrong-usage")
    m.server.usage = "critical,keyEncipherment", m.server.more.push_back({"extendedKeyUsage", "emailProtection"});
  if (fault == "issuer-is-no-authority") m.issuer.authority = false, m.issuer.path_length = -1;
  if (fault == "issuer-may-not-sign") m.issuer.usage = "critical,cRLSign";
  if (fault == "oversized") m.server.more = {{"subjectAltName", many_names(plan.host)}};
  if (fault == "name-constrained")
    m.issuer.more.push_back({"nameConstraints", "critical,permitted;DNS:elsewhere.example"});
  if (fault == "other-name")
    m.server.common_name = "other.example", m.server.more = {{"subjectAltName", "DNS:other.example"}};
  if (fault == "other-root") m.other_root = true;
  if (fault == "weak-key") m.server_key = Algorithm::rsa1024;
  if (fault == "weak-hash") m.server.weak_hash = true;
  return m;
}

}  // namespace

const std::vector<Fault>& faults() {
  static const std::vector<Fault> kFaults{
      {"expired", "the backend's certificate ended ten days ago", X509_V_ERR_CERT_HAS_EXPIRED},
      {"not-yet-valid", "it begins in ten days", X509_V_ERR_CERT_NOT_YET_VALID},
      {"issuer-expired", "its issuer's certificate ended ten days ago", X509_V_ERR_CERT_HAS_EXPIRED},
      {"revoked", "it stands on the issuer's revocation list, crl.pem", X509_V_ERR_CERT_REVOKED},
      {"wrong-usage", "it is for e-mail, not for a server", X509_V_ERR_INVALID_PURPOSE},
      {"issuer-is-no-authority", "its issuer is no authority", X509_V_ERR_INVALID_CA},
      {"issuer-may-not-sign", "its issuer may sign revocation lists only", X509_V_ERR_INVALID_CA},
      {"oversized", "it has so many names that it exceeds every limit of OCPP", X509_V_OK},
      {"name-constrained", "its issuer may only name hosts below elsewhere.example", X509_V_ERR_PERMITTED_VIOLATION},
      {"other-name", "it is for other.example", X509_V_ERR_HOSTNAME_MISMATCH},
      {"other-root", "a root of the same name but another key stands behind it",
       X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
      {"weak-key", "its key has 1024 bits of RSA", X509_V_ERR_EE_KEY_TOO_SMALL},
      {"weak-hash", "its issuer signed with SHA-1", X509_V_ERR_CA_MD_TOO_WEAK},
  };
  return kFaults;
}

void make_faults(const std::filesystem::path& folder, const Plan& plan) {
  const auto trusted = holder_of(folder, "csms/root");
  for (const auto& fault : faults()) {
    const auto m = making_of(fault.name, plan);
    const auto place = folder / "faults" / fault.name;
    Holder false_root;
    if (m.other_root) {
      false_root.key = new_key(Algorithm::p256);
      false_root.certificate =
          make_certificate({.common_name = "Bulwatt test CSMS root", .authority = true, .ends = 3650 * kDaySeconds},
                           false_root.key.get(), nullptr);
    }
    Holder issuer{nullptr, new_key(Algorithm::p256)};
    issuer.certificate = make_certificate(m.issuer, issuer.key.get(), m.other_root ? &false_root : &trusted);
    const auto key = new_key(m.server_key);
    const auto server = make_certificate(m.server, key.get(), &issuer);
    write_file(place / "server.key", pem_of(key.get()), true);
    write_file(place / "server.pem", pem_of(server.get()) + pem_of(issuer.certificate.get()), false);
    write_file(place / "root.pem", pem_of(trusted.certificate.get()), false);
    if (m.revoked) write_file(place / "crl.pem", make_revocation_list(issuer, server.get()), false);
  }
}

}  // namespace bulwatt::pki
