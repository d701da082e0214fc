// A world for tests of the core: virtual time, a session of lists, a backend of strings, a disk in memory.
#pragma once
#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "interfaces/ledger_catalogue.hpp"
#include "libs/journal/memory_storage.hpp"
#include "services/ocpp/core.hpp"

namespace bulwatt::ocpp::testing {

using Json = nlohmann::json;
using namespace std::chrono_literals;

inline Config config_for_tests() {
  Config config{};
  config.csms_url = "ws://127.0.0.1:9000/ocpp";
  config.identity = "CS001";
  config.security_profile = 1;
  config.basic_auth_password = "0123456789abcdef";
  config.aligned_interval_s = 0;
  return config;
}

struct Rig final : Ports {
  explicit Rig(Config with = config_for_tests()) : config(with) { boot_process(true); }

  // ---- the world
  Config config;
  journal::MemoryStorage storage{};
  std::unique_ptr<journal::Journal> journal{};
  std::unique_ptr<Store> store{};
  std::unique_ptr<Network> network{};
  std::unique_ptr<Core> core{};
  Keys vault_keys{true, true};
  struct Upload {
    FileAddress to{};
    std::string name{};
    std::string text{};
  };
  std::vector<Upload> uploads{};
  int cancelled = 0;
  Instant now{1000s};
  std::int64_t civil_ms = 1'800'000'000'000;
  Instant wake = kNever;
  bool connected = false;
  std::deque<std::string> sent{};
  std::string last_id{};
  int reconnects = 0;
  std::uint64_t seed = 1;
  std::vector<std::string> said{};
  std::vector<ledger::Append> ledger{};
  bool ledger_alive = true;
  std::optional<meter::Reading> reading{};
  std::uint8_t dead_meter = 0;                           ///< the EVSE whose meter cannot be read
  std::map<std::uint64_t, std::string> meter_records{};  ///< payloads
  meter::GetKeys::Keys meter_keys{};

  // ---- vault
  bool vault_alive = true;
  std::vector<vault::InstallAnchor> installs{};
  vault::InstallAnchor::Answer install_answer{};
  std::vector<vault::DeleteAnchor> deletions{};
  vault::DeleteAnchor::Answer delete_answer{};
  std::vector<vault::ListCertificates::One> certificates{};
  bool no_key = false;
  int renewals = 0;
  std::vector<vault::SubmitRequest> requests{};
  std::string request_pem = "-----BEGIN CERTIFICATE REQUEST-----";
  std::vector<vault::InstallChain> chains{};
  vault::InstallChain::Reply chain_answer{vault::InstallVerdict::rejected,
                                          "the station has not asked for a certificate"};
  vault::ListOwn::Owned own{};
  std::vector<vault::NextStatus::Wanted> stale{};
  std::vector<vault::StoreStatus> statuses{};
  vault::StoreStatus::Reply status_answer{};

  // ---- session
  bool session_alive = true;
  session::Snapshot snapshot{.evse = 1, .state = session::State::available, .operative = true};
  std::deque<session::TransactionEvent> events{};
  std::uint64_t acknowledged = 0;
  session::NextAuthorization::Pending pending{};
  std::vector<session::AnswerAuthorization> authorizations{};
  std::vector<session::AnswerTransaction> transaction_answers{};
  std::vector<bool> links{};
  std::vector<session::Settings> configured{};
  std::vector<session::RemoteStart> starts{};
  std::vector<session::RemoteStop> stops{};
  std::vector<session::ChangeAvailability> changes{};
  std::vector<session::Reset> resets{};
  int triggers = 0;
  int cleared = 0;
  std::vector<session::UpdateLocalList> list_parts{};
  session::UpdateVerdict list_answer = session::UpdateVerdict::accepted;
  session::GetLocalList::Listed listed{};
  std::vector<session::Unlock> unlocks{};
  session::UnlockVerdict unlock_answer = session::UnlockVerdict::unlocked;
  int lock_moves = 0;  ///< so many times the motor is still on its way
  std::vector<session::Reserve> reservations{};
  session::ReserveVerdict reserve_answer = session::ReserveVerdict::accepted;
  std::deque<session::NextReservationUpdate::Update> reservation_updates{};
  session::GetCustomer::Customer customer{};
  std::vector<session::IdToken> asked_customers{};
  std::vector<session::IdToken> forgotten{};
  bool forgets_nothing = false;
  session::RemoteStart::Answer remote_answer{session::RemoteVerdict::accepted, {}};
  session::ChangeVerdict change_answer = session::ChangeVerdict::accepted;

  /// The process starts on the same disk.
  void boot_process(bool first_start);
  void connect();
  void disconnect();
  /// Time passes; the core is woken whenever it wants.
  void pass(Duration time);

  // ---- the backend
  bool quiet() const;
  /// The oldest message that the station sent, which must be a CALL of this action. Its payload.
  Json call(const std::string& action);
  void answer(const Json& payload);
  void error(const std::string& code);
  /// Sends a request and takes the answer to it, which must be the first message that follows.
  Json ask(const std::string& action, const Json& payload, const std::string& id = {});
  Json time() const;
  Json boot_answer(const std::string& status, int interval = 300);
  /// Connects and is accepted; takes the messages that follow.
  void accept();
  /// Answers whatever is sent, in the simplest way, until there is silence. The actions, in order.
  std::vector<std::string> drain();
  session::TransactionEvent& add_event(session::EventType type, const char* transaction = "tx-1",
                                       std::uint32_t seq_no = 0);
  std::uint64_t last_number = 0;
  bool has_record(std::string_view event) const;

  // ---- Ports
  Moment moment() override;
  void random(std::span<std::byte> out) override;
  void log(std::string_view line) override;
  void wake_at(Instant when) override;
  bool send(std::string_view text) override;
  void reconnect() override;
  Keys keys() override;
  void upload(const FileAddress& to, std::string_view name, std::string_view text) override;
  void cancel_upload() override;

  template <class Request, class F>
  Called<Request, vault::Error> vault_call(F&& answer_of) {
    if (!vault_alive) return std::unexpected(ipc::CallError<vault::Error>{ipc::Failure::peer_gone, {}});
    return answer_of();
  }
  template <class Request, class F>
  SessionCalled<Request> session_call(F&& answer_of) {
    if (!session_alive) return std::unexpected(ipc::CallError<session::Error>{ipc::Failure::peer_gone, {}});
    return answer_of();
  }
  SessionCalled<session::GetSnapshot> call(const session::GetSnapshot&) override;
  SessionCalled<session::NextAuthorization> call(const session::NextAuthorization&) override;
  SessionCalled<session::AnswerAuthorization> call(const session::AnswerAuthorization& r) override;
  SessionCalled<session::AnswerTransaction> call(const session::AnswerTransaction& r) override;
  SessionCalled<session::FetchEvent> call(const session::FetchEvent& r) override;
  SessionCalled<session::AcknowledgeEvents> call(const session::AcknowledgeEvents& r) override;
  SessionCalled<session::RemoteStart> call(const session::RemoteStart& r) override;
  SessionCalled<session::RemoteStop> call(const session::RemoteStop& r) override;
  SessionCalled<session::ChangeAvailability> call(const session::ChangeAvailability& r) override;
  SessionCalled<session::Reset> call(const session::Reset& r) override;
  SessionCalled<session::TriggerEvent> call(const session::TriggerEvent&) override;
  SessionCalled<session::SetLink> call(const session::SetLink& r) override;
  SessionCalled<session::Configure> call(const session::Configure& r) override;
  SessionCalled<session::ClearCache> call(const session::ClearCache&) override;
  SessionCalled<session::UpdateLocalList> call(const session::UpdateLocalList& r) override;
  SessionCalled<session::GetLocalList> call(const session::GetLocalList&) override;
  SessionCalled<session::TransactionStatus> call(const session::TransactionStatus& r) override;
  SessionCalled<session::Unlock> call(const session::Unlock& r) override;
  SessionCalled<session::Reserve> call(const session::Reserve& r) override;
  SessionCalled<session::CancelReservation> call(const session::CancelReservation& r) override;
  SessionCalled<session::NextReservationUpdate> call(const session::NextReservationUpdate& r) override;
  SessionCalled<session::GetCustomer> call(const session::GetCustomer& r) override;
  SessionCalled<session::ForgetCustomer> call(const session::ForgetCustomer& r) override;
  SessionCalled<session::GetMeterRecord> call(const session::GetMeterRecord& r) override;
  Called<meter::GetKeys, meter::Error> call(const meter::GetKeys&) override;
  Called<meter::Read, meter::Error> call(const meter::Read& r) override;
  Called<vault::InstallAnchor, vault::Error> call(const vault::InstallAnchor& r) override;
  Called<vault::DeleteAnchor, vault::Error> call(const vault::DeleteAnchor& r) override;
  Called<vault::ListCertificates, vault::Error> call(const vault::ListCertificates& r) override;
  Called<vault::RenewKey, vault::Error> call(const vault::RenewKey&) override;
  Called<vault::SubmitRequest, vault::Error> call(const vault::SubmitRequest& r) override;
  Called<vault::FetchRequest, vault::Error> call(const vault::FetchRequest& r) override;
  Called<vault::InstallChain, vault::Error> call(const vault::InstallChain& r) override;
  Called<vault::NextStatus, vault::Error> call(const vault::NextStatus& r) override;
  Called<vault::StoreStatus, vault::Error> call(const vault::StoreStatus& r) override;
  Called<vault::ListOwn, vault::Error> call(const vault::ListOwn&) override;
  Called<ledger::Append, ledger::Error> call(const ledger::Append& r) override;
};

}  // namespace bulwatt::ocpp::testing
