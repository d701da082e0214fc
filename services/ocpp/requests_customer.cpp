// CustomerInformation: what the station keeps about a customer is told, forgotten, or both. Session keeps most of it; here
// lie events on their way. Customers are known by their token only: there are no other identifiers and no certificates.
#include "libs/http/head.hpp"
#include "services/ocpp/readings.hpp"
#include "services/ocpp/requests.hpp"

namespace bulwatt::ocpp {
namespace {

using Status = v201::CustomerInformationStatusEnum;
using Customer = session::GetCustomer::Customer;

std::uint32_t events_of(const Store& store, const session::IdToken& token) {
  const auto names_it = [&](const session::TransactionEvent& event) {
    return event.token && event.token->type == token.type &&
           http::same_ignoring_case(event.token->id.view(), token.id.view());
  };
  return static_cast<std::uint32_t>(std::ranges::count_if(store.events(), names_it));
}

int references(const v201::CustomerInformationRequest& request) {
  return (request.id_token ? 1 : 0) + (request.customer_certificate ? 1 : 0) + (request.customer_identifier ? 1 : 0);
}

void refused(v201::CustomerInformationResponse& response, Status status, std::string_view reason,
             std::string_view text) {
  response.status = status;
  response.status_info = v201::StatusInfo{.reason_code = reason, .additional_info = text};
}

constexpr std::string_view kNothing = "No data is stored about this customer.";

}  // namespace

//= OCPP-2.0.1 N09.FR.02
//= OCPP-2.0.1 N10.FR.01
void Requests::on(const v201::CustomerInformationRequest& request, v201::CustomerInformationResponse& response) {
  //= OCPP-2.0.1 N09.FR.09
  if (references(request) != 1)
    return refused(response, Status::invalid, "InvalidValue",
                   "exactly one of idToken, customerCertificate and customerIdentifier must be given");
  //= OCPP-2.0.1 N09.FR.07
  //= OCPP-2.0.1 N10.FR.07
  if (!request.report && !request.clear)
    return refused(response, Status::rejected, "InvalidValue", "neither report nor clear is wanted");
  //= OCPP-2.0.1 N09.FR.03
  //= OCPP-2.0.1 N10.FR.05
  auto& reports = parts_.customers;
  if (reports.full()) return refused(response, Status::rejected, "Busy", "earlier reports are still on their way");
  response.status = Status::accepted;
  if (!request.id_token) return reports.start(request.request_id, std::string{kNothing});
  const session::IdToken token{request.id_token->id_token, same_text<session::TokenType>(request.id_token->type)};
  const auto found = base_.ports.call(session::GetCustomer{token});
  if (!found) return refused(response, Status::rejected, "InternalError", found.error().text());
  if (request.clear) {
    const auto forgotten = base_.ports.call(session::ForgetCustomer{token});
    if (!forgotten) return refused(response, Status::rejected, "InternalError", forgotten.error().text());
  }
  reports.start(request.request_id, customer_words(request, token, *found));
}

/// One report of all there is, or one short message when it was only to be forgotten.
//= OCPP-2.0.1 N09.FR.06
//= OCPP-2.0.1 N10.FR.03
//= OCPP-2.0.1 N10.FR.04
//= OCPP-2.0.1 N10.FR.06
std::string Requests::customer_words(const v201::CustomerInformationRequest& request, const session::IdToken& token,
                                     const Customer& customer) const {
  const auto events = events_of(base_.store, token);
  if (request.report && !is_known(customer, events)) return std::string{kNothing};
  std::string text = request.report ? customer_text(token, customer, events) : std::string{};
  if (!request.clear) return text;
  text += customer.cached ? "cleared: authorization cache\n" : "cleared: there was nothing that could be cleared\n";
  return text + kept_text(customer, events);
}

}  // namespace bulwatt::ocpp
