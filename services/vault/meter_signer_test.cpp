#include "services/vault/meter_signer.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "libs/journal/memory_storage.hpp"
#include "libs/ocmf/signature.hpp"
#include "services/vault/folder_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::vault;

namespace {

constexpr Instant kNow{std::chrono::hours{1}};
constexpr Identity kClassical{"meter", Purpose::meter_record, Algorithm::ecdsa_p256};
constexpr Identity kTwin{"meter-pq", Purpose::meter_record, Algorithm::ml_dsa_65};

using Folder = TemporaryFolder;

struct Uses final : UseRecorder {
  void key_used(const Use&, std::uint32_t) override {}
};

/// A meter service whose payload says what it is told to say.
struct FakeMeter final : MeterSide {
  meter::TellKeys keys{};
  std::optional<std::uint64_t> page{};    ///< given already
  std::optional<std::uint64_t> claims{};  ///< a page of its own choice
  std::string value = "1.000000";
  std::string key_name{};
  std::vector<meter::SubmitRecord> records;
  std::vector<std::string> noted;
  bool due = true, takes = true;

  bool tell(const meter::TellKeys& told) override {
    keys = told;
    key_name = told.twin_name.view();
    return true;
  }
  std::optional<meter::FetchToSign::ToSign> fetch(const meter::FetchToSign& request) override {
    if (!due) return std::nullopt;
    if (!page) page = request.page;
    const auto shown = claims.value_or(*page);
    const auto text = R"({"FV":"1.3","PG":"T)" + std::to_string(shown) + R"(","MS":"1","XK":")" + key_name +
                      R"(","RD":[{"TM":"x","RV":)" + value + R"(,"ST":"G"}]})";
    return meter::FetchToSign::ToSign{*page, Octets<meter::kMaxPayload>{std::as_bytes(std::span{text})}};
  }
  bool submit(const meter::SubmitRecord& request) override {
    if (!takes) return false;
    records.push_back(request);
    page.reset();
    return true;
  }
  std::uint64_t signed_record(std::string_view detail) override {
    noted.emplace_back(detail);
    return 100 + noted.size();
  }
  ocmf::Verdict check(bool twin, std::string_view payload) const {
    ocmf::Record record{};
    record.payload = payload;
    record.algorithm = enum_text(twin ? ocmf::Algorithm::ml_dsa_65 : ocmf::Algorithm::ecdsa_p256);
    const auto& last = records.back();
    record.signature = Octets<ocmf::kMaxSignature>{twin ? last.twin.view() : last.classical.view()};
    return ocmf::check_signature(record, twin ? keys.keys.twin.view() : keys.keys.classical.view());
  }
};

struct Rig {
  Folder folder;
  Uses uses;
  Ring ring{folder.path, keys::Kind::software};
  std::optional<Service> service;
  journal::MemoryStorage storage;
  std::optional<journal::Journal> journal;
  std::optional<Pages> pages;
  FakeMeter meter;
  std::optional<MeterSigner> signer;

  explicit Rig(std::initializer_list<Identity> keys = {kClassical, kTwin}) {
    Config config;
    for (const auto& who : keys) {
      REQUIRE(provision(folder.path, ring, who, "CS001", "").has_value());
      REQUIRE(config.keys.push_back({who.name, who.purpose, who.algorithm, Text<16>{kMeterUser}, 6000, 1000}));
    }
    auto store = open_store(folder.path, config, ring);
    REQUIRE(store.has_value());
    service.emplace(std::move(*store), uses);
    restart();
  }
  void restart() {
    journal.emplace(storage, kPageJournalBytes);
    pages.emplace(*journal);
    REQUIRE(pages->open());
    signer.emplace(*service, *pages, meter);
    signer->tell_keys();
  }
  std::string_view sign() { return signer->sign(1, kNow); }
};

}  // namespace

TEST_CASE("records get numbers without a gap and both signatures, which hold") {
  Rig rig;
  for (std::uint64_t page = 1; page <= 3; ++page) {
    const auto due = *rig.meter.fetch({1, page});
    rig.meter.page.reset();
    CHECK(rig.sign().empty());
    CHECK(rig.meter.records.back().page == page);
    const auto bytes = due.payload.view();
    const std::string_view payload{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    CHECK(rig.meter.check(false, payload) == ocmf::Verdict::good);
    CHECK(rig.meter.check(true, payload) == ocmf::Verdict::good);
  }
  CHECK(rig.meter.noted.size() == 3);
  CHECK(rig.meter.records.back().ledger_record == 103);
  CHECK(rig.meter.noted.back().starts_with("evse=1 page=3 payload_sha256="));
}

TEST_CASE("each EVSE has its own numbers, also after a restart") {
  Rig rig;
  CHECK(rig.signer->sign(1, kNow).empty());
  CHECK(rig.signer->sign(2, kNow).empty());
  CHECK(rig.signer->sign(1, kNow).empty());
  rig.restart();
  CHECK(rig.signer->sign(2, kNow).empty());
  CHECK(rig.meter.records.back().page == 2);
  CHECK(rig.pages->last(1) == 2);
}

TEST_CASE("a record whose signatures were lost keeps its number; another one under that number is refused") {
  Rig rig;
  rig.meter.takes = false;
  CHECK(rig.sign() == "the meter service does not take a signed record back");
  rig.meter.takes = true;
  rig.restart();
  rig.meter.value = "2.000000";
  CHECK(rig.sign() == "the meter service hands in a record with a page of its own");
  rig.meter.value = "1.000000";
  CHECK(rig.sign().empty());
  CHECK(rig.meter.records.back().page == 1);
  CHECK(rig.pages->last(1) == 1);
}

TEST_CASE("a payload that says another page or another twin is not signed") {
  Rig rig;
  rig.meter.claims = 7;
  CHECK(rig.sign() == "the meter service hands in a payload that says something else");
  rig.meter.claims.reset();
  rig.meter.key_name = "00";
  CHECK(rig.sign() == "the meter service hands in a payload that says something else");
  CHECK(rig.meter.records.empty());
  CHECK(rig.pages->last(1) == 0);
}

TEST_CASE("nothing is signed that has no stored number") {
  Rig rig;
  rig.storage.lose_power_at(rig.storage.operations());
  CHECK(rig.sign() == "the number of a meter record cannot be stored");
  CHECK(rig.meter.records.empty());
}

TEST_CASE("without the second key there is a classical record, without the first there is none") {
  Rig one{{kClassical}};
  CHECK(one.meter.keys.twin_name.empty());
  CHECK(one.sign().empty());
  CHECK(one.meter.records.back().twin.empty());
  CHECK(one.meter.noted.back().ends_with("twin_sha256=none"));
  Rig none{{kTwin}};
  CHECK_FALSE(none.signer->has_key());
  CHECK(none.sign() == "a meter record is due and there is no key of purpose meter_record for it");
}

TEST_CASE("a pulse without a record, or for an EVSE that cannot be, does nothing") {
  Rig rig;
  rig.meter.due = false;
  CHECK(rig.sign().empty());
  rig.meter.due = true;
  CHECK_FALSE(rig.signer->sign(0, kNow).empty());
  CHECK_FALSE(rig.signer->sign(meter::kMaxMeters + 1, kNow).empty());
  CHECK(rig.meter.records.empty());
}

TEST_CASE("a damaged journal of numbers gives none twice") {
  Rig rig;
  for (int i = 0; i < 3; ++i) CHECK(rig.sign().empty());
  auto& bytes = rig.storage.bytes(0);
  bytes[journal::kHeaderSize] ^= std::byte{1};
  rig.restart();
  CHECK(rig.sign().empty());
  CHECK(rig.meter.records.back().page > 3);
}
