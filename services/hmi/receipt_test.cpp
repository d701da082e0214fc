#include <doctest/doctest.h>

#include <memory>

#include "services/hmi/station_page.hpp"

using namespace bulwatt;
using namespace bulwatt::hmi;

namespace {

constexpr Timestamp kNow{1'767'225'600'000};

struct Source final : ReceiptSource {
  std::optional<session::Receipt> last{};
  session::Charge charge{.currency = "EUR", .energy = 6'050'000, .adjusted = -50'000, .total = 7'200'000};
  bool answers = true, has_records = true;
  std::optional<session::GetReceipt::Last> receipt(std::uint8_t) override {
    if (!answers) return std::nullopt;
    session::GetReceipt::Last out{};
    out.receipt = last;
    out.charge = charge;
    out.periods = {1, {session::BilledPeriod{kNow, 12'345'678, 60'000, 0, 490'000, 20'000, false}}};
    out.tariff = "0.49 EUR/kWh";
    return out;
  }
  bool proves = true;
  std::optional<ledger::Prove::Proof> proof(std::uint64_t sequence) override {
    if (!proves) return std::nullopt;
    const auto text = "proof" + std::to_string(sequence);
    return ledger::Prove::Proof{Octets<ledger::kMaxProof>{std::as_bytes(std::span{text})}};
  }
  std::optional<session::GetMeterRecord::Part> part(const session::GetMeterRecord& request) override {
    if (!has_records) return std::nullopt;
    const auto text = std::string{enum_text(request.part)} + std::to_string(request.number);
    return session::GetMeterRecord::Part{Octets<meter::kMaxTwin>{std::as_bytes(std::span{text})}};
  }
  std::optional<meter::GetKeys::Keys> keys() override { return std::nullopt; }
};

session::Receipt receipt() {
  session::Receipt out{};
  out.transaction = "tx-1";
  out.end = kNow;
  out.energy_mwh = 12'345'678;
  out.begin_record = 1;
  out.end_record = 2;
  out.end_in_ledger = 77;
  return out;
}

std::string asked(StationPage& page, std::string_view path) {
  Connection browser;
  browser.feed(std::string{"GET "} + std::string{path} + " HTTP/1.1\r\nHost: localhost:8180\r\n\r\n", page);
  return std::string{browser.output()};
}

}  // namespace

TEST_CASE("a receipt has its amounts as people write them, and both signed records") {
  Source source;
  source.last = receipt();
  ReceiptView view{};
  REQUIRE(take_receipt(view, source, 1, kNow));
  CHECK(view.total.view() == "7.20");
  CHECK(view.time_cost.view() == "0.00");
  CHECK(view.adjusted.view() == "-0.05");
  REQUIRE(view.periods.size == 1);
  CHECK(view.periods[0].per_kwh.view() == "0.49");
  CHECK(view.periods[0].charging);
  CHECK(view.tariff.view() == "0.49 EUR/kWh");
  REQUIRE(view.readings.size == 2);
  CHECK(view.readings[0].payload.view() == "payload1");
  CHECK(view.readings[1].payload.view() == "payload2");
  CHECK(view.readings[1].signature.size == 10);
  CHECK(view.key.size == 4);
  CHECK(view.readings[0].proof.empty());  // nothing of it is in the ledger
  CHECK(view.readings[1].proof.view() == "proof77");
  source.proves = false;  // the next checkpoint comes in a few seconds
  REQUIRE(take_receipt(view, source, 1, kNow));
  CHECK(view.readings[1].proof.empty());
}

TEST_CASE("one record alone is none, and without a transaction there is no receipt") {
  Source source;
  ReceiptView view{};
  CHECK_FALSE(take_receipt(view, source, 1, kNow));
  source.last = receipt();
  source.last->end_record.reset();
  REQUIRE(take_receipt(view, source, 1, kNow));
  CHECK(view.readings.empty());
  CHECK_FALSE(view.is_signed);
  source.last = receipt();
  source.has_records = false;
  REQUIRE(take_receipt(view, source, 1, kNow));
  CHECK(view.readings.empty());
  CHECK(view.is_signed);  // to be asked for again
  source.answers = false;
  CHECK_FALSE(take_receipt(view, source, 1, kNow));
}

TEST_CASE("a receipt is not shown for ever: it names a card") {
  Source source;
  source.last = receipt();
  ReceiptView view{};
  CHECK(take_receipt(view, source, 1, {kNow.unix_ms + kReceiptShownMs}));
  CHECK_FALSE(take_receipt(view, source, 1, {kNow.unix_ms + kReceiptShownMs + 1}));
}

TEST_CASE("the page hands out the receipt of an EVSE, and says where there is none") {
  Config config{};
  config.port = 8180;
  const auto page = std::make_unique<StationPage>(config);
  CHECK(asked(*page, "/receipt").starts_with("HTTP/1.1 404"));
  Source source;
  page->set_receipts(source);
  page->refresh(kNow);
  CHECK(asked(*page, "/receipt").find("there is no receipt") != std::string::npos);
  source.last = receipt();
  const auto answer = asked(*page, "/receipt?evse=1");
  CHECK(answer.starts_with("HTTP/1.1 200"));
  CHECK(answer.find(R"("total":"7.20")") != std::string::npos);
  CHECK(asked(*page, "/receipt?evse=2").starts_with("HTTP/1.1 404"));
}

TEST_CASE("what a charge costs is not said when it cannot be calculated") {
  Source source;
  source.last = receipt();
  source.charge.failure = tariff::Failure::clock;
  ReceiptView view{};
  REQUIRE(take_receipt(view, source, 1, kNow));
  CHECK(view.not_calculated == tariff::Failure::clock);
  CHECK(view.total.empty());
  CHECK(view.energy_cost.empty());
  CHECK(view.taxes.empty());
  CHECK(view.readings.size == 2);
}
