// Requests about tokens and reservations: session keeps both; here they are only carried over.
#include "libs/http/head.hpp"
#include "services/ocpp/authorizer.hpp"
#include "services/ocpp/readings.hpp"
#include "services/ocpp/requests.hpp"

namespace bulwatt::ocpp {
namespace {

using v201::SendLocalListStatusEnum;

v201::StatusInfo why(std::string_view reason, std::string_view text = {}) {
  v201::StatusInfo info{.reason_code = reason};
  if (!text.empty()) info.additional_info = text;
  return info;
}

session::IdToken token_of(const v201::IdToken& token) {
  return {token.id_token, same_text<session::TokenType>(token.type)};
}

session::LocalEntry entry_of(const v201::AuthorizationData& data) {
  session::LocalEntry entry{token_of(data.id_token), {}};
  if (data.id_token_info) entry.info = verdict_of(*data.id_token_info);
  return entry;
}

/// Tokens of a list are unique, type and case of letters aside from which OCPP compares them.
//= OCPP-2.0.1 D01.FR.06
bool unique(std::span<const v201::AuthorizationData> list) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    for (std::size_t k = i + 1; k < list.size(); ++k) {
      if (list[i].id_token.type == list[k].id_token.type &&
          http::same_ignoring_case(list[i].id_token.id_token.view(), list[k].id_token.id_token.view()))
        return false;
    }
  }
  return true;
}

/// Hands the list to session part by part; it changes at the last one, as a whole.
SessionCalled<session::UpdateLocalList> hand_over(Ports& ports, const v201::SendLocalListRequest& request,
                                                  std::span<const v201::AuthorizationData> list) {
  session::UpdateLocalList part{.version = request.version_number,
                                .full = request.update_type == v201::UpdateEnum::full,
                                .first = true,
                                .last = false,
                                .entries = {}};
  for (std::size_t from = 0;; from += session::kLocalListChunk) {
    part.entries.clear();
    for (const auto& data : list.subspan(from, std::min(session::kLocalListChunk, list.size() - from)))
      static_cast<void>(part.entries.push_back(entry_of(data)));
    part.last = from + session::kLocalListChunk >= list.size();
    auto answer = ports.call(part);
    if (part.last || !answer || answer->verdict != session::UpdateVerdict::accepted) return answer;
    part.first = false;
  }
}

}  // namespace

//= OCPP-2.0.1 C11.FR.01
//= OCPP-2.0.1 C11.FR.04
void Requests::on(const v201::ClearCacheRequest&, v201::ClearCacheResponse& response) {
  const auto answer = base_.ports.call(session::ClearCache{});
  response.status =
      answer ? same_text<v201::ClearCacheStatusEnum>(answer->verdict) : v201::ClearCacheStatusEnum::rejected;
  if (!answer) response.status_info = why("InternalError", answer.error().text());
}

//= OCPP-2.0.1 D01.FR.01
//= OCPP-2.0.1 D01.FR.02
//= OCPP-2.0.1 D01.FR.04
//= OCPP-2.0.1 D01.FR.05
//= OCPP-2.0.1 D01.FR.10
//= OCPP-2.0.1 D01.FR.13
void Requests::on(const v201::SendLocalListRequest& request, v201::SendLocalListResponse& response) {
  response.status = SendLocalListStatusEnum::failed;
  //= OCPP-2.0.1 D01.FR.18
  if (request.version_number <= 0) {
    response.status_info = why("InvalidValue", "versionNumber must be greater than 0");
    return;
  }
  const auto list = request.local_authorization_list ? request.local_authorization_list->view()
                                                     : std::span<const v201::AuthorizationData>{};
  if (!unique(list)) {
    response.status_info = why("DuplicateEntry", "a token stands twice in the list");
    return;
  }
  //= OCPP-2.0.1 D01.FR.15
  const bool full = request.update_type == v201::UpdateEnum::full;
  const auto bare = [](const v201::AuthorizationData& data) { return !data.id_token_info; };
  if (full && std::ranges::any_of(list, bare)) {
    response.status_info = why("MissingParam", "a full list needs idTokenInfo for every token");
    return;
  }
  const auto answer = hand_over(base_.ports, request, list);
  if (!answer) {
    response.status_info = why("InternalError", answer.error().text());
    return;
  }
  response.status = same_text<SendLocalListStatusEnum>(answer->verdict);
  base_.model.set(Var::list_entries, listed_entries());
}

std::int64_t Requests::listed_entries() const {
  const auto listed = base_.ports.call(session::GetLocalList{});
  return listed ? listed->entries : base_.model.number(Var::list_entries);
}

//= OCPP-2.0.1 D02.FR.01
//= OCPP-2.0.1 D02.FR.02
//= OCPP-2.0.1 D02.FR.03
void Requests::on(const v201::GetLocalListVersionRequest&, v201::GetLocalListVersionResponse& response) {
  const auto listed = base_.ports.call(session::GetLocalList{});
  response.version_number = listed ? listed->version : 0;
}

//= OCPP-2.0.1 H01.FR.01
//= OCPP-2.0.1 H01.FR.02
void Requests::on(const v201::ReserveNowRequest& request, v201::ReserveNowResponse& response) {
  response.status = v201::ReserveNowStatusEnum::rejected;
  const auto evse = request.evse_id.value_or(0);
  if (evse != 0 && !base_.model.topology().has(evse)) {
    response.status_info = why("UnknownEvse");
    return;
  }
  session::Reserve reserve{.id = request.id,
                           .evse = static_cast<std::uint8_t>(evse),
                           .connector_type = {},
                           .token = token_of(request.id_token),
                           .group = {},
                           .expiry = uncorrected(request.expiry_date_time)};
  if (request.connector_type) reserve.connector_type = enum_text(*request.connector_type);
  if (request.group_id_token) reserve.group = token_of(*request.group_id_token);
  const auto answer = base_.ports.call(reserve);
  if (answer) response.status = same_text<v201::ReserveNowStatusEnum>(answer->verdict);
  else response.status_info = why("InternalError", answer.error().text());
}

/// Session counts by this machine's clock; the backend speaks by its own.
Timestamp Requests::uncorrected(Timestamp of_backend) const {
  return {of_backend.unix_ms - base_.store.facts().clock_offset_ms};
}

//= OCPP-2.0.1 H02.FR.01
void Requests::on(const v201::CancelReservationRequest& request, v201::CancelReservationResponse& response) {
  const auto answer = base_.ports.call(session::CancelReservation{request.reservation_id});
  response.status = answer ? same_text<v201::CancelReservationStatusEnum>(answer->verdict)
                           : v201::CancelReservationStatusEnum::rejected;
  if (!answer) response.status_info = why("InternalError", answer.error().text());
}

/// This station has no vendor's messages of its own.
//= OCPP-2.0.1 P01.FR.05
void Requests::on(const v201::DataTransferRequest&, v201::DataTransferResponse& response) {
  response.status = v201::DataTransferStatusEnum::unknown_vendor_id;
}

}  // namespace bulwatt::ocpp
