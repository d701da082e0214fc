#include "services/ocpp/authorizer.hpp"

#include "libs/base/hex.hpp"
#include "services/ocpp/readings.hpp"

namespace bulwatt::ocpp {

namespace {
constexpr std::uint8_t kNoEvse = 0xff;

/// A serial number as OCPP writes it: no leading zeros.
std::string_view without_zeros(std::string_view digits) {
  const auto first = digits.find_first_not_of('0');
  return first == std::string_view::npos ? digits.substr(0, 1) : digits.substr(first);
}

v201::OCSPRequestData named(const session::CertificateHash& hash) {
  v201::OCSPRequestData out{.hash_algorithm = v201::HashAlgorithmEnum::sha256};
  out.issuer_name_hash = hex_line<32>(hash.issuer_name.view()).view();
  out.issuer_key_hash = hex_line<32>(hash.issuer_key.view()).view();
  out.serial_number = without_zeros(hex_line<20>(hash.serial.view()).view());
  out.responder_url = hash.responder.view();
  return out;
}
}  // namespace

session::Authorization verdict_of(const v201::IdTokenInfo& info) {
  session::Authorization verdict{.status = same_text<session::AuthorizationStatus>(info.status)};
  if (info.group_id_token) {
    verdict.group =
        session::IdToken{info.group_id_token->id_token, same_text<session::TokenType>(info.group_id_token->type)};
  }
  //= OCPP-2.0.1 C10.FR.08
  verdict.expiry = info.cache_expiry_date_time;
  if (info.evse_id) {
    for (const auto evse : *info.evse_id) {
      if (evse >= 1 && evse <= static_cast<std::int32_t>(power::kMaxEvses))
        static_cast<void>(verdict.evses.push_back(static_cast<std::uint8_t>(evse)));
    }
    if (verdict.evses.empty()) static_cast<void>(verdict.evses.push_back(kNoEvse));  // it may charge at none of ours
  }
  return verdict;
}

void Authorizer::take(const session::NextAuthorization::Pending& pending) {
  if (pending.request == pending_.request) return;
  pending_ = pending;
  answered_ = false;
}

void Authorizer::forget() {
  pending_ = {};
  answered_ = false;
  asking_ = 0;
}

//= OCPP-2.0.1 C01.FR.02
std::optional<std::string_view> Authorizer::write(std::span<char> out, std::string_view id) {
  asking_ = pending_.request;
  v201::AuthorizeRequest request{};
  request.id_token = {pending_.token.id, same_text<v201::IdTokenEnum>(pending_.token.type), {}};
  //= OCPP-2.0.1 C07.FR.02
  if (!pending_.certificates.empty()) {
    auto& hashes = request.iso15118_certificate_hash_data.emplace();
    for (const auto& hash : pending_.certificates) static_cast<void>(hashes.push_back(named(hash)));
  }
  return written(out, id, request);
}

void Authorizer::result(std::string_view payload) {
  const auto response = understood<v201::AuthorizeResponse>(payload);
  if (!response) return answer(std::nullopt);
  auto verdict = verdict_of(response->id_token_info);
  // A token that is good, of a contract that is not: nothing to charge by.
  using enum v201::AuthorizeCertificateStatusEnum;
  if (response->certificate_status && *response->certificate_status != accepted)
    verdict.status = session::AuthorizationStatus::invalid;
  answer(verdict);
}

void Authorizer::failed(const CallFailure&) { answer(std::nullopt); }

void Authorizer::answer(const std::optional<session::Authorization>& verdict) {
  const auto asked = std::exchange(asking_, 0U);
  if (asked == 0 || asked != pending_.request) return;  // withdrawn meanwhile
  verdict_ = verdict;
  answered_ = true;
}

bool Authorizer::deliver() {
  if (!answered_) return true;
  const auto done = base_.ports.call(session::AnswerAuthorization{pending_.request, verdict_});
  if (!done && done.error().failure != ipc::Failure::none) return false;
  forget();
  return true;
}

}  // namespace bulwatt::ocpp
