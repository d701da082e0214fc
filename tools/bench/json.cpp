// bulwatt-bench-json: what a TransactionEventRequest costs in nanoseconds, beside nlohmann-json in the same run. Its share
// is only building or printing a tree; ours includes checking every limit of the message. Last line: one line of numbers.
#include <chrono>
#include <cstdio>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "libs/json/json.hpp"
#include "protocols/ocpp/rpc.hpp"
#include "protocols/ocpp/v201/transactions.hpp"
#include "tools/bench/allocations.hpp"

namespace {

using namespace bulwatt;
using Request = ocpp::v201::TransactionEventRequest;

constexpr int kRounds = 200;
constexpr int kRepeats = 200;

constexpr std::string_view kMessage =
    R"({"eventType":"Updated","timestamp":"2026-01-31T12:34:56.789Z","triggerReason":"MeterValuePeriodic","seqNo":42,)"
    R"("transactionInfo":{"transactionId":"2b6a5d2c-7d3c-4c62-9d0e-0f6c1b1e9a77","chargingState":"Charging",)"
    R"("timeSpentCharging":1860},"meterValue":[{"sampledValue":[)"
    R"({"value":14235.25,"context":"Sample.Periodic","measurand":"Energy.Active.Import.Register","location":"Outlet",)"
    R"("unitOfMeasure":{"unit":"Wh"}},{"value":10998.5,"context":"Sample.Periodic","measurand":"Power.Active.Import",)"
    R"("location":"Outlet","unitOfMeasure":{"unit":"W"}},{"value":15.95,"context":"Sample.Periodic",)"
    R"("measurand":"Current.Import","phase":"L1","location":"Outlet","unitOfMeasure":{"unit":"A"}},{"value":230.1,)"
    R"("context":"Sample.Periodic","measurand":"Voltage","phase":"L1-N","location":"Outlet",)"
    R"("unitOfMeasure":{"unit":"V"}}],"timestamp":"2026-01-31T12:34:56.000Z"}],"offline":false,"numberOfPhasesUsed":3,"evse":{"id":1,"connectorId":1},)"
    R"("idToken":{"idToken":"04A2B3C4D5E680","type":"ISO14443"}})";

template <class Work>
double once_ns(Work&& work) {
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < kRepeats; ++i) work();
  const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - begin;
  return spent.count() / kRepeats;
}

struct Times {
  double decode = std::numeric_limits<double>::max();
  double encode = std::numeric_limits<double>::max();
};

// Keeps the shortest of all rounds: the machine is shared, and that one has the least of other people's work in it.
void keep_shortest(double& best, double ns) { best = std::min(best, ns); }

[[noreturn]] void give_up(const char* what) {
  static_cast<void>(std::fprintf(stderr, "%s\n", what));
  std::exit(1);
}

}  // namespace

int main() {
  const auto options = ocpp::payload_options(ocpp::Version::v201);
  const auto request = std::make_unique<Request>();
  std::array<char, 4096> buffer{};
  std::size_t written = 0;
  const auto decode = [&] {
    if (!json::decode_into(*request, kMessage, options)) give_up("the message does not decode");
  };
  const auto encode = [&] {
    const auto text = json::encode(*request, buffer, options);
    if (!text) give_up("the message does not encode");
    written += text->size();
  };
  decode();
  encode();
  if (std::string_view{buffer.data(), written} != kMessage) give_up("the message changes on its way");
  const nlohmann::json tree = nlohmann::json::parse(kMessage);

  Times ours;
  Times theirs;
  std::size_t allocated = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto before = bench::allocations();
    keep_shortest(ours.decode, once_ns(decode));
    keep_shortest(ours.encode, once_ns(encode));
    allocated += bench::allocations() - before;
    keep_shortest(theirs.decode, once_ns([&] { written += nlohmann::json::parse(kMessage).size(); }));
    keep_shortest(theirs.encode, once_ns([&] { written += tree.dump().size(); }));
  }

  std::printf("TransactionEventRequest of %zu bytes; nlohmann-json: parse %.0f ns, dump %.0f ns\n", kMessage.size(),
              theirs.decode, theirs.encode);
  std::printf("json: decode_ns=%.0f encode_ns=%.0f vs_nlohmann_decode=%.1f vs_nlohmann_encode=%.1f allocs=%zu\n",
              ours.decode, ours.encode, theirs.decode / ours.decode, theirs.encode / ours.encode, allocated);
  return allocated == 0 && written != 0 ? 0 : 1;
}
