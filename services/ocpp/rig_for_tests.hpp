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
  void boot_process(bool first_start) {
    core.reset();
    journal = std::make_unique<journal::Journal>(storage, Store::journal_bytes(config.queue_kib));
    store = std::make_unique<Store>(*journal, std::size_t{config.queue_kib} * 1024);
    REQUIRE(store->open().has_value());
    network = std::make_unique<Network>(config, *store);
    core = std::make_unique<Core>(config, *this, *store, *network, first_start);
    connected = false;
    sent.clear();
    core->start();
  }
  void connect() {
    connected = true;
    core->link_up();
  }
  void disconnect() {
    connected = false;
    sent.clear();
    core->link_down();
  }
  /// Time passes; the core is woken whenever it wants.
  void pass(Duration time) {
    const auto until = now + time;
    for (int i = 0; wake <= until; ++i) {
      REQUIRE(i < 100'000);
      const auto step = std::max(wake, now) - now;
      now += step;
      civil_ms += step.count() / 1000;
      wake = kNever;
      core->timer();
    }
    civil_ms += (until - now).count() / 1000;
    now = until;
  }

  // ---- the backend
  bool quiet() const { return sent.empty(); }
  /// The oldest message that the station sent, which must be a CALL of this action. Its payload.
  Json call(const std::string& action) {
    REQUIRE_MESSAGE(!sent.empty(), "nothing was sent, expected " << action);
    const auto frame = Json::parse(sent.front());
    sent.pop_front();
    REQUIRE(frame[0] == 2);
    CHECK(frame[2] == action);
    last_id = frame[1].get<std::string>();
    CHECK(last_id.size() <= 36);
    return frame[3];
  }
  void answer(const Json& payload) { core->received(Json::array({3, last_id, payload}).dump()); }
  void error(const std::string& code) { core->received(Json::array({4, last_id, code, "no", Json::object()}).dump()); }
  /// Sends a request and takes the answer to it, which must be the first message that follows.
  Json ask(const std::string& action, const Json& payload, const std::string& id = {}) {
    static int count = 0;
    const auto used = id.empty() ? "ask-" + std::to_string(++count) : id;
    const auto before = static_cast<std::ptrdiff_t>(sent.size());
    core->received(Json::array({2, used, action, payload}).dump());
    REQUIRE_MESSAGE(std::ssize(sent) > before, "no answer to " << action);
    const auto frame = Json::parse(sent[static_cast<std::size_t>(before)]);
    sent.erase(sent.begin() + before);
    CHECK(frame[1] == used);
    return frame[0] == 3 ? frame[2] : Json{{"error", frame[2]}};
  }
  Json time() const { return std::string{time_text({civil_ms}).view()}; }
  Json boot_answer(const std::string& status, int interval = 300) {
    return {{"currentTime", time()}, {"interval", interval}, {"status", status}};
  }
  /// Connects and is accepted; takes the messages that follow.
  void accept() {
    connect();
    call("BootNotification");
    answer(boot_answer("Accepted"));
    drain();
  }
  /// Answers whatever is sent, in the simplest way, until there is silence. The actions, in order.
  std::vector<std::string> drain() {
    std::vector<std::string> actions;
    while (!sent.empty()) {
      const auto frame = Json::parse(sent.front());
      sent.pop_front();
      if (frame[0] != 2) continue;
      actions.push_back(frame[2]);
      last_id = frame[1].get<std::string>();
      answer(frame[2] == "Heartbeat" ? Json{{"currentTime", time()}} : Json::object());
    }
    return actions;
  }
  session::TransactionEvent& add_event(session::EventType type, const char* transaction = "tx-1",
                                       std::uint32_t seq_no = 0) {
    session::TransactionEvent event{};
    event.number = ++last_number;
    event.evse = event.connector = 1;
    event.transaction = transaction;
    event.seq_no = seq_no;
    event.type = type;
    event.trigger =
        type == session::EventType::updated ? session::Trigger::meter_value_periodic : session::Trigger::authorized;
    event.time = {civil_ms};
    return events.emplace_back(event);
  }
  std::uint64_t last_number = 0;
  bool has_record(std::string_view event) const {
    return std::ranges::any_of(ledger, [&](const auto& one) { return one.event.view() == event; });
  }

  // ---- Ports
  Moment moment() override { return {now, {civil_ms}}; }
  void random(std::span<std::byte> out) override {
    for (auto& byte : out)
      byte = static_cast<std::byte>((seed = seed * 6364136223846793005U + 1442695040888963407U) >> 56);
  }
  void log(std::string_view line) override { said.emplace_back(line); }
  void wake_at(Instant when) override { wake = when; }
  bool send(std::string_view text) override {
    if (connected) sent.emplace_back(text);
    return connected;
  }
  void reconnect() override { ++reconnects; }
  Keys keys() override { return vault_keys; }
  void upload(const FileAddress& to, std::string_view name, std::string_view text) override {
    uploads.push_back({to, std::string{name}, std::string{text}});
  }
  void cancel_upload() override { ++cancelled; }

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
  SessionCalled<session::GetSnapshot> call(const session::GetSnapshot&) override {
    return session_call<session::GetSnapshot>([&] { return snapshot; });
  }
  SessionCalled<session::NextAuthorization> call(const session::NextAuthorization&) override {
    return session_call<session::NextAuthorization>([&] { return pending; });
  }
  SessionCalled<session::AnswerAuthorization> call(const session::AnswerAuthorization& r) override {
    return session_call<session::AnswerAuthorization>([&] {
      authorizations.push_back(r);
      if (r.request == pending.request) pending = {};
      return ipc::Done{};
    });
  }
  SessionCalled<session::AnswerTransaction> call(const session::AnswerTransaction& r) override {
    return session_call<session::AnswerTransaction>([&] {
      transaction_answers.push_back(r);
      return ipc::Done{};
    });
  }
  SessionCalled<session::FetchEvent> call(const session::FetchEvent& r) override {
    return session_call<session::FetchEvent>([&] {
      session::FetchEvent::Fetched out{};
      for (const auto& event : events) {
        if (event.number <= r.after) continue;
        out.event = event;
        break;
      }
      return out;
    });
  }
  SessionCalled<session::AcknowledgeEvents> call(const session::AcknowledgeEvents& r) override {
    return session_call<session::AcknowledgeEvents>([&] {
      acknowledged = r.number;
      std::erase_if(events, [&](const auto& event) { return event.number <= r.number; });
      return ipc::Done{};
    });
  }
  SessionCalled<session::RemoteStart> call(const session::RemoteStart& r) override {
    return session_call<session::RemoteStart>([&] {
      starts.push_back(r);
      return remote_answer;
    });
  }
  SessionCalled<session::RemoteStop> call(const session::RemoteStop& r) override {
    return session_call<session::RemoteStop>([&] {
      stops.push_back(r);
      return remote_answer;
    });
  }
  SessionCalled<session::ChangeAvailability> call(const session::ChangeAvailability& r) override {
    return session_call<session::ChangeAvailability>([&] {
      changes.push_back(r);
      return session::ChangeAvailability::Answer{change_answer};
    });
  }
  SessionCalled<session::Reset> call(const session::Reset& r) override {
    return session_call<session::Reset>([&] {
      resets.push_back(r);
      return session::ChangeAvailability::Answer{change_answer};
    });
  }
  SessionCalled<session::TriggerEvent> call(const session::TriggerEvent&) override {
    return session_call<session::TriggerEvent>([&]() -> SessionCalled<session::TriggerEvent> {
      if (!snapshot.transaction)
        return std::unexpected(ipc::CallError<session::Error>{ipc::Failure::none, session::Error::not_now});
      ++triggers;
      return ipc::Done{};
    });
  }
  SessionCalled<session::SetLink> call(const session::SetLink& r) override {
    return session_call<session::SetLink>([&] {
      links.push_back(r.online);
      return ipc::Done{};
    });
  }
  SessionCalled<session::Configure> call(const session::Configure& r) override {
    return session_call<session::Configure>([&] {
      configured.push_back(r.settings);
      return ipc::Done{};
    });
  }
  SessionCalled<session::ClearCache> call(const session::ClearCache&) override {
    return session_call<session::ClearCache>([&] {
      ++cleared;
      return session::ClearCache::Answer{session::Verdict::accepted};
    });
  }
  SessionCalled<session::UpdateLocalList> call(const session::UpdateLocalList& r) override {
    return session_call<session::UpdateLocalList>([&] {
      list_parts.push_back(r);
      if (r.last && list_answer == session::UpdateVerdict::accepted) listed.version = r.version;
      return session::UpdateLocalList::Answer{list_answer};
    });
  }
  SessionCalled<session::GetLocalList> call(const session::GetLocalList&) override {
    return session_call<session::GetLocalList>([&] { return listed; });
  }
  SessionCalled<session::TransactionStatus> call(const session::TransactionStatus& r) override {
    return session_call<session::TransactionStatus>([&] {
      const bool waiting =
          std::ranges::any_of(events, [&](const auto& event) { return event.transaction == r.transaction; });
      return session::TransactionStatus::Answer{snapshot.transaction == r.transaction, waiting};
    });
  }
  SessionCalled<session::Unlock> call(const session::Unlock& r) override {
    return session_call<session::Unlock>([&]() -> SessionCalled<session::Unlock> {
      unlocks.push_back(r);
      if (lock_moves-- > 0) return std::unexpected(ipc::CallError<session::Error>{{}, session::Error::not_now});
      return session::Unlock::Answer{unlock_answer};
    });
  }
  SessionCalled<session::Reserve> call(const session::Reserve& r) override {
    return session_call<session::Reserve>([&] {
      reservations.push_back(r);
      return session::Reserve::Answer{reserve_answer};
    });
  }
  SessionCalled<session::CancelReservation> call(const session::CancelReservation& r) override {
    return session_call<session::CancelReservation>([&] {
      const bool known = std::erase_if(reservations, [&](const auto& one) { return one.id == r.id; }) != 0;
      return session::ClearCache::Answer{known ? session::Verdict::accepted : session::Verdict::rejected};
    });
  }
  SessionCalled<session::NextReservationUpdate> call(const session::NextReservationUpdate& r) override {
    return session_call<session::NextReservationUpdate>([&] {
      std::erase_if(reservation_updates, [&](const auto& one) { return one.number <= r.after; });
      return reservation_updates.empty() ? session::NextReservationUpdate::Update{} : reservation_updates.front();
    });
  }
  SessionCalled<session::GetCustomer> call(const session::GetCustomer& r) override {
    return session_call<session::GetCustomer>([&] {
      asked_customers.push_back(r.token);
      return customer;
    });
  }
  SessionCalled<session::ForgetCustomer> call(const session::ForgetCustomer& r) override {
    return session_call<session::ForgetCustomer>([&]() -> SessionCalled<session::ForgetCustomer> {
      if (forgets_nothing)
        return std::unexpected(ipc::CallError<session::Error>{ipc::Failure::none, session::Error::storage});
      forgotten.push_back(r.token);
      return session::ForgetCustomer::Forgotten{std::exchange(customer.cached, std::nullopt).has_value()};
    });
  }
  SessionCalled<session::GetMeterRecord> call(const session::GetMeterRecord& r) override {
    return session_call<session::GetMeterRecord>([&]() -> SessionCalled<session::GetMeterRecord> {
      if (!meter_records.contains(r.number))
        return std::unexpected(ipc::CallError<session::Error>{{}, session::Error::unknown_record});
      const bool payload = r.part == session::RecordPart::payload;
      const std::string_view text = payload ? std::string_view{meter_records[r.number]} : "\x30\x01";
      return session::GetMeterRecord::Part{Octets<meter::kMaxTwin>{std::as_bytes(std::span{text})}};
    });
  }
  Called<meter::GetKeys, meter::Error> call(const meter::GetKeys&) override { return meter_keys; }
  Called<meter::Read, meter::Error> call(const meter::Read& r) override {
    if (!reading || r.evse == dead_meter)
      return std::unexpected(ipc::CallError<meter::Error>{ipc::Failure::none, meter::Error::not_ready});
    return *reading;
  }
  Called<vault::InstallAnchor, vault::Error> call(const vault::InstallAnchor& r) override {
    return vault_call<vault::InstallAnchor>([&] {
      installs.push_back(r);
      return install_answer;
    });
  }
  Called<vault::DeleteAnchor, vault::Error> call(const vault::DeleteAnchor& r) override {
    return vault_call<vault::DeleteAnchor>([&] {
      deletions.push_back(r);
      return delete_answer;
    });
  }
  Called<vault::ListCertificates, vault::Error> call(const vault::ListCertificates& r) override {
    return vault_call<vault::ListCertificates>([&] {
      vault::ListCertificates::Part part{};
      for (std::size_t i = r.from; i < certificates.size(); ++i) {
        if (part.certificates.push_back(certificates[i])) continue;
        part.next = static_cast<std::uint16_t>(i);
        break;
      }
      return part;
    });
  }
  Called<vault::RenewKey, vault::Error> call(const vault::RenewKey&) override {
    return vault_call<vault::RenewKey>([&]() -> Called<vault::RenewKey, vault::Error> {
      if (no_key) return std::unexpected(ipc::CallError<vault::Error>{ipc::Failure::none, vault::Error::unknown_key});
      ++renewals;
      return vault::RenewKey::Started{"csms-client.b"};
    });
  }
  Called<vault::SubmitRequest, vault::Error> call(const vault::SubmitRequest& r) override {
    return vault_call<vault::SubmitRequest>([&] {
      requests.push_back(r);
      return vault::SubmitSign::Ticket{7};
    });
  }
  Called<vault::FetchRequest, vault::Error> call(const vault::FetchRequest& r) override {
    return vault_call<vault::FetchRequest>([&] {
      vault::FetchRequest::Fetched fetched{};
      if (r.ticket == 7 && !request_pem.empty()) fetched.pem.emplace(std::as_bytes(std::span{request_pem}));
      return fetched;
    });
  }
  Called<vault::InstallChain, vault::Error> call(const vault::InstallChain& r) override {
    return vault_call<vault::InstallChain>([&] {
      chains.push_back(r);
      return chain_answer;
    });
  }
  Called<vault::NextStatus, vault::Error> call(const vault::NextStatus& r) override {
    return vault_call<vault::NextStatus>([&] {
      vault::NextStatus::Answer next{};
      if (r.passed_over < stale.size()) next.wanted = stale[r.passed_over];
      return next;
    });
  }
  Called<vault::StoreStatus, vault::Error> call(const vault::StoreStatus& r) override {
    return vault_call<vault::StoreStatus>([&] {
      statuses.push_back(r);
      if (status_answer.verdict == vault::InstallVerdict::accepted)
        std::erase_if(stale, [&](const auto& one) { return one.id == r.id; });
      return status_answer;
    });
  }
  Called<vault::ListOwn, vault::Error> call(const vault::ListOwn&) override {
    return vault_call<vault::ListOwn>([&] { return own; });
  }
  Called<ledger::Append, ledger::Error> call(const ledger::Append& r) override {
    if (!ledger_alive) return std::unexpected(ipc::CallError<ledger::Error>{ipc::Failure::peer_gone, {}});
    CAPTURE(std::string{r.event.view()});
    REQUIRE(ledger::catalogued("ocpp", r.event.view(), r.subject));
    ledger.push_back(r);
    return ledger::Append::Appended{ledger.size()};
  }
};

}  // namespace bulwatt::ocpp::testing
