// A world that answers the core's every call from the input, for the fuzz target.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "libs/journal/memory_storage.hpp"
#include "services/ocpp/core.hpp"

namespace bulwatt::ocpp::testing {

class FuzzWorld final : public Ports {
 public:
  FuzzWorld() {
    config_.csms_url = "ws://host";
    config_.identity = "CS";
    config_.aligned_interval_s = 60;
    config_.queue_kib = 64;
    static_cast<void>(store_.open());
    network_ = std::make_unique<Network>(config_, store_);
    core_ = std::make_unique<Core>(config_, *this, store_, *network_, true);
    core_->start();
  }
  /// '+' connects, '-' disconnects, '0'…'9' lets time pass, 'e' makes an event, 'a' a question, 's' changes the status,
  /// 'd' lets session die, 'y' answers the last call with the text, 'n' with an error, 'u' ends an upload, anything else is a message.
  void step(std::string_view line) {
    const char what = line.empty() ? '0' : line.front();
    const auto text = line.substr(line.empty() ? 0 : 1);
    switch (what) {
      case '+': connected_ = true; return core_->link_up();
      case '-': connected_ = false; return core_->link_down();
      case 'e': return event(text);
      case 'a': pending_ = {pending_.request + 1, 1, {text, {}}}; return core_->work_available();
      case 's':
        snapshot_.connector = static_cast<session::ConnectorStatus>(text.size() % 5);
        return core_->snapshot_changed();
      case 'd': alive_ = !alive_; return core_->session_peer(alive_);
      case 'y': return core_->received("[3,\"" + id_ + "\"," + std::string{text} + "]");
      case 'n': return core_->received("[4,\"" + id_ + "\",\"" + std::string{text} + "\",\"\",{}]");
      case 'u':
        if (!std::exchange(uploading_, false)) return;
        return core_->upload_ended(static_cast<UploadResult>(text.size() % 5));
      case '[': return core_->received(line);
      default: return pass(what);
    }
  }

  Moment moment() override { return {now_, {1'800'000'000'000 + now_.time_since_epoch().count() / 1000}}; }
  void random(std::span<std::byte> out) override {
    for (auto& byte : out) byte = static_cast<std::byte>(++seed_);
  }
  void log(std::string_view) override {}
  void wake_at(Instant when) override { wake_ = when; }
  bool send(std::string_view text) override {
    BULWATT_ASSERT(parse_frame(text, Version::v201).has_value());  // what we say is always well-formed
    const auto frame = parse_frame(text, Version::v201);
    if (frame->type == MessageType::call) id_ = std::string{frame->id.view()};
    return connected_;
  }
  void reconnect() override {}
  Keys keys() override { return {true, alive_}; }
  void upload(const FileAddress&, std::string_view, std::string_view) override { uploading_ = true; }
  void cancel_upload() override { uploading_ = false; }
  SessionCalled<session::GetSnapshot> call(const session::GetSnapshot&) override {
    return reply<session::GetSnapshot>(snapshot_);
  }
  SessionCalled<session::NextAuthorization> call(const session::NextAuthorization&) override {
    return reply<session::NextAuthorization>(pending_);
  }
  SessionCalled<session::AnswerAuthorization> call(const session::AnswerAuthorization&) override {
    return reply<session::AnswerAuthorization>({});
  }
  SessionCalled<session::AnswerTransaction> call(const session::AnswerTransaction&) override {
    return reply<session::AnswerTransaction>({});
  }
  SessionCalled<session::FetchEvent> call(const session::FetchEvent& request) override {
    session::FetchEvent::Fetched out{};
    if (event_.number > request.after) out.event = event_;
    return reply<session::FetchEvent>(out);
  }
  SessionCalled<session::AcknowledgeEvents> call(const session::AcknowledgeEvents&) override {
    return reply<session::AcknowledgeEvents>({});
  }
  SessionCalled<session::RemoteStart> call(const session::RemoteStart&) override {
    return reply<session::RemoteStart>({});
  }
  SessionCalled<session::RemoteStop> call(const session::RemoteStop&) override {
    return reply<session::RemoteStop>({});
  }
  SessionCalled<session::ChangeAvailability> call(const session::ChangeAvailability&) override {
    return reply<session::ChangeAvailability>({});
  }
  SessionCalled<session::Reset> call(const session::Reset&) override { return reply<session::Reset>({}); }
  SessionCalled<session::TriggerEvent> call(const session::TriggerEvent&) override {
    return reply<session::TriggerEvent>({});
  }
  SessionCalled<session::SetLink> call(const session::SetLink&) override { return reply<session::SetLink>({}); }
  SessionCalled<session::Configure> call(const session::Configure&) override { return reply<session::Configure>({}); }
  SessionCalled<session::ClearCache> call(const session::ClearCache&) override {
    return reply<session::ClearCache>({});
  }
  SessionCalled<session::UpdateLocalList> call(const session::UpdateLocalList&) override {
    return reply<session::UpdateLocalList>({});
  }
  SessionCalled<session::GetLocalList> call(const session::GetLocalList&) override {
    return reply<session::GetLocalList>({});
  }
  SessionCalled<session::TransactionStatus> call(const session::TransactionStatus&) override {
    return reply<session::TransactionStatus>({});
  }
  SessionCalled<session::Unlock> call(const session::Unlock&) override { return reply<session::Unlock>({}); }
  SessionCalled<session::Reserve> call(const session::Reserve&) override { return reply<session::Reserve>({}); }
  SessionCalled<session::CancelReservation> call(const session::CancelReservation&) override {
    return reply<session::CancelReservation>({});
  }
  SessionCalled<session::NextReservationUpdate> call(const session::NextReservationUpdate&) override {
    return reply<session::NextReservationUpdate>({});
  }
  SessionCalled<session::GetCustomer> call(const session::GetCustomer&) override {
    return reply<session::GetCustomer>({});
  }
  SessionCalled<session::ForgetCustomer> call(const session::ForgetCustomer&) override {
    return reply<session::ForgetCustomer>({});
  }
  SessionCalled<session::GetMeterRecord> call(const session::GetMeterRecord&) override {
    return reply<session::GetMeterRecord>({});
  }
  Called<meter::GetKeys, meter::Error> call(const meter::GetKeys&) override { return meter::GetKeys::Keys{}; }
  Called<meter::Read, meter::Error> call(const meter::Read&) override { return meter::Reading{}; }
  Called<vault::InstallAnchor, vault::Error> call(const vault::InstallAnchor&) override {
    return vault_reply<vault::InstallAnchor>({});
  }
  Called<vault::DeleteAnchor, vault::Error> call(const vault::DeleteAnchor&) override {
    return vault_reply<vault::DeleteAnchor>({});
  }
  Called<vault::ListCertificates, vault::Error> call(const vault::ListCertificates&) override {
    vault::ListCertificates::Part part{};
    for (std::uint8_t i = 0; i < seed_ % 8; ++i)
      static_cast<void>(part.certificates.push_back({vault::CertificateUse::v2g_chain, i % 3 != 0, {}}));
    return vault_reply<vault::ListCertificates>(part);
  }
  Called<vault::RenewKey, vault::Error> call(const vault::RenewKey&) override {
    return vault_reply<vault::RenewKey>({});
  }
  Called<vault::SubmitRequest, vault::Error> call(const vault::SubmitRequest&) override {
    return vault_reply<vault::SubmitRequest>({});
  }
  Called<vault::FetchRequest, vault::Error> call(const vault::FetchRequest&) override {
    vault::FetchRequest::Fetched fetched{};
    if (seed_ % 2 == 0) fetched.pem.emplace(std::as_bytes(std::span{"request", 7}));
    return vault_reply<vault::FetchRequest>(fetched);
  }
  Called<vault::InstallChain, vault::Error> call(const vault::InstallChain&) override {
    return vault_reply<vault::InstallChain>({static_cast<vault::InstallVerdict>(seed_ % 3), {}});
  }
  Called<vault::NextStatus, vault::Error> call(const vault::NextStatus& r) override {
    vault::NextStatus::Answer answer{};
    if (r.passed_over == 0 && seed_ % 4 == 0) answer.wanted.emplace();
    return vault_reply<vault::NextStatus>(answer);
  }
  Called<vault::StoreStatus, vault::Error> call(const vault::StoreStatus&) override {
    return vault_reply<vault::StoreStatus>({vault::InstallVerdict::rejected, "no"});
  }
  Called<vault::ListOwn, vault::Error> call(const vault::ListOwn&) override { return vault_reply<vault::ListOwn>({}); }
  Called<ledger::Append, ledger::Error> call(const ledger::Append&) override {
    if (!alive_) return std::unexpected(ipc::CallError<ledger::Error>{ipc::Failure::timed_out, {}});
    return ledger::Append::Appended{};
  }

 private:
  template <class Request>
  SessionCalled<Request> reply(const typename Request::Reply& value) {
    if (!alive_) return std::unexpected(ipc::CallError<session::Error>{ipc::Failure::peer_gone, {}});
    return value;
  }
  template <class Request>
  Called<Request, vault::Error> vault_reply(const typename Request::Reply& value) {
    if (!alive_) return std::unexpected(ipc::CallError<vault::Error>{ipc::Failure::peer_gone, {}});
    return value;
  }
  void event(std::string_view text) {
    event_ = {};
    event_.number = ++number_;
    event_.evse = event_.connector = 1;
    event_.transaction = valid_utf8(text) ? text : "tx";
    event_.type = static_cast<session::EventType>(text.size() % 3);
    event_.time = moment().civil;
    core_->work_available();
  }
  void pass(char digit) {
    const auto until = now_ + std::chrono::seconds{1LL << (static_cast<unsigned>(digit) % 16)};
    for (int i = 0; i < 100 && wake_ <= until; ++i) {
      now_ = std::max(now_, wake_);
      wake_ = kNever;
      core_->timer();
    }
    now_ = until;
  }

  Config config_{};
  journal::MemoryStorage storage_{};
  journal::Journal journal_{storage_, journal::kLeastCapacity * 8};
  Store store_{journal_, 64 * 1024};
  std::unique_ptr<Network> network_{};
  std::unique_ptr<Core> core_{};
  Instant now_{std::chrono::seconds{1000}};
  Instant wake_ = kNever;
  bool connected_ = false;
  bool alive_ = true;
  bool uploading_ = false;
  std::uint8_t seed_ = 0;
  std::string id_{};
  std::uint64_t number_ = 0;
  session::Snapshot snapshot_{.evse = 1};
  session::NextAuthorization::Pending pending_{};
  session::TransactionEvent event_{};
};

}  // namespace bulwatt::ocpp::testing
