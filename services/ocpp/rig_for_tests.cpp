#include "services/ocpp/rig_for_tests.hpp"

namespace bulwatt::ocpp::testing {

void Rig::boot_process(bool first_start) {
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

void Rig::connect() {
  connected = true;
  core->link_up();
}

void Rig::disconnect() {
  connected = false;
  sent.clear();
  core->link_down();
}

void Rig::pass(Duration time) {
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

bool Rig::quiet() const { return sent.empty(); }

Json Rig::call(const std::string& action) {
  REQUIRE_MESSAGE(!sent.empty(), "nothing was sent, expected " << action);
  const auto frame = Json::parse(sent.front());
  sent.pop_front();
  REQUIRE(frame[0] == 2);
  CHECK(frame[2] == action);
  last_id = frame[1].get<std::string>();
  CHECK(last_id.size() <= 36);
  return frame[3];
}

void Rig::answer(const Json& payload) { core->received(Json::array({3, last_id, payload}).dump()); }

void Rig::error(const std::string& code) {
  core->received(Json::array({4, last_id, code, "no", Json::object()}).dump());
}

Json Rig::ask(const std::string& action, const Json& payload, const std::string& id) {
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

Json Rig::time() const { return std::string{time_text({civil_ms}).view()}; }

Json Rig::boot_answer(const std::string& status, int interval) {
  return {{"currentTime", time()}, {"interval", interval}, {"status", status}};
}

void Rig::accept() {
  connect();
  call("BootNotification");
  answer(boot_answer("Accepted"));
  drain();
}

std::vector<std::string> Rig::drain() {
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

session::TransactionEvent& Rig::add_event(session::EventType type, const char* transaction, std::uint32_t seq_no) {
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

bool Rig::has_record(std::string_view event) const {
  return std::ranges::any_of(ledger, [&](const auto& one) { return one.event.view() == event; });
}

Moment Rig::moment() { return {now, {civil_ms}}; }

void Rig::random(std::span<std::byte> out) {
  for (auto& byte : out)
    byte = static_cast<std::byte>((seed = seed * 6364136223846793005U + 1442695040888963407U) >> 56);
}

void Rig::log(std::string_view line) { said.emplace_back(line); }

void Rig::wake_at(Instant when) { wake = when; }

bool Rig::send(std::string_view text) {
  if (connected) sent.emplace_back(text);
  return connected;
}

void Rig::reconnect() { ++reconnects; }

Keys Rig::keys() { return vault_keys; }

void Rig::upload(const FileAddress& to, std::string_view name, std::string_view text) {
  uploads.push_back({to, std::string{name}, std::string{text}});
}

void Rig::cancel_upload() { ++cancelled; }

SessionCalled<session::GetSnapshot> Rig::call(const session::GetSnapshot&) {
  return session_call<session::GetSnapshot>([&] { return snapshot; });
}

SessionCalled<session::NextAuthorization> Rig::call(const session::NextAuthorization&) {
  return session_call<session::NextAuthorization>([&] { return pending; });
}

SessionCalled<session::AnswerAuthorization> Rig::call(const session::AnswerAuthorization& r) {
  return session_call<session::AnswerAuthorization>([&] {
    authorizations.push_back(r);
    if (r.request == pending.request) pending = {};
    return ipc::Done{};
  });
}

SessionCalled<session::AnswerTransaction> Rig::call(const session::AnswerTransaction& r) {
  return session_call<session::AnswerTransaction>([&] {
    transaction_answers.push_back(r);
    return ipc::Done{};
  });
}

SessionCalled<session::FetchEvent> Rig::call(const session::FetchEvent& r) {
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

SessionCalled<session::AcknowledgeEvents> Rig::call(const session::AcknowledgeEvents& r) {
  return session_call<session::AcknowledgeEvents>([&] {
    acknowledged = r.number;
    std::erase_if(events, [&](const auto& event) { return event.number <= r.number; });
    return ipc::Done{};
  });
}

SessionCalled<session::RemoteStart> Rig::call(const session::RemoteStart& r) {
  return session_call<session::RemoteStart>([&] {
    starts.push_back(r);
    return remote_answer;
  });
}

SessionCalled<session::RemoteStop> Rig::call(const session::RemoteStop& r) {
  return session_call<session::RemoteStop>([&] {
    stops.push_back(r);
    return remote_answer;
  });
}

SessionCalled<session::ChangeAvailability> Rig::call(const session::ChangeAvailability& r) {
  return session_call<session::ChangeAvailability>([&] {
    changes.push_back(r);
    return session::ChangeAvailability::Answer{change_answer};
  });
}

SessionCalled<session::Reset> Rig::call(const session::Reset& r) {
  return session_call<session::Reset>([&] {
    resets.push_back(r);
    return session::ChangeAvailability::Answer{change_answer};
  });
}

SessionCalled<session::TriggerEvent> Rig::call(const session::TriggerEvent&) {
  return session_call<session::TriggerEvent>([&]() -> SessionCalled<session::TriggerEvent> {
    if (!snapshot.transaction)
      return std::unexpected(ipc::CallError<session::Error>{ipc::Failure::none, session::Error::not_now});
    ++triggers;
    return ipc::Done{};
  });
}

SessionCalled<session::SetLink> Rig::call(const session::SetLink& r) {
  return session_call<session::SetLink>([&] {
    links.push_back(r.online);
    return ipc::Done{};
  });
}

SessionCalled<session::Configure> Rig::call(const session::Configure& r) {
  return session_call<session::Configure>([&] {
    configured.push_back(r.settings);
    return ipc::Done{};
  });
}

SessionCalled<session::ClearCache> Rig::call(const session::ClearCache&) {
  return session_call<session::ClearCache>([&] {
    ++cleared;
    return session::ClearCache::Answer{session::Verdict::accepted};
  });
}

SessionCalled<session::UpdateLocalList> Rig::call(const session::UpdateLocalList& r) {
  return session_call<session::UpdateLocalList>([&] {
    list_parts.push_back(r);
    if (r.last && list_answer == session::UpdateVerdict::accepted) listed.version = r.version;
    return session::UpdateLocalList::Answer{list_answer};
  });
}

SessionCalled<session::GetLocalList> Rig::call(const session::GetLocalList&) {
  return session_call<session::GetLocalList>([&] { return listed; });
}

SessionCalled<session::TransactionStatus> Rig::call(const session::TransactionStatus& r) {
  return session_call<session::TransactionStatus>([&] {
    const bool waiting =
        std::ranges::any_of(events, [&](const auto& event) { return event.transaction == r.transaction; });
    return session::TransactionStatus::Answer{snapshot.transaction == r.transaction, waiting};
  });
}

SessionCalled<session::Unlock> Rig::call(const session::Unlock& r) {
  return session_call<session::Unlock>([&]() -> SessionCalled<session::Unlock> {
    unlocks.push_back(r);
    if (lock_moves-- > 0) return std::unexpected(ipc::CallError<session::Error>{{}, session::Error::not_now});
    return session::Unlock::Answer{unlock_answer};
  });
}

SessionCalled<session::Reserve> Rig::call(const session::Reserve& r) {
  return session_call<session::Reserve>([&] {
    reservations.push_back(r);
    return session::Reserve::Answer{reserve_answer};
  });
}

SessionCalled<session::CancelReservation> Rig::call(const session::CancelReservation& r) {
  return session_call<session::CancelReservation>([&] {
    const bool known = std::erase_if(reservations, [&](const auto& one) { return one.id == r.id; }) != 0;
    return session::ClearCache::Answer{known ? session::Verdict::accepted : session::Verdict::rejected};
  });
}

SessionCalled<session::NextReservationUpdate> Rig::call(const session::NextReservationUpdate& r) {
  return session_call<session::NextReservationUpdate>([&] {
    std::erase_if(reservation_updates, [&](const auto& one) { return one.number <= r.after; });
    return reservation_updates.empty() ? session::NextReservationUpdate::Update{} : reservation_updates.front();
  });
}

SessionCalled<session::GetCustomer> Rig::call(const session::GetCustomer& r) {
  return session_call<session::GetCustomer>([&] {
    asked_customers.push_back(r.token);
    return customer;
  });
}

SessionCalled<session::ForgetCustomer> Rig::call(const session::ForgetCustomer& r) {
  return session_call<session::ForgetCustomer>([&]() -> SessionCalled<session::ForgetCustomer> {
    if (forgets_nothing)
      return std::unexpected(ipc::CallError<session::Error>{ipc::Failure::none, session::Error::storage});
    forgotten.push_back(r.token);
    return session::ForgetCustomer::Forgotten{std::exchange(customer.cached, std::nullopt).has_value()};
  });
}

SessionCalled<session::GetMeterRecord> Rig::call(const session::GetMeterRecord& r) {
  return session_call<session::GetMeterRecord>([&]() -> SessionCalled<session::GetMeterRecord> {
    if (!meter_records.contains(r.number))
      return std::unexpected(ipc::CallError<session::Error>{{}, session::Error::unknown_record});
    const bool payload = r.part == session::RecordPart::payload;
    const std::string_view text = payload ? std::string_view{meter_records[r.number]} : "\x30\x01";
    return session::GetMeterRecord::Part{Octets<meter::kMaxTwin>{std::as_bytes(std::span{text})}};
  });
}

Called<meter::GetKeys, meter::Error> Rig::call(const meter::GetKeys&) { return meter_keys; }

Called<meter::Read, meter::Error> Rig::call(const meter::Read& r) {
  if (!reading || r.evse == dead_meter)
    return std::unexpected(ipc::CallError<meter::Error>{ipc::Failure::none, meter::Error::not_ready});
  return *reading;
}

Called<vault::InstallAnchor, vault::Error> Rig::call(const vault::InstallAnchor& r) {
  return vault_call<vault::InstallAnchor>([&] {
    installs.push_back(r);
    return install_answer;
  });
}

Called<vault::DeleteAnchor, vault::Error> Rig::call(const vault::DeleteAnchor& r) {
  return vault_call<vault::DeleteAnchor>([&] {
    deletions.push_back(r);
    return delete_answer;
  });
}

Called<vault::ListCertificates, vault::Error> Rig::call(const vault::ListCertificates& r) {
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

Called<vault::RenewKey, vault::Error> Rig::call(const vault::RenewKey&) {
  return vault_call<vault::RenewKey>([&]() -> Called<vault::RenewKey, vault::Error> {
    if (no_key) return std::unexpected(ipc::CallError<vault::Error>{ipc::Failure::none, vault::Error::unknown_key});
    ++renewals;
    return vault::RenewKey::Started{"csms-client.b"};
  });
}

Called<vault::SubmitRequest, vault::Error> Rig::call(const vault::SubmitRequest& r) {
  return vault_call<vault::SubmitRequest>([&] {
    requests.push_back(r);
    return vault::SubmitSign::Ticket{7};
  });
}

Called<vault::FetchRequest, vault::Error> Rig::call(const vault::FetchRequest& r) {
  return vault_call<vault::FetchRequest>([&] {
    vault::FetchRequest::Fetched fetched{};
    if (r.ticket == 7 && !request_pem.empty()) fetched.pem.emplace(std::as_bytes(std::span{request_pem}));
    return fetched;
  });
}

Called<vault::InstallChain, vault::Error> Rig::call(const vault::InstallChain& r) {
  return vault_call<vault::InstallChain>([&] {
    chains.push_back(r);
    return chain_answer;
  });
}

Called<vault::NextStatus, vault::Error> Rig::call(const vault::NextStatus& r) {
  return vault_call<vault::NextStatus>([&] {
    vault::NextStatus::Answer next{};
    if (r.passed_over < stale.size()) next.wanted = stale[r.passed_over];
    return next;
  });
}

Called<vault::StoreStatus, vault::Error> Rig::call(const vault::StoreStatus& r) {
  return vault_call<vault::StoreStatus>([&] {
    statuses.push_back(r);
    if (status_answer.verdict == vault::InstallVerdict::accepted)
      std::erase_if(stale, [&](const auto& one) { return one.id == r.id; });
    return status_answer;
  });
}

Called<vault::ListOwn, vault::Error> Rig::call(const vault::ListOwn&) {
  return vault_call<vault::ListOwn>([&] { return own; });
}

Called<ledger::Append, ledger::Error> Rig::call(const ledger::Append& r) {
  if (!ledger_alive) return std::unexpected(ipc::CallError<ledger::Error>{ipc::Failure::peer_gone, {}});
  CAPTURE(std::string{r.event.view()});
  REQUIRE(ledger::catalogued("ocpp", r.event.view(), r.subject));
  ledger.push_back(r);
  return ledger::Append::Appended{ledger.size()};
}

}  // namespace bulwatt::ocpp::testing
