#include "services/vault/statuses.hpp"

#include <dirent.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "libs/base/freed.hpp"
#include "libs/base/hex.hpp"
#include "services/vault/files.hpp"

namespace bulwatt::vault {
namespace {

constexpr std::string_view kPrefix = "ocsp-";
constexpr std::string_view kEnding = ".der";
constexpr std::size_t kNameBytes = 16;

using Response = std::unique_ptr<OCSP_RESPONSE, Freed<OCSP_RESPONSE_free>>;
using Basic = std::unique_ptr<OCSP_BASICRESP, Freed<OCSP_BASICRESP_free>>;
using Id = std::unique_ptr<OCSP_CERTID, Freed<OCSP_CERTID_free>>;
using TrustStore = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;

std::string_view text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string responder_of(X509& certificate) {
  STACK_OF(OPENSSL_STRING)* all = X509_get1_ocsp(&certificate);
  std::string out;
  if (all != nullptr && sk_OPENSSL_STRING_num(all) > 0) out = sk_OPENSSL_STRING_value(all, 0);
  X509_email_free(all);
  return out.size() <= kMaxResponder ? out : std::string{};
}

std::optional<std::int64_t> ms_of(const ASN1_GENERALIZEDTIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return static_cast<std::int64_t>(::timegm(&parts)) * 1000;
}

CertificatePtr shared(X509* certificate) {
  X509_up_ref(certificate);
  return CertificatePtr{certificate};
}

/// By the issuer itself, or by somebody to whom it gave a certificate for that (id-kp-OCSPSigning). Whether the issuer is good is the
/// chain's business; here it is what everything ends at.
bool signed_for(OCSP_BASICRESP* basic, X509* issuer) {
  const TrustStore trust{X509_STORE_new()};
  if (!trust || X509_STORE_add_cert(trust.get(), issuer) != 1) return false;
  X509_STORE_set_flags(trust.get(), X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
  STACK_OF(X509)* known = sk_X509_new_null();
  sk_X509_push(known, issuer);
  const bool good = OCSP_basic_verify(basic, known, trust.get(), OCSP_PARTIAL_CHAIN) == 1;
  sk_X509_free(known);
  return good;
}

}  // namespace

std::string Statuses::name_of(const CertificateId& id) {
  std::vector<std::byte> all;
  for (const auto part : {id.issuer_name.view(), id.issuer_key.view(), id.serial.view()})
    all.insert(all.end(), part.begin(), part.end());
  const auto digest = keys::hash(Digest::sha256, all);
  return digest ? std::string{kPrefix} + hex_line<kNameBytes>(*digest).c_str() + std::string{kEnding} : std::string{};
}

std::vector<Statuses::Subject> Statuses::subjects() const {
  std::vector<Subject> out;
  for (const auto& key : store_.keys) {
    if (key.info.purpose != Purpose::tls_server && key.info.purpose != Purpose::tls12_server) continue;
    const auto chain = parse_pem(text_of(key.chain));
    for (std::size_t i = 0; chain && i < chain->size(); ++i) {
      auto& certificate = *(*chain)[i];
      const auto* anchor = anchors_.issuer_of(certificate, CertificateUse::v2g_root);
      X509* issuer = i + 1 < chain->size() ? (*chain)[i + 1].get()
                     : anchor != nullptr   ? anchor->certificate.get()
                                           : nullptr;
      auto responder = responder_of(certificate);
      if (issuer == nullptr || responder.empty()) continue;
      out.push_back({shared(&certificate), shared(issuer),
                     id_of(certificate, key_hashes(*issuer), HashAlgorithm::sha256), std::move(responder)});
    }
  }
  return out;
}

std::expected<Statuses::Kept, std::string> Statuses::judge(std::span<const std::byte> der, const Subject& subject,
                                                           std::optional<std::int64_t> now_ms) {
  ERR_clear_error();
  const auto fault = [](const char* why) {
    ERR_clear_error();
    return std::unexpected(std::string{why});
  };
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* const end = at + der.size();
  const Response response{d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(der.size()))};
  if (!response || at != end) return fault("this is no OCSP answer");
  if (OCSP_response_status(response.get()) != OCSP_RESPONSE_STATUS_SUCCESSFUL)
    return fault("the responder has no answer");
  const Basic basic{OCSP_response_get1_basic(response.get())};
  if (!basic || !signed_for(basic.get(), subject.issuer.get())) return fault("nobody may answer so for that issuer");
  // Of whichever hash the responder names certificates by.
  for (int i = 0; i < OCSP_resp_count(basic.get()); ++i) {
    auto* single = OCSP_resp_get0(basic.get(), i);
    const auto* named = OCSP_SINGLERESP_get0_id(single);
    ASN1_OBJECT* hash = nullptr;
    OCSP_id_get0_info(nullptr, &hash, nullptr, nullptr, const_cast<OCSP_CERTID*>(named));
    const auto* digest = EVP_get_digestbyobj(hash);
    const Id own{digest != nullptr ? OCSP_cert_to_id(digest, subject.certificate.get(), subject.issuer.get())
                                   : nullptr};
    if (!own || OCSP_id_cmp(own.get(), named) != 0) continue;
    ASN1_GENERALIZEDTIME* from = nullptr;
    ASN1_GENERALIZEDTIME* until = nullptr;
    const int status = OCSP_single_get0_status(single, nullptr, nullptr, &from, &until);
    const auto begins = ms_of(from);
    if (status == V_OCSP_CERTSTATUS_UNKNOWN) return fault("the responder does not know the certificate");
    if (!begins) return fault("the answer has no date");
    const auto ends = ms_of(until).value_or(*begins + kRenewMs);
    if (now_ms && *begins > *now_ms + kClockSlackMs) return fault("the answer is not of now");
    if (now_ms && ends < *now_ms) return fault("the answer is past its end");
    return Kept{name_of(subject.id), {der.begin(), der.end()}, *begins, ends};
  }
  return fault("the answer is about another certificate");
}

const Statuses::Kept* Statuses::find(const std::string& name) const {
  const auto found = std::ranges::find(kept_, name, &Kept::name);
  return found == kept_.end() ? nullptr : &*found;
}

void Statuses::open() {
  kept_.clear();
  for (const auto& subject : subjects()) {
    const auto name = name_of(subject.id);
    const auto file = read_file(folder_ + "/" + name);
    if (!file || find(name) != nullptr) continue;
    if (auto kept = judge(*file, subject, std::nullopt)) kept_.push_back(std::move(*kept));
  }
  DIR* folder = ::opendir(folder_.c_str());
  if (folder == nullptr) return;
  std::vector<std::string> lost;
  while (const auto* entry = ::readdir(folder)) {
    const std::string name = entry->d_name;
    if (name.starts_with(kPrefix) && name.ends_with(kEnding) && find(name) == nullptr) lost.push_back(name);
  }
  ::closedir(folder);
  for (const auto& name : lost) remove_file(folder_ + "/" + name);
}

//= OCPP-2.0.1 M06.FR.07
NextStatus::Answer Statuses::next(const NextStatus& request) {
  const auto now = request.now.unix_ms;
  auto left = request.passed_over;
  std::vector<std::string> seen;
  for (const auto& subject : subjects()) {
    const auto name = name_of(subject.id);
    if (std::ranges::find(seen, name) != seen.end()) continue;  // an issuer of two chains
    seen.push_back(name);
    const auto* kept = find(name);
    if (kept != nullptr && now < kept->from_ms + kRenewMs && now < kept->until_ms - kAheadMs) continue;
    if (left-- == 0) return {NextStatus::Wanted{subject.id, std::string_view{subject.responder}}};
  }
  return {};
}

//= OCPP-2.0.1 M06.FR.06
StoreStatus::Reply Statuses::store(const StoreStatus& request) {
  for (const auto& subject : subjects()) {
    if (!(subject.id == request.id)) continue;
    auto kept = judge(request.der.view(), subject, request.now.unix_ms);
    if (!kept) return {InstallVerdict::rejected, std::string_view{kept.error()}};
    const auto* before = find(kept->name);
    if (before != nullptr && before->from_ms > kept->from_ms)
      return {InstallVerdict::rejected, "a newer answer is there"};
    if (write_file(folder_ + "/" + kept->name, kept->der) != 0)
      return {InstallVerdict::failed, "the folder does not take it"};
    std::erase_if(kept_, [&](const Kept& one) { return one.name == kept->name; });
    kept_.push_back(std::move(*kept));
    return {InstallVerdict::accepted, ""};
  }
  return {InstallVerdict::rejected, "the station has no such certificate"};
}

std::span<const std::byte> Statuses::staple(X509& certificate, std::int64_t now_ms) const {
  for (const auto& subject : subjects()) {
    if (X509_cmp(subject.certificate.get(), &certificate) != 0) continue;
    const auto* kept = find(name_of(subject.id));
    if (kept != nullptr && now_ms < kept->until_ms) return kept->der;
  }
  return {};
}

}  // namespace bulwatt::vault
