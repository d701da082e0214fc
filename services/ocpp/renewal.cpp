#include "services/ocpp/renewal.hpp"

#include "protocols/ocpp/v201/security.hpp"

namespace bulwatt::ocpp {

//= OCPP-2.0.1 A02.FR.02
bool Renewal::begin(bool asked) {
  const auto started = base_.ports.call(vault::RenewKey{base_.config.key});
  if (!started) {
    give_up(started.error().text());
    return false;
  }
  state_ = State::making;
  asked_ = asked;
  slot_ = started->slot;
  round_ = 0;
  next_ = base_.now() + kPatience;
  return true;
}

void Renewal::give_up(std::string_view why) {
  state_ = State::idle;
  base_.note(ledger::Subject::configuration, ledger::Severity::warning, "RenewalGivenUp", why);
}

void Renewal::tick(bool online) {
  const auto now = base_.now();
  online_ = online;
  if (std::exchange(look_, false)) {
    if (state_ == State::making) request();
    else if (state_ == State::requesting) fetch();
  }
  const bool with_vault = state_ == State::making || state_ == State::requesting;
  if (with_vault && now >= next_) give_up("the vault makes no request in time");
  if (state_ == State::waiting && now >= next_) expired();
  if (online && state_ == State::idle && now >= next_look_) look_at_end();
}

void Renewal::request() {
  const auto ticket =
      base_.ports.call(vault::SubmitRequest{slot_, base_.config.identity.view(), base_.config.organization.view()});
  if (!ticket) return give_up(ticket.error().text());
  ticket_ = ticket->ticket;
  state_ = State::requesting;
}

void Renewal::fetch() {
  const auto fetched = base_.ports.call(vault::FetchRequest{ticket_});
  if (!fetched) return give_up(fetched.error().text());
  if (!fetched->pem) return;
  request_.assign(reinterpret_cast<const char*>(fetched->pem->data.data()), fetched->pem->size);
  if (!Text<5500>::fits(request_)) return give_up("the request is longer than OCPP carries");
  state_ = State::ready;
  next_ = base_.now();
}

/// No certificate came in time.
//= OCPP-2.0.1 A02.FR.17
//= OCPP-2.0.1 A02.FR.18
//= OCPP-2.0.1 A02.FR.19
//= OCPP-2.0.1 A03.FR.17
//= OCPP-2.0.1 A03.FR.18
//= OCPP-2.0.1 A03.FR.19
void Renewal::expired() {
  if (round_ > base_.model.number(Var::signing_repeat_times)) return give_up("no certificate came");
  ++round_;
  state_ = State::ready;
  next_ = base_.now();
}

//= OCPP-2.0.1 A03.FR.02
void Renewal::look_at_end() {
  next_look_ = base_.now() + kLookAtEnd;
  if (base_.network.current().security_profile != 3) return;
  const auto own = base_.ports.call(vault::ListOwn{base_.config.key});
  if (!own || own->slots.size != 1) return;
  if (own->slots[0].not_after.unix_ms - base_.stamp().unix_ms > kBeforeEndMs) return;
  next_look_ = base_.now() + 24 * kLookAtEnd;
  static_cast<void>(begin(false));
}

bool Renewal::wants(Instant now, bool asked_only) const {
  return state_ == State::ready && now >= next_ && (asked_ || !asked_only);
}

//= OCPP-2.0.1 A02.FR.03
//= OCPP-2.0.1 A03.FR.03
//= OCPP-2.0.1 A02.FR.13
//= OCPP-2.0.1 A03.FR.13
std::optional<std::string_view> Renewal::write(std::span<char> out, std::string_view id) {
  auto request = std::make_unique<v201::SignCertificateRequest>();
  request->csr = std::string_view{request_};
  request->certificate_type = v201::CertificateSigningUseEnum::charging_station_certificate;
  state_ = State::sent;
  return written(out, id, *request);
}

void Renewal::result(std::string_view payload) {
  if (state_ != State::sent) return;  // the certificate was quicker than the answer
  const auto response = understood<v201::SignCertificateResponse>(payload);
  if (!response) return later();
  if (response->status == v201::GenericStatusEnum::rejected) return give_up("the backend rejects the request");
  state_ = State::waiting;
  const auto wait = std::chrono::seconds{base_.model.number(Var::signing_wait_minimum)};
  next_ = base_.now() + wait * (1LL << std::min<std::int64_t>(round_, 16));
}

void Renewal::failed(const CallFailure& why) {
  if (state_ != State::sent) return;
  if (why.timed_out) return later();
  give_up("the backend does not take the request");
}

void Renewal::later() {
  if (state_ != State::sent) return;
  state_ = State::ready;
  next_ = base_.now() + kPatience;
}

Instant Renewal::due() const {
  switch (state_) {
    case State::idle: return online_ ? next_look_ : kNever;
    case State::ready: return next_ > base_.now() ? next_ : kNever;
    case State::sent: return kNever;
    default: return next_;
  }
}

}  // namespace bulwatt::ocpp
