// A thousand power cuts at moments of chance: whatever the medium makes of unsynced writes, no acknowledged record is lost or
// changed, the log is continued without alarm, and it verifies, every time.
#include "services/ledger/ledger_for_tests.hpp"
#include "services/ledger/service.hpp"

using namespace bulwatt;
using namespace bulwatt::ledger;

namespace {

constexpr int kCuts = 1000;
constexpr int kStations = 10;
constexpr std::uint64_t kLongestLife = 80;  ///< operations of the medium until the power goes

struct Station {
  Medium medium{};
  Signer signer{};
  std::mt19937 random{};
  Config config{64, 4096};
  std::vector<std::string> acknowledged{};  ///< detail, by sequence; empty: never acknowledged
  std::uint64_t said = 0;
  bool is_signed = false;
  int torn = 0;
  int torn_checkpoints = 0;

  std::uint32_t pick(std::uint32_t most) { return static_cast<std::uint32_t>(random() % most); }

  /// One batch: every caller is told what became of its record. False when the power went meanwhile.
  bool batch(Store& store, Service& service) {
    std::vector<std::string> waiting;
    for (auto i = 1 + pick(12); i > 0; --i) {
      auto request = entry(said++, 1 + pick(300));
      request.severity = pick(40) == 0 ? Severity::critical : Severity::info;
      if (!service.append("session", request, {}, kStamp)) break;
      waiting.emplace_back(request.event.view());
      waiting.back() += request.detail.view();
    }
    std::size_t next = 0;
    bool powered = true;
    service.commit([&](const ipc::Ticket&, const Service::Answer& answer) {
      powered = answer.has_value();
      if (answer) keep(answer->sequence, waiting[next]);
      ++next;
    });
    REQUIRE(next == waiting.size());
    if (powered && (service.urgent() || pick(5) == 0)) powered = seal(store, service);
    return powered;
  }
  bool seal(Store& store, Service& service) {
    if (!service.seal() || pick(3) == 0) return true;  // whether the power went is seen by the next batch
    is_signed = store.keep_checkpoint(signer.sign(store.checkpoint())).has_value() || is_signed;
    return true;
  }
  void keep(std::uint64_t sequence, const std::string& text) {
    if (acknowledged.size() < sequence) acknowledged.resize(sequence);
    REQUIRE(acknowledged[sequence - 1].empty());
    acknowledged[sequence - 1] = text;
  }
  /// A start of the station, and what it records until the power goes.
  void live() {
    medium.storage.lose_power_at(medium.storage.operations() + pick(kLongestLife));
    auto store = medium.store(config);
    const auto opened = store.open(true, kStamp);
    if (!opened) return;
    REQUIRE_FALSE(opened->alarm());
    torn += opened->torn ? 1 : 0;
    torn_checkpoints += opened->torn_checkpoint ? 1 : 0;
    Service service{store};
    while (batch(store, service)) {
    }
  }
  void cut() { medium.storage.restart(static_cast<journal::MemoryStorage::Cut>(pick(5)), random); }
  void inspect() {
    Trust trust{};
    if (is_signed) trust.keys = signer.keys();
    std::uint64_t seen = 0;
    std::uint64_t changed = 0;  // the first one, if any
    const auto result = verify(medium.files(), trust, [&](const Seen& one) {
      seen = one.record.sequence;
      if (seen > acknowledged.size() || acknowledged[seen - 1].empty()) return true;
      const auto& said_then = acknowledged[seen - 1];
      const auto event = one.record.event.view();
      const bool same =
          said_then.starts_with(event) && one.record.detail == std::string_view{said_then}.substr(event.size());
      if (!same && changed == 0) changed = seen;
      return true;
    });
    REQUIRE(changed == 0);
    CAPTURE(result.problem ? enum_text(result.problem->finding) : "none");
    REQUIRE_FALSE(result.problem);
    REQUIRE(result.links.empty());
    REQUIRE(seen >= acknowledged.size());
  }
};

}  // namespace

TEST_CASE("after a thousand power cuts no acknowledged record is lost and the log verifies every time") {
  std::size_t acknowledged = 0;
  int torn = 0;
  int torn_checkpoints = 0;
  // Every station is walked whole after each cut: ten of them, because a long log shows nothing that a shorter one does not.
  for (std::uint32_t seed = 0; seed < kStations; ++seed) {
    Station station;
    station.random.seed(seed);
    for (int i = 0; i < kCuts / kStations; ++i) {
      CAPTURE(seed);
      CAPTURE(i);
      station.live();
      station.cut();
      station.inspect();
    }
    CHECK(station.is_signed);
    acknowledged += station.acknowledged.size();
    torn += station.torn;
    torn_checkpoints += station.torn_checkpoints;
  }
  CHECK(acknowledged > 5 * kCuts);
  CHECK(torn > kCuts / 50);
  CHECK(torn_checkpoints > kCuts / 200);
}
