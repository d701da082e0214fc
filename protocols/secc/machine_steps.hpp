// The bodies of Machine.
#pragma once
#include <variant>

#include "protocols/secc/machine.hpp"

namespace bulwatt::secc {

template <class Self, class Message>
Verdict Machine<Self, Message>::take(const Message& request, const Station& station, Instant now, Message& response) {
  if (course_.expire(station, now)) return Verdict::close;
  course_.enforce(station);
  if (starting_ || !request.body.message) return give_up();
  request_ = &request;
  return std::visit(
      [&](const auto& req) {
        using Req = std::remove_cvref_t<decltype(req)>;
        if constexpr (requires { Answered<Req>::kKind; }) {
          return answer(req, request.header.session_id, {station, now}, response);
        } else {
          return give_up();
        }
      },
      *request.body.message);
}

template <class Self, class Message>
Verdict Machine<Self, Message>::poll(const Station& station, Instant now, Message& response) {
  if (course_.expire(station, now)) return Verdict::close;
  course_.enforce(station);
  if (!starting_) return Verdict::wait;
  const auto code = self().started({station, now});
  course_.enforce(station);
  if (!code) return Verdict::wait;
  starting_ = false;
  self().refresh(response, station);
  return finish(*code, {station, now}, response);
}

template <class Self, class Message>
template <class Req>
Verdict Machine<Self, Message>::answer(const Req& request, const iso15118::SessionId& id, const Now& now,
                                       Message& response) {
  using Res = typename Answered<Req>::Res;
  response.header = {};
  if (!response.body.message) response.body.message.emplace();
  auto& res = response.body.message->template emplace<Res>();
  Self::blank(res, course_, now.station);
  auto code = admit<decltype(res.response_code)>(id, Answered<Req>::kKind);
  if (!failed(code)) {
    if (course_.stage == Stage::connected) course_.id = id;  // what the car asks to resume
    code = self().on(request, now, res);
    request_ = nullptr;
  }
  if (!starting_ || failed(code)) return finish(code, now, response);
  course_.sequence.stop();
  return poll(now.station, now.time, response);
}

//= ISO15118-2 V2G2-538
//= ISO15118-2 V2G2-736
template <class Self, class Message>
template <class Code>
Code Machine<Self, Message>::admit(const iso15118::SessionId& id, iso15118::Request kind) const {
  const bool bound = course_.stage != Stage::connected;
  if (bound && kind != iso15118::Request::session_setup && id != course_.id) return Code::failed_unknown_session;
  return Self::may_follow(course_.stage, kind) ? Code::ok : Code::failed_sequence_error;
}

template <class Self, class Message>
template <class Code>
Verdict Machine<Self, Message>::finish(Code code, const Now& now, Message& response) {
  std::visit(
      [&](auto& res) {
        if constexpr (requires { res.response_code; }) res.response_code = code;
      },
      *response.body.message);
  if (failed(code)) course_.end(Cause::failed_response);
  course_.enforce(now.station);
  response.header.session_id = course_.id;
  if (course_.id.empty()) response.header.session_id.size = iso15118::SessionId::kCapacity;
  if (course_.stage == Stage::over) return Verdict::answer_and_close;
  course_.sequence.start(now.time, config_.timers.sequence_ms);
  return Verdict::answer;
}

}  // namespace bulwatt::secc
