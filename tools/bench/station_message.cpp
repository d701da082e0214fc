#include "tools/bench/station_message.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <stdexcept>

#include "libs/json/json.hpp"
#include "protocols/ocpp/rpc.hpp"
#include "protocols/ocpp/v201/transactions.hpp"
#include "tools/bench/allocations.hpp"
#include "tools/bench/samples.hpp"

namespace bulwatt::bench {
namespace {

using Request = ocpp::v201::TransactionEventRequest;
constexpr int kRounds = 300;
constexpr int kRepeats = 200;

constexpr std::string_view kMessage =
    R"({"eventType":"Updated","timestamp":"2026-01-31T12:34:56.789Z","triggerReason":"MeterValuePeriodic","seqNo":42,)"
    R"("transactionInfo":{"transactionId":"2b6a5d2c-7d3c-4c62-9d0e-0f6c1b1e9a77","chargingState":"Charging"},)"
    R"("meterValue":[{"sampledValue":[)"
    R"({"value":14235.25,"context":"Sample.Periodic","measurand":"Energy.Active.Import.Register","location":"Outlet",)"
    R"("unitOfMeasure":{"unit":"Wh"}},{"value":10998.5,"context":"Sample.Periodic","measurand":"Power.Active.Import",)"
    R"("location":"Outlet","unitOfMeasure":{"unit":"W"}},{"value":15.95,"context":"Sample.Periodic",)"
    R"("measurand":"Current.Import","phase":"L1","location":"Outlet","unitOfMeasure":{"unit":"A"}}],)"
    R"("timestamp":"2026-01-31T12:34:56.000Z"}],"offline":false,"evse":{"id":1,"connectorId":1},"idToken":{"idToken":"04A2B3C4D5E68012345","type":"ISO14443"}})";
constexpr std::size_t kMessageBytes = 800;

template <class Work>
std::int64_t shortest_ns(Work&& work) {
  auto best = std::numeric_limits<std::int64_t>::max();
  for (int round = 0; round < kRounds; ++round) {
    const auto begin = cpu_ns();
    for (int i = 0; i < kRepeats; ++i) work();
    best = std::min(best, (cpu_ns() - begin) / kRepeats);
  }
  return best;
}

}  // namespace

MessageCost measure_transaction_event() {
  static_assert(kMessage.size() == kMessageBytes);
  const auto options = ocpp::payload_options(ocpp::Version::v201);
  const auto nothing = allocations();
  const auto request = std::make_unique<Request>();
  if (allocations() == nothing) throw std::runtime_error("allocations are not counted");
  std::array<char, 2048> buffer{};
  std::string_view written;
  const auto parse = [&] {
    if (!json::decode_into(*request, kMessage, options)) throw std::runtime_error("the message does not parse");
  };
  const auto write = [&] {
    const auto text = json::encode(*request, buffer, options);
    if (!text) throw std::runtime_error("the message cannot be written");
    written = *text;
  };
  parse();
  write();
  if (written != kMessage) throw std::runtime_error("the message changes on its way");
  MessageCost cost;
  const auto before = allocations();
  parse();
  write();
  cost.allocations = allocations() - before;
  cost.parse_ns = shortest_ns(parse);
  cost.write_ns = shortest_ns(write);
  return cost;
}

}  // namespace bulwatt::bench
