// Typed interfaces: what may be said over a conduit. An interface is a list of calls and pulses; a message is a described
// aggregate (libs/fields). A call has a reply and an error; a pulse is one-way and carries nothing worth losing.
//
//   struct Read { using Reply = Reading; std::uint8_t evse{}; static constexpr auto fields() { … } };
//   using Meter = ipc::Interface<"meter", Error, ipc::Call<1, "Read", Read>, ipc::Pulse<2, "ReadingChanged", ReadingChanged>>;
#pragma once
#include <algorithm>

#include "libs/wire/wire.hpp"

namespace bulwatt::ipc {

/// A string literal as a template argument.
template <std::size_t N>
struct Name {
  char text[N]{};
  constexpr Name(const char (&s)[N]) { std::copy_n(s, N, text); }  // NOLINT: implicit on purpose
  constexpr std::string_view view() const { return {text, N - 1}; }
};

inline constexpr std::size_t kMaxMessages = 64;      ///< message ids are 1 … 63, one bit each in a permit mask
inline constexpr std::size_t kMaxFrame = 16 * 1024;  ///< greatest frame on any conduit, header included
inline constexpr std::size_t kMaxPulsePayload = 56;  ///< a pulse says "look again"; it is no way to move data

/// Request with a reply. `Req::Reply` is the reply type.
template <std::uint8_t Id, Name N, class Req>
struct Call {
  static_assert(Id > 0 && Id < kMaxMessages);
  static constexpr std::uint8_t kId = Id;
  static constexpr std::string_view kName = N.view();
  static constexpr bool kIsCall = true;
  using Request = Req;
  using Reply = typename Req::Reply;
};

/// One-way message, in either direction of the conduit (the authority graph says which).
template <std::uint8_t Id, Name N, class Message>
struct Pulse {
  static_assert(Id > 0 && Id < kMaxMessages);
  static_assert(wire::max_size<Message>() <= kMaxPulsePayload, "a pulse carries nothing worth losing");
  static constexpr std::uint8_t kId = Id;
  static constexpr std::string_view kName = N.view();
  static constexpr bool kIsCall = false;
  using Request = Message;
};

enum class Kind : std::uint8_t { request, reply, error, refused_phase, refused_rate, pulse };
constexpr auto enum_names(Kind) { return names("request", "reply", "error", "refused_phase", "refused_rate", "pulse"); }

/// First eight bytes of every frame.
struct Header {
  std::uint8_t id{};  ///< message id of the interface
  Kind kind{};
  std::uint16_t spare{};  ///< always 0
  std::uint32_t call{};   ///< repeats in the reply; a late reply to an abandoned call is recognised by it
  static constexpr auto fields() {
    return list(field<&Header::id>("id"), field<&Header::kind>("kind"),
                field<&Header::spare>("spare", {.min = 0, .max = 0}), field<&Header::call>("call"));
  }
};
inline constexpr std::size_t kHeaderSize = wire::max_size<Header>();
static_assert(kHeaderSize == 8);

namespace detail {
template <class M>
constexpr std::size_t reply_size() {
  if constexpr (M::kIsCall) return wire::max_size<typename M::Reply>();
  else return 0;
}
}  // namespace detail

template <Name N, class E, class... M>
struct Interface {
  using Error = E;
  static constexpr std::string_view kName = N.view();
  static constexpr std::size_t kRequestFrame =
      kHeaderSize + std::max({wire::max_size<typename M::Request>()..., std::size_t{1}});
  static constexpr std::size_t kReplyFrame = kHeaderSize + std::max({detail::reply_size<M>()..., wire::max_size<E>()});
  static constexpr std::size_t kFrame = std::max(kRequestFrame, kReplyFrame);
  static_assert(kFrame <= kMaxFrame, "a message of this interface does not fit a frame");

  /// Id of a request or pulse type; 0 when the interface has none such.
  template <class Req>
  static consteval std::uint8_t id_of() {
    std::uint8_t id = 0;
    ((std::is_same_v<typename M::Request, Req> ? static_cast<void>(id = M::kId) : static_cast<void>(0)), ...);
    return id;
  }
  static constexpr std::uint64_t kCallMask = ((M::kIsCall ? std::uint64_t{1} << M::kId : 0) | ... | 0);
  static constexpr std::uint64_t kPulseMask = ((M::kIsCall ? 0 : std::uint64_t{1} << M::kId) | ... | 0);

  /// Calls f(M{}) for the message with this id; false when there is none.
  template <class F>
  static constexpr bool visit(std::uint8_t id, F&& f) {
    return ((M::kId == id ? (f(M{}), true) : false) || ...);
  }
  template <class F>
  static constexpr void for_each(F&& f) {
    (f(M{}), ...);
  }
};

/// Why a call failed below the service's own error.
enum class Failure : std::uint8_t { none, timed_out, peer_gone, refused_phase, refused_rate, malformed, busy };
constexpr auto enum_names(Failure) {
  return names("none", "timed_out", "peer_gone", "refused_phase", "refused_rate", "malformed", "busy");
}

/// Either a transport failure, or (when `failure` is none) the service's own error.
template <class E>
struct CallError {
  Failure failure = Failure::none;
  E error{};
  constexpr std::string_view text() const { return failure != Failure::none ? enum_text(failure) : enum_text(error); }
};

template <class Req, class E>
using CallResult = std::expected<typename Req::Reply, CallError<E>>;

/// A reply without content.
struct Done {
  static constexpr auto fields() { return list(); }
};

}  // namespace bulwatt::ipc
