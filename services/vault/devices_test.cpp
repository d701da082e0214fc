#include "services/vault/devices.hpp"

#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "libs/wire/wire.hpp"
#include "services/vault/keys/tpm/emulator_for_tests.hpp"
#include "services/vault/keys/verify_for_tests.hpp"
#include "services/vault/status.hpp"

using namespace bulwatt;
using namespace bulwatt::vault;
using keys::tpm::Bus;
using keys::tpm::Emulator;
using keys::tpm::StateFolder;

namespace {

constexpr Instant kNow{std::chrono::hours{1}};
constexpr Identity kLink{"link", Purpose::tls_client, Algorithm::ecdsa_p256};
constexpr Identity kQuantum{"quantum", Purpose::tls_client, Algorithm::ml_dsa_65};

struct Silent final : UseRecorder {
  void key_used(const Use&, std::uint32_t) override {}
};

/// A station's vault folder and its TPM; each Life is one run of the vault or of provisioning.
struct Rig {
  StateFolder chip;
  StateFolder vault;
  Emulator emulator{chip.path};
  std::string folder() const { return vault.path.string(); }
};
struct Life {
  std::unique_ptr<Bus> bus;
  std::unique_ptr<Ring> ring;
  std::unique_ptr<Devices> devices;
  explicit Life(Rig& rig, bool provisioning = false, bool with_tpm = true, keys::Kind kind = keys::Kind::tpm) {
    ring = std::make_unique<Ring>(rig.folder(), kind);
    devices = std::make_unique<Devices>(rig.folder(), *ring);
    if (!with_tpm) {
      devices->attach_tpm(-1, false);
      return;
    }
    const int line = rig.emulator.connect();
    REQUIRE(line >= 0);
    bus = std::make_unique<Bus>(line);
    devices->attach_tpm(bus->vault_end(), provisioning);
  }
  struct Mute {};
  /// The TPM says nothing when the vault begins.
  Life(Rig& rig, Mute) {
    ring = std::make_unique<Ring>(rig.folder(), keys::Kind::tpm);
    devices = std::make_unique<Devices>(rig.folder(), *ring);
    bus = std::make_unique<Bus>(rig.emulator.connect());
    bus->swallow = true;
    devices->attach_tpm(bus->vault_end(), false);
  }
  ~Life() {
    devices.reset();
    ring.reset();  // before the bus, which it still speaks over
  }
  Counter* counter() { return devices->has_tpm() ? devices.get() : nullptr; }
};

std::expected<std::string, Complaint> provision_all(Rig& rig, bool accept_restored = false) {
  Life life{rig, true};
  auto first = provision(rig.folder(), *life.ring, kLink, "CS001", "", life.counter(), accept_restored);
  if (!first) return first;
  return provision(rig.folder(), *life.ring, kQuantum, "CS001", "", life.counter(), accept_restored);
}
Config config() {
  Config out;
  (void)out.keys.push_back({kLink.name, kLink.purpose, kLink.algorithm, "ocpp", 6000, 100});
  (void)out.keys.push_back({kQuantum.name, kQuantum.purpose, kQuantum.algorithm, "ocpp", 6000, 100});
  return out;
}
Store store_of(Rig& rig, Life& life) {
  auto store = open_store(rig.folder(), config(), *life.ring, life.counter());
  REQUIRE(store.has_value());
  return std::move(*store);
}
std::size_t available(const Store& store) {
  return static_cast<std::size_t>(
      std::ranges::count_if(store.keys, [](const auto& key) { return key.ref.backend != nullptr; }));
}

constexpr std::string_view kLabel = "TLS 1.3, client CertificateVerify";
Octets<kMaxToSign> content() {
  const std::string text = std::string(64, ' ') + std::string{kLabel} + '\0' + std::string(32, 'h');
  return Octets<kMaxToSign>{std::as_bytes(std::span{text})};
}

void copy_folder(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::remove_all(to);
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

}  // namespace

#define NEEDS_EMULATOR()                              \
  if (!Emulator::there()) {                           \
    MESSAGE("swtpm is not installed; nothing shown"); \
    return;                                           \
  }

TEST_CASE("with a TPM its key is in it, the other is sealed by it, and no secret lies in the folder") {
  NEEDS_EMULATOR();
  Rig rig;
  REQUIRE(provision_all(rig).has_value());
  CHECK(file_exists(rig.folder() + "/seal.tpm"));
  CHECK_FALSE(file_exists(rig.folder() + "/seal.secret"));
  Life life{rig};
  Silent silent;
  Service service{store_of(rig, life), silent};
  CHECK(service.get_key("ocpp", {"link"})->slow);
  CHECK_FALSE(service.get_key("ocpp", {"quantum"})->slow);
  CHECK(service.sign("ocpp", {"quantum", Digest::none, content()}, kNow).has_value());
  const auto ticket = service.submit("ocpp", 2, {"link", Digest::sha256, content()}, kNow);
  REQUIRE(ticket.has_value());
  while (!service.work(kNow)) {
  }
  const auto fetched = service.fetch(2, {ticket->ticket});
  REQUIRE(fetched.has_value());
  const auto made = content();
  CHECK(keys::verifies(service.get_key("ocpp", {"link"})->public_key, {Digest::sha256, Padding::none, made.view()},
                       *fetched->signature));
  CHECK(life.devices->stir());
  const auto status = status_of(service.store(), *life.ring, std::array{keys::Kind::tpm});
  CHECK(status.good);
  CHECK(read_status({reinterpret_cast<const char*>(status_text(status).data()), status_text(status).size()}) == status);
}

TEST_CASE("a certificate request of a key in a TPM verifies") {
  NEEDS_EMULATOR();
  Rig rig;
  Life life{rig, true};
  const auto pem = provision(rig.folder(), *life.ring, kLink, "CS001", "Example", life.counter());
  REQUIRE(pem.has_value());
  BIO* text = BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size()));
  X509_REQ* request = PEM_read_bio_X509_REQ(text, nullptr, nullptr, nullptr);
  REQUIRE(request != nullptr);
  CHECK(X509_REQ_verify(request, X509_REQ_get0_pubkey(request)) == 1);
  X509_REQ_free(request);
  BIO_free(text);
}

TEST_CASE("the folder without its TPM opens nothing") {
  NEEDS_EMULATOR();
  Rig rig;
  REQUIRE(provision_all(rig).has_value());
  Rig thief;
  copy_folder(rig.vault.path, thief.vault.path);
  {
    Life life{thief};
    const auto store = store_of(thief, life);
    CHECK(available(store) == 0);
    CHECK(store.keys[0].unavailable.find("is not the one that this vault was made with") != std::string::npos);
  }
  std::filesystem::remove(thief.folder() + "/tpm.root");
  Life again{thief};
  CHECK(available(store_of(thief, again)) == 0);
}

TEST_CASE("a TPM that is not there leaves a vault that runs and says so") {
  NEEDS_EMULATOR();
  Rig rig;
  REQUIRE(provision_all(rig).has_value());
  Life life{rig, false, false};
  Silent silent;
  Service service{store_of(rig, life), silent};
  CHECK(service.get_key("ocpp", {"link"}).error() == Error::key_unavailable);
  CHECK(service.sign("ocpp", {"quantum", Digest::none, content()}, kNow).error() == Error::key_unavailable);
  const auto status = status_of(service.store(), *life.ring, std::array{keys::Kind::tpm});
  CHECK_FALSE(status.good);
  CHECK(first_trouble(status) == "the TPM cannot be opened; is [devices] tpm right?");
}

TEST_CASE("a TPM that goes while the vault runs is said, and used again when it is back") {
  NEEDS_EMULATOR();
  Rig rig;
  REQUIRE(provision_all(rig).has_value());
  Life life{rig};
  Silent silent;
  Service service{store_of(rig, life), silent};
  life.bus->swallow = true;
  life.bus->cut();
  const auto ticket = service.submit("ocpp", 2, {"link", Digest::sha256, content()}, kNow);
  REQUIRE(ticket.has_value());
  while (!service.work(kNow)) {
  }
  CHECK(service.fetch(2, {ticket->ticket}).error() == Error::key_unavailable);
  life.devices->tend(kNow);
  CHECK(first_trouble(status_of(service.store(), *life.ring, std::array{keys::Kind::tpm})) ==
        "the TPM does not answer any more");
  CHECK(service.sign("ocpp", {"quantum", Digest::none, content()}, kNow)
            .has_value());  // in memory, so nothing is missing
}

TEST_CASE("a silent TPM delays nobody, and is used again after a sign of life") {
  NEEDS_EMULATOR();
  Rig rig;
  REQUIRE(provision_all(rig).has_value());
  Life life{rig};
  Silent silent;
  Service service{store_of(rig, life), silent};
  const auto& before = life.ring->find(keys::Kind::tpm)->health();
  CHECK(before.good);
  life.bus->swallow = true;
  CHECK_FALSE(life.devices->stir());  // notices it
  const auto start = os::now();
  for (int i = 0; i < 5; ++i) life.devices->tend(kNow);
  CHECK(os::now() - start < std::chrono::seconds{1});
  CHECK_FALSE(life.ring->find(keys::Kind::tpm)->health().good);
  life.bus->swallow = false;
  const auto patience = os::now() + std::chrono::seconds{10};
  while (!life.ring->find(keys::Kind::tpm)->health().good && os::now() < patience) {
    pollfd answer{life.devices->descriptor(), POLLIN, 0};
    ::poll(&answer, 1, 50);
    life.devices->tend(kNow);
  }
  REQUIRE(life.ring->find(keys::Kind::tpm)->health().good);
  CHECK_FALSE(life.devices->wants_restart());
  const auto ticket = service.submit("ocpp", 2, {"link", Digest::sha256, content()}, kNow);
  REQUIRE(ticket.has_value());
  while (!service.work(kNow)) {
  }
  CHECK(service.fetch(2, {ticket->ticket})->signature.has_value());
}

TEST_CASE(
    "a TPM that is silent at the start leaves a vault that soon runs, and asks for another start when it answers") {
  NEEDS_EMULATOR();
  Rig rig;
  REQUIRE(provision_all(rig).has_value());
  Life life{rig, Life::Mute{}};
  const auto store = store_of(rig, life);
  CHECK(available(store) == 0);
  CHECK(store.keys[0].unavailable.find("unreachable") != std::string::npos);
  life.devices->tend(kNow);
  CHECK_FALSE(life.devices->wants_restart());
  life.bus->swallow = false;
  const auto patience = os::now() + std::chrono::seconds{10};
  while (!life.devices->wants_restart() && os::now() < patience) {
    life.devices->tend(kNow);
    pollfd answer{life.devices->descriptor(), POLLIN, 0};
    ::poll(&answer, 1, 50);
  }
  CHECK(life.devices->wants_restart());
}

TEST_CASE("a line whose other end is gone is not listened to any more") {
  NEEDS_EMULATOR();
  Rig rig;
  REQUIRE(provision_all(rig).has_value());
  Life life{rig};
  life.bus->cut();
  CHECK_FALSE(life.devices->stir());
  life.devices->tend(kNow);
  CHECK(life.devices->descriptor() == -1);
  life.devices->tend(kNow);
  CHECK_FALSE(life.devices->wants_restart());
}

TEST_CASE("an older copy of the vault's folder is noticed, and taken only when somebody says so") {
  NEEDS_EMULATOR();
  Rig rig;
  REQUIRE(provision_all(rig).has_value());
  StateFolder copy;
  copy_folder(rig.vault.path, copy.path);
  std::filesystem::remove(rig.folder() + "/link.key");
  REQUIRE(provision_all(rig).has_value());  // a new key in its place
  {
    Life life{rig};
    CHECK(available(store_of(rig, life)) == 2);
  }
  copy_folder(copy.path, rig.vault.path);
  {
    Life life{rig};
    const auto store = store_of(rig, life);
    CHECK(store.age == Age::older);
    CHECK(available(store) == 0);
    CHECK(first_trouble(status_of(store, *life.ring, std::array{keys::Kind::tpm})) == advice(Age::older));
  }
  CHECK(provision_all(rig).error() == advice(Age::older));
  REQUIRE(provision_all(rig, true).has_value());
  Life life{rig};
  CHECK(available(store_of(rig, life)) == 2);
}

TEST_CASE("one old key file in a folder that is otherwise new is noticed") {
  NEEDS_EMULATOR();
  Rig rig;
  REQUIRE(provision_all(rig).has_value());
  const auto old = read_file(rig.folder() + "/link.key");
  std::filesystem::remove(rig.folder() + "/link.key");
  REQUIRE(provision_all(rig).has_value());
  REQUIRE(write_file(rig.folder() + "/link.key", *old) == 0);
  {
    Life life{rig};
    const auto store = store_of(rig, life);
    CHECK(store.age == Age::current);
    CHECK(available(store) == 1);
    CHECK(store.keys[0].unavailable.find("is not the file that was stored last") != std::string::npos);
  }
  std::filesystem::remove(rig.folder() + "/keys.index");
  Life again{rig};
  CHECK(store_of(rig, again).age == Age::missing);
}

TEST_CASE("a vault that gets a TPM later moves its secret into it and keeps its keys") {
  NEEDS_EMULATOR();
  Rig rig;
  keys::PublicKey before;
  {
    Life life{rig, true, false, keys::Kind::software};
    REQUIRE(provision(rig.folder(), *life.ring, kLink, "CS001", "").has_value());
    REQUIRE(provision(rig.folder(), *life.ring, kQuantum, "CS001", "").has_value());
    before = store_of(rig, life).keys[0].info.public_key;
  }
  REQUIRE(provision_all(rig).has_value());
  CHECK_FALSE(file_exists(rig.folder() + "/seal.secret"));
  Life life{rig};
  const auto store = store_of(rig, life);
  CHECK(available(store) == 2);
  CHECK(store.keys[0].info.public_key == before);
}

TEST_CASE("with an authority the keys open only in a state of the machine that it approved") {
  NEEDS_EMULATOR();
  Rig rig;
  const auto authority = keys::make_private_key(Algorithm::ecdsa_p256);
  {
    std::ofstream file{rig.folder() + "/state-authority.pem"};
    BIO* text = BIO_new(BIO_s_mem());
    PEM_write_bio_PUBKEY(text, authority.get());
    char* data = nullptr;
    const long size = BIO_get_mem_data(text, &data);
    file.write(data, size);
    BIO_free(text);
  }
  REQUIRE_FALSE(provision_all(rig).has_value());  // sealed, but nothing is approved yet
  {
    auto device = keys::tpm::Device::open(rig.emulator.connect(), {});
    REQUIRE(device.has_value());
    const auto digest = (*device)->state_digest(1U << 7);
    const auto signature =
        keys::sign_with(authority.get(), Algorithm::ecdsa_p256, {Digest::sha256, Padding::none, *digest});
    const keys::tpm::ApprovedState state{1U << 7, *digest, Octets<80>{signature->bytes.view()}};
    wire::Buffer<keys::tpm::ApprovedState> buffer{};
    const auto size = wire::encode(state, buffer);
    REQUIRE(write_file(rig.folder() + "/state-approved.bin", std::span{buffer}.first(size)) == 0);
    ::close((*device)->link().descriptor());
  }
  REQUIRE(provision_all(rig).has_value());
  {
    Life life{rig};
    CHECK(available(store_of(rig, life)) == 2);
  }
  REQUIRE(write_file(rig.folder() + "/state-approved.bin", std::vector<std::byte>(3)) == 0);
  Life life{rig};
  const auto store = store_of(rig, life);
  CHECK(available(store) == 0);
  CHECK(store.keys[0].unavailable.find("state-approved.bin") != std::string::npos);
}
