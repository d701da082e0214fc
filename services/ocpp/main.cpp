// bulwatt-ocpp: the connection to the charging station management system. Wiring only; the protocol is in the core, the
// connection in dialer and link (see README.md).
#include "grants/ocpp.hpp"
#include "libs/journal/linux/file_storage.hpp"
#include "libs/runtime/process.hpp"
#include "services/ocpp/courier.hpp"
#include "services/ocpp/dialer.hpp"
#include "services/ocpp/uploader.hpp"

using namespace bulwatt;
namespace grant = bulwatt::grants::ocpp;

namespace {

constexpr std::string_view kFolder = "/state";

struct Nothing {};

/// The vault has made or signed something, or is another one now: the handshake that stands still looks again, and so does the core.
struct VaultNews {
  ocpp::Dialer* dialer = nullptr;
  ocpp::Core* core = nullptr;
  ocpp::Courier* courier = nullptr;
  void on(const vault::SignDone&) { look(); }
  void on(const vault::KeyMade&) { core->vault_pulse(); }
  void on(const vault::ProfileChanged& change) {
    if (core != nullptr) core->crypto_profile_changed(change);
    if (dialer != nullptr) dialer->reconnect("another crypto profile is in use");
  }
  void peer(bool alive) {
    if (alive) look();
  }
  void look() {
    if (dialer != nullptr) dialer->key_ready();
    if (courier != nullptr) courier->key_ready();
    if (core != nullptr) core->vault_pulse();
  }
};

class Shell final : public ocpp::Ports {
 public:
  Shell(runtime::Loop& loop, ocpp::Dialer& dialer, ocpp::TlsSide& tls, ocpp::Uploader& uploader, ocpp::Courier& courier)
      : loop_(loop),
        dialer_(dialer),
        tls_(tls),
        uploader_(uploader),
        courier_(courier),
        session_(loop.use<grant::session>(*this)),
        meter_(loop.use<grant::meter>(nothing_)),
        ledger_(loop.use<grant::ledger>(*this)) {}
  void attach(ocpp::Core& core) {
    core_ = &core;
    courier_.attach(core, ledger_);
    using Peer = runtime::Delegate<bool>;
    loop_.on_peer<grant::session>(Peer::to<&ocpp::Core::session_peer>(core));
    loop_.on_peer<grant::ledger>(Peer::to<&ocpp::Core::ledger_peer>(core));
    loop_.on_stop(runtime::Action::to<&ocpp::Dialer::stop>(dialer_));
    loop_.after(Duration::zero(), runtime::Action::to<&Shell::begin>(*this));
  }
  void on(const session::SnapshotChanged&) { core_->snapshot_changed(); }
  void on(const session::WorkAvailable&) { core_->work_available(); }
  void on(const ledger::ErrandDue&) { courier_.errand_due(); }

  ocpp::Moment moment() override { return {os::now(), os::civil_now()}; }
  void random(std::span<std::byte> out) override { os::random_bytes(out); }
  void log(std::string_view line) override { runtime::log(line); }
  void wake_at(Instant when) override { loop_.at(timer_, when, runtime::Action::to<&ocpp::Core::timer>(*core_)); }
  bool send(std::string_view text) override { return dialer_.send(text); }
  void reconnect() override { dialer_.reconnect("reconnecting with new credentials"); }
  ocpp::Keys keys() override { return tls_.keys(); }
  void upload(const ocpp::FileAddress& to, std::string_view name, std::string_view text) override {
    uploader_.start(to, name, text);
  }
  void cancel_upload() override { uploader_.cancel(); }

  ocpp::SessionCalled<session::GetSnapshot> call(const session::GetSnapshot& r) override { return session_.call(r); }
  ocpp::SessionCalled<session::NextAuthorization> call(const session::NextAuthorization& r) override {
    return session_.call(r);
  }
  ocpp::SessionCalled<session::AnswerAuthorization> call(const session::AnswerAuthorization& r) override {
    return session_.call(r);
  }
  ocpp::SessionCalled<session::AnswerTransaction> call(const session::AnswerTransaction& r) override {
    return session_.call(r);
  }
  ocpp::SessionCalled<session::FetchEvent> call(const session::FetchEvent& r) override { return session_.call(r); }
  ocpp::SessionCalled<session::AcknowledgeEvents> call(const session::AcknowledgeEvents& r) override {
    return session_.call(r);
  }
  ocpp::SessionCalled<session::RemoteStart> call(const session::RemoteStart& r) override { return session_.call(r); }
  ocpp::SessionCalled<session::RemoteStop> call(const session::RemoteStop& r) override { return session_.call(r); }
  ocpp::SessionCalled<session::ChangeAvailability> call(const session::ChangeAvailability& r) override {
    return session_.call(r);
  }
  ocpp::SessionCalled<session::Reset> call(const session::Reset& r) override { return session_.call(r); }
  ocpp::SessionCalled<session::TriggerEvent> call(const session::TriggerEvent& r) override { return session_.call(r); }
  ocpp::SessionCalled<session::SetLink> call(const session::SetLink& r) override { return session_.call(r); }
  ocpp::SessionCalled<session::Configure> call(const session::Configure& r) override { return session_.call(r); }
  ocpp::SessionCalled<session::ClearCache> call(const session::ClearCache& r) override { return session_.call(r); }
  ocpp::SessionCalled<session::UpdateLocalList> call(const session::UpdateLocalList& r) override {
    return session_.call(r);
  }
  ocpp::SessionCalled<session::GetLocalList> call(const session::GetLocalList& r) override { return session_.call(r); }
  ocpp::SessionCalled<session::TransactionStatus> call(const session::TransactionStatus& r) override {
    return session_.call(r);
  }
  ocpp::SessionCalled<session::Unlock> call(const session::Unlock& r) override { return session_.call(r); }
  ocpp::SessionCalled<session::Reserve> call(const session::Reserve& r) override { return session_.call(r); }
  ocpp::SessionCalled<session::CancelReservation> call(const session::CancelReservation& r) override {
    return session_.call(r);
  }
  ocpp::SessionCalled<session::NextReservationUpdate> call(const session::NextReservationUpdate& r) override {
    return session_.call(r);
  }
  ocpp::SessionCalled<session::GetCustomer> call(const session::GetCustomer& r) override { return session_.call(r); }
  ocpp::SessionCalled<session::ForgetCustomer> call(const session::ForgetCustomer& r) override {
    return session_.call(r);
  }
  ocpp::SessionCalled<session::GetMeterRecord> call(const session::GetMeterRecord& r) override {
    return session_.call(r);
  }
  ocpp::Called<meter::GetKeys, meter::Error> call(const meter::GetKeys& r) override { return meter_.call(r); }
  ocpp::Called<meter::Read, meter::Error> call(const meter::Read& r) override { return meter_.call(r); }
  ocpp::Called<vault::InstallAnchor, vault::Error> call(const vault::InstallAnchor& r) override {
    return tls_.vault().call(r);
  }
  ocpp::Called<vault::DeleteAnchor, vault::Error> call(const vault::DeleteAnchor& r) override {
    return tls_.vault().call(r);
  }
  ocpp::Called<vault::ListCertificates, vault::Error> call(const vault::ListCertificates& r) override {
    return tls_.vault().call(r);
  }
  ocpp::Called<vault::RenewKey, vault::Error> call(const vault::RenewKey& r) override { return tls_.vault().call(r); }
  ocpp::Called<vault::SubmitRequest, vault::Error> call(const vault::SubmitRequest& r) override {
    return tls_.vault().call(r);
  }
  ocpp::Called<vault::FetchRequest, vault::Error> call(const vault::FetchRequest& r) override {
    return tls_.vault().call(r);
  }
  ocpp::Called<vault::InstallChain, vault::Error> call(const vault::InstallChain& r) override {
    return tls_.vault().call(r);
  }
  ocpp::Called<vault::ListOwn, vault::Error> call(const vault::ListOwn& r) override { return tls_.vault().call(r); }
  ocpp::Called<vault::NextStatus, vault::Error> call(const vault::NextStatus& r) override {
    return tls_.vault().call(r);
  }
  ocpp::Called<vault::StoreStatus, vault::Error> call(const vault::StoreStatus& r) override {
    return tls_.vault().call(r);
  }
  ocpp::Called<ledger::Append, ledger::Error> call(const ledger::Append& r) override { return ledger_.call(r); }

 private:
  void begin() {
    core_->start();
    dialer_.start();
  }
  runtime::Loop& loop_;
  ocpp::Dialer& dialer_;
  ocpp::TlsSide& tls_;
  ocpp::Uploader& uploader_;
  ocpp::Courier& courier_;
  Nothing nothing_{};
  ipc::Client<grant::session> session_;
  ipc::Client<grant::meter> meter_;
  ipc::Client<grant::ledger> ledger_;
  ocpp::Core* core_ = nullptr;
  runtime::TimerId timer_ = runtime::kNoTimer;
};

int refuse(std::string_view why, int code) {
  runtime::log(why);
  return code;
}

}  // namespace

int main() {
  runtime::Loop loop{grant::kService};
  const auto found = runtime::begin(loop, grant::kProcess);
  if (!found) return runtime::kExitNoStart;
  const auto config = runtime::take_config<ocpp::Config>(loop);
  if (!config) return runtime::kExitBadConfig;
  if (const auto wrong = ocpp::complaint(*config); !wrong.empty()) return refuse(wrong, runtime::kExitBadConfig);
  journal::FileStorage storage{kFolder, "journal"};
  const auto journal = std::make_unique<journal::Journal>(storage, ocpp::Store::journal_bytes(config->queue_kib));
  ocpp::Store store{*journal, std::size_t{config->queue_kib} * 1024};
  const auto opened = store.open();
  if (!opened)
    return refuse("the journal in the state folder cannot be opened, or there is no room for it", runtime::kExitSetUp);
  if (opened->damaged) runtime::log("the journal was damaged; what could be read of it was kept");
  VaultNews news;
  ocpp::TlsSide tls{*config, loop.use<grant::vault>(news)};
  if (!tls.open()) return refuse("the TLS library does not start, or is older than 3.5.6", runtime::kExitSetUp);
  ocpp::Resolver resolver{loop};
  ocpp::Resolver file_resolver{loop};
  ocpp::Resolver witness_resolver{loop};
  if (!resolver.open() || !file_resolver.open() || !witness_resolver.open())
    return refuse("the name resolver does not start", runtime::kExitSetUp);
  ocpp::Network network{*config, store};
  const auto dialer = std::make_unique<ocpp::Dialer>(loop, *config, store, network, tls, resolver);
  const auto uploader = std::make_unique<ocpp::Uploader>(loop, store, tls, file_resolver);
  const auto courier = std::make_unique<ocpp::Courier>(loop, *config, store, network, tls, witness_resolver);
  Shell shell{loop, *dialer, tls, *uploader, *courier};
  const auto core = std::make_unique<ocpp::Core>(*config, shell, store, network, loop.restarts() == 0);
  dialer->attach(*core);
  news.dialer = dialer.get();
  news.core = core.get();
  news.courier = courier.get();
  loop.on_peer<grant::vault>(runtime::Delegate<bool>::to<&VaultNews::peer>(news));
  uploader->attach(*core);
  shell.attach(*core);
  return runtime::run(loop, grant::kProcess, *found);
}
