// The whole CSMS over loopback TCP, against a client made of the same libraries; one loop, no threads, no sleeping.
#include "peers/csms/server.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "libs/http/encoding.hpp"
#include "peers/csms/clock.hpp"
#include "peers/csms/commands.hpp"
#include "peers/csms/facts.hpp"

using namespace bulwatt;
using namespace bulwatt::csms;

namespace {

constexpr websocket::RandomSource kFixed{[](void*, std::span<std::byte> out) {
                                           for (auto& b : out) b = std::byte{0x5a};
                                         },
                                         nullptr};

struct Folder {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("csms-server-" + std::to_string(::getpid()));
  Folder() { std::filesystem::remove_all(path); }
  ~Folder() { std::filesystem::remove_all(path); }
};
const Pki& pki() {
  static const Folder folder;
  static const Pki made = [] {
    Pki pki_of_test(folder.path);
    pki_of_test.make_station("CS001");
    return pki_of_test;
  }();
  return made;
}
std::string file(const std::string& name) {
  std::ifstream in(pki().folder() / name);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// What a station's side does, driven by the test's loop.
class Client {
 public:
  struct Options {
    std::string path = "/ocpp/CS001";
    std::string authorization = {};
    std::vector<std::string_view> subprotocols = {"ocpp2.0.1"};
    const tls::Context* context = nullptr;
  };
  Client(simbus::Loop& loop, std::uint16_t port, Options options) : loop_(loop), options_(std::move(options)) {
    socket_ = simbus::Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) {
      ended = true;
      return;
    }
    if (options_.context != nullptr)
      tls_ = tls::Session::client(*options_.context, {.host = "localhost", .now_unix_s = unix_ms_now() / 1000}).value();
    loop_.watch(socket_.get(), EPOLLIN, [this](std::uint32_t) { ready(); });
    tls_ ? flush() : ask();
  }
  ~Client() {
    if (socket_) loop_.forget(socket_.get());
  }

  void send(const std::string& text) {
    REQUIRE(websocket.has_value());
    REQUIRE(websocket->send_text(text).has_value());
    pump();
  }

  std::optional<int> status;
  std::optional<websocket::HandshakeError> handshake;
  std::optional<websocket::Connection> websocket;
  std::vector<std::string> texts;
  std::optional<std::uint16_t> close_code;
  std::optional<tls::Refusal> refusal;
  bool mute = false;  // does not read, as a station that lost its network
  bool ended = false;

 private:
  websocket::UpgradeRequest request() const {
    return {.host = "localhost",
            .target = options_.path,
            .key = websocket::make_key({}),
            .subprotocols = options_.subprotocols,
            .authorization = options_.authorization};
  }
  void ask() {
    asked_ = true;
    std::array<char, 2048> buffer{};
    const auto head = websocket::write_upgrade_request(request(), buffer);
    put(std::as_bytes(std::span{head.value()}));
    flush();
  }
  void put(std::span<const std::byte> bytes) {
    if (tls_) return static_cast<void>(tls_->write(bytes));
    out_.insert(out_.end(), bytes.begin(), bytes.end());
  }
  void flush() {
    const auto bytes = tls_ ? tls_->output() : std::span<const std::byte>{out_};
    if (!bytes.empty()) static_cast<void>(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
    if (tls_) tls_->consume_output(bytes.size());
    out_.clear();
  }
  void pump() {
    put(websocket->output());
    websocket->consume_output(websocket->output().size());
    flush();
  }
  void ready() {
    if (mute) return loop_.forget(socket_.get());
    std::array<std::byte, 16 * 1024> buffer;
    const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (size <= 0) {
      ended = true;
      loop_.forget(socket_.get());
      return socket_.reset();
    }
    const auto bytes = std::span{buffer}.first(static_cast<std::size_t>(size));
    if (!tls_) return take(bytes);
    if (const auto fed = tls_->feed(bytes); !fed) refusal = fed.error();
    flush();
    if (tls_->open() && !asked_) ask();
    const std::vector<std::byte> plain(tls_->plain().begin(), tls_->plain().end());
    tls_->consume_plain(plain.size());
    if (!plain.empty()) take(plain);
  }
  void take(std::span<const std::byte> bytes) {
    if (!websocket) {
      const auto fed = head_.feed({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
      if (!fed->complete) return;
      const auto response = http::parse_response(head_.head()).value();
      status = response.status;
      const auto chosen = websocket::check_upgrade_response(response, request());
      if (!chosen) handshake = chosen.error();
      if (*status != 101) return;
      websocket.emplace(websocket::Role::client, kFixed);
      bytes = bytes.subspan(fed->consumed);
    }
    static_cast<void>(websocket->feed(bytes));
    while (const auto message = websocket->next()) {
      if (message->kind == websocket::Message::Kind::text) texts.push_back(message->payload);
      if (message->kind == websocket::Message::Kind::close) close_code = message->close_code;
    }
    pump();
  }

  simbus::Loop& loop_;
  Options options_;
  simbus::Fd socket_;
  std::optional<tls::Session> tls_;
  http::HeadReader head_;
  std::vector<std::byte> out_;
  bool asked_ = false;
};

struct World {
  simbus::Loop loop;
  Settings settings;
  Store store{":memory:"};
  Schemas schemas;
  std::vector<std::string> log;
  std::optional<Server> server;

  explicit World(int profile, bool takeover = false, tls::Policy policy = tls::Policy::hybrid_required) {
    ListenOptions options;
    options.security_profile = profile;
    options.passwords = {{"CS001", "a password of CS001"}};
    options.takeover = takeover;
    Surroundings around{settings, store, schemas};
    around.log = [this](const std::string& line) { log.push_back(line); };
    server.emplace(loop, options, around, context(profile, policy));
  }
  static std::optional<tls::Context> context(int profile, tls::Policy policy) {
    if (profile < 2) return std::nullopt;
    const auto chain = pki().server_chain_pem(), key = pki().server_key_pem(), root = pki().root_pem();
    tls::ContextOptions options;
    options.role = tls::Role::server;
    options.policy = policy;
    options.chain_pem = chain, options.key_pem = key;
    if (profile == 3) options.require_client_certificate = true, options.trust_anchors_pem = root;
    return tls::Context::make(options).value();
  }
  std::unique_ptr<Client> client(Client::Options options = {}) {
    return std::make_unique<Client>(loop, server->port(), std::move(options));
  }
  /// Runs the loop until `done`; fails after 10 s of real time.
  template <class Done>
  void until(Done done) {
    bool late = false;
    simbus::Timer deadline(loop, [&] { late = true; });
    deadline.arm(10'000);
    while (!done()) {
      REQUIRE_FALSE(late);
      loop.run_once();
    }
  }
  std::vector<std::string> violations() {
    std::vector<std::string> kinds;
    for (const auto& row : store.query("SELECT kind FROM violations ORDER BY id")) kinds.push_back(row["kind"]);
    return kinds;
  }
};

std::string basic(const std::string& user, const std::string& password) {
  std::array<char, 512> buffer{};
  const http::Credentials credentials{std::string_view{user},
                                      Octets<http::kPasswordLimit>{std::as_bytes(std::span{password})}};
  return std::string{http::write_basic(credentials, buffer).value()};
}

tls::Context station_context(bool with_certificate, tls::Policy policy = tls::Policy::hybrid_required) {
  const auto root = pki().root_pem(), chain = file("station-CS001.pem"), key = file("station-CS001.key");
  tls::ContextOptions options;
  options.policy = policy;
  options.trust_anchors_pem = root;
  if (with_certificate) options.chain_pem = chain, options.key_pem = key;
  return tls::Context::make(options).value();
}

constexpr const char* kBoot =
    R"([2,"b1","BootNotification",{"reason":"PowerUp","chargingStation":{"model":"M","vendorName":"V"}}])";

}  // namespace

TEST_CASE("a station boots over plain WebSocket") {
  World world(0);
  const auto client = world.client({.path = "/any/prefix/CS%2D001"});
  world.until([&] { return client->websocket.has_value(); });
  client->send(kBoot);
  world.until([&] { return !client->texts.empty(); });
  CHECK(client->texts[0].find("\"Accepted\"") != std::string::npos);
  CHECK(world.server->stations().at("CS-001"));
  CHECK(world.violations().empty());
}

TEST_CASE(
    "CVE-2026-27772 and its like, a backend without authentication: Basic credentials must be the station's own") {
  World world(1);
  const std::pair<std::string, int> cases[] = {{basic("CS001", "a password of CS001"), 101},
                                               {basic("CS001", "another password"), 401},
                                               {basic("CS002", "a password of CS001"), 401},
                                               {"", 401},
                                               {"Basic !!!", 401}};
  for (const auto& [authorization, status] : cases) {
    CAPTURE(authorization);
    const auto client = world.client({.authorization = authorization});
    world.until([&] { return client->status.has_value(); });
    CHECK(client->status == status);
  }
}

TEST_CASE("refuses paths that name no identity") {
  World world(0);
  for (const auto& path : std::vector<std::string>{"/", "/ocpp/", "/a%3Ab", "/%zz", "/" + std::string(49, 'a')}) {
    CAPTURE(path);
    const auto client = world.client({.path = path});
    world.until([&] { return client->status.has_value(); });
    CHECK(client->status == 404);
    world.until([&] { return client->ended; });
  }
}

TEST_CASE("completes the handshake without a subprotocol when there is no common one, then closes") {
  World world(0);
  const auto client = world.client({.subprotocols = {"ocpp1.6", "ocpp2.1"}});
  world.until([&] { return client->close_code.has_value(); });
  CHECK(client->handshake == websocket::HandshakeError::no_common_subprotocol);
  CHECK(client->close_code == websocket::close_code::kProtocolError);
}

TEST_CASE("profile 2: TLS with hybrid key exchange, and Basic") {
  World world(2);
  const auto context = station_context(false);
  const auto client = world.client({.authorization = basic("CS001", "a password of CS001"), .context = &context});
  world.until([&] { return client->websocket.has_value(); });
  client->send(kBoot);
  world.until([&] { return !client->texts.empty(); });
  CHECK(std::ranges::any_of(world.log,
                            [](const auto& line) { return line.find("X25519MLKEM768") != std::string::npos; }));
}

TEST_CASE("profile 3: the certificate must be there, and name the identity of the path") {
  World world(3);
  const auto context = station_context(true);
  const auto good = world.client({.context = &context});
  world.until([&] { return good->websocket.has_value(); });
  const auto other = world.client({.path = "/CS002", .context = &context});
  world.until([&] { return other->status.has_value(); });
  CHECK(other->status == 401);
  const auto bare_context = station_context(false);
  const auto bare = world.client({.context = &bare_context});
  world.until([&] { return bare->ended; });
  CHECK(bare->refusal->alert == 116);
}

TEST_CASE("a classical CSMS and a hybrid station do not connect") {
  World world(2, false, tls::Policy::classical);
  const auto context = station_context(false);
  const auto client = world.client({.context = &context});
  world.until([&] { return client->ended; });
  CHECK(client->refusal->reason == tls::Reason::peer_refused);
  CHECK_FALSE(client->status.has_value());
}

TEST_CASE("CVE-2026-26290 and its like, a doubled identity: a second connection is refused while the first answers") {
  World world(0);
  const auto first = world.client();
  world.until([&] { return first->websocket.has_value(); });
  const auto second = world.client();
  world.until([&] { return second->status.has_value(); });
  CHECK(second->status == 409);
  world.until([&] { return !world.violations().empty(); });
  CHECK(world.violations() == std::vector<std::string>{"second_connection"});
  first->send(kBoot);
  world.until([&] { return !first->texts.empty(); });
}

TEST_CASE("a station that lost its network gets in again after its old connection proves dead") {
  World world(0);
  const auto first = world.client();
  world.until([&] { return first->websocket.has_value(); });
  first->mute = true;
  const auto second = world.client();
  world.until([&] { return second->status.has_value(); });
  CHECK(second->status == 409);
  world.until([&] { return !world.server->stations().at("CS001"); });
  const auto third = world.client();
  world.until([&] { return third->websocket.has_value(); });
  CHECK(world.violations().empty());
}

TEST_CASE("with takeover a second connection replaces the first") {
  World world(0, true);
  const auto first = world.client();
  world.until([&] { return first->websocket.has_value(); });
  const auto second = world.client();
  world.until([&] { return first->ended && second->websocket.has_value(); });
  second->send(kBoot);
  world.until([&] { return !second->texts.empty(); });
}

TEST_CASE("the network goes down for everybody and comes back on the same port") {
  World world(0);
  const auto before = world.client();
  world.until([&] { return before->websocket.has_value(); });
  const auto port = world.server->port();
  world.server->set_network(false);
  world.until([&] { return before->ended; });
  CHECK(world.client()->ended);
  world.server->set_network(true);
  CHECK(world.server->port() == port);
  const auto after = world.client();
  world.until([&] { return after->websocket.has_value(); });
}

TEST_CASE("garbage instead of HTTP, WebSocket or TLS ends one connection and nothing else") {
  World world(0);
  const auto client = world.client();
  world.until([&] { return client->websocket.has_value(); });
  const auto context = station_context(false);
  const auto confused = world.client({.context = &context});  // speaks TLS to a plain port
  world.until([&] { return confused->ended; });
  client->send(kBoot);
  world.until([&] { return !client->texts.empty(); });
}

TEST_CASE("commands of the bus: call, boot, token, network, lists") {
  World world(0);
  std::vector<Json> later;
  Commands commands(*world.server, world.settings, world.store,
                    [&](const Json&, const Json& answer) { later.push_back(answer); });
  const auto give = [&](const std::string& name, const std::vector<std::string>& args) {
    return commands.take({name, args, {{"id", 1}}});
  };
  CHECK_FALSE(give("plug", {}).has_value());
  CHECK((*give("csms", {"call", "Reset", "{}"}))["error"] == "no station is connected");
  const auto client = world.client();
  world.until([&] { return client->websocket.has_value(); });
  CHECK(give("csms", {"call", "Reset", "{\"type\":", "\"Immediate\"}"})->contains("later"));
  world.until([&] { return !client->texts.empty(); });
  const Json call = Json::parse(client->texts[0]);
  CHECK(call[2] == "Reset");
  CHECK(call[3]["type"] == "Immediate");
  client->send(to_text(CallResult{call[1], {{"status", "Accepted"}}}));
  world.until([&] { return !later.empty(); });
  CHECK(later[0]["answer"]["status"] == "Accepted");

  CHECK((*give("csms", {"call", "@CS002", "Reset"}))["ok"] == false);
  CHECK((*give("csms", {"call", "Reset", "[]"}))["ok"] == false);
  CHECK((*give("csms", {"boot", "Pending", "7"}))["ok"] == true);
  CHECK(world.settings.boot == BootStatus::pending);
  CHECK(world.settings.boot_interval_s == 7);
  CHECK((*give("csms", {"boot", "maybe"}))["ok"] == false);
  CHECK((*give("csms", {"token", "t", "Blocked"}))["ok"] == true);
  CHECK(world.settings.tokens.at("t") == "Blocked");
  CHECK((*give("csms", {"token", "t", "blocked"}))["ok"] == false);
  CHECK((*give("csms", {"transactions"}))["count"] == 0);
  CHECK((*give("csms", {"violations", "CS001"}))["violations"].empty());
  CHECK((*give("csms", {"stations"}))["stations"][0]["identity"] == "CS001");
  CHECK((*give("status", {}))["stations"]["CS001"] == true);
  CHECK((*give("csms", {"nonsense"}))["ok"] == false);
  CHECK((*give("network", {"sideways"}))["ok"] == false);
  CHECK((*give("network", {"down"}))["ok"] == true);
  CHECK((*give("status", {}))["network"] == "down");
}

TEST_CASE("a receipt is what the events of a transaction said: cost, and each signed record once") {
  Store store(":memory:");
  const Where where{.station = "CS001", .connection = 1, .unix_ms = 0};
  const auto sample = [](const char* context, const char* text) {
    return Json{
        {"value", 1.0},
        {"context", context},
        {"signedMeterValue",
         {{"signedMeterData", text}, {"signingMethod", ""}, {"encodingMethod", "OCMF"}, {"publicKey", "a2V5"}}}};
  };
  const auto event = [&](const char* type, int seq_no, const Json& samples, const Json& more = Json::object()) {
    Json payload{{"eventType", type},
                 {"seqNo", seq_no},
                 {"timestamp", "2026-01-01T00:00:0" + std::to_string(seq_no) + "Z"},
                 {"transactionInfo", {{"transactionId", "tx-1"}, {"stoppedReason", "Local"}}},
                 {"meterValue", Json::array({{{"timestamp", "2026-01-01T00:00:00Z"}, {"sampledValue", samples}}})}};
    payload.update(more);
    keep_transaction_event(store, where, payload, false);
  };
  CHECK(receipt(store, "tx-1").is_null());
  event("Started", 0, Json::array({{{"value", 1.0}}}));
  event("Updated", 1, Json::array({sample("Other", "bWlkZGxl")}));
  CHECK(receipt(store, "tx-1").is_null());
  event("Ended", 2,
        Json::array(
            {sample("Transaction.Begin", "YmVnaW4="), sample("Transaction.End", "ZW5k"), sample("Other", "bWlkZGxl")}),
        {{"customData", {{"vendorId", "org.bulwatt"}, {"total", "7.14"}, {"currency", "EUR"}}}});
  const auto made = receipt(store, "tx-1");
  CHECK(made["cost"]["total"] == "7.14");
  CHECK(made["station"] == "CS001");
  CHECK(made["stopped"] == "Local");
  REQUIRE(made["records"].size() == 3);
  CHECK(made["records"][0]["text"] == "middle");
  CHECK(made["records"][1]["text"] == "begin");
  CHECK(made["records"][2]["public_key"] == "key");
}

TEST_CASE("signs requests of the station they name, and no others") {
  const tls::KeyPtr key{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")};
  const auto csr_for = [&](const char* name, bool spoiled) {
    X509_REQ* request = X509_REQ_new();
    X509_REQ_set_pubkey(request, key.get());
    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    REQUIRE(X509_REQ_sign(request, key.get(), EVP_sha256()) > 0);
    if (spoiled)
      X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request), "O", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>("x"), -1, -1, 0);
    const tls::BioPtr bio{BIO_new(BIO_s_mem())};
    PEM_write_bio_X509_REQ(bio.get(), request);
    X509_REQ_free(request);
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &data);
    return std::string(data, static_cast<std::size_t>(size));
  };
  CHECK(pki().sign(csr_for("CS007", false), "CS007").starts_with("-----BEGIN CERTIFICATE"));
  CHECK_THROWS(pki().sign(csr_for("CS007", false), "CS008"));
  CHECK_THROWS(pki().sign(csr_for("CS007", true), "CS007"));
  CHECK_THROWS(pki().sign("nonsense", "CS007"));
  CHECK_THROWS(pki().sign(std::string(kCsrMax + 1, 'x'), "CS007"));
}
