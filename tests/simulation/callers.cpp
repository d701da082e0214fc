#include "tests/simulation/callers.hpp"

#include "tests/simulation/chance.hpp"

namespace bulwatt::simulation {
namespace {
using namespace std::chrono_literals;
using session::EventType;
constexpr int kEventsPerTurn = 8;
}  // namespace

// ---- the backend's process

BackendProcess::BackendProcess(const Launch& launch, Backend& backend)
    : Process(grants::ocpp::kService, launch.entry, launch.control, launch.ends), backend_(backend) {}

std::optional<int> BackendProcess::set_up() {
  session_.emplace(loop_.use<grants::ocpp::session>(*this));
  ledger_.emplace(loop_.use<grants::ocpp::ledger>(*this));
  loop_.use<grants::ocpp::meter>(*this);
  loop_.use<grants::ocpp::vault>(*this);
  loop_.on_peer<grants::ocpp::session>(runtime::Delegate<bool>::to<&BackendProcess::restarted>(*this));
  loop_.at(timer_, os::now(), runtime::Action::to<&BackendProcess::settle>(*this));
  return std::nullopt;
}

void BackendProcess::restarted(bool alive) {
  if (!alive) return;
  told_online_.reset();
  judged_.reset();
  look_ = true;
}

void BackendProcess::settle() {
  loop_.at(timer_, os::now() + between(20ms, 400ms), runtime::Action::to<&BackendProcess::settle>(*this));
  if (told_online_ != backend_.online) {
    const bool online = backend_.online;
    told_online_.reset();  // a call that was given up may still be obeyed
    if (!session_->call(session::SetLink{online, online})) return;
    told_online_ = online;
  }
  if (!fetch()) return;
  hear_reservations();
  if (one_in(8)) compare_list();
  if (backend_.online) authorize();
  if (!backend_.commands.empty() && backend_.online) {
    const auto command = backend_.commands.front();
    backend_.commands.pop_front();
    command(*session_);
  }
}

/// What is still there must be what it was.
void BackendProcess::verify_past() {
  if (!one_in(16) || backend_.fetched() == 0) return;
  const auto back = 1 + pick(std::min<std::uint64_t>(backend_.fetched(), 4));
  const auto again = session_->call(session::FetchEvent{backend_.fetched() - back});
  if (again && again->event) backend_.compare(*again->event);
}

/// What came with the start is judged again with the answer to it.
void BackendProcess::judge_start(const session::TransactionEvent& event) {
  if (event.type != EventType::started || !backend_.online || !backend_.changes_its_mind || !one_in(4)) return;
  const auto status = one_in(4) ? session::AuthorizationStatus::blocked : session::AuthorizationStatus::accepted;
  static_cast<void>(session_->call(session::AnswerTransaction{event.transaction, {.status = status}, {}}));
}

bool BackendProcess::fetch() {
  if (!look_ && !one_in(8)) return true;
  look_ = false;
  verify_past();
  for (int i = 0; i < kEventsPerTurn; ++i) {
    const auto fetched = session_->call(session::FetchEvent{backend_.fetched()});
    if (!fetched) {
      look_ = true;
      return false;
    }
    if (!fetched->event) break;
    look_ = true;
    backend_.commit(*fetched->event);
    acknowledge_at_ = os::now() + between(0ms, 3s);
    judge_start(*fetched->event);
  }
  if (os::now() < acknowledge_at_) {
    look_ = true;
    return true;
  }
  return session_->call(session::AcknowledgeEvents{backend_.fetched()}).has_value();
}

void BackendProcess::hear_reservations() {
  const auto update = session_->call(session::NextReservationUpdate{backend_.updates()});
  if (update && update->number != 0) backend_.take(*update);
}

void BackendProcess::compare_list() {
  if (const auto listed = session_->call(session::GetLocalList{})) backend_.compare(*listed);
}

void BackendProcess::authorize() {
  const auto pending = session_->call(session::NextAuthorization{});
  if (!pending || pending->request == 0) return;
  if (!judged_ || judged_->request != pending->request) {
    std::optional<session::Authorization> answer{};
    const bool yes = good_token(pending->token.id.view());
    if (!one_in(10))
      answer = session::Authorization{.status = yes ? session::AuthorizationStatus::accepted
                                                    : session::AuthorizationStatus::invalid};
    judged_ = Judged{pending->request, answer, os::now() + (one_in(12) ? Duration{1min} : between(0ms, 2s))};
  }
  if (os::now() >= judged_->at)
    static_cast<void>(session_->call(session::AnswerAuthorization{judged_->request, judged_->answer}));
}

// ---- the reader

HmiProcess::HmiProcess(const Launch& launch, Desk& desk)
    : Process(grants::hmi::kService, launch.entry, launch.control, launch.ends), desk_(desk) {}

std::optional<int> HmiProcess::set_up() {
  session_.emplace(loop_.use<grants::hmi::session>(*this));
  ledger_.emplace(loop_.use<grants::hmi::ledger>(*this));
  loop_.use<grants::hmi::meter>(*this);
  return std::nullopt;
}

void HmiProcess::device_ready() {
  if (desk_.break_in) {
    desk_.break_in = false;
    // As a taken-over process would: a whole, well-formed call that was never granted to it.
    std::array<std::byte, 512> frame{};
    const auto id = session::Session::id_of<session::RemoteStart>();
    const session::RemoteStart wish{1, {kLocalToken, session::TokenType::central}, kForgedStart, false, {}};
    wire::Writer writer{frame};
    writer.put(ipc::Header{id, ipc::Kind::request, 0, 1});
    writer.put(wish);
    os::send(handle_of(grants::hmi::session::kFacts.index), std::span{frame}.first(writer.size()));
    return;
  }
  const auto card = desk_.cards.front();
  desk_.cards.pop_front();
  const auto verdict = session_->call(card);
  if (verdict)
    static_cast<void>(
        ledger_->call(ledger::Append{ledger::Subject::authorization, ledger::Severity::info, "CardSeen", {}}));
}

}  // namespace bulwatt::simulation
