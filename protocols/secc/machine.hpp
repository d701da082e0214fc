// What both protocols do with any request: bind it to the session, look it up in the sequence table, let the protocol answer,
// and after a failure stop the power before a word is said.
#pragma once
#include "protocols/secc/course.hpp"

namespace bulwatt::secc {

/// Which response answers a request, and which row of the sequence table it has. Specialized for every request.
template <class Req>
struct Answered {};
template <class Response, iso15118::Request kind>
struct By {
  using Res = Response;
  static constexpr iso15118::Request kKind = kind;
};

/// Self has: Code, may_follow, blank, on (one for each request), started, refresh. The bodies are in machine_steps.hpp, which
/// only the two protocols' sources include.
template <class Self, class Message>
class Machine {
 public:
  Machine(const Config& config, const std::optional<iso15118::Paused>& paused, Instant now)
      : config_(config), paused_(paused) {
    course_.setup.start(now, config.timers.communication_setup_ms);
    course_.contracts = config.contracts != nullptr;
  }

  /// One request. `response` is written when the verdict says so; `wait` means that poll will answer, into the same
  /// object. While a request waits for its answer, another one ends the session.
  Verdict take(const Message& request, const Station& station, Instant now, Message& response);
  /// Time passed or the station changed.
  Verdict poll(const Station& station, Instant now, Message& response);

  const Demand& demand() const { return course_.demand; }
  Stage stage() const { return course_.stage; }
  Cause cause() const { return course_.cause; }
  Instant next() const { return course_.next(); }
  /// What a later connection may resume; only after the car paused.
  const std::optional<iso15118::Paused>& left_paused() const { return left_paused_; }

 protected:
  struct Now {
    const Station& station;
    Instant time;
  };

  Config config_;
  std::optional<iso15118::Paused> paused_;
  std::optional<iso15118::Paused> left_paused_{};
  Course course_{};
  const Message* request_ = nullptr;  ///< that is being answered: its header may carry a signature
  bool starting_ = false;             ///< PowerDeliveryReq waits for pilot and contactor

 private:
  Self& self() { return static_cast<Self&>(*this); }
  template <class Code>
  static bool failed(Code code) {
    return code >= Code::failed;
  }
  Verdict give_up() {
    course_.end(Cause::no_message);
    return Verdict::close;
  }

  template <class Req>
  Verdict answer(const Req& request, const iso15118::SessionId& id, const Now& now, Message& response);
  template <class Code>
  Code admit(const iso15118::SessionId& id, iso15118::Request kind) const;
  template <class Code>
  Verdict finish(Code code, const Now& now, Message& response);
};

}  // namespace bulwatt::secc
