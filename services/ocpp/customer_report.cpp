#include "services/ocpp/customer_report.hpp"

#include "protocols/ocpp/v201/diagnostics.hpp"

namespace bulwatt::ocpp {
namespace {

void add(std::string& text, const auto&... parts) { text.append(Line<400>{parts...}.view()); }

void add_info(std::string& text, const session::Authorization& info) {
  add(text, enum_text(info.status));
  if (info.group) add(text, ", group ", info.group->id.view());
  if (info.expiry) add(text, ", valid until ", time_text(*info.expiry).view());
  for (std::size_t i = 0; i < info.evses.size; ++i) add(text, i == 0 ? ", at EVSE " : ",", info.evses[i]);
}

void add_place(std::string& text, const session::CustomerPlace& place) {
  add(text, "EVSE ", place.evse, ":");
  if (place.transaction) add(text, " transaction ", place.transaction->view(), " runs;");
  if (place.leave) add(text, " may charge now;");
  if (place.cable) add(text, " the cable stays locked until the token comes back;");
  text.back() = '\n';
}

std::uint32_t waiting(const session::GetCustomer::Customer& customer, std::uint32_t events) {
  return customer.events + events;
}

}  // namespace

bool is_known(const session::GetCustomer::Customer& customer, std::uint32_t events) {
  return customer.cached || customer.listed || customer.owner || !customer.places.empty() ||
         !customer.reservations.empty() || waiting(customer, events) > 0;
}

std::string customer_text(const session::IdToken& token, const session::GetCustomer::Customer& customer,
                          std::uint32_t events) {
  std::string text;
  add(text, "idToken ", token.id.view(), " (", enum_text(token.type), ")\n");
  if (customer.cached) {
    add(text, "authorization cache: ");
    add_info(text, customer.cached->info);
    add(text, ", stored ", time_text(customer.cached->stored).view(), "\n");
  }
  if (customer.listed) {
    add(text, "local authorization list: ");
    add_info(text, *customer.listed);
    text += '\n';
  }
  if (customer.owner) text += "owner's list in the configuration of the station: always accepted\n";
  for (const auto& place : customer.places) add_place(text, place);
  for (const auto id : customer.reservations) add(text, "reservation ", id, "\n");
  if (const auto count = waiting(customer, events); count > 0)
    add(text, "transaction events that are not yet delivered: ", count, "\n");
  return text;
}

std::string kept_text(const session::GetCustomer::Customer& customer, std::uint32_t events) {
  std::string text;
  if (customer.listed) text += "kept: local authorization list, which only the CSMS changes\n";
  if (customer.owner) text += "kept: owner's list, which only the owner changes\n";
  if (!customer.places.empty()) text += "kept until it ends: what runs now\n";
  if (!customer.reservations.empty()) text += "kept until it ends: reservation\n";
  if (waiting(customer, events) > 0) text += "kept until delivered: transaction events\n";
  return text;
}

/// A character is never torn.
std::string_view CustomerReporter::next_part(const Report& report) {
  const auto rest = std::string_view{report.text}.substr(report.sent);
  if (rest.size() <= kPart) return rest;
  auto end = kPart;
  while (end > 0 && (static_cast<unsigned char>(rest[end]) & 0xc0U) == 0x80U) --end;
  return rest.substr(0, end);
}

//= OCPP-2.0.1 N09.FR.05
std::optional<std::string_view> CustomerReporter::write(std::span<char> out, std::string_view id) {
  const auto& report = reports_.front();
  const auto part = next_part(report);
  v201::NotifyCustomerInformationRequest request{
      .data = part, .seq_no = report.seq_no, .generated_at = base_.stamp(), .request_id = report.request_id, .tbc = {}};
  if (report.sent + part.size() < report.text.size()) request.tbc = true;
  return written(out, id, request);
}

void CustomerReporter::result(std::string_view) {
  auto& report = reports_.front();
  report.sent += next_part(report).size();
  ++report.seq_no;
  if (report.sent >= report.text.size()) reports_.pop_front();
}

}  // namespace bulwatt::ocpp
