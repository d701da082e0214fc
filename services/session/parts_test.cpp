// The small parts: tokens, limit stack, queue to the ledger.
#include "services/session/test_world.hpp"

using namespace bulwatt;
using namespace bulwatt::session;
using namespace bulwatt::session::testing;

namespace {

IdToken token(std::size_t i) { return {text_of<36>("CARD", i), TokenType::iso14443}; }
CachedToken cached(std::size_t i, std::int64_t at_ms = 0) {
  return {token(i), {}, AuthorizationStatus::accepted, {at_ms}};
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

TEST_CASE("the cache keeps the latest word on each token and forgets the oldest token") {
  TokenCache cache;
  for (std::size_t i = 0; i < 40; ++i) cache.put(cached(i), 32);
  CHECK(cache.entries().size() == 32);
  CHECK(cache.find(token(7), {}, 0) == nullptr);
  CHECK(cache.find(token(8), {}, 0) != nullptr);
  auto blocked = cached(8);
  blocked.status = AuthorizationStatus::blocked;
  cache.put(blocked, 32);
  CHECK(cache.entries().size() == 32);
  CHECK(cache.find(token(8), {}, 0)->status == AuthorizationStatus::blocked);
  cache.put(cached(50), 32);
  CHECK(cache.find(token(8), {}, 0) != nullptr);  // it was heard of lately
  CHECK(cache.find(token(9), {}, 0) == nullptr);
}

TEST_CASE("a remembered token is too old after its lifetime") {
  TokenCache cache;
  cache.put(cached(1, 1'000'000), 32);
  CHECK(cache.find(token(1), {1'000'000 + 60'000}, 60) != nullptr);
  CHECK(cache.find(token(1), {1'000'000 + 60'001}, 60) == nullptr);
  CHECK(cache.find(token(1), {INT64_MAX}, 0) != nullptr);
}

TEST_CASE("a cache of no entries remembers nothing") {
  TokenCache cache;
  cache.put(cached(1), 0);
  CHECK(cache.entries().empty());
  CHECK(cache.find(token(1), {}, 0) == nullptr);
}

TEST_CASE("the least entry rules and of equal ones the more specific") {
  Config config{};
  auto station = std::make_unique<Station>();
  const auto rule = [&] { return ruling(limit_stack(config, *station, {})); };
  CHECK(rule().source == LimitSource::installation);
  config.hardware_max_ma = 25'000;
  CHECK(rule().source == LimitSource::hardware);
  station->plugged = station->power_known = true;
  station->power.pilot = power::Pilot::b1;
  CHECK(rule().source == LimitSource::cable);
  CHECK(rule().limit_ma == 0);
  CHECK(rule().reason == "cable not recognised");
  station->power.cable_limit_ma = 20'000;
  CHECK(rule().limit_ma == 20'000);
  station->ongoing.backend_limit_ma = 20'000;
  CHECK(rule().source == LimitSource::backend);
  station->power.faults = bit(power::Fault::welded_contact);
  CHECK(rule().source == LimitSource::fault);
  CHECK(rule().reason == "welded_contact");
}

TEST_CASE("the current falls in whole amperes from one temperature to the other and never rises with heat") {
  Config config{};
  auto station = std::make_unique<Station>();
  std::uint32_t last = config.hardware_max_ma;
  for (std::int16_t t = 0; t <= 1000; ++t) {
    station->power.temperature_dc = t;
    const auto now = ruling(limit_stack(config, *station, {})).limit_ma;
    REQUIRE(now <= last);
    if (t <= config.derate_from_dc) REQUIRE(now == config.hardware_max_ma);
    if (t >= config.derate_to_dc) REQUIRE(now == 0);
    if (t > config.derate_from_dc && t < config.derate_to_dc) REQUIRE(now >= kLeastOfferMa);
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
  for (int i = 0; i < 10; ++i) l.drain();
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

TEST_CASE("the greatest durable state fits the smallest journal, and comes back whole") {
  Config config{};
  config.journal_kib = 160;
  journal::MemoryStorage storage;
  auto station = std::make_unique<Station>();
  const Text<36> longest{"123456789012345678901234567890123456"};
  const IdToken big{longest, TokenType::central};
  for (std::size_t i = 0; i < Outbox::kCapacity; ++i) {
    TransactionEvent event{.number = i + 1,
                           .transaction = longest,
                           .stopped = StoppedReason::local,
                           .token = big,
                           .remote_start_id = 1,
                           .reservation_id = 2};
    Sample sample{};
    sample.current_ma.size = sample.voltage_mv.size = 3;
    REQUIRE(event.samples.push_back(sample));
    REQUIRE(event.samples.push_back(sample));
    REQUIRE(station->outbox.push(event));
  }
  for (std::size_t i = 0; i < kCacheEntries; ++i)
    station->cache.put({{text_of<36>(i, longest), TokenType::local}, big, {}, {}}, kCacheEntries);
  station->ongoing.next_number = Outbox::kCapacity + 1;
  station->ongoing.transaction = Transaction{.id = longest, .grant = {big, big, 1}};
  journal::Journal journal{storage, config.journal_kib * 1024};
  REQUIRE(journal.open([](const journal::Entry&) { return false; }));
  for (int i = 0; i < 3; ++i)
    REQUIRE(journal.compact([&](journal::Snapshot& out) { return write_all(*station, out); }));
  CHECK_FALSE(journal.wants_compaction());
  auto back = std::make_unique<Station>();
  journal::Journal again{storage, config.journal_kib * 1024};
  const auto recovery = again.open([&](const journal::Entry& entry) { return apply(*back, config, entry); });
  REQUIRE(recovery);
  CHECK_FALSE(recovery->damaged);
  CHECK(back->outbox.size() == Outbox::kCapacity);
  CHECK(back->outbox.durable() == Outbox::kCapacity);
  CHECK(back->cache.entries().size() == kCacheEntries);
  CHECK(back->cache.entries()[0].token == station->cache.entries()[0].token);
  CHECK(back->ongoing.transaction->id == longest);
}

TEST_CASE("a record of another kind or version is not ours") {
  auto station = std::make_unique<Station>();
  wire::Buffer<Ongoing> bytes{};
  const auto size = wire::encode(Ongoing{}, bytes);
  const auto record = std::span<const std::byte>{bytes}.first(size);
  CHECK(apply(*station, {}, {Ongoing::kRecord, Ongoing::kVersion, record}));
  CHECK_FALSE(apply(*station, {}, {Ongoing::kRecord, Ongoing::kVersion + 1, record}));
  CHECK_FALSE(apply(*station, {}, {99, 1, record}));
  CHECK_FALSE(apply(*station, {}, {Ongoing::kRecord, Ongoing::kVersion, record.first(size - 1)}));
}
