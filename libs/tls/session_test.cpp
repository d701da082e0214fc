#include "libs/tls/session.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>

#include "libs/tls/certificate.hpp"
#include "libs/tls/test_certificates.hpp"

using namespace bulwatt;
using namespace bulwatt::tls;
using testing::kDay;
using testing::kNow;
using testing::Made;
using testing::make;
using testing::make_crl;

namespace {

/// A root, a server and a station below it, and a stranger's root.
struct Pki {
  testing::Made root = make({.common_name = "root", .authority = true});
  testing::Made server = make({.common_name = "csms.example"}, &root);
  testing::Made station = make({.common_name = "CS-0001"}, &root);
  testing::Made stranger = make({.common_name = "stranger", .authority = true});
};
const Pki& pki() {
  static const Pki made;
  return made;
}

ContextOptions client_options(Policy policy = Policy::hybrid_required) {
  ContextOptions options;
  options.policy = policy;
  options.trust_anchors_pem = pki().root.certificate_pem;
  return options;
}

ContextOptions server_options(Policy policy = Policy::hybrid_required, const testing::Made& who = pki().server) {
  ContextOptions options;
  options.role = Role::server;
  options.policy = policy;
  options.chain_pem = who.certificate_pem;
  options.key_pem = who.key_pem;
  return options;
}

ContextOptions with_station(ContextOptions options) {
  options.chain_pem = pki().station.certificate_pem;
  options.key_pem = pki().station.key_pem;
  return options;
}

ContextOptions asking_for_station(ContextOptions options) {
  options.trust_anchors_pem = pki().root.certificate_pem;
  options.require_client_certificate = true;
  return options;
}

struct Link {
  Session client;
  Session server;
  std::optional<Refusal> client_refusal{};
  std::optional<Refusal> server_refusal{};
  std::size_t first_message = 0;
  int flights = 0;

  /// Moves bytes until both sides are quiet; at most `step` bytes at once.
  void settle(std::size_t step = 16 * 1024) {
    for (int round = 0; round < 200'000; ++round) {
      const bool a = move(client, server, server_refusal, step);
      const bool b = move(server, client, client_refusal, step);
      if (!a && !b) return;
      ++flights;
    }
    FAIL("the handshake never ends");
  }
  static bool move(Session& from, Session& to, std::optional<Refusal>& refusal, std::size_t step) {
    const auto bytes = from.output().first(std::min(step, from.output().size()));
    if (bytes.empty()) return false;
    if (const auto fed = to.feed(bytes); !fed && !refusal) refusal = fed.error();
    from.consume_output(bytes.size());
    return true;
  }
};

Link connect(const Context& client, const Context& server, SessionOptions options = {.host = "csms.example"}) {
  if (options.now_unix_s == 0) options.now_unix_s = kNow;
  Link link{Session::client(client, options).value(),
            Session::server(server, {.now_unix_s = options.now_unix_s}).value()};
  link.first_message = link.client.output().size();
  link.settle();
  return link;
}

Link connect(const ContextOptions& client, const ContextOptions& server,
             const SessionOptions& options = {.host = "csms.example"}) {
  return connect(Context::make(client).value(), Context::make(server).value(), options);
}

std::string text_of(const Session& session) {
  return {reinterpret_cast<const char*>(session.plain().data()), session.plain().size()};
}
std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span{text}); }

std::optional<Reason> reason(const std::optional<Refusal>& refusal) {
  return refusal ? std::optional{refusal->reason} : std::nullopt;
}

constexpr std::uint8_t kHandshakeFailure = 40;

}  // namespace

TEST_CASE("every pair of policies either agrees on a group both allow or fails on both sides") {
  // Rows: client; columns: server; both in the order of Policy. nullptr: no connection.
  static constexpr const char* k768 = "X25519MLKEM768";
  static constexpr const char* k1024 = "SecP384r1MLKEM1024";
  static constexpr const char* kOld = "x25519";
  const char* normal[4][4] = {{k768, k1024, k768, nullptr},
                              {k1024, k1024, k1024, nullptr},
                              {k768, k1024, k768, kOld},
                              {nullptr, nullptr, kOld, kOld}};
  for (std::size_t c = 0; c < 4; ++c) {
    for (std::size_t s = 0; s < 4; ++s) {
      for (const bool small : {false, true}) {
        CAPTURE(c);
        CAPTURE(s);
        CAPTURE(small);
        auto link = connect(client_options(static_cast<Policy>(c)), server_options(static_cast<Policy>(s)),
                            {.host = "csms.example", .small_hello = small});
        if (normal[c][s] != nullptr) {
          REQUIRE_FALSE(link.client_refusal.has_value());
          REQUIRE_FALSE(link.server_refusal.has_value());
          CHECK(link.client.open());
          CHECK(link.server.open());
          CHECK(link.client.report().group.view() == normal[c][s]);
          CHECK(link.client.report().quantum_safe == (normal[c][s] != kOld));
          continue;
        }
        CHECK_FALSE(link.client.established());
        // A small first message offers X25519 as the way to the hybrid group; who takes it is refused by the client.
        const bool taken = small && c < 2 && s == 3;
        CHECK(reason(link.client_refusal) == (taken ? Reason::group : Reason::peer_refused));
        if (!taken) {
          CHECK(reason(link.server_refusal) == Reason::group);
          CHECK(link.client_refusal->alert == kHandshakeFailure);
          CHECK_FALSE(link.server.established());
        }
      }
    }
  }
}

TEST_CASE("a server that keeps all groups on one level cannot downgrade a small first message in silence") {
  const auto client = Context::make(client_options()).value();
  const auto server = Context::make(server_options(Policy::hybrid_preferred)).value();
  const SessionOptions small{.host = "csms.example", .small_hello = true};

  REQUIRE(SSL_CTX_set1_groups_list(server.native(), "X25519MLKEM768:X25519") == 1);
  auto trapped = connect(client, server, small);
  CHECK(reason(trapped.client_refusal) == Reason::group);
  CHECK(trapped.client_refusal->detail.view() == "x25519");
  CHECK_FALSE(trapped.client.open());
  CHECK(trapped.client.write(bytes("secret")).error().reason == Reason::group);

  REQUIRE(SSL_CTX_set1_groups_list(server.native(), "X25519MLKEM768/X25519") == 1);
  auto safe = connect(client, server, small);
  CHECK(safe.client.open());
  CHECK(safe.client.report().group.view() == "X25519MLKEM768");
}

TEST_CASE("a small first message fits one packet, and the everyday one nearly does") {
  auto normal = connect(client_options(), server_options());
  CHECK(normal.first_message > 1'300);
  CHECK(normal.first_message < 1'500);
  auto small = connect(client_options(), server_options(), {.host = "csms.example", .small_hello = true});
  CHECK(small.first_message < 400);
  CHECK(small.client.report().quantum_safe);
  CHECK(small.flights > normal.flights);
}

TEST_CASE("carries data both ways in pieces of any size, and closes") {
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{1'000}, std::size_t{16'384}}) {
    CAPTURE(step);
    const auto client = Context::make(client_options()).value();
    const auto server = Context::make(server_options()).value();
    Link link{Session::client(client, {.host = "csms.example", .now_unix_s = kNow}).value(),
              Session::server(server, {.now_unix_s = kNow}).value()};
    CHECK(link.client.write(bytes("early")).error().reason == Reason::not_established);
    link.settle(step);
    REQUIRE(link.client.open());
    const std::string large(50'000, 'x');
    REQUIRE(link.client.write(bytes(large)).has_value());
    REQUIRE(link.server.write(bytes("hello")).has_value());
    link.settle(step);
    CHECK(text_of(link.server) == large);
    CHECK(text_of(link.client) == "hello");
    link.client.consume_plain(2);
    CHECK(text_of(link.client) == "llo");

    link.client.close();
    link.settle(step);
    CHECK(link.server.peer_closed());
    CHECK_FALSE(link.server.open());
    CHECK(link.server.established());
    CHECK(link.client.write(bytes("late")).error().reason == Reason::not_established);
  }
}

//=test OCPP-2.0.1 A00.FR.308
//=test OCPP-2.0.1 A00.FR.411
//=test OCPP-2.0.1 A00.FR.412
TEST_CASE("the client refuses a server whose certificate is not right, and never shows its own") {
  const auto server_with = [](const testing::Recipe& recipe, const testing::Made& issuer) {
    return make(recipe, &issuer);
  };
  const auto& root = pki().root;
  struct Case {
    const char* what;
    testing::Made server;
    const char* host;
    Reason expected;
    std::uint8_t alert;
  };
  Case cases[] = {
      {"another host", server_with({.common_name = "other.example"}, root), "csms.example", Reason::hostname, 42},
      {"expired", server_with({.not_before = kNow - 2 * kDay, .not_after = kNow - kDay}, root), "csms.example",
       Reason::certificate_expired, 45},
      {"not yet valid", server_with({.not_before = kNow + kDay, .not_after = kNow + 2 * kDay}, root), "csms.example",
       Reason::certificate_not_yet_valid, 42},
      {"unknown issuer", server_with({}, pki().stranger), "csms.example", Reason::certificate_untrusted, 48},
      {"self-signed", make({}), "csms.example", Reason::certificate_untrusted, 48},
      {"issued by a leaf", server_with({}, pki().station), "csms.example", Reason::certificate_untrusted, 48},
      {"address instead of a name", server_with({}, root), "127.0.0.1", Reason::hostname, 42},
  };
  for (const auto& c : cases) {
    CAPTURE(c.what);
    auto link =
        connect(with_station(client_options()), asking_for_station(server_options({}, c.server)), {.host = c.host});
    CHECK(reason(link.client_refusal) == c.expected);
    CHECK(reason(link.server_refusal) == Reason::peer_refused);
    CHECK(link.server_refusal->alert == c.alert);
    CHECK(link.server.report().peer_name.empty());
    CHECK(link.client.feed(bytes("x")).error().reason == c.expected);
  }
}

TEST_CASE("what stands on a revocation list is refused, also on an old one; no list stops nobody") {
  const auto authority = make({.common_name = "authority", .authority = true});
  const auto good = make({}, &authority);
  const auto bad = make({}, &authority);
  const auto stranger = make({.common_name = "stranger", .authority = true});
  struct Case {
    const Made& who;
    std::string lists;
    bool refused;
  };
  for (const auto& c : {Case{good, make_crl(authority, {&bad}), false}, Case{bad, make_crl(authority, {&bad}), true},
                        Case{bad, make_crl(authority, {&bad}, kNow - 1), true},
                        Case{good, make_crl(authority, {&bad}, kNow - 1), false},
                        Case{good, make_crl(stranger, {&bad}), false}, Case{bad, make_crl(stranger, {&bad}), false},
                        Case{bad, make_crl(stranger, {}) + make_crl(authority, {&good, &bad}), true}}) {
    auto own = Context::make({.trust_anchors_pem = authority.certificate_pem, .revocations_pem = c.lists});
    auto theirs = Context::make({.role = Role::server, .chain_pem = c.who.certificate_pem, .key_pem = c.who.key_pem});
    REQUIRE(own.has_value());
    REQUIRE(theirs.has_value());
    auto client = Session::client(*own, {.host = "csms.example", .now_unix_s = kNow});
    auto server = Session::server(*theirs, {.now_unix_s = kNow});
    std::optional<Refusal> refusal;
    for (int i = 0; i < 20 && !refusal && !client->established(); ++i) {
      static_cast<void>(server->feed(client->output()));
      client->consume_output(client->output().size());
      if (const auto fed = client->feed(server->output()); !fed) refusal = fed.error();
      server->consume_output(server->output().size());
    }
    CHECK(refusal.has_value() == c.refused);
    if (refusal) CHECK(refusal->reason == Reason::certificate_revoked);
  }
  for (const auto& text : {std::string{"nonsense"}, authority.certificate_pem}) {
    const auto broken = Context::make({.trust_anchors_pem = authority.certificate_pem, .revocations_pem = text});
    REQUIRE(!broken.has_value());
    CHECK(broken.error().reason == Reason::bad_trust_anchors);
  }
}

//=test OCPP-2.0.1 A00.FR.401
//=test OCPP-2.0.1 A00.FR.402
TEST_CASE("the server asks for the station's certificate and tells who it is") {
  auto link = connect(with_station(client_options()), asking_for_station(server_options()));
  REQUIRE(link.server.open());
  CHECK(link.server.report().peer_name.view() == "CS-0001");
  CHECK(link.server.report().signature.view() == "ecdsa_secp256r1_sha256");
  CHECK(link.client.report().peer_name.view() == "csms.example");
  CHECK(link.client.report().version.view() == "TLSv1.3");

  auto without = connect(client_options(), asking_for_station(server_options()));
  CHECK(reason(without.server_refusal) == Reason::certificate_missing);
  CHECK(reason(without.client_refusal) == Reason::peer_refused);
  CHECK(alert_name(without.client_refusal->alert) == "certificate_required");

  auto impostor = make({.common_name = "CS-0001"}, &pki().stranger);
  auto options = client_options();
  options.chain_pem = impostor.certificate_pem;
  options.key_pem = impostor.key_pem;
  auto wrong = connect(options, asking_for_station(server_options()));
  CHECK(reason(wrong.server_refusal) == Reason::certificate_untrusted);
  CHECK(alert_name(wrong.client_refusal->alert) == "unknown_ca");
}

TEST_CASE("accepts every kind of certificate the policies name, with the intermediate that comes along") {
  for (const auto* algorithm : {"P-256", "P-384", "RSA-2048", "Ed25519", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87"}) {
    CAPTURE(algorithm);
    const auto root = make({.algorithm = algorithm, .common_name = "root", .authority = true});
    const auto middle = make({.algorithm = algorithm, .common_name = "middle", .authority = true}, &root);
    const auto server = make({.algorithm = algorithm}, &middle);
    auto options = server_options(Policy::hybrid_required, server);
    const std::string chain = server.certificate_pem + middle.certificate_pem;
    options.chain_pem = chain;
    auto client = client_options();
    client.trust_anchors_pem = root.certificate_pem;
    auto link = connect(client, options);
    CHECK_FALSE(link.client_refusal.has_value());
    CHECK(link.client.open());
  }
}

TEST_CASE("a root that another one has signed is an anchor by itself, and the report says which anchor it was") {
  const auto newer = make({.common_name = "newer", .authority = true}, &pki().root);
  const auto server = make({.common_name = "csms.example"}, &newer);
  auto client = client_options();
  client.trust_anchors_pem = newer.certificate_pem;
  auto link = connect(client, server_options({}, server));
  REQUIRE(link.client.open());
  CHECK(link.client.report().anchor_fingerprint == fingerprint(*newer.certificate));
  const auto both = pki().root.certificate_pem + newer.certificate_pem;
  client.trust_anchors_pem = both;
  CHECK(connect(client, server_options({}, server)).client.report().anchor_fingerprint ==
        fingerprint(*newer.certificate));
  auto old = connect(client, server_options());
  REQUIRE(old.client.open());
  CHECK(old.client.report().anchor_fingerprint == fingerprint(*pki().root.certificate));
}

//=test OCPP-2.0.1 A00.FR.313
//=test OCPP-2.0.1 A00.FR.314
//=test OCPP-2.0.1 A00.FR.416
//=test OCPP-2.0.1 A00.FR.417
TEST_CASE("refuses a peer that only speaks TLS 1.2, from either side") {
  const auto old = [](ContextOptions options) {
    options.policy = Policy::classical;
    options.allow_tls12 = true;
    auto context = Context::make(options).value();
    SSL_CTX_set_max_proto_version(context.native(), TLS1_2_VERSION);
    return context;
  };
  const auto client = Context::make(client_options(Policy::hybrid_preferred)).value();
  auto link = connect(client, old(server_options()));
  CHECK(reason(link.client_refusal) == Reason::version);

  const auto server = Context::make(server_options(Policy::hybrid_preferred)).value();
  auto reverse = connect(old(client_options()), server);
  CHECK(reason(reverse.server_refusal) == Reason::version);
  CHECK(reason(reverse.client_refusal) == Reason::version);
  CHECK(alert_name(reverse.client_refusal->alert) == "protocol_version");

  auto both = connect(old(client_options()), old(server_options()));
  CHECK(both.client.open());
  CHECK(both.client.report().version.view() == "TLSv1.2");
}

//=test OCPP-2.0.1 A00.FR.319
//=test OCPP-2.0.1 A00.FR.422
TEST_CASE("where TLS 1.2 is allowed both of the standard's suites with forward secrecy work, and no others") {
  auto options = client_options(Policy::classical);
  options.allow_tls12 = true;
  const auto client = Context::make(options).value();
  const auto with = [&](const char* suite) {
    auto offered = server_options(Policy::classical);
    offered.allow_tls12 = true;
    auto server = Context::make(offered).value();
    SSL_CTX_set_max_proto_version(server.native(), TLS1_2_VERSION);
    REQUIRE(SSL_CTX_set_cipher_list(server.native(), suite) == 1);
    return connect(client, server);
  };
  for (const char* suite : {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"}) {
    const auto link = with(suite);
    CAPTURE(suite);
    REQUIRE(link.client.open());
    CHECK(link.client.report().cipher.view() == suite);
  }
  CHECK_FALSE(with("ECDHE-ECDSA-AES128-SHA256").client.established());
}

//=test OCPP-2.0.1 A00.FR.321
//=test OCPP-2.0.1 A00.FR.424
TEST_CASE("neither side compresses anything") {
  for (const auto& options : {client_options(), server_options()}) {
    const auto context = Context::make(options).value();
    CHECK((SSL_CTX_get_options(context.native()) & SSL_OP_NO_COMPRESSION) != 0);
    CHECK((SSL_CTX_get_options(context.native()) & SSL_OP_NO_RX_CERTIFICATE_COMPRESSION) != 0);
  }
}

TEST_CASE("a peer that was quantum-safe before is refused when it falls back") {
  const SessionOptions pinned{.host = "csms.example", .quantum_safe_pinned = true};
  auto link = connect(client_options(Policy::hybrid_preferred), server_options(Policy::classical), pinned);
  CHECK(reason(link.client_refusal) == Reason::quantum_pin);
  CHECK_FALSE(link.client.open());
}

TEST_CASE("a server gives out nothing that a later connection could resume") {
  const auto server = Context::make(server_options()).value();
  CHECK(SSL_CTX_get_num_tickets(server.native()) == 0);
  CHECK((SSL_CTX_get_options(server.native()) & SSL_OP_NO_TICKET) != 0);
  CHECK(SSL_CTX_get_session_cache_mode(server.native()) == SSL_SESS_CACHE_OFF);
  auto link = connect(Context::make(client_options()).value(), server);
  CHECK_FALSE(link.client.report().resumed);
  CHECK_FALSE(link.server.report().resumed);
}

TEST_CASE("bytes that are no TLS end the session with one reason") {
  using namespace std::string_view_literals;
  for (const auto garbage : {"GET / HTTP/1.1\r\n\r\n"sv, "\x16\x03\x01\xff\xff 0123456789abcdef"sv,
                             "\x17\x03\x03\x00\x08 0123456789"sv, "0123456789abcdef0123456789abcdef"sv}) {
    CAPTURE(garbage);
    const auto server = Context::make(server_options()).value();
    auto session = Session::server(server, {.now_unix_s = kNow}).value();
    const auto fed = session.feed(bytes(garbage));
    REQUIRE_FALSE(fed.has_value());
    CHECK((fed.error().reason == Reason::protocol || fed.error().reason == Reason::version));
    CHECK(session.feed(bytes("x")).error().reason == fed.error().reason);
  }
  const auto server = Context::make(server_options()).value();
  auto session = Session::server(server, {.now_unix_s = kNow}).value();
  const std::string huge(kFeedLimit + 1, 'x');
  CHECK(session.feed(bytes(huge)).error().reason == Reason::too_much_data);
}

TEST_CASE("stops a peer that is faster than its reader") {
  auto link = connect(client_options(), server_options());
  const std::string large(60'000, 'x');
  for (int i = 0; i < 6 && !link.server_refusal; ++i) {
    REQUIRE(link.client.write(bytes(large)).has_value());
    link.settle();
  }
  CHECK(reason(link.server_refusal) == Reason::too_much_data);

  auto slow = connect(client_options(), server_options());
  std::optional<Refusal> refusal;
  for (int i = 0; i < 12 && !refusal; ++i)
    if (const auto wrote = slow.client.write(bytes(large)); !wrote) refusal = wrote.error();
  CHECK(reason(refusal) == Reason::too_much_data);
}

TEST_CASE("contexts that cannot work are refused when they are made") {
  const auto error = [](const ContextOptions& options) {
    const auto made = Context::make(options);
    return made ? std::nullopt : std::optional{made.error().reason};
  };
  auto options = client_options();
  options.allow_tls12 = true;
  CHECK(error(options) == Reason::bad_options);
  options = client_options(), options.trust_anchors_pem = {};
  CHECK(error(options) == Reason::bad_trust_anchors);
  options = client_options(), options.trust_anchors_pem = "nonsense";
  CHECK(error(options) == Reason::bad_trust_anchors);
  options = client_options(), options.chain_pem = pki().station.certificate_pem;
  CHECK(error(options) == Reason::bad_options);
  options = client_options(), options.require_client_certificate = true;
  CHECK(error(options) == Reason::bad_options);
  options = with_station(client_options()), options.key = pki().station.key.get();
  CHECK(error(options) == Reason::bad_options);
  options = with_station(client_options()), options.key_pem = pki().server.key_pem;
  CHECK(error(options) == Reason::key_mismatch);
  options = with_station(client_options()), options.key_pem = "nonsense";
  CHECK(error(options) == Reason::bad_key);
  options = with_station(client_options()), options.chain_pem = "nonsense";
  CHECK(error(options) == Reason::bad_certificate);
  options = server_options(), options.chain_pem = {}, options.key_pem = {};
  CHECK(error(options) == Reason::bad_options);
  options = server_options(), options.require_client_certificate = true;
  CHECK(error(options) == Reason::bad_trust_anchors);

  const auto context = Context::make(client_options()).value();
  for (const auto& host : {std::string{}, std::string(300, 'a'), std::string{"a\0b", 3}})
    CHECK(Session::client(context, {.host = host, .now_unix_s = kNow}).error().reason == Reason::bad_host);
  // Without the time nothing is valid: forgetting it fails closed.
  Link link{Session::client(context, {.host = "csms.example"}).value(),
            Session::server(Context::make(server_options()).value(), {}).value()};
  link.settle();
  CHECK(reason(link.client_refusal) == Reason::certificate_not_yet_valid);
}

TEST_CASE("works in a library context of its own, with the key handed in as an object") {
  OSSL_LIB_CTX* library = OSSL_LIB_CTX_new();
  REQUIRE(library != nullptr);
  {
    auto options = client_options();
    options.chain_pem = pki().station.certificate_pem;
    options.key = pki().station.key.get();
    options.library = library;
    options.properties = "?provider=default";
    auto link = connect(options, asking_for_station(server_options()));
    CHECK(link.client.open());
    CHECK(link.server.report().peer_name.view() == "CS-0001");
  }
  OSSL_LIB_CTX_free(library);
}
