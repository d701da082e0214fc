#include "services/meter/records.hpp"

#include "libs/base/line.hpp"

namespace bulwatt::meter {
namespace {

constexpr std::string_view kFormat = "1.3";
constexpr std::string_view kTotalImport = "01-00:B0.08.00*FF";  ///< OBIS: all energy that came from the grid

struct Maker {
  std::string_view vendor;
  std::string_view model;
};
Maker maker_of(meters::Model model) {
  switch (model) {
    case meters::Model::sdm630: return {"Eastron", "SDM630"};
    case meters::Model::em340: return {"Carlo Gavazzi", "EM340"};
    case meters::Model::sunspec: break;
  }
  return {"", "SunSpec"};
}

/// As text that may stand in a record: zero padded, of unknown origin.
Text<40> serial_text(const std::array<std::byte, 16>& serial) {
  Text<40> text{};
  for (const auto byte : serial) {
    const auto letter = std::to_integer<char>(byte);
    if (letter == 0) break;
    text.data[text.size++] = letter > ' ' && letter <= '~' ? letter : '?';
  }
  return text;
}

ocmf::Reason reason_of(Stage stage) {
  switch (stage) {
    case Stage::begin: return ocmf::Reason::begin;
    case Stage::intermediate: return ocmf::Reason::charging;
    case Stage::tariff_change: return ocmf::Reason::tariff_changed;
    case Stage::exception: return ocmf::Reason::exception;
    case Stage::ended_locally: return ocmf::Reason::ended_locally;
    case Stage::ended_remotely: return ocmf::Reason::ended_remotely;
    case Stage::aborted: return ocmf::Reason::aborted;
    case Stage::power_failure: return ocmf::Reason::power_failure;
    case Stage::end: break;
  }
  return ocmf::Reason::end;
}

ocmf::Reading reading_of(const Reading& reading, Stage stage, ocmf::Clock clock) {
  ocmf::Reading out{};
  out.time = ocmf::time_text(reading.time, clock);
  out.reason = reason_of(stage);
  out.value = json::Raw<24>{ocmf::kwh(reading.register_mwh)};
  out.register_id = kTotalImport;
  out.unit = "kWh";
  out.current = "AC";
  out.errors = "";
  out.status = "G";
  return out;
}

}  // namespace

std::expected<ipc::Done, Error> Records::ask(const AskRecord& request, const Reading& reading, meters::Model model) {
  if (!known(request.evse)) return std::unexpected(Error::unknown_evse);
  if (keys_.keys.classical.empty()) return std::unexpected(Error::no_keys);
  auto& place = places_[request.evse - 1U];
  if (place.state != State::none && place.asked == request.asked) return ipc::Done{};
  if (reading.health != Health::good || reading.age_ms > kFreshMs) return std::unexpected(Error::meter_fault);
  fill(place, request, reading, model);
  return ipc::Done{};
}

void Records::fill(Place& place, const AskRecord& request, const Reading& reading, meters::Model model) const {
  place = {};
  place.state = State::asked;
  place.asked = request.asked;
  place.register_mwh = reading.register_mwh;
  auto& out = place.content;
  out.format = kFormat;
  if (!config_.gateway.empty()) out.gateway = config_.gateway;
  if (!config_.gateway_serial.empty()) out.gateway_serial = config_.gateway_serial;
  const auto maker = maker_of(model);
  if (!maker.vendor.empty()) out.meter_vendor = maker.vendor;
  out.meter_model = maker.model;
  out.meter_serial = serial_text(reading.serial);
  out.identified = request.assurance != Assurance::none;
  out.identification_level = enum_text(request.assurance);
  out.identification_flags = request.flags;
  out.identification_type = request.type;
  out.identification = request.identification;
  if (!request.tariff.empty()) out.tariff = request.tariff;
  if (!config_.place.empty()) {
    out.place_type = "EVSEID";
    out.place = bulwatt::Line<64>{config_.place.view(), '*', request.evse}.view();
  }
  if (!keys_.twin_name.empty()) out.twin_key = keys_.twin_name;
  out.transaction = request.transaction;
  static_cast<void>(out.readings.push_back(reading_of(reading, request.stage, config_.clock)));
}

bool Records::due(std::uint8_t evse) const {
  return known(evse) && (at(evse).state == State::asked || at(evse).state == State::numbered);
}

bool Records::made(std::uint8_t evse) const { return known(evse) && at(evse).state == State::made; }

std::expected<FetchToSign::ToSign, Error> Records::fetch(const FetchToSign& request) {
  if (!due(request.evse)) return std::unexpected(Error::no_record);
  auto& place = places_[request.evse - 1U];
  if (place.state == State::asked) {
    place.content.page = ocmf::page_text(request.page);
    std::array<char, kMaxPayload> room;
    const auto text = ocmf::write_payload(place.content, room);
    if (!text) {  // more than a payload may be: no second attempt would be shorter
      place = {};
      return std::unexpected(Error::no_record);
    }
    place.payload = Octets<kMaxPayload>{std::as_bytes(std::span{*text})};
    place.page = request.page;
    place.state = State::numbered;
  }
  return FetchToSign::ToSign{place.page, place.payload};
}

std::expected<ipc::Done, Error> Records::submit(const SubmitRecord& request) {
  if (!known(request.evse) || at(request.evse).state != State::numbered || at(request.evse).page != request.page)
    return std::unexpected(Error::no_record);
  auto& place = places_[request.evse - 1U];
  place.classical = request.classical;
  place.twin = request.twin;
  place.ledger_record = request.ledger_record;
  place.state = State::made;
  return ipc::Done{};
}

std::expected<FetchRecord::Made, Error> Records::record(std::uint8_t evse) const {
  if (!made(evse)) return std::unexpected(Error::no_record);
  const auto& place = at(evse);
  FetchRecord::Made made{};
  made.asked = place.asked;
  made.page = place.page;
  made.register_mwh = place.register_mwh;
  made.payload = place.payload;
  made.classical = place.classical;
  made.ledger_record = place.ledger_record;
  made.key = keys_.keys.classical;
  return made;
}

std::expected<FetchTwin::Twin, Error> Records::twin(std::uint8_t evse) const {
  if (!made(evse)) return std::unexpected(Error::no_record);
  return FetchTwin::Twin{at(evse).twin};
}

}  // namespace bulwatt::meter
