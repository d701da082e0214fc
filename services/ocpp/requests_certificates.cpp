// Requests about certificates that the station trusts: the vault keeps and judges them, here they are only carried over.
#include "services/ocpp/certificates.hpp"
#include "services/ocpp/readings.hpp"
#include "services/ocpp/requests.hpp"

namespace bulwatt::ocpp {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::size_t kMostParts = 4;              // of a list; the vault needs two
constexpr Timestamp kEarliest{1'577'836'800'000};  // 2020-01-01: a clock that tells less was never set

v201::StatusInfo why(std::string_view reason, std::string_view text = {}) {
  v201::StatusInfo info{.reason_code = reason};
  if (!text.empty()) info.additional_info = text;
  return info;
}

template <std::size_t N>
Line<2 * N> hex(const Octets<N>& bytes) {
  Line<2 * N> out;
  for (const auto byte : bytes.view())
    out.add(kDigits[std::to_integer<std::size_t>(byte >> 4)],
            kDigits[std::to_integer<std::size_t>(byte & std::byte{15})]);
  return out;
}

/// Nothing when it is not hexadecimal or too long; half a byte in front is one with a leading zero left out.
template <std::size_t N>
std::optional<Octets<N>> octets(std::string_view text) {
  Octets<N> out{};
  if ((text.size() + 1) / 2 > N) return std::nullopt;
  out.size = static_cast<std::uint16_t>((text.size() + 1) / 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit =
        kDigits.find(text[i] >= 'A' && text[i] <= 'F' ? static_cast<char>(text[i] - 'A' + 'a') : text[i]);
    if (digit == std::string_view::npos) return std::nullopt;
    auto& byte = out.data[(i + text.size() % 2) / 2];
    byte = byte << 4 | static_cast<std::byte>(digit);
  }
  return out;
}

std::string_view without_zeros(std::string_view digits) {
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  return digits;
}

v201::CertificateHashData told(const vault::CertificateId& id) {
  const auto serial = hex(id.serial);
  const auto digits = without_zeros(serial.view());
  return {same_text<v201::HashAlgorithmEnum>(id.algorithm), hex(id.issuer_name).view(), hex(id.issuer_key).view(),
          digits.empty() ? std::string_view{"0"} : digits};
}

std::optional<vault::CertificateId> understood_id(const v201::CertificateHashData& data) {
  const auto name = octets<vault::kMaxHash>(data.issuer_name_hash.view());
  const auto key = octets<vault::kMaxHash>(data.issuer_key_hash.view());
  const auto serial = octets<vault::kMaxSerial>(without_zeros(data.serial_number.view()));
  if (!name || !key || !serial) return std::nullopt;
  return vault::CertificateId{same_text<vault::HashAlgorithm>(data.hash_algorithm), *name, *key, *serial};
}

bool wanted(const v201::GetInstalledCertificateIdsRequest& request, v201::GetCertificateIdUseEnum use) {
  if (!request.certificate_type) return true;
  return std::ranges::find(*request.certificate_type, use) != request.certificate_type->end();
}

/// Calls use(entry) for every certificate that the vault tells. False when it did not tell all.
template <class F>
bool each_certificate(Ports& ports, F&& use) {
  vault::ListCertificates request{};
  for (std::size_t i = 0; i < kMostParts; ++i) {
    const auto part = ports.call(request);
    if (!part) return false;
    for (const auto& one : part->certificates) use(one);
    if (part->next == 0) return true;
    request.from = part->next;
  }
  return false;
}

}  // namespace

void count_certificates(const Base& base) {
  std::int64_t count = 0;
  if (each_certificate(base.ports, [&](const auto& one) { count += one.use != vault::CertificateUse::v2g_chain; }))
    base.model.set(Var::certificate_entries, count);
}

//= OCPP-2.0.1 M05.FR.01
//= OCPP-2.0.1 M05.FR.02
//= OCPP-2.0.1 M05.FR.03
void Requests::on(const v201::InstallCertificateRequest& request, v201::InstallCertificateResponse& response) {
  const auto now = base_.stamp();
  const auto answer =
      base_.ports.call(vault::InstallAnchor{same_text<vault::CertificateUse>(request.certificate_type),
                                            request.certificate, now > kEarliest ? std::optional{now} : std::nullopt});
  if (!answer) {
    response.status = v201::InstallCertificateStatusEnum::failed;
    response.status_info = why("InternalError", answer.error().text());
    return;
  }
  response.status = same_text<v201::InstallCertificateStatusEnum>(answer->verdict);
  if (response.status != v201::InstallCertificateStatusEnum::accepted) {
    response.status_info = why(answer->verdict == vault::InstallVerdict::failed ? "OutOfStorage" : "InvalidCertificate",
                               answer->reason.view());
    return;
  }
  count_certificates(base_);
  base_.security("ReconfigurationOfSecurityParameters",
                 Line<60>{"installed ", enum_text(request.certificate_type)}.view());
}

//= OCPP-2.0.1 M03.FR.01
//= OCPP-2.0.1 M03.FR.02
//= OCPP-2.0.1 M03.FR.03
//= OCPP-2.0.1 M03.FR.04
//= OCPP-2.0.1 M03.FR.05
void Requests::on(const v201::GetInstalledCertificateIdsRequest& request,
                  v201::GetInstalledCertificateIdsResponse& response) {
  response.status = v201::GetInstalledCertificateStatusEnum::not_found;
  auto& all = response.certificate_hash_data_chain.emplace();
  bool in_chain = false;  // the chain that children belong to is one that was asked for
  const bool complete = each_certificate(base_.ports, [&](const vault::ListCertificates::One& one) {
    const auto use = same_text<v201::GetCertificateIdUseEnum>(one.use);
    if (!one.child) in_chain = wanted(request, use) && all.push_back({told(one.id), use, {}});
    if (!one.child || !in_chain) return;
    auto& children = all[all.size - 1U].child_certificate_hash_data;
    if (!children) children.emplace();
    static_cast<void>(children->push_back(told(one.id)));
  });
  if (all.empty() || !complete) response.certificate_hash_data_chain.reset();
  else response.status = v201::GetInstalledCertificateStatusEnum::accepted;
  if (!complete) response.status_info = why("InternalError", "the vault does not answer");
}

//= OCPP-2.0.1 M04.FR.01
//= OCPP-2.0.1 M04.FR.02
//= OCPP-2.0.1 M04.FR.03
//= OCPP-2.0.1 M04.FR.04
//= OCPP-2.0.1 M04.FR.06
void Requests::on(const v201::DeleteCertificateRequest& request, v201::DeleteCertificateResponse& response) {
  response.status = v201::DeleteCertificateStatusEnum::not_found;
  const auto id = understood_id(request.certificate_hash_data);
  if (!id) return;  // no certificate has such hashes
  const auto answer = base_.ports.call(vault::DeleteAnchor{*id});
  if (!answer) {
    response.status = v201::DeleteCertificateStatusEnum::failed;
    response.status_info = why("InternalError", answer.error().text());
    return;
  }
  response.status = same_text<v201::DeleteCertificateStatusEnum>(answer->verdict);
  if (!answer->reason.empty()) response.status_info = why("InvalidCertificate", answer->reason.view());
  if (answer->verdict != vault::DeleteVerdict::accepted) return;
  count_certificates(base_);
  base_.security("ReconfigurationOfSecurityParameters", "deleted a certificate that was trusted");
}

//= OCPP-2.0.1 A02.FR.06
//= OCPP-2.0.1 A02.FR.07
//= OCPP-2.0.1 A02.FR.08
//= OCPP-2.0.1 A02.FR.20
//= OCPP-2.0.1 A03.FR.06
//= OCPP-2.0.1 A03.FR.07
//= OCPP-2.0.1 A03.FR.08
void Requests::on(const v201::CertificateSignedRequest& request, v201::CertificateSignedResponse& response) {
  response.status = v201::CertificateSignedStatusEnum::rejected;
  const auto now = base_.stamp();
  const bool for_vehicles = request.certificate_type == v201::CertificateSigningUseEnum::v2g_certificate;
  const auto chain = std::make_unique<vault::InstallChain>(
      vault::InstallChain{base_.config.key, request.certificate_chain, base_.config.identity.view(),
                          now > kEarliest ? std::optional{now} : std::nullopt});
  const auto answer = for_vehicles ? vault::InstallAnchor::Answer{vault::InstallVerdict::rejected,
                                                                  "the station asks for no V2G certificate"}
                                   : base_.ports.call(*chain).value_or(vault::InstallAnchor::Answer{
                                         vault::InstallVerdict::failed, "the vault does not answer"});
  if (answer.verdict == vault::InstallVerdict::accepted) {
    response.status = v201::CertificateSignedStatusEnum::accepted;
    parts_.renewal.over();
    base_.security("ReconfigurationOfSecurityParameters", "a new certificate of the station");
    consequences_.password = base_.network.current().security_profile == 3;
    return;
  }
  response.status_info = why(answer.verdict == vault::InstallVerdict::failed ? "InternalError" : "InvalidCertificate",
                             answer.reason.view());
  if (answer.verdict == vault::InstallVerdict::failed) return;
  if (!for_vehicles) parts_.renewal.over();
  base_.security("InvalidChargingStationCertificate", answer.reason.view());
}

}  // namespace bulwatt::ocpp
