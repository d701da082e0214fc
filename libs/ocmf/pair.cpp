#include "libs/ocmf/pair.hpp"

namespace bulwatt::ocmf {
namespace {

bool is_good(const Reading& reading) {
  return reading.status.view() == "G" && (!reading.errors || reading.errors->empty());
}

const Reading& first_of(const Payload& payload) { return payload.readings[0]; }
const Reading& last_of(const Payload& payload) { return payload.readings[payload.readings.size - 1U]; }

/// From the last reading of one record to the first of the next, whatever they are.
std::expected<Measured, Fault> between(const Payload& one, const Payload& next, const Reading& from,
                                       const Reading& to) {
  const auto wrong = [](Fault fault) { return std::unexpected(fault); };
  if (one.meter_serial != next.meter_serial || from.register_id != to.register_id || from.unit != to.unit)
    return wrong(Fault::other_meter);
  if (one.transaction != next.transaction) return wrong(Fault::other_transaction);
  if (one.identification != next.identification || one.identification_type != next.identification_type)
    return wrong(Fault::other_user);
  if (one.twin_key != next.twin_key) return wrong(Fault::other_key);
  if (!is_good(from) || !is_good(to)) return wrong(Fault::not_good);
  if (!from.value || !to.value || !from.unit) return wrong(Fault::unreadable);
  const auto before = mwh_of(from.value->text.view(), from.unit->view());
  const auto after = mwh_of(to.value->text.view(), from.unit->view());
  const auto since = time_of(from.time.view());
  const auto until = time_of(to.time.view());
  const auto page = page_of(one.page.view());
  const auto next_page = page_of(next.page.view());
  if (!before || !after || !since || !until || !page || !next_page) return wrong(Fault::unreadable);
  if (*after < *before) return wrong(Fault::falling_register);
  if (*until < *since) return wrong(Fault::falling_time);
  if (*next_page <= *page) return wrong(Fault::page_order);
  return Measured{*after - *before, *since, *until};
}

std::optional<Fault> fault_in_between(const Payload& payload) {
  for (const auto& reading : payload.readings) {
    if (reading.reason == Reason::exception) return Fault::exception;
    if (reading.reason == Reason::begin || (reading.reason && ends(*reading.reason))) return Fault::in_between;
  }
  return std::nullopt;
}

}  // namespace

std::string_view in_words(Fault fault) {
  switch (fault) {
    case Fault::no_begin: return "the first record does not begin a transaction";
    case Fault::no_end: return "the last record does not end a transaction";
    case Fault::other_meter: return "they are not of the same meter, register and unit";
    case Fault::other_user: return "they do not name the same user";
    case Fault::other_transaction: return "they are not of the same transaction";
    case Fault::other_key: return "they name different keys for their post-quantum halves";
    case Fault::falling_register: return "a later reading is less than an earlier one";
    case Fault::falling_time: return "a later record is older than an earlier one";
    case Fault::page_order: return "their page numbers are not in the order of their readings";
    case Fault::not_good: return "a reading is not marked as good";
    case Fault::unreadable: return "a value, time or page number cannot be read";
    case Fault::in_between: return "a record in the middle begins or ends a transaction itself";
    case Fault::exception: return "a record in the middle says that the meter cannot be relied on from there";
  }
  return "";
}

std::expected<Measured, Fault> measure(const Payload& begin, const Payload& end) {
  const std::array both{&begin, &end};
  return measure(both);
}

std::expected<Measured, Fault> measure(std::span<const Payload* const> records) {
  const auto wrong = [](Fault fault) { return std::unexpected(fault); };
  if (records.size() < 2 || records.front()->readings.empty() || first_of(*records.front()).reason != Reason::begin)
    return wrong(Fault::no_begin);
  const auto& end = *records.back();
  if (end.readings.empty() || !last_of(end).reason || !ends(*last_of(end).reason)) return wrong(Fault::no_end);
  for (std::size_t i = 1; i < records.size(); ++i) {
    const auto& one = *records[i - 1];
    const auto& next = *records[i];
    if (next.readings.empty()) return wrong(Fault::unreadable);
    const bool is_last = i + 1 == records.size();
    if (const auto fault = is_last ? std::nullopt : fault_in_between(next)) return wrong(*fault);
    const auto& from = i == 1 ? first_of(one) : last_of(one);
    if (const auto step = between(one, next, from, is_last ? last_of(next) : first_of(next)); !step)
      return wrong(step.error());
  }
  return between(*records.front(), end, first_of(*records.front()), last_of(end));
}

}  // namespace bulwatt::ocmf
