#include "libs/tls/choice.hpp"

#include <doctest/doctest.h>

#include "libs/tls/session.hpp"
#include "libs/tls/test_certificates.hpp"

using namespace bulwatt::tls;
using testing::kNow;
using testing::make;

namespace {

/// Two hierarchies, each with a station's certificate below an authority below the root.
struct Hierarchy {
  explicit Hierarchy(const std::string& name, const std::string& domain = "CPO")
      : root(make({.common_name = name + " root", .authority = true})),
        sub(make({.common_name = name + " sub", .authority = true}, &root)),
        station(make({.common_name = name + " station", .domain = domain}, &sub)) {}
  std::string chain() const { return station.certificate_pem + sub.certificate_pem; }
  testing::Made root, sub, station;
};
const Hierarchy& first() {
  static const Hierarchy made{"first"};
  return made;
}
const Hierarchy& second() {
  static const Hierarchy made{"second"};
  return made;
}

constexpr std::array kStaple{std::byte{1}, std::byte{2}, std::byte{3}};

struct Outcome {
  std::optional<Report> car{};
  std::optional<Report> station{};
  std::optional<Reason> refused{};  ///< by the car
};

struct Car {
  std::string anchors = first().root.certificate_pem;
  int newest = TLS1_3_VERSION;
  const char* suites = nullptr;
  std::string_view domain = "CPO";
};

Outcome meet(const Car& car, const Hierarchy& shown = first(), std::span<const std::byte> staple = {}) {
  const auto chain = shown.chain();
  const auto other_chain = second().chain();
  const Identity other{.chain_pem = other_chain, .key = second().station.key.get()};
  const auto server = Context::make({.role = Role::server,
                                     .policy = Policy::vehicle,
                                     .allow_tls12 = true,
                                     .chain_pem = chain,
                                     .key = shown.station.key.get(),
                                     .staple_der = staple,
                                     .others = std::span{&other, 1}});
  REQUIRE(server.has_value());
  const auto client = Context::make(
      {.role = Role::client, .policy = Policy::vehicle, .allow_tls12 = true, .trust_anchors_pem = car.anchors});
  REQUIRE(client.has_value());
  SSL_CTX_set_max_proto_version(client->native(), car.newest);
  if (car.suites != nullptr) REQUIRE(SSL_CTX_set_cipher_list(client->native(), car.suites) == 1);
  auto a = Session::client(*client, {.domain = car.domain, .now_unix_s = kNow}).value();
  auto b = Session::server(*server, {.now_unix_s = kNow}).value();
  Outcome out;
  for (int i = 0; i < 20; ++i) {
    static_cast<void>(b.feed(a.output()));
    a.consume_output(a.output().size());
    if (const auto fed = a.feed(b.output()); !fed && !out.refused) out.refused = fed.error().reason;
    b.consume_output(b.output().size());
  }
  if (a.established()) out.car = a.report();
  if (b.established()) out.station = b.report();
  return out;
}

}  // namespace

TEST_CASE("a car of ISO 15118-2 gets TLS 1.2 with the suite of that standard") {
  const auto met = meet({.newest = TLS1_2_VERSION, .suites = "ECDHE-ECDSA-AES128-SHA256"});
  REQUIRE(met.car.has_value());
  CHECK(met.car->version.view() == "TLSv1.2");
  CHECK(met.car->cipher.view() == "ECDHE-ECDSA-AES128-SHA256");
  CHECK(met.car->peer_name.view() == "first station");
  REQUIRE(met.station.has_value());
}

TEST_CASE("a car that can more gets more: AEAD suites, TLS 1.3, a hybrid group") {
  const auto old = meet({.newest = TLS1_2_VERSION});
  REQUIRE(old.car.has_value());
  CHECK(old.car->cipher.view() == "ECDHE-ECDSA-AES256-GCM-SHA384");
  const auto now = meet({});
  REQUIRE(now.car.has_value());
  CHECK(now.car->version.view() == "TLSv1.3");
  CHECK(now.car->quantum_safe);
}

//=test ISO15118-2 V2G2-871
//=test ISO15118-2 V2G2-923
TEST_CASE("a car is shown the chain under a root that it trusts, by trusted_ca_keys and by certificate_authorities") {
  for (const int newest : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(newest);
    CHECK(meet({.newest = newest}).car->peer_name.view() == "first station");
    CHECK(meet({.anchors = second().root.certificate_pem, .newest = newest}).car->peer_name.view() == "second station");
    // In the car's order: it trusts both, the second more.
    CHECK(meet({.anchors = second().root.certificate_pem + first().root.certificate_pem, .newest = newest})
              .car->peer_name.view() == "second station");
    // None of them: the first is shown, and the car refuses it.
    const auto stranger = make({.common_name = "stranger", .authority = true});
    CHECK(meet({.anchors = stranger.certificate_pem, .newest = newest}).refused == Reason::certificate_untrusted);
  }
}

//=test ISO15118-2 V2G2-925
TEST_CASE("a car refuses a certificate that is not for a station") {
  const Hierarchy other{"other", "OEM"};
  const Hierarchy none{"none", ""};
  CHECK(meet({.anchors = other.root.certificate_pem}, other).refused == Reason::hostname);
  CHECK(meet({.anchors = none.root.certificate_pem}, none).refused == Reason::hostname);
}

TEST_CASE("the OCSP response of the certificate goes along where there is one") {
  for (const int newest : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(newest);
    CHECK(meet({.newest = newest}, first(), kStaple).car->stapled);
    CHECK_FALSE(meet({.newest = newest}).car->stapled);
    // It belongs to the first chain.
    CHECK_FALSE(meet({.anchors = second().root.certificate_pem, .newest = newest}, first(), kStaple).car->stapled);
  }
}

TEST_CASE("a chain whose key is another's is not taken") {
  const auto chain = first().chain();
  const auto other_chain = second().chain();
  const Identity wrong{.chain_pem = other_chain, .key = first().station.key.get()};
  const auto made = Context::make({.role = Role::server,
                                   .policy = Policy::vehicle,
                                   .chain_pem = chain,
                                   .key = first().station.key.get(),
                                   .others = std::span{&wrong, 1}});
  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().reason == Reason::key_mismatch);
}
