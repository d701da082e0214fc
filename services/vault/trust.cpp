#include "services/vault/trust.hpp"

#include <openssl/x509.h>
#include "libs/base/hex.hpp"

#include <ctime>

#include "libs/base/freed.hpp"
#include "libs/base/line.hpp"

namespace bulwatt::vault {
namespace {

std::string_view text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Of the certificate at `index` of a chain: the next one of it, else an anchor.
KeyHashes issuer_of(const std::vector<CertificatePtr>& chain, std::size_t index, const Anchors& anchors,
                    CertificateUse root) {
  if (index + 1 < chain.size()) return key_hashes(*chain[index + 1]);
  const auto* anchor = anchors.issuer_of(*chain[index], root);
  return anchor != nullptr ? key_hashes(*anchor->certificate) : KeyHashes{};
}

/// What people know it by.
std::string common_name_of(X509& certificate) {
  std::array<char, 80> name{};
  const int size = X509_NAME_get_text_by_NID(X509_get_subject_name(&certificate), NID_commonName, name.data(),
                                             static_cast<int>(name.size()));
  return size > 0 ? std::string{name.data(), static_cast<std::size_t>(size)} : std::string{"?"};
}

void warn(std::vector<std::string>& out, X509& certificate, std::string_view use, std::int64_t now_unix_s) {
  std::time_t now = now_unix_s;
  int days = 0;
  int seconds = 0;
  const std::unique_ptr<ASN1_TIME, Freed<ASN1_TIME_free>> today{ASN1_TIME_set(nullptr, now)};
  if (!today || ASN1_TIME_diff(&days, &seconds, today.get(), X509_get0_notAfter(&certificate)) != 1) return;
  if (std::int64_t{days} * 86'400 + seconds > Trust::kWarnBefore) return;
  out.push_back(Line<200>{"name=", common_name_of(certificate), " use=", use, " days=", days}.c_str());
}

}  // namespace

std::vector<std::string> Trust::ending(std::int64_t now_unix_s) const {
  std::vector<std::string> out;
  for (const auto& anchor : anchors_.all()) warn(out, *anchor.certificate, enum_text(anchor.use), now_unix_s);
  for (const auto& key : store_.keys) {
    const auto chain = parse_pem(text_of(key.chain));
    for (std::size_t i = 0; chain && i < chain->size(); ++i) warn(out, *(*chain)[i], key.info.name.view(), now_unix_s);
  }
  return out;
}

std::expected<GetTrust::Part, Error> Trust::get(const GetTrust& request) const {
  if (request.link.view() == "csms-crl") return GetTrust::Part{Octets<kMaxChain>{store_.csms_revocations}, 0};
  const bool only_new = request.link.view() == "csms-new";
  const bool contracts = request.link.view() == "contracts";
  if (!only_new && !contracts && request.link.view() != "csms") return std::unexpected(Error::unknown_key);
  const auto wanted = [&](const auto& anchor) {
    using enum CertificateUse;
    if (contracts) return anchor.use == mo_root || anchor.use == v2g_root;
    return anchor.use == csms_root && !(only_new && anchor.fallback);
  };
  GetTrust::Part part{};
  std::string pem;
  const auto all = anchors_.all();
  for (std::size_t i = request.from; i < all.size(); ++i) {
    if (!wanted(all[i])) continue;
    const auto one = pem_of(*all[i].certificate);
    if (pem.size() + one.size() > kMaxChain) {
      part.next = static_cast<std::uint16_t>(i);
      break;
    }
    pem += one;
  }
  part.pem = Octets<kMaxChain>{std::as_bytes(std::span{pem})};
  return part;
}

InstallAnchor::Answer Trust::install(const InstallAnchor& request) {
  const auto answer = anchors_.install(request);
  const Line<200> detail{"use=",     enum_text(request.use), " answer=", enum_text(answer.verdict),
                         " reason=", answer.reason.view()};
  recorder_.trust_changed("TrustAnchorInstalled", detail.view(), answer.verdict == InstallVerdict::accepted);
  return answer;
}

/// The station's own certificate is named by issuer and serial number also when nobody knows its issuer's key.
bool Trust::is_own(const CertificateId& id) const {
  for (const auto& key : store_.keys) {
    //= OCPP-2.0.1 A00.FR.507
    const auto chain = parse_pem(text_of(key.chain));
    if (!chain) continue;
    for (const auto& certificate : *chain) {
      const auto own = id_of(*certificate, {}, id.algorithm);
      if (own.issuer_name == id.issuer_name && own.serial == id.serial) return true;
    }
  }
  return false;
}

//= OCPP-2.0.1 M04.FR.06
DeleteAnchor::Answer Trust::remove(const DeleteAnchor& request) {
  auto answer = is_own(request.id)
                    ? DeleteAnchor::Answer{DeleteVerdict::failed, "this is the station's own certificate"}
                    : anchors_.remove(request.id);
  const Line<200> detail{"serial=",  hex_line<kMaxSerial>(request.id.serial.view()).view(),
                         " answer=", enum_text(answer.verdict),
                         " reason=", answer.reason.view()};
  recorder_.trust_changed("TrustAnchorDeleted", detail.view(), answer.verdict == DeleteVerdict::accepted);
  return answer;
}

//= OCPP-2.0.1 M03.FR.04
//= OCPP-2.0.1 M03.FR.05
ListCertificates::Part Trust::list(const ListCertificates& request) const {
  std::vector<ListCertificates::One> all;
  for (const auto& anchor : anchors_.all())
    all.push_back({anchor.use, false, id_of(*anchor.certificate, anchor.issuer, HashAlgorithm::sha256)});
  for (const auto& key : store_.keys) {
    if (key.info.purpose != Purpose::tls_server) continue;
    const auto chain = parse_pem(text_of(key.chain));
    for (std::size_t i = 0; chain && i < chain->size(); ++i)
      all.push_back(
          {CertificateUse::v2g_chain, i != 0,
           id_of(*(*chain)[i], issuer_of(*chain, i, anchors_, CertificateUse::v2g_root), HashAlgorithm::sha256)});
  }
  ListCertificates::Part part{};
  for (std::size_t i = request.from; i < all.size(); ++i) {
    if (part.certificates.push_back(all[i])) continue;
    part.next = static_cast<std::uint16_t>(i);
    break;
  }
  return part;
}

}  // namespace bulwatt::vault
