#include "protocols/secc/iso2.hpp"

#include "protocols/secc/dc.hpp"
#include "protocols/secc/iso2_blank.hpp"
#include "protocols/secc/machine_steps.hpp"

namespace bulwatt::secc {

iso2::AcEvseStatus ac_status(const Station& station) {
  iso2::AcEvseStatus status{.notification_max_delay = station.ask_within_s};
  if (station.ask == Ask::stop || station.fault) status.evse_notification = iso2::EvseNotification::stop_charging;
  else if (station.ask == Ask::renegotiate) status.evse_notification = iso2::EvseNotification::re_negotiation;
  return status;
}

iso2::DcEvseStatus dc_status(const Station& station, iso2::DcEvseStatusCode code) {
  return dc::status_of<iso2::DcEvseStatus>(station, code);
}

template <class Res>
void Iso2::blank(Res& res, const Course& course, const Station& station) {
  secc::blank(res, course, station);
}

void Iso2::refresh(iso2::Message& response, const Station& station) const {
  auto* res = std::get_if<iso2::PowerDeliveryRes>(&*response.body.message);
  if (res == nullptr) return;
  if (course_.dc) res->evse_status = dc_status(station, iso2::DcEvseStatusCode::evse_ready);
  else res->evse_status = ac_status(station);
}

template class Machine<Iso2, iso2::Message>;

}  // namespace bulwatt::secc
