// session and ocpp, each on its own disk, in one virtual time; what the supervisor and the conduits do between them is here.
#pragma once
#include "libs/journal/memory_storage.hpp"
#include "services/ocpp/core.hpp"
#include "services/session/test_world.hpp"
#include "tests/offline/backend.hpp"

namespace bulwatt::offline {

using session::testing::World;

struct Plan {
  std::uint32_t seed = 1;
  std::uint32_t queue_kib = 512;
  bool deaths = false;  ///< services are killed and the power is cut now and then
};

inline ocpp::Config ocpp_config(const Plan& plan) {
  ocpp::Config config{};
  config.csms_url = "ws://127.0.0.1:9000/ocpp";
  config.identity = "CS001";
  config.security_profile = 1;
  config.basic_auth_password = "0123456789abcdef";
  config.aligned_interval_s = 0;
  config.queue_kib = plan.queue_kib;
  return config;
}

inline session::Config session_config() {
  session::Config config{};
  REQUIRE(config.local_tokens.push_back(Text<36>{session::testing::kOwner.id.view()}));
  return config;
}

class Station final : public ocpp::Ports {
 public:
  explicit Station(const Plan& plan) : config_(ocpp_config(plan)), random_(plan.seed) { start_ocpp(true); }

  World world{session_config()};
  Backend backend;
  std::vector<session::TransactionEvent> made;  ///< every event that session has given out
  int left_out_notes = 0;

  const ocpp::Store& store() const { return *store_; }
  std::mt19937& random() { return random_; }

  void set_network(bool up) {
    if (up == backend.up()) return;
    if (up) backend.connect(), core_->link_up();
    else backend.disconnect(), core_->link_down();
  }
  void kill_ocpp() {
    backend.disconnect();
    start_ocpp(false);
  }
  void kill_session() {
    core_->session_peer(false);
    world.kill();
    core_->session_peer(true);
  }
  void cut_power(journal::MemoryStorage::Cut cut) {
    backend.disconnect();
    core_.reset();
    disk_.restart(cut, random_);
    world.cut_power(cut);
    start_ocpp(true);
  }
  /// Time passes for all of them.
  void pass(Duration time) {
    const auto until = world.now + time;
    while (world.now < until) {
      const auto next =
          std::min({until, world.now + 1s, std::max(wake_, world.now + 1ms), std::max(backend.due(), world.now + 1ms)});
      world.pass(next - world.now);
      carry();
    }
  }
  /// Sizes that must not grow, however long the network stays away.
  void check_bounds() {
    REQUIRE(world.archive().outbox.size() <= session::Outbox::kCapacity);
    std::size_t waiting = 0;
    for (const auto& event : store_->events()) waiting += size_on_disk(event);
    REQUIRE(waiting <= std::size_t{config_.queue_kib} * 1024);
    REQUIRE(store_->security().size() <= ocpp::kMaxSecurityEvents);
    REQUIRE(store_->notices().size() <= ocpp::kMaxNotices);
    REQUIRE(store_->security_log().size() <= ocpp::kMaxSecurityLines);
    for (std::uint32_t file = 0; file < kFiles; ++file) {
      REQUIRE(disk_.size(file).value_or(0) <= ocpp::Store::journal_bytes(config_.queue_kib));
      REQUIRE(world.storage.size(file).value_or(0) <= session::kLeastJournalKib * 1024);
    }
  }
  static std::size_t size_on_disk(const session::TransactionEvent& event) {
    const ocpp::StoredEvent record{event};
    BULWATT_UNINITIALIZED wire::Buffer<ocpp::StoredEvent> bytes;
    return journal::kEntryHeader + wire::encode(record, bytes);
  }

 private:
  static constexpr std::uint32_t kFiles = 4;  // a journal has two; more would be a leak

  void start_ocpp(bool first_start) {
    core_.reset();
    journal_ = std::make_unique<journal::Journal>(disk_, ocpp::Store::journal_bytes(config_.queue_kib));
    store_ = std::make_unique<ocpp::Store>(*journal_, std::size_t{config_.queue_kib} * 1024);
    REQUIRE(store_->open().has_value());
    network_ = std::make_unique<ocpp::Network>(config_, *store_);
    core_ = std::make_unique<ocpp::Core>(config_, *this, *store_, *network_, first_start);
    core_->start();
  }
  void carry() {
    if (const auto pulses = world.snapshot_pulses; pulses != snapshots_) snapshots_ = pulses, core_->snapshot_changed();
    if (const auto pulses = world.work_pulses; pulses != works_) works_ = pulses, core_->work_available();
    const auto civil = ocpp::time_text(world.moment().time);
    while (const auto text = backend.take(world.now, civil.view(), random_)) core_->received(*text);
    if (wake_ > world.now) return;
    wake_ = kNever;
    core_->timer();
  }

  // Ports
  ocpp::Moment moment() override {
    const auto moment = world.moment();
    return {moment.now, moment.time};
  }
  void random(std::span<std::byte> out) override {
    for (auto& byte : out) byte = static_cast<std::byte>(random_());
  }
  void log(std::string_view) override {}
  void wake_at(Instant when) override { wake_ = when; }
  bool send(std::string_view text) override {
    if (backend.up()) backend.sent(text, world.now, random_);
    return backend.up();
  }
  void reconnect() override {}
  ocpp::Keys keys() override { return {true, true}; }
  void upload(const ocpp::FileAddress&, std::string_view, std::string_view) override {}
  void cancel_upload() override {}
  template <class Request>
  ocpp::SessionCalled<Request> pass_on(const Request& request) {
    auto reply = world.service().on(request);
    world.service().end_of_turn();
    if (reply) return *reply;
    return std::unexpected(ipc::CallError<session::Error>{ipc::Failure::none, reply.error()});
  }
  ocpp::SessionCalled<session::GetSnapshot> call(const session::GetSnapshot& r) override { return pass_on(r); }
  ocpp::SessionCalled<session::NextAuthorization> call(const session::NextAuthorization& r) override {
    return pass_on(r);
  }
  ocpp::SessionCalled<session::AnswerAuthorization> call(const session::AnswerAuthorization& r) override {
    return pass_on(r);
  }
  ocpp::SessionCalled<session::AnswerTransaction> call(const session::AnswerTransaction& r) override {
    return pass_on(r);
  }
  ocpp::SessionCalled<session::FetchEvent> call(const session::FetchEvent& r) override {
    const auto fetched = pass_on(r);
    if (fetched && fetched->event && fetched->event->number > made.size()) {
      REQUIRE(fetched->event->number == made.size() + 1);
      made.push_back(*fetched->event);
    }
    return fetched;
  }
  ocpp::SessionCalled<session::AcknowledgeEvents> call(const session::AcknowledgeEvents& r) override {
    return pass_on(r);
  }
  ocpp::SessionCalled<session::RemoteStart> call(const session::RemoteStart& r) override { return pass_on(r); }
  ocpp::SessionCalled<session::RemoteStop> call(const session::RemoteStop& r) override { return pass_on(r); }
  ocpp::SessionCalled<session::ChangeAvailability> call(const session::ChangeAvailability& r) override {
    return pass_on(r);
  }
  ocpp::SessionCalled<session::Reset> call(const session::Reset& r) override { return pass_on(r); }
  ocpp::SessionCalled<session::TriggerEvent> call(const session::TriggerEvent& r) override { return pass_on(r); }
  ocpp::SessionCalled<session::SetLink> call(const session::SetLink& r) override { return pass_on(r); }
  ocpp::SessionCalled<session::Configure> call(const session::Configure& r) override { return pass_on(r); }
  ocpp::SessionCalled<session::ClearCache> call(const session::ClearCache& r) override { return pass_on(r); }
  ocpp::SessionCalled<session::UpdateLocalList> call(const session::UpdateLocalList& r) override { return pass_on(r); }
  ocpp::SessionCalled<session::GetLocalList> call(const session::GetLocalList& r) override { return pass_on(r); }
  ocpp::SessionCalled<session::TransactionStatus> call(const session::TransactionStatus& r) override {
    return pass_on(r);
  }
  ocpp::SessionCalled<session::Unlock> call(const session::Unlock& r) override { return pass_on(r); }
  ocpp::SessionCalled<session::Reserve> call(const session::Reserve& r) override { return pass_on(r); }
  ocpp::SessionCalled<session::CancelReservation> call(const session::CancelReservation& r) override {
    return pass_on(r);
  }
  ocpp::SessionCalled<session::NextReservationUpdate> call(const session::NextReservationUpdate& r) override {
    return pass_on(r);
  }
  ocpp::SessionCalled<session::GetCustomer> call(const session::GetCustomer& r) override { return pass_on(r); }
  ocpp::SessionCalled<session::ForgetCustomer> call(const session::ForgetCustomer& r) override { return pass_on(r); }
  // There is no vault here, and nobody asks for certificates.
  template <class Request>
  static ocpp::Called<Request, vault::Error> no_vault() {
    return std::unexpected(ipc::CallError<vault::Error>{ipc::Failure::peer_gone, {}});
  }
  ocpp::Called<vault::InstallAnchor, vault::Error> call(const vault::InstallAnchor&) override {
    return no_vault<vault::InstallAnchor>();
  }
  ocpp::Called<vault::DeleteAnchor, vault::Error> call(const vault::DeleteAnchor&) override {
    return no_vault<vault::DeleteAnchor>();
  }
  ocpp::Called<vault::ListCertificates, vault::Error> call(const vault::ListCertificates&) override {
    return no_vault<vault::ListCertificates>();
  }
  ocpp::Called<vault::RenewKey, vault::Error> call(const vault::RenewKey&) override {
    return no_vault<vault::RenewKey>();
  }
  ocpp::Called<vault::SubmitRequest, vault::Error> call(const vault::SubmitRequest&) override {
    return no_vault<vault::SubmitRequest>();
  }
  ocpp::Called<vault::FetchRequest, vault::Error> call(const vault::FetchRequest&) override {
    return no_vault<vault::FetchRequest>();
  }
  ocpp::Called<vault::InstallChain, vault::Error> call(const vault::InstallChain&) override {
    return no_vault<vault::InstallChain>();
  }
  ocpp::Called<vault::ListOwn, vault::Error> call(const vault::ListOwn&) override { return no_vault<vault::ListOwn>(); }
  ocpp::Called<vault::NextStatus, vault::Error> call(const vault::NextStatus&) override {
    return no_vault<vault::NextStatus>();
  }
  ocpp::Called<vault::StoreStatus, vault::Error> call(const vault::StoreStatus&) override {
    return no_vault<vault::StoreStatus>();
  }
  ocpp::Called<meter::Read, meter::Error> call(const meter::Read& r) override { return world.call(r); }
  ocpp::Called<meter::GetKeys, meter::Error> call(const meter::GetKeys&) override { return meter::GetKeys::Keys{}; }
  ocpp::SessionCalled<session::GetMeterRecord> call(const session::GetMeterRecord& r) override { return pass_on(r); }
  ocpp::Called<ledger::Append, ledger::Error> call(const ledger::Append& r) override {
    left_out_notes += r.event.view() == "TransactionEventsLeftOut" ? 1 : 0;
    return ledger::Append::Appended{1};
  }

  ocpp::Config config_;
  std::mt19937 random_;
  journal::MemoryStorage disk_;
  std::unique_ptr<journal::Journal> journal_;
  std::unique_ptr<ocpp::Store> store_;
  std::unique_ptr<ocpp::Network> network_;
  std::unique_ptr<ocpp::Core> core_;
  Instant wake_ = kNever;
  int snapshots_ = 0;
  int works_ = 0;
};

}  // namespace bulwatt::offline
