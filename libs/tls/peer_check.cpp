#include "libs/tls/peer_check.hpp"

#include "libs/tls/certificate.hpp"

namespace bulwatt::tls {
namespace {

Reason reason_of_verification(int error) {
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED: return Reason::certificate_expired;
    case X509_V_ERR_CERT_NOT_YET_VALID: return Reason::certificate_not_yet_valid;
    case X509_V_ERR_CERT_REVOKED: return Reason::certificate_revoked;
    default: return Reason::certificate_untrusted;
  }
}

void note_alert(const SSL* ssl, int where, int value) {
  if ((where & SSL_CB_READ_ALERT) != SSL_CB_READ_ALERT || value >> 8 != SSL3_AL_FATAL) return;
  static_cast<PeerCheck*>(SSL_get_app_data(ssl))->alert = static_cast<std::uint8_t>(value & 0xff);
}

}  // namespace

void PeerCheck::attach(SSL* ssl) {
  SSL_set_app_data(ssl, this);
  SSL_set_info_callback(ssl, note_alert);
}

int pass_over_missing_list(int good, X509_STORE_CTX* store) {
  switch (X509_STORE_CTX_get_error(store)) {
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_CRL_NOT_YET_VALID: X509_STORE_CTX_set_error(store, X509_V_OK); return 1;
    default: return good;
  }
}

//= OCPP-2.0.1 A00.FR.308
//= OCPP-2.0.1 A00.FR.411
int verify_peer_certificate(X509_STORE_CTX* store, void*) {
  const auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto& check = *static_cast<PeerCheck*>(SSL_get_app_data(ssl));
  if (X509_verify_cert(store) != 1) {
    const int error = X509_STORE_CTX_get_error(store);
    check.certificate = Refusal{reason_of_verification(error), 0, X509_verify_cert_error_string(error)};
    return 0;
  }
  if (check.role == Role::server) return 1;  // a station's identity is judged by who accepts it
  auto& leaf = *X509_STORE_CTX_get0_cert(store);
  //= ISO15118-2 V2G2-925
  if (check.domain.empty() ? matches_host(leaf, check.host, {check.allow_wildcards})
                           : matches_domain(leaf, check.domain))
    return 1;
  X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH);
  const auto& wanted = check.domain.empty() ? check.host : check.domain;
  check.certificate = Refusal{Reason::hostname, 0, std::string_view{"the certificate is not for " + wanted}};
  return 0;
}

}  // namespace bulwatt::tls
