#include "services/ocpp/authorizer.hpp"

#include "services/ocpp/readings.hpp"

namespace bulwatt::ocpp {

namespace {
constexpr std::uint8_t kNoEvse = 0xff;
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
  return written(out, id, request);
}

void Authorizer::result(std::string_view payload) {
  const auto response = understood<v201::AuthorizeResponse>(payload);
  answer(response ? std::optional{verdict_of(response->id_token_info)} : std::nullopt);
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
