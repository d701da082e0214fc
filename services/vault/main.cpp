// bulwatt-vault: the process that holds every private key. Wiring only; see service.hpp and store.hpp.
#include <fcntl.h>
#include <openssl/crypto.h>

#include <cstdlib>
#include <cstring>

#include "grants/vault.hpp"
#include "libs/base/line.hpp"
#include "libs/journal/linux/file_storage.hpp"
#include "libs/runtime/process.hpp"
#include "services/vault/checkpoint_signer.hpp"
#include "services/vault/devices.hpp"
#include "services/vault/head_anchor.hpp"
#include "services/vault/meter_signer.hpp"
#include "services/vault/profiles.hpp"
#include "services/vault/provision.hpp"
#include "services/vault/renewal.hpp"
#include "services/vault/status.hpp"
#include "services/vault/statuses.hpp"
#include "services/vault/trial_command.hpp"
#include "services/vault/trust.hpp"

using namespace bulwatt;
namespace grant = bulwatt::grants::vault;

namespace {

constexpr const char* kFolder = "/state";
constexpr const char* kModule = "/lib/token-module.so";
constexpr const char* kStatusPath = "/state/status.json";
constexpr Duration kTend = std::chrono::seconds{5};
constexpr Duration kWarnEvery = std::chrono::hours{24};
constexpr std::int64_t kClockWasSet = 1'577'836'800;  // 2020-01-01: a clock that tells less was never set
constexpr std::size_t kSecureBytes = 256 * 1024;
constexpr Duration kSettle = std::chrono::seconds{5};
constexpr Duration kPatience = std::chrono::seconds{1};  // then a device that says nothing is looked at anyway

/// What the ledger is told of the uses of keys; uses.hpp says what is told at once and what is counted first.
struct LedgerRecorder final : vault::UseRecorder, vault::TrustRecorder {
  explicit LedgerRecorder(ipc::Client<grant::ledger> client) : ledger(client) {}
  ipc::Client<grant::ledger> ledger;
  void key_used(const vault::Use& use, std::uint32_t count) override {
    const bool granted = use.outcome == vault::Outcome::granted;
    const Line<ledger::kMaxDetail> detail{"key=",      use.key.view(),         " user=",  use.user.view(),
                                          " outcome=", enum_text(use.outcome), " count=", count};
    const auto done = ledger.call(ledger::Append{ledger::Subject::key_use,
                                                 granted ? ledger::Severity::info : ledger::Severity::warning,
                                                 granted ? "KeyUsed" : "KeyUseRefused", detail.view()});
    if (!done) runtime::log("a use of a key could not be recorded in the ledger");
  }
  void trust_changed(std::string_view what, std::string_view detail, bool granted) override {
    const auto severity = granted ? ledger::Severity::notice : ledger::Severity::warning;
    if (!ledger.call(ledger::Append{ledger::Subject::configuration, severity, what, detail}))
      runtime::log("a change of trust could not be recorded in the ledger");
  }
  void certificate_ends(std::string_view detail) {
    runtime::log(Line<240>{"a certificate ends: ", detail}.view());
    (void)ledger.call(
        ledger::Append{ledger::Subject::security_event, ledger::Severity::warning, "CertificateEnds", detail});
  }
  /// Empty: everything is there again.
  void health_changed(std::string_view trouble) {
    runtime::log(trouble.empty() ? std::string_view{"every key and device is there again"} : trouble);
    (void)ledger.call(ledger::Append{ledger::Subject::security_event,
                                     trouble.empty() ? ledger::Severity::notice : ledger::Severity::warning,
                                     trouble.empty() ? "VaultWhole" : "VaultDegraded", trouble});
  }
};

/// What is missing is no complaint; what is there and no good is one.
std::string open_anchors(vault::Anchors& anchors, const std::vector<std::byte>& stored_csms) {
  const auto opened = anchors.open();
  if (!opened) return "the journal of trust anchors in the state folder cannot be opened, or there is no room for it";
  if (opened->damaged) runtime::log("the journal of trust anchors was damaged; what could be read of it was kept");
  if (stored_csms.empty()) return {};
  const auto done = anchors.import_csms({reinterpret_cast<const char*>(stored_csms.data()), stored_csms.size()});
  return done ? std::string{} : "trust-csms.pem: " + done.error();
}

/// The ledger, as an anchor of its head needs it.
struct AnchoredLedger final : vault::AnchorLedger {
  explicit AnchoredLedger(ipc::Client<grant::ledger> client) : ledger(client) {}
  std::optional<ledger::Anchor::Anchored> anchor(std::uint64_t counter) override {
    const auto said = ledger.call(ledger::Anchor{counter});
    return said ? std::optional{*said} : std::nullopt;
  }
  ipc::Client<grant::ledger> ledger;
};

/// What `v2g` may ask: its own keys, and nothing of trust or renewal.
struct CarSide {
  vault::Service* service = nullptr;
  vault::Trust* trust = nullptr;
  runtime::Action submitted{};  ///< something waits for slow hardware
  std::optional<ipc::Server<grant::v2g>> v2g{};

  auto on(const vault::GetKey& r) { return service->get_key("v2g", r); }
  auto on(const vault::GetChain& r) { return service->get_chain("v2g", r); }
  std::expected<vault::GetTrust::Part, vault::Error> on(const vault::GetTrust& r) {
    if (r.link.view() != "contracts") return std::unexpected(vault::Error::not_yours);
    return trust->get(r);
  }
  auto on(const vault::Sign& r) { return service->sign("v2g", r, os::now()); }
  auto on(const vault::SubmitSign& r) {
    auto ticket = service->submit("v2g", grant::v2g::kFacts.index, r, os::now());
    if (ticket) submitted();
    return ticket;
  }
  auto on(const vault::FetchSign& r) { return service->fetch(grant::v2g::kFacts.index, r); }
  void peer(bool alive) {
    if (!alive) service->forget(grant::v2g::kFacts.index);
  }
};

struct Shell {
  vault::Service* service = nullptr;
  vault::Trust* trust = nullptr;
  vault::Renewal* renewal = nullptr;
  std::optional<ipc::Server<grant::ocpp>> ocpp{};
  CarSide* cars = nullptr;
  runtime::Loop& loop;
  vault::Devices* devices = nullptr;
  vault::Ring* ring = nullptr;
  LedgerRecorder* recorder = nullptr;
  vault::Profiles* profiles = nullptr;
  vault::Statuses* statuses = nullptr;
  vault::HeadAnchor* anchor = nullptr;
  std::vector<vault::keys::Kind> configured{};
  vault::Status status{};
  int watched = -1;
  Instant next_warning{};
  runtime::TimerId next = runtime::kNoTimer;
  runtime::TimerId make = runtime::kNoTimer;

  auto on(const vault::GetKey& r) { return service->get_key("ocpp", r); }
  auto on(const vault::GetChain& r) { return service->get_chain("ocpp", r); }
  auto on(const vault::GetTrust& r) { return trust->get(r); }
  std::expected<vault::InstallAnchor::Answer, vault::Error> on(const vault::InstallAnchor& r) {
    return trust->install(r);
  }
  std::expected<vault::DeleteAnchor::Answer, vault::Error> on(const vault::DeleteAnchor& r) { return trust->remove(r); }
  std::expected<vault::ListCertificates::Part, vault::Error> on(const vault::ListCertificates& r) {
    return trust->list(r);
  }
  std::expected<ipc::Done, vault::Error> on(const vault::ConfirmTrust& r) {
    trust->confirm(r);
    profiles->confirm(r.profile);
    if (r.slot && renewal->confirm("ocpp", *r.slot)) trust->changed("OldCertificateDiscarded", r.slot->view(), true);
    return ipc::Done{};
  }
  auto on(const vault::RenewKey& r) {
    auto begun = renewal->begin("ocpp", r);
    if (begun) loop.at(make, os::now(), runtime::Action::to<&Shell::make_key>(*this));
    return begun;
  }
  std::expected<vault::InstallChain::Reply, vault::Error> on(const vault::InstallChain& r) {
    const auto answer = renewal->install("ocpp", r);
    trust->changed("CertificateInstalled", answer.reason.empty() ? r.name.view() : answer.reason.view(),
                   answer.verdict == vault::InstallVerdict::accepted);
    return answer;
  }
  std::expected<vault::GetProfile::Given, vault::Error> on(const vault::GetProfile& r) { return profiles->get(r); }
  std::expected<vault::NextStatus::Answer, vault::Error> on(const vault::NextStatus& r) { return statuses->next(r); }
  std::expected<vault::StoreStatus::Reply, vault::Error> on(const vault::StoreStatus& r) {
    const auto answer = statuses->store(r);
    trust->changed("CertificateStatusStored", answer.reason.view(), answer.verdict == vault::InstallVerdict::accepted);
    return answer;
  }
  auto on(const vault::ListOwn& r) { return renewal->list("ocpp", r); }

  /// Not while a device signs: it does one thing at a time.
  void make_key() {
    if (!renewal->has_work()) return;
    const bool signing = service->has_work() && !renewal->making();
    const auto made = signing ? std::nullopt : renewal->make();
    if (!made) {
      const int descriptor = renewal->wait_descriptor();
      watch(descriptor);
      const auto pause = signing || descriptor >= 0 ? kPatience : Duration::zero();
      return loop.at(make, os::now() + pause, runtime::Action::to<&Shell::make_key>(*this));
    }
    trust->changed("KeyMade", *made ? "good" : "the keys' device or the folder refuses", *made);
    ocpp->pulse(vault::KeyMade{*made});
    work();
  }
  auto on(const vault::Sign& r) { return service->sign("ocpp", r, os::now()); }
  auto on(const vault::SubmitSign& r) {
    return started(service->submit("ocpp", grant::ocpp::kFacts.index, r, os::now()));
  }
  auto on(const vault::FetchSign& r) { return service->fetch(grant::ocpp::kFacts.index, r); }
  auto on(const vault::SubmitRequest& r) {
    return started(service->submit_request("ocpp", grant::ocpp::kFacts.index, r, os::now()));
  }
  auto on(const vault::FetchRequest& r) { return service->fetch_request(grant::ocpp::kFacts.index, r); }

  template <class Ticket>
  Ticket started(Ticket ticket) {
    if (ticket) work_soon();
    return ticket;
  }
  void work_soon() { loop.at(next, os::now(), runtime::Action::to<&Shell::work>(*this)); }
  /// Goes on until a device has to be waited for.
  void work() {
    while (service->has_work() && !renewal->making()) {
      if (const auto done = service->work(os::now())) {
        const vault::SignDone pulse{done->second};
        if (done->first == grant::v2g::kFacts.index) cars->v2g->pulse(pulse);
        else ocpp->pulse(pulse);
        continue;
      }
      if (service->wait_descriptor() >= 0) return wait_for(service->wait_descriptor());
    }
  }
  void wait_for(int descriptor) {
    watch(descriptor);
    loop.at(next, os::now() + kPatience, runtime::Action::to<&Shell::work>(*this));
  }
  void watch(int descriptor) {
    if (descriptor < 0 || watched == descriptor) return;
    if (loop.watch(descriptor, true, false, runtime::Watcher::to<&Shell::device>(*this))) watched = descriptor;
  }
  /// When nobody waits for the device, tend() listens to it.
  void device(runtime::Readiness) {
    if (!service->has_work() && !renewal->making()) {
      loop.unwatch(watched);
      watched = -1;
      return;
    }
    work();
    make_key();
  }
  void tick() { service->settle(os::now()); }
  /// Devices are looked after, and what changed about the vault itself is said and recorded.
  void tend() {
    if (!service->has_work() && !renewal->making()) {
      devices->tend(os::now());
      if (const auto said = anchor->tend(os::now()); !said.empty()) runtime::log(said);
    }
    if (devices->wants_restart()) {
      runtime::log("the TPM answers now; restarting to open the keys in it");
      service->close();
      std::_Exit(runtime::kExitSetUp);
    }
    warn_of_ends();
    if (const auto changed = profiles->tend(os::now())) ocpp->pulse(*changed);
    auto fresh = vault::status_of(service->store(), *ring, configured);
    fresh.profile = profiles->status();
    if (fresh == status) return;
    const auto trouble = vault::first_trouble(fresh);
    if (trouble != vault::first_trouble(status)) recorder->health_changed(trouble);
    status = fresh;
    (void)vault::write_file(kStatusPath, vault::status_text(status));
  }
  /// Once a day, and at the start. A clock that was never set warns of nothing.
  void warn_of_ends() {
    const auto civil = os::civil_now().unix_ms / 1000;
    if (os::now() < next_warning || civil < kClockWasSet) return;
    next_warning = os::now() + kWarnEvery;
    for (const auto& detail : trust->ending(civil)) recorder->certificate_ends(detail);
  }
  void stop() { service->close(); }
  void peer(bool alive) {
    if (!alive) service->forget(grant::ocpp::kFacts.index);
  }
};

/// What the ledger says: its head wants signatures.
struct LedgerSide {
  vault::Service* service = nullptr;
  std::optional<ipc::Client<grant::ledger>> ledger{};
  void on(const ledger::CheckpointDue&) {
    if (!vault::checkpoint_key(service->store(), vault::Algorithm::ed25519) &&
        !vault::checkpoint_key(service->store(), vault::Algorithm::ml_dsa_44))
      return;
    const auto due = ledger->call(ledger::FetchCheckpoint{});
    if (!due) return;  // signed meanwhile, or the ledger is away: it pulses again
    const auto done = ledger->call(vault::sign_checkpoint(*service, *due, os::now()));
    if (!done) runtime::log("a checkpoint of the ledger could not be signed");
  }
};

/// What the meter service says: a record wants a number and signatures.
class MeterConduit final : public vault::MeterSide {
 public:
  MeterConduit(runtime::Loop& loop, LedgerRecorder& recorder)
      : meter_(loop.use<grant::meter>(*this)), recorder_(recorder) {
    loop.on_peer<grant::meter>(runtime::Delegate<bool>::to<&MeterConduit::peer>(*this));
  }
  void attach(vault::MeterSigner& signer) { signer_ = &signer; }
  void on(const meter::RecordDue& pulse) {
    if (const auto wrong = signer_->sign(pulse.evse, os::now()); !wrong.empty()) runtime::log(wrong);
  }
  bool tell(const meter::TellKeys& keys) override { return meter_.call(keys).has_value(); }
  std::optional<meter::FetchToSign::ToSign> fetch(const meter::FetchToSign& request) override {
    auto due = meter_.call(request);
    if (!due) return std::nullopt;
    return *due;
  }
  bool submit(const meter::SubmitRecord& request) override { return meter_.call(request).has_value(); }
  std::uint64_t signed_record(std::string_view detail) override {
    const auto done = recorder_.ledger.call(
        ledger::Append{ledger::Subject::meter, ledger::Severity::info, "MeterRecordSigned", detail});
    if (!done) runtime::log("a signed meter record could not be recorded in the ledger");
    return done ? done->sequence : 0;
  }

 private:
  void peer(bool alive) {
    if (alive) signer_->tell_keys();
  }
  ipc::Client<grant::meter> meter_;
  LedgerRecorder& recorder_;
  vault::MeterSigner* signer_ = nullptr;
};

/// Private halves of keys in memory that is never swapped nor dumped, between pages that nobody may touch.
void secure_memory() {
  if (CRYPTO_secure_malloc_init(kSecureBytes, 32) != 1)
    runtime::log("there is no room for locked memory of its own; keys lie in the common heap, which is locked too");
}

std::vector<vault::keys::Kind> attach(vault::Devices& devices, const vault::Config& config, bool tpm) {
  std::vector<vault::keys::Kind> configured;
  if (tpm || config.backend == vault::keys::Kind::tpm) {
    devices.attach_tpm(tpm ? grant::kDevice_tpm : -1, false);
    configured.push_back(vault::keys::Kind::tpm);
  }
  if (!config.module.empty()) {
    const std::string pin_file = Line<128>{kFolder, "/", config.pin_file.view()}.c_str();
    ::setenv("SOFTHSM2_CONF", "/state/softhsm2.conf", 1);  // that module knows no other way to its store
    devices.attach_token(
        {kModule, std::string{config.token.view()}, vault::pin_from(pin_file), "/state/token.pin-refused"});
    configured.push_back(vault::keys::Kind::pkcs11);
  }
  return configured;
}

}  // namespace

int main(int count, char** arguments) {
  if (count > 1 && std::strcmp(arguments[1], "--provision") == 0)
    return vault::provision_command(count - 2, arguments + 2);
  if (count > 1 && std::strcmp(arguments[1], "--self-test") == 0)
    return vault::self_test_command(count - 2, arguments + 2);
  if (count > 1 && std::strcmp(arguments[1], "--try-profile") == 0)
    return vault::try_profile_command(count - 2, arguments + 2);
  const bool tpm = ::fcntl(grant::kDevice_tpm, F_GETFD) >= 0;  // asked before the number can become something else's
  runtime::Loop loop{grant::kService};
  const auto found = runtime::begin(loop, grant::kProcess);
  if (!found) return runtime::kExitNoStart;
  const auto config = runtime::take_config<vault::Config>(loop);
  if (!config) return runtime::kExitBadConfig;
  secure_memory();
  vault::Ring ring{kFolder, config->backend};
  vault::Devices devices{kFolder, ring};
  const auto configured = attach(devices, *config, tpm);
  devices.stir();
  auto store = vault::open_store(kFolder, *config, ring, devices.has_tpm() ? &devices : nullptr);
  if (!store) {
    runtime::log(store.error());
    return runtime::kExitSetUp;
  }
  journal::FileStorage storage{kFolder, "anchors"};
  const auto journal = std::make_unique<journal::Journal>(storage, vault::kAnchorJournalBytes);
  vault::Anchors anchors{*journal, config->additional_root_check};
  if (const auto wrong = open_anchors(anchors, store->csms_trust); !wrong.empty()) {
    runtime::log(wrong);
    return runtime::kExitSetUp;
  }
  LedgerSide ledger_side;
  ledger_side.ledger.emplace(loop.use<grant::ledger>(ledger_side));
  LedgerRecorder recorder{*ledger_side.ledger};
  vault::Service service{std::move(*store), recorder};
  ledger_side.service = &service;
  vault::Trust trust{anchors, service.store(), recorder};
  vault::Renewal renewal{kFolder, *config, ring, service.store(), anchors, devices.has_tpm() ? &devices : nullptr};
  if (const auto opened = renewal.open(); !opened) {
    runtime::log(opened.error());
    return runtime::kExitSetUp;
  }
  journal::FileStorage page_storage{kFolder, "pages"};
  const auto page_journal = std::make_unique<journal::Journal>(page_storage, vault::kPageJournalBytes);
  vault::Pages pages{*page_journal};
  if (const auto opened = pages.open(); !opened) {
    runtime::log(
        "the journal of meter record numbers in the state folder cannot be opened, or there is no room for it");
    return runtime::kExitSetUp;
  }
  MeterConduit meter_conduit{loop, recorder};
  vault::MeterSigner meter_signer{service, pages, meter_conduit};
  meter_conduit.attach(meter_signer);
  loop.after(Duration::zero(), runtime::Action::to<&vault::MeterSigner::tell_keys>(meter_signer));
  vault::Profiles profiles{kFolder, recorder, std::chrono::seconds{config->profile_probation_s},
                           config->profile_needs_trial};
  profiles.open(os::now());
  vault::Statuses statuses{kFolder, service.store(), anchors};
  statuses.open();
  AnchoredLedger anchored{*ledger_side.ledger};
  vault::HeadAnchor anchor{devices.has_tpm() ? &devices.anchor_counter() : nullptr, anchored,
                           std::chrono::seconds{config->anchor_s}};
  CarSide cars{&service, &trust};
  Shell shell{&service, &trust,    &renewal,  {},        &cars,   loop,      &devices,
              &ring,    &recorder, &profiles, &statuses, &anchor, configured};
  shell.ocpp = loop.serve<grant::ocpp>(shell);
  cars.submitted = runtime::Action::to<&Shell::work_soon>(shell);
  cars.v2g = loop.serve<grant::v2g>(cars);
  loop.every(kTend, runtime::Action::to<&Shell::tend>(shell));
  loop.after(Duration::zero(), runtime::Action::to<&Shell::tend>(shell));
  loop.every(kSettle, runtime::Action::to<&Shell::tick>(shell));
  loop.on_stop(runtime::Action::to<&Shell::stop>(shell));
  loop.on_peer<grant::ocpp>(runtime::Delegate<bool>::to<&Shell::peer>(shell));
  loop.on_peer<grant::v2g>(runtime::Delegate<bool>::to<&CarSide::peer>(cars));
  return runtime::run(loop, grant::kProcess, *found);
}
