#include "services/ocpp/certificate_status.hpp"

#include "libs/base/hex.hpp"
#include "libs/http/encoding.hpp"
#include "protocols/ocpp/v201/certificates.hpp"
#include "services/ocpp/readings.hpp"

namespace bulwatt::ocpp {
namespace {

template <std::size_t N>
Line<2 * N> digits(const Octets<N>& bytes) {
  return hex_line<N>(bytes.view());
}
std::string_view without_zeros(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
  return text.empty() ? std::string_view{"0"} : text;
}

}  // namespace

//= OCPP-2.0.1 M06.FR.06
//= OCPP-2.0.1 M06.FR.10
void CertificateStatus::tick(bool online) {
  online_ = online;
  if (!online || wanted_ || base_.now() < next_look_) return;
  ask_vault();
}

void CertificateStatus::ask_vault() {
  const auto next = base_.ports.call(vault::NextStatus{base_.stamp(), in_vain_});
  if (next) wanted_ = next->wanted;
  if (wanted_) return;
  in_vain_ = 0;
  next_look_ = base_.now() + kLook;
}

std::optional<std::string_view> CertificateStatus::write(std::span<char> out, std::string_view id) {
  if (!wanted_) return std::nullopt;
  const auto& of = wanted_->id;
  const auto serial = digits(of.serial);
  const v201::GetCertificateStatusRequest request{{same_text<v201::HashAlgorithmEnum>(of.algorithm),
                                                   digits(of.issuer_name).view(), digits(of.issuer_key).view(),
                                                   without_zeros(serial.view()), wanted_->responder.view()}};
  return written(out, id, request);
}

void CertificateStatus::result(std::string_view payload) {
  if (!wanted_) return;
  const auto response = understood<v201::GetCertificateStatusResponse>(payload);
  if (!response) return in_vain("the backend's answer is none");
  if (response->status != v201::GetCertificateStatusEnum::accepted || !response->ocsp_result)
    return in_vain("the backend has no answer");
  vault::StoreStatus store{wanted_->id, {}, base_.stamp()};
  const auto der = http::base64_decode(response->ocsp_result->view(), store.der.data);
  if (!der) return in_vain("what the backend sends is not base64");
  store.der.size = static_cast<std::uint16_t>(der->size());
  const auto kept = base_.ports.call(store);
  if (!kept) return in_vain(kept.error().text());
  if (kept->verdict != vault::InstallVerdict::accepted) return in_vain(kept->reason.view());
  wanted_.reset();
  next_look_ = {};
}

void CertificateStatus::failed(const CallFailure& why) {
  in_vain(why.timed_out ? std::string_view{"the backend does not answer"} : "the backend does not take the question");
}

/// The next certificate has its turn; this one again in the next round.
void CertificateStatus::in_vain(std::string_view why) {
  if (wanted_)
    base_.note(ledger::Subject::configuration, ledger::Severity::notice, "CertificateStatusMissing",
               Line<200>{"serial=", digits(wanted_->id.serial).view(), " why=", why}.view());
  wanted_.reset();
  if (++in_vain_ < kMostInVain) return;
  in_vain_ = 0;
  next_look_ = base_.now() + kLook;
}

}  // namespace bulwatt::ocpp
