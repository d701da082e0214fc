#include "libs/ocmf/pair.hpp"

namespace bulwatt::ocmf {
namespace {

bool is_good(const Reading& reading) {
  return reading.status.view() == "G" && (!reading.errors || reading.errors->empty());
}

}  // namespace

std::expected<Measured, Fault> measure(const Payload& begin, const Payload& end) {
  const auto wrong = [](Fault fault) { return std::unexpected(fault); };
  const auto& first = begin.readings[0];
  const auto& last = end.readings[std::max<std::size_t>(end.readings.size, 1) - 1];
  if (begin.readings.empty() || first.reason != Reason::begin) return wrong(Fault::no_begin);
  if (end.readings.empty() || !last.reason || !ends(*last.reason)) return wrong(Fault::no_end);
  if (begin.meter_serial != end.meter_serial || first.register_id != last.register_id || first.unit != last.unit)
    return wrong(Fault::other_meter);
  if (begin.transaction != end.transaction) return wrong(Fault::other_transaction);
  if (begin.identification != end.identification || begin.identification_type != end.identification_type)
    return wrong(Fault::other_user);
  if (begin.twin_key != end.twin_key) return wrong(Fault::other_key);
  if (!is_good(first) || !is_good(last)) return wrong(Fault::not_good);
  if (!first.value || !last.value || !first.unit) return wrong(Fault::unreadable);
  const auto before = mwh_of(first.value->text.view(), first.unit->view());
  const auto after = mwh_of(last.value->text.view(), first.unit->view());
  const auto from = time_of(first.time.view());
  const auto until = time_of(last.time.view());
  const auto page = page_of(begin.page.view());
  const auto next = page_of(end.page.view());
  if (!before || !after || !from || !until || !page || !next) return wrong(Fault::unreadable);
  if (*after < *before) return wrong(Fault::falling_register);
  if (*until < *from) return wrong(Fault::falling_time);
  if (*next <= *page) return wrong(Fault::page_order);
  return Measured{*after - *before, *from, *until};
}

}  // namespace bulwatt::ocmf
