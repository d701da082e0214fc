// The small parts: tokens, limit stack, queue to the ledger.
#include "services/session/test_world.hpp"

using namespace bulwatt;
using namespace bulwatt::session;
using namespace bulwatt::session::testing;

namespace {

IdToken token(std::size_t i) { return {text_of<36>("CARD", i), TokenType::iso14443}; }
CachedToken cached(std::size_t i, std::int64_t at_ms = 0) {
  return {token(i), Authorization{.status = AuthorizationStatus::accepted}, {at_ms}};
}

/// Only the ledger answers, as it is told.
struct LedgerOnly {
  LedgerOnly() : world(std::make_unique<World>()) { world->ledger.clear(); }
  bool drain() { return queue.drain(*world, kNever); }
  std::unique_ptr<World> world;
  LedgerQueue queue{};
};
ledger::Append append(std::string_view event, ledger::Severity severity = ledger::Severity::info) {
  return {ledger::Subject::permit, severity, event, {}};
}

}  // namespace

TEST_CASE("identifiers are the same whatever the case of their letters, but not across types") {
  CHECK(same_token({"abc1", TokenType::iso14443}, {"ABC1", TokenType::iso14443}));
  CHECK_FALSE(same_token({"abc1", TokenType::iso14443}, {"abc2", TokenType::iso14443}));
  CHECK_FALSE(same_token({"abc1", TokenType::iso14443}, {"abc1", TokenType::emaid}));
  CHECK_FALSE(same_group(std::nullopt, std::nullopt));
  CHECK_FALSE(same_group(kGroup, std::nullopt));
  CHECK(same_group(kGroup, kGroup));
}

TEST_CASE("people see the last four characters of a token and nothing of a short one") {
  const struct {
    std::string_view id;
    std::string_view shown;
  } cases[] = {
      {"04A1B2C3", "***B2C3"}, {"1234", "***"}, {"", "***"}, {"12345", "***2345"}, {"x\xc3\xa9\xc3\xa9", "***????"}};
  for (const auto& one : cases) CHECK(masked({one.id, TokenType::central}).view() == one.shown);
}

//=test OCPP-2.0.1 C10.FR.01
//=test OCPP-2.0.1 C10.FR.07
TEST_CASE("the cache keeps the latest word on each token and forgets refused ones first, then the oldest") {
  TokenCache cache;
  for (std::size_t i = 0; i < kCacheEntries + 8; ++i) cache.put(cached(i));
  CHECK(cache.entries().size() == kCacheEntries);
  CHECK(cache.find(token(7), {}, 0) == nullptr);
  CHECK(cache.find(token(8), {}, 0) != nullptr);
  auto blocked = cached(20);
  blocked.info.status = AuthorizationStatus::blocked;
  cache.put(blocked);
  CHECK(cache.entries().size() == kCacheEntries);
  CHECK(cache.find(token(20), {}, 0)->info.status == AuthorizationStatus::blocked);
  cache.put(cached(900));
  CHECK(cache.find(token(20), {}, 0) == nullptr);
  CHECK(cache.find(token(8), {}, 0) != nullptr);
  cache.put(cached(901));
  CHECK(cache.find(token(8), {}, 0) == nullptr);
}

//=test OCPP-2.0.1 C10.FR.08
//=test OCPP-2.0.1 C10.FR.10
//=test OCPP-2.0.1 C10.FR.13
TEST_CASE("a remembered token is too old after its own expiry, and without one after the lifetime of all") {
  TokenCache cache;
  cache.put(cached(1, 1'000'000));
  CHECK(cache.find(token(1), {1'000'000 + 60'000}, 60) != nullptr);
  CHECK(cache.find(token(1), {1'000'000 + 60'001}, 60) == nullptr);
  CHECK(cache.find(token(1), {INT64_MAX}, 0) != nullptr);
  auto dated = cached(2, 1'000'000);
  dated.info.expiry = Timestamp{5'000'000};
  cache.put(dated);
  CHECK(cache.find(token(2), {5'000'000}, 60) != nullptr);
  CHECK(cache.find(token(2), {5'000'001}, 0) == nullptr);
}

namespace {

/// One EVSE of a station in memory, to be looked at.
struct Still {
  explicit Still(const Config& c = {}) : config(c) { lay_out(config, *station); }
  At at() { return Context{config, *station, *archive, moment, actions}.at(0); }
  Limit rule() { return ruling(limit_stack(at())); }
  Config config;
  std::unique_ptr<Station> station = std::make_unique<Station>();
  std::unique_ptr<Archive> archive = std::make_unique<Archive>();
  Moment moment{};
  Actions actions{};
};

}  // namespace

TEST_CASE("the least entry rules and of equal ones the more specific") {
  Still still;
  auto& evse = still.station->evses[0];
  auto& outlet = evse.connectors[0];
  CHECK(still.rule().source == LimitSource::installation);
  still.config.evses[0].hardware_max_ma = 25'000;
  CHECK(still.rule().source == LimitSource::hardware);
  evse.active = 1;
  outlet.plugged = outlet.power_known = true;
  outlet.power.pilot = power::Pilot::b1;
  CHECK(still.rule().source == LimitSource::cable);
  CHECK(still.rule().limit_ma == 0);
  CHECK(still.rule().reason == "cable not recognised");
  outlet.power.cable_limit_ma = 20'000;
  CHECK(still.rule().limit_ma == 20'000);
  evse.kept.backend_limit_ma = 20'000;
  CHECK(still.rule().source == LimitSource::backend);
  still.station->kept.backend_limit_ma = 19'000;
  CHECK(still.rule().reason == "station profile");
  outlet.power.faults = bit(power::Fault::welded_contact);
  CHECK(still.rule().source == LimitSource::fault);
  CHECK(still.rule().reason == "welded_contact");
}

TEST_CASE("the current falls in whole amperes from one temperature to the other and never rises with heat") {
  Still still;
  const auto most = still.config.evses[0].hardware_max_ma;
  std::uint32_t last = most;
  for (std::int16_t t = 0; t <= 1000; ++t) {
    still.station->evses[0].connectors[0].power.temperature_dc = t;
    const auto now = still.rule().limit_ma;
    REQUIRE(now <= last);
    if (t <= still.config.derate_from_dc) REQUIRE(now == most);
    if (t >= still.config.derate_to_dc) REQUIRE(now == 0);
    if (t > still.config.derate_from_dc && t < still.config.derate_to_dc) REQUIRE(now >= kLeastOfferMa);
    last = now;
  }
}

TEST_CASE("the queue hands records over in order and in portions") {
  LedgerOnly l;
  for (std::size_t i = 0; i < 20; ++i) l.queue.push(append(text_of<20>("E", i).view()));
  CHECK(l.drain());
  CHECK(l.world->ledger.size() == LedgerQueue::kPerTurn);
  CHECK(l.queue.due() <= l.world->now);
  while (l.queue.size() > 0) l.drain();
  for (std::size_t i = 0; i < 20; ++i) CHECK(l.world->ledger[i].event.view() == text_of<20>("E", i).view());
  CHECK(l.queue.due() == kNever);
}

TEST_CASE("a ledger that is silent is asked again after a while, not at once") {
  LedgerOnly l;
  l.world->ledger_failure = ipc::Failure::timed_out;
  l.queue.push(append("E"));
  CHECK(l.drain());  // a moment of silence is no reason to refuse a session
  CHECK(l.queue.due() == l.world->now + LedgerQueue::kRetry);
  l.world->ledger_failure = ipc::Failure::none;
  l.drain();
  CHECK(l.world->ledger.empty());
  l.queue.retry_now();
  l.drain();
  CHECK(l.world->ledger.size() == 1);
}

TEST_CASE("a queue that runs over keeps what is critical and says how much it lost") {
  LedgerOnly l;
  l.world->ledger_failure = ipc::Failure::peer_gone;
  l.queue.push(append("Important", ledger::Severity::critical));
  for (std::size_t i = 0; i < LedgerQueue::kCapacity + 9; ++i) l.queue.push(append("E"));
  CHECK_FALSE(l.drain());
  l.world->ledger_failure = ipc::Failure::none;
  l.queue.retry_now();
  for (std::size_t i = 0; i <= LedgerQueue::kCapacity / LedgerQueue::kPerTurn; ++i) l.drain();
  CHECK(l.world->ledger.front().event == "Important");
  CHECK(l.world->ledger.back().event == "RecordsLost");
  CHECK(l.world->ledger.back().detail == "count=10");
  CHECK(l.queue.due() == kNever);
}

TEST_CASE("the permit's time is not spent on the ledger") {
  LedgerOnly l;
  l.queue.push(append("E"));
  l.queue.drain(*l.world, l.world->now);
  CHECK(l.world->ledger.empty());
}

namespace {

const Text<36> kLongest{"123456789012345678901234567890123456"};
const IdToken kBig{kLongest, TokenType::central};
Authorization big_info() {
  Authorization info{.status = AuthorizationStatus::accepted, .group = kBig, .expiry = Timestamp{1}};
  info.evses.size = power::kMaxEvses;
  return info;
}
Sample big_sample() {
  Sample sample{};
  sample.current_ma.size = sample.voltage_mv.size = 3;
  return sample;
}

void fill_evse(EvseRecord& kept) {
  kept.grant = Grant{kBig, kBig, 1, 2, true};
  kept.transaction = Transaction{.id = kLongest,
                                 .token = kBig,
                                 .cause = StoppedReason::local,
                                 .begin = big_sample(),
                                 .ending = Ending{Trigger::authorized, StoppedReason::local, kBig}};
  while (!kept.transaction->samples.full()) static_cast<void>(kept.transaction->samples.push_back(big_sample()));
  kept.backend_limit_ma = 6'000;
  kept.holder = kBig;
}

/// As much as there can be.
void fill(const Config& config, Station& station, Archive& archive) {
  lay_out(config, station);
  for (auto& evse : station.evses) fill_evse(evse.kept);
  for (std::size_t i = 0; i < Outbox::kCapacity; ++i) {
    TransactionEvent event{.number = i + 1,
                           .transaction = kLongest,
                           .stopped = StoppedReason::local,
                           .token = kBig,
                           .remote_start_id = 1,
                           .reservation_id = 2,
                           .phases = 3,
                           .cable_ma = 1};
    while (!event.samples.full()) static_cast<void>(event.samples.push_back(big_sample()));
    REQUIRE(archive.outbox.push(event));
  }
  for (std::size_t i = 0; i < kCacheEntries; ++i)
    archive.cache.put({{text_of<36>(i, kLongest), TokenType::local}, big_info(), {}});
  archive.list.restore(77);
  for (std::size_t i = 0; i < kLocalListEntries; ++i)
    REQUIRE(archive.list.restore(LocalEntry{{text_of<36>(i, kLongest), TokenType::local}, big_info()}));
  while (!station.reservations.held.full())
    static_cast<void>(station.reservations.held.push_back({1, 1, Text<20>{"sType2"}, kBig, kBig, {}}));
  while (!station.reservations.updates.full())
    static_cast<void>(station.reservations.updates.push_back({1, 1, ReservationEnd::expired, {}}));
  station.kept.next_number = Outbox::kCapacity + 1;
  station.kept.backend_limit_ma = 6'000;
}

}  // namespace

TEST_CASE("the greatest durable state fits the smallest journal, and comes back whole") {
  Config config{};
  while (!config.evses.full()) REQUIRE(config.evses.push_back(two_evses().evses[1]));
  journal::MemoryStorage storage;
  auto station = std::make_unique<Station>();
  auto archive = std::make_unique<Archive>();
  fill(config, *station, *archive);
  journal::Journal journal{storage, kLeastJournalKib * 1024};
  REQUIRE(journal.open([](const journal::Entry&) { return false; }));
  for (int i = 0; i < 3; ++i)
    REQUIRE(journal.compact([&](journal::Snapshot& out) { return write_all(*station, *archive, out); }));
  CHECK_FALSE(journal.wants_compaction());
  CHECK(journal.used() < kLeastJournalKib * 1024 / 2);
  auto back = std::make_unique<Station>();
  auto stores = std::make_unique<Archive>();
  lay_out(config, *back);
  journal::Journal again{storage, kLeastJournalKib * 1024};
  const auto recovery = again.open([&](const journal::Entry& entry) { return apply(*back, *stores, entry); });
  REQUIRE(recovery);
  CHECK_FALSE(recovery->damaged);
  CHECK(stores->outbox.size() == Outbox::kCapacity);
  CHECK(stores->outbox.durable() == Outbox::kCapacity);
  CHECK(stores->cache.entries().size() == kCacheEntries);
  CHECK(stores->cache.entries()[0].token == archive->cache.entries()[0].token);
  CHECK(stores->list.version() == 77);
  CHECK(stores->list.entries().size() == kLocalListEntries);
  CHECK(back->reservations.held.size == kReservations);
  for (std::size_t i = 0; i < config.evses.size; ++i) {
    CHECK(back->evses[i].kept.transaction->id == kLongest);
    CHECK(back->evses[i].kept.transaction->samples.size == kEventSamples - 2);
  }
}

TEST_CASE("a record of another kind or version is not ours") {
  auto station = std::make_unique<Station>();
  auto archive = std::make_unique<Archive>();
  wire::Buffer<StationRecord> bytes{};
  const auto size = wire::encode(StationRecord{}, bytes);
  const auto record = std::span<const std::byte>{bytes}.first(size);
  const auto applies = [&](std::uint8_t kind, std::uint8_t version, std::span<const std::byte> what) {
    return apply(*station, *archive, {kind, version, what});
  };
  CHECK(applies(StationRecord::kRecord, StationRecord::kVersion, record));
  CHECK_FALSE(applies(StationRecord::kRecord, StationRecord::kVersion + 1, record));
  CHECK_FALSE(applies(99, 1, record));
  CHECK_FALSE(applies(StationRecord::kRecord, StationRecord::kVersion, record.first(size - 1)));
}
