#include "services/ocpp/reservation_reporter.hpp"

#include "protocols/ocpp/v201/reservation.hpp"

namespace bulwatt::ocpp {

bool ReservationReporter::fetch() {
  if (update_.number > told_) return true;
  const auto next = base_.ports.call(session::NextReservationUpdate{told_});
  if (!next) return next.error().failure == ipc::Failure::none;
  update_ = *next;
  return true;
}

//= OCPP-2.0.1 H04.FR.01
std::optional<std::string_view> ReservationReporter::write(std::span<char> out, std::string_view id) {
  // A reservation that was used and led to no transaction is removed; the standard has no word of its own for it.
  const auto end = update_.end == session::ReservationEnd::expired ? v201::ReservationUpdateStatusEnum::expired
                                                                   : v201::ReservationUpdateStatusEnum::removed;
  return written(out, id, v201::ReservationStatusUpdateRequest{update_.reservation, end});
}

void ReservationReporter::failed(const CallFailure& why) {
  // A backend that does not know the message is not told again; one that was silent is.
  if (!why.timed_out) return delivered();
  retry_ = base_.now() + kRetry;
}

void ReservationReporter::delivered() {
  told_ = update_.number;
  update_ = {};
  retry_ = {};
  static_cast<void>(fetch());
}

}  // namespace bulwatt::ocpp
