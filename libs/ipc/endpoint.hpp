// The typed ends of a conduit. `Client<Grant>` can say only what the grant allows; `Server<Grant>` accepts only that.
// A handler is `on(const Request&)` returning std::expected<Reply, Error>, or `on(const Request&, Ticket)` returning void
// when the reply comes later; a pulse handler returns void.
#pragma once
#include "libs/base/check.hpp"
#include "libs/ipc/link.hpp"

namespace bulwatt::ipc {

/// Everything needed to answer a call later.
struct Ticket {
  std::uint8_t conduit{};
  std::uint8_t message{};
  std::uint32_t epoch{};
  std::uint32_t call{};
};

/// What became of one arrived frame.
struct Outcome {
  enum class What : std::uint8_t { nothing, handled, gone, violation };
  What what{};
  control::Reason reason{};
  Octets<16> bytes{};
};

namespace detail {

inline Outcome violation(control::Reason reason, std::span<const std::byte> frame) {
  return {Outcome::What::violation, reason, Octets<16>{frame}};
}

template <class M>
constexpr std::size_t frame_size() {
  return kHeaderSize + wire::max_size<M>();
}

template <class M>
std::size_t put_frame(std::span<std::byte> out, Header header, const M& message) {
  wire::Writer writer{out};
  writer.put(header);
  writer.put(message);
  return writer.size();
}

/// Receives one frame, held pulses first. Size 0 when `outcome` says why there is none.
std::size_t take_frame(Link& link, std::span<std::byte> into, Outcome& outcome);

}  // namespace detail

/// Client end. Cheap to copy; the link it refers to lives in the loop.
template <class Grant>
class Client {
 public:
  using Interface = typename Grant::Interface;
  using Error = typename Interface::Error;
  explicit Client(Link& link) : link_(&link) {}

  /// Calls and waits at most the granted deadline.
  template <class Req>
  CallResult<Req, Error> call(const Req& request) {
    constexpr auto id = Interface::template id_of<Req>();
    static_assert(id != 0, "this interface has no such call");
    static_assert(((Grant::kFacts.any_phase() >> id) & 1) != 0, "this call was not granted in system/bulwatt.toml");
    using Reply = typename Req::Reply;
    BULWATT_UNINITIALIZED std::array<std::byte, std::max(detail::frame_size<Req>(), Interface::kReplyFrame)> frame;
    const auto size = detail::put_frame(frame, Header{id, Kind::request, 0, link_->next_call()}, request);
    const auto got = link_->exchange(std::span{frame}.first(size), frame);
    if (!got) return std::unexpected(CallError<Error>{got.error(), {}});
    return read_reply<Reply>(std::span<const std::byte>{frame}.first(*got));
  }

  /// One-way; false when it could not be queued. Losing it must not matter.
  template <class Message>
  bool pulse(const Message& message) {
    constexpr auto id = Interface::template id_of<Message>();
    static_assert(((Grant::kFacts.any_phase() >> id) & 1) != 0, "this pulse was not granted in system/bulwatt.toml");
    BULWATT_UNINITIALIZED std::array<std::byte, detail::frame_size<Message>()> frame;
    const auto size = detail::put_frame(frame, Header{id, Kind::pulse, 0, 0}, message);
    return link_->send(std::span{frame}.first(size)) == os::Sent::ok;
  }

  bool alive() const { return link_->alive(); }

  /// Handles one arrived pulse, if any.
  template <class Impl>
  static Outcome take_pulse(Link& link, Impl& impl) {
    BULWATT_UNINITIALIZED std::array<std::byte, Interface::kFrame> frame;
    Outcome outcome{};
    const auto size = detail::take_frame(link, frame, outcome);
    if (size == 0) return outcome;
    const auto bytes = std::span<const std::byte>{frame}.first(size);
    wire::Reader reader{bytes};
    Header header{};
    if (!reader.get(header)) return detail::violation(control::Reason::malformed, bytes);
    if (header.kind != Kind::pulse) {
      // A late reply to a call that was given up is no violation.
      const bool late = header.kind != Kind::request;
      return late ? Outcome{Outcome::What::handled} : detail::violation(control::Reason::wrong_kind, bytes);
    }
    if (((Grant::kFacts.pulses_to_client >> (header.id % kMaxMessages)) & 1) == 0 || header.id >= kMaxMessages) {
      return detail::violation(control::Reason::not_granted, bytes);
    }
    outcome = detail::violation(control::Reason::unknown_message, bytes);
    Interface::visit(header.id, [&]<class M>(M) {
      if constexpr (!M::kIsCall && requires(const typename M::Request& m) { impl.on(m); }) {
        typename M::Request message{};
        if (!reader.get(message) || !reader.done()) {
          outcome = detail::violation(control::Reason::malformed, bytes);
          return;
        }
        impl.on(message);
        outcome = Outcome{Outcome::What::handled};
      }
    });
    return outcome;
  }

 private:
  template <class Reply>
  static std::expected<Reply, CallError<Error>> read_reply(std::span<const std::byte> frame) {
    wire::Reader reader{frame};
    Header header{};
    const auto failed = [](Failure failure) { return std::unexpected(CallError<Error>{failure, {}}); };
    if (!reader.get(header)) return failed(Failure::malformed);
    switch (header.kind) {
      case Kind::refused_phase: return failed(Failure::refused_phase);
      case Kind::refused_rate: return failed(Failure::refused_rate);
      case Kind::error: {
        Error error{};
        if (!reader.get(error) || !reader.done()) return failed(Failure::malformed);
        return std::unexpected(CallError<Error>{Failure::none, error});
      }
      case Kind::reply: break;
      default: return failed(Failure::malformed);
    }
    std::expected<Reply, CallError<Error>> reply{std::in_place};
    if (!reader.get(*reply) || !reader.done()) return failed(Failure::malformed);
    return reply;
  }
  Link* link_;
};

/// Server end.
template <class Grant>
class Server {
 public:
  using Interface = typename Grant::Interface;
  using Error = typename Interface::Error;
  explicit Server(Link& link) : link_(&link) {}

  /// Handles one arrived request or pulse, if any. A violation is the caller's to report; nothing was handled then.
  template <class Impl>
  static Outcome serve_one(Link& link, Impl& impl, control::Phase phase) {
    BULWATT_UNINITIALIZED std::array<std::byte, Interface::kRequestFrame> frame;
    Outcome outcome{};
    const auto size = detail::take_frame(link, frame, outcome);
    if (size == 0) return outcome;
    const auto bytes = std::span<const std::byte>{frame}.first(size);
    wire::Reader reader{bytes};
    Header header{};
    if (!reader.get(header)) return detail::violation(control::Reason::malformed, bytes);
    if (header.kind != Kind::request && header.kind != Kind::pulse) {
      return detail::violation(control::Reason::wrong_kind, bytes);
    }
    const auto& facts = Grant::kFacts;
    if (header.id >= kMaxMessages || ((facts.any_phase() >> header.id) & 1) == 0) {
      return detail::violation(control::Reason::not_granted, bytes);
    }
    if (((facts.requests[static_cast<std::size_t>(phase)] >> header.id) & 1) == 0)
      return refuse(link, header, Kind::refused_phase);
    if (!link.take_rate(os::now())) {
      if (facts.overflow == Overflow::close) return detail::violation(control::Reason::flooded, bytes);
      return refuse(link, header, Kind::refused_rate);
    }
    outcome = detail::violation(control::Reason::unknown_message, bytes);
    Interface::visit(header.id, [&]<class M>(M) { outcome = dispatch<M>(link, impl, header, reader, bytes); });
    return outcome;
  }

  /// Answers a call that was taken with a ticket. A ticket of a dead connection is ignored.
  template <class Reply>
  void reply(const Ticket& ticket, const std::expected<Reply, Error>& result) {
    if (ticket.epoch == link_->epoch()) answer(*link_, Header{ticket.message, Kind::reply, 0, ticket.call}, result);
  }

  template <class Message>
  bool pulse(const Message& message) {
    constexpr auto id = Interface::template id_of<Message>();
    static_assert(((Grant::kFacts.pulses_to_client >> id) & 1) != 0,
                  "this pulse was not granted in system/bulwatt.toml");
    BULWATT_UNINITIALIZED std::array<std::byte, detail::frame_size<Message>()> frame;
    const auto size = detail::put_frame(frame, Header{id, Kind::pulse, 0, 0}, message);
    return link_->send(std::span{frame}.first(size)) == os::Sent::ok;
  }

 private:
  static Outcome refuse(Link& link, Header header, Kind why) {
    if (header.kind == Kind::request) {
      wire::Buffer<Header> frame{};
      header.kind = why;
      link.send(std::span{frame}.first(wire::encode(header, frame)));
    }
    return {Outcome::What::handled};
  }

  template <class M, class Impl>
  static Outcome dispatch(Link& link, Impl& impl, Header header, wire::Reader& reader,
                          std::span<const std::byte> bytes) {
    using Request = typename M::Request;
    if ((header.kind == Kind::request) != M::kIsCall) return detail::violation(control::Reason::wrong_kind, bytes);
    [[maybe_unused]] Request request{};
    if (!reader.get(request) || !reader.done()) return detail::violation(control::Reason::malformed, bytes);
    if constexpr (M::kIsCall && requires { impl.on(request, Ticket{}); }) {
      impl.on(request, Ticket{link.facts().index, header.id, link.epoch(), header.call});
      return {Outcome::What::handled};
    } else if constexpr (M::kIsCall && requires { impl.on(request); }) {
      header.kind = Kind::reply;
      const std::expected<typename M::Reply, Error> result = impl.on(request);
      return answer(link, header, result) ? Outcome{Outcome::What::handled} : Outcome{Outcome::What::gone};
    } else if constexpr (!M::kIsCall && requires { impl.on(request); }) {
      impl.on(request);
      return {Outcome::What::handled};
    } else {
      static_assert(((Grant::kFacts.any_phase() >> M::kId) & 1) == 0, "a granted message has no handler on(...)");
      return detail::violation(control::Reason::unknown_message, bytes);
    }
  }

  template <class Reply>
  static bool answer(Link& link, Header header, const std::expected<Reply, Error>& result) {
    BULWATT_UNINITIALIZED std::array<std::byte, std::max(detail::frame_size<Reply>(), kHeaderSize + 1)> frame;
    std::size_t size = 0;
    if (result) {
      size = detail::put_frame(frame, header, *result);
    } else {
      header.kind = Kind::error;
      size = detail::put_frame(frame, header, result.error());
    }
    return link.send(std::span{frame}.first(size)) != os::Sent::gone;
  }

  Link* link_;
};

}  // namespace bulwatt::ipc
