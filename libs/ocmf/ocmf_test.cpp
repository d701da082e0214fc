#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <vector>

#include "libs/ocmf/pair.hpp"
#include "libs/ocmf/signature.hpp"

using namespace bulwatt;
using namespace bulwatt::ocmf;

namespace {

constexpr Timestamp kTime{1'767'225'600'123};  // 2026-01-01T00:00:00.123Z

Payload payload(Reason reason, std::int64_t mwh, std::uint64_t page) {
  Payload out{};
  out.format = "1.3";
  out.page = page_text(page);
  out.meter_serial = "SDM-1234567";
  out.identified = true;
  out.identification_type = "ISO14443";
  out.identification = "04A1B2C3";
  out.transaction = "5f1c9a2e-77aa-4a0e-9d3b-000000000001";
  Reading reading{};
  reading.time = time_text({kTime.unix_ms + static_cast<std::int64_t>(page) * 60'000}, Clock::synchronized);
  reading.reason = reason;
  reading.value = json::Raw<24>{kwh(mwh)};
  reading.register_id = "01-00:B0.08.00*FF";
  reading.unit = "kWh";
  reading.current = "AC";
  reading.errors = "";
  reading.status = "G";
  REQUIRE(out.readings.push_back(reading));
  return out;
}

std::string text_of(const Payload& payload) {
  std::array<char, kMaxPayload> room{};
  const auto text = write_payload(payload, room);
  REQUIRE(text);
  return std::string{*text};
}

/// A key pair of its own kind; signs as the vault does.
struct Key {
  explicit Key(Algorithm what) : algorithm(what) {
    key = what == Algorithm::ecdsa_p256 ? EVP_EC_gen("P-256") : EVP_PKEY_Q_keygen(nullptr, nullptr, "ML-DSA-65");
    REQUIRE(key != nullptr);
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key, &der);
    REQUIRE(size > 0);
    const auto* bytes = reinterpret_cast<const std::byte*>(der);
    public_key.assign(bytes, bytes + size);
    OPENSSL_free(der);
  }
  ~Key() { EVP_PKEY_free(key); }
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  std::string sign(std::string_view payload) const {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    std::vector<std::byte> signature(kMaxSignature);
    std::size_t size = signature.size();
    const char* digest = algorithm == Algorithm::ecdsa_p256 ? "SHA256" : nullptr;
    REQUIRE(EVP_DigestSignInit_ex(context, nullptr, digest, nullptr, nullptr, key, nullptr) == 1);
    REQUIRE(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                           reinterpret_cast<const unsigned char*>(payload.data()), payload.size()) == 1);
    EVP_MD_CTX_free(context);
    signature.resize(size);
    return write_record(payload, algorithm, signature);
  }
  Algorithm algorithm;
  EVP_PKEY* key = nullptr;
  std::vector<std::byte> public_key{};
};

Verdict judge(const std::string& text, const Key& key) {
  const auto record = read_record(text);
  REQUIRE(record);
  return check_signature(*record, key.public_key);
}

}  // namespace

TEST_CASE("a payload is written as the format says and read back") {
  const auto text = text_of(payload(Reason::begin, 1'234'567'890, 17));
  CHECK(text == R"({"FV":"1.3","PG":"T17","MS":"SDM-1234567","IS":true,"IT":"ISO14443","ID":"04A1B2C3",)"
                R"("XT":"5f1c9a2e-77aa-4a0e-9d3b-000000000001",)"
                R"("RD":[{"TM":"2026-01-01T00:17:00,123+0000 S","TX":"B","RV":1234.567890,"RI":"01-00:B0.08.00*FF",)"
                R"("RU":"kWh","RT":"AC","EF":"","ST":"G"}]})");
  Payload back{};
  REQUIRE(read_payload(back, text));
  CHECK(text_of(back) == text);  // the decimal places too
}

TEST_CASE("a bar in a text does not end a section") {
  auto one = payload(Reason::begin, 0, 1);
  one.tariff = "0.49 EUR/kWh | 0.10 EUR/min";
  const auto text = text_of(one);
  CHECK(text.find('|') == std::string::npos);
  Payload back{};
  REQUIRE(read_payload(back, text));
  CHECK(back.tariff->view() == one.tariff->view());
}

TEST_CASE("what does not fit is refused, not cut") {
  auto one = payload(Reason::begin, 0, 1);
  one.tariff = std::string_view{std::string(250, '|')};
  std::array<char, kMaxPayload> room{};
  CHECK(write_payload(one, room).error() == Error::too_long);
  CHECK(write_payload(payload(Reason::begin, 0, 1), std::span{room}.first(100)).error() == Error::too_long);
}

TEST_CASE("energy, time and pages survive their texts; anything else is refused") {
  for (const std::int64_t mwh : {0LL, 1LL, 999'999LL, 1'000'000LL, 123'456'789'012LL, -5LL})
    CHECK(mwh_of(kwh(mwh).view(), "kWh") == mwh);
  CHECK(mwh_of("12.5", "Wh") == 12'500);
  CHECK_FALSE(mwh_of("0.0000001", "kWh"));
  CHECK_FALSE(mwh_of("1", "mOhm"));
  CHECK_FALSE(mwh_of("true", "kWh"));
  CHECK(time_of(time_text(kTime, Clock::informative).view()) == kTime);
  CHECK(time_of("2026-01-01T02:00:00,123+0200 S") == kTime);
  for (const auto* bad :
       {"", "2026-01-01T00:00:00,123+0000", "2026-01-01T00:00:00.123Z S", "2026-02-30T00:00:00,000+0000 S"})
    CHECK_FALSE(time_of(bad));
  CHECK(page_of(page_text(UINT64_MAX).view()) == UINT64_MAX);
  for (const auto* bad : {"T", "F1", "T01", "T1x", "T18446744073709551616"}) CHECK_FALSE(page_of(bad));
}

TEST_CASE("both signatures hold over the same bytes, and one changed digit breaks both") {
  const Key classical{Algorithm::ecdsa_p256};
  const Key twin{Algorithm::ml_dsa_65};
  const auto text = text_of(payload(Reason::end, 5'000'000, 2));
  for (const Key* key : {&classical, &twin}) {
    auto record = key->sign(text);
    CHECK(judge(record, *key) == Verdict::good);
    CHECK(judge(record, key == &twin ? classical : twin) == Verdict::wrong_key);
    const auto at = record.find("5.000000");
    REQUIRE(at != std::string::npos);
    record[at] = '6';
    CHECK(judge(record, *key) == Verdict::bad);
  }
  CHECK(classical.sign(text).size() <= kMaxClassical);
  CHECK(twin.public_key.size() <= kMaxPublicKey);
}

TEST_CASE("another key, a swapped signature and added white space are refused") {
  const Key key{Algorithm::ecdsa_p256};
  const Key other{Algorithm::ecdsa_p256};
  const auto one = key.sign(text_of(payload(Reason::begin, 1, 1)));
  const auto two = key.sign(text_of(payload(Reason::end, 2, 2)));
  CHECK(judge(one, other) == Verdict::bad);
  const auto section = [](const std::string& text, std::size_t from) { return text.substr(text.find('|', from)); };
  const auto swapped = one.substr(0, one.find('|', 5)) + section(two, 5);
  CHECK(judge(swapped, key) == Verdict::bad);
  auto spaced = one;
  spaced.insert(6, " ");
  CHECK(judge(spaced, key) == Verdict::bad);
}

TEST_CASE("what is no record is told apart") {
  CHECK(read_record("").error() == Error::not_ocmf);
  CHECK(read_record("OCMF|{}").error() == Error::not_ocmf);
  CHECK(read_record("OCMF|{}|{}|{}").error() == Error::not_ocmf);
  CHECK(read_record("OCMF|{}|{}").error() == Error::bad_signature);
  CHECK(read_record(R"(OCMF|{}|{"SD":"0g"})").error() == Error::bad_signature);
  CHECK(read_record(R"(OCMF|{}|{"SE":"rot13","SD":"00"})").error() == Error::bad_signature);
  CHECK(read_record(std::string(kMaxRecord + 1, 'O')).error() == Error::too_long);
  Payload none{};
  CHECK(read_payload(none, "{}").error() == Error::bad_payload);
  CHECK(read_payload(none, R"({"PG":"T1","RD":[{"TM":"x","RV":true,"ST":"G"}]})").error() == Error::bad_payload);
  const Key key{Algorithm::ecdsa_p256};
  const auto foreign = read_record(R"(OCMF|{}|{"SA":"ECDSA-brainpool256r1-SHA256","SD":"00"})");
  REQUIRE(foreign);
  CHECK(check_signature(*foreign, key.public_key) == Verdict::unknown_algorithm);
}

TEST_CASE("members that are not known are passed over") {
  Payload out{};
  CHECK(read_payload(out, R"({"FV":"1.3","PG":"T1","ZZ":{"a":[1]},"RD":[{"TM":"x","ST":"G","CL":0}]})"));
}

TEST_CASE("a pair of records says how much energy it was, or what is wrong with it") {
  const auto begin = payload(Reason::begin, 1'000'000, 1);
  const auto end = payload(Reason::end, 3'500'000, 2);
  const auto measured = measure(begin, end);
  REQUIRE(measured);
  CHECK(measured->energy_mwh == 2'500'000);
  CHECK(measured->until.unix_ms - measured->from.unix_ms == 60'000);
  const auto fault = [&](auto change) {
    auto first = begin;
    auto second = end;
    change(first, second);
    const auto result = measure(first, second);
    REQUIRE_FALSE(result);
    return result.error();
  };
  using P = Payload;
  CHECK(fault([](P& a, P&) { a.readings[0].reason = Reason::charging; }) == Fault::no_begin);
  CHECK(fault([](P& a, P&) { a.readings.clear(); }) == Fault::no_begin);
  CHECK(fault([](P&, P& b) { b.readings[0].reason = Reason::charging; }) == Fault::no_end);
  CHECK(fault([](P&, P& b) { b.readings.clear(); }) == Fault::no_end);
  CHECK(fault([](P&, P& b) { b.meter_serial = "another"; }) == Fault::other_meter);
  CHECK(fault([](P&, P& b) { b.identification = "04FFFFFF"; }) == Fault::other_user);
  CHECK(fault([](P&, P& b) { b.transaction = "another"; }) == Fault::other_transaction);
  CHECK(fault([](P&, P& b) { b.twin_key = "another"; }) == Fault::other_key);
  CHECK(fault([](P&, P& b) { b.readings[0].value->text = kwh(999'999); }) == Fault::falling_register);
  CHECK(fault([](P& a, P& b) { std::swap(a.readings[0].time, b.readings[0].time); }) == Fault::falling_time);
  CHECK(fault([](P&, P& b) { b.page = page_text(1); }) == Fault::page_order);
  CHECK(fault([](P&, P& b) { b.readings[0].status = "T"; }) == Fault::not_good);
  CHECK(fault([](P&, P& b) { b.readings[0].errors = "E"; }) == Fault::not_good);
  CHECK(fault([](P&, P& b) { b.page = "F2"; }) == Fault::unreadable);
}

TEST_CASE("records in between belong to their pair, and what breaks the row is told in words") {
  const auto begin = payload(Reason::begin, 1'000'000, 1);
  const auto price = payload(Reason::tariff_changed, 2'000'000, 2);
  const auto charging = payload(Reason::charging, 2'500'000, 3);
  const auto end = payload(Reason::ended_locally, 3'500'000, 5);
  const std::array row{&begin, &price, &charging, &end};
  const auto measured = measure(row);
  REQUIRE(measured);
  CHECK(measured->energy_mwh == 2'500'000);
  const auto fault = [&](auto change) {
    auto middle = price;
    change(middle);
    const std::array broken{&begin, &std::as_const(middle), &charging, &end};
    const auto result = measure(broken);
    REQUIRE_FALSE(result);
    CHECK_FALSE(in_words(result.error()).empty());
    return result.error();
  };
  using P = Payload;
  CHECK(fault([](P& p) { p.readings[0].reason = Reason::begin; }) == Fault::in_between);
  CHECK(fault([](P& p) { p.readings[0].reason = Reason::aborted; }) == Fault::in_between);
  CHECK(fault([](P& p) { p.readings[0].reason = Reason::exception; }) == Fault::exception);
  CHECK(fault([](P& p) { p.readings.clear(); }) == Fault::unreadable);
  CHECK(fault([](P& p) { p.readings[0].value->text = kwh(2'600'000); }) == Fault::falling_register);
  CHECK(fault([](P& p) { p.meter_serial = "another"; }) == Fault::other_meter);
  CHECK(fault([](P& p) { p.page = page_text(4); }) == Fault::page_order);
  const std::array alone{&begin};
  CHECK(measure(alone).error() == Fault::no_begin);
}
