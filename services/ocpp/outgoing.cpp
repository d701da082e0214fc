#include "services/ocpp/outgoing.hpp"

namespace bulwatt::ocpp {

std::uint64_t Outgoing::ms(Instant instant) {
  return static_cast<std::uint64_t>(instant.time_since_epoch().count() / 1000);
}

//= OCPP-2.0.1 B01.FR.08
//= OCPP-2.0.1 B02.FR.02
//= OCPP-2.0.1 B03.FR.02
//= OCPP-2.0.1 FR.01
void Outgoing::pump() {
  if (!open_ || !calls_.idle()) return;
  const auto now = base_.now();
  if (!boot_.accepted() && boot_.wants(now, false) && send(boot_)) return;
  const auto registration = boot_.registration();
  if (registration != Registration::accepted && registration != Registration::pending) return;
  for (auto* source : sources_) {
    if (source->wants(now, registration == Registration::pending) && send(*source)) return;
  }
}

bool Outgoing::send(Source& source) {
  std::array<std::byte, 16> random{};
  base_.ports.random(random);
  const auto id = make_uuid(random);
  const auto text = source.write(buffer_, id.view());
  if (!text) return false;
  if (!base_.ports.send(*text)) {
    source.lost();
    return true;  // the connection takes nothing more for now
  }
  const auto now = base_.now();
  base_.last_sent = now;
  current_ = &source;
  static_cast<void>(calls_.start(MessageId{id.view()}, ms(now),
                                 static_cast<std::uint64_t>(base_.model.number(Var::message_timeout)) * 1000));
  return true;
}

bool Outgoing::answered(const Frame& frame) {
  if (!calls_.answered(frame.id)) return false;
  auto& source = *std::exchange(current_, nullptr);
  if (frame.type == MessageType::result) {
    source.result(frame.payload);
    return true;
  }
  const Line<400> told{"the backend answers with the error ", enum_text(frame.code), ": ", frame.description.view()};
  base_.ports.log(told.view());
  source.failed({false, frame.code, frame.description.view()});
  // A backend that was restarted may not know any more whom it has accepted.
  if (frame.code == ErrorCode::security_error && boot_.accepted()) boot_.forgotten();
  return true;
}

void Outgoing::unreadable(const MessageId& id) {
  if (calls_.answered(id))
    std::exchange(current_, nullptr)->failed({false, ErrorCode::format_violation, "unreadable answer"});
}

void Outgoing::expire(Instant now) {
  if (calls_.expired(ms(now))) std::exchange(current_, nullptr)->failed({true, {}, {}});
}

void Outgoing::link_down() {
  open_ = false;
  if (calls_.idle()) return;
  calls_.abandon();
  std::exchange(current_, nullptr)->lost();
}

Instant Outgoing::due(Instant now) const {
  if (!open_) return kNever;
  if (const auto deadline = calls_.deadline_ms()) return Instant{std::chrono::milliseconds{*deadline + 1}};
  auto next = kNever;
  const auto consider = [&](Instant due) {
    if (due > now) next = std::min(next, due);
  };
  consider(boot_.due());
  if (!boot_.accepted()) return next;
  for (const auto* source : sources_) consider(source->due());
  return next;
}

}  // namespace bulwatt::ocpp
