// bulwatt-bench-json: what a TransactionEventRequest costs in nanoseconds, beside nlohmann-json in the same run. Its share
// is only building or printing a tree; ours includes checking every limit of the message. Last line: one line of numbers.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>
#include <new>
#include <nlohmann/json.hpp>
#include <string>

#include "libs/json/json.hpp"
#include "protocols/ocpp/rpc.hpp"
#include "protocols/ocpp/v201/transactions.hpp"

namespace {
std::size_t allocations = 0;
}

// Not inlined: GCC takes an inlined pair of these for a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc{};
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace {

using namespace bulwatt;
using Request = ocpp::v201::TransactionEventRequest;

constexpr int kRounds = 25;
constexpr int kRepeats = 2000;

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

// Best of all rounds: the machine is shared, and the shortest time is the one with the least of other people's work.
template <class Work>
double best_ns(Work&& work) {
  double best = std::numeric_limits<double>::max();
  for (int round = 0; round < kRounds; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < kRepeats; ++i) work();
    const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - begin;
    best = std::min(best, spent.count() / kRepeats);
  }
  return best;
}

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "%s\n", what);
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

  const std::size_t before = allocations;
  const double decode_ns = best_ns(decode);
  const double encode_ns = best_ns(encode);
  const std::size_t ours = allocations - before;
  const double tree_decode_ns = best_ns([&] { written += nlohmann::json::parse(kMessage).size(); });
  const double tree_encode_ns = best_ns([&] { written += tree.dump().size(); });

  std::printf("TransactionEventRequest of %zu bytes; nlohmann-json: parse %.0f ns, dump %.0f ns\n", kMessage.size(),
              tree_decode_ns, tree_encode_ns);
  std::printf("json: decode_ns=%.0f encode_ns=%.0f vs_nlohmann_decode=%.1f vs_nlohmann_encode=%.1f allocs=%zu\n",
              decode_ns, encode_ns, tree_decode_ns / decode_ns, tree_encode_ns / encode_ns, ours);
  return ours == 0 && written != 0 ? 0 : 1;
}
