#include "libs/websocket/connection.hpp"

#include <wslay/wslay.h>

#include <algorithm>
#include <array>

#include "libs/base/check.hpp"
#include "libs/bytes/queue.hpp"

namespace bulwatt::websocket {

namespace {

constexpr std::size_t kFrameOverhead = 14;  // the longest header of one frame
constexpr std::size_t kCodeSize = 2;

struct FreeContext {
  void operator()(wslay_event_context* context) const { wslay_event_context_free(context); }
};

bool may_send(std::uint16_t code) {
  const bool defined = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
  return defined || (code >= 3000 && code <= 4999);
}

/// RFC 3629: shortest form, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(i < text.size() ? text[i] : 0); };
    const unsigned lead = at(0);
    const std::size_t size = lead < 0x80   ? 1
                             : lead < 0xc2 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
    const bool low = (lead == 0xe0 && at(1) < 0xa0) || (lead == 0xf0 && at(1) < 0x90);
    const bool high = (lead == 0xed && at(1) > 0x9f) || (lead == 0xf4 && at(1) > 0x8f);
    if (size == 0 || size > text.size() || low || high) return false;
    for (std::size_t i = 1; i < size; ++i)
      if ((at(i) & 0xc0) != 0x80) return false;
    text.remove_prefix(size);
  }
  return true;
}

Error error_of(std::uint16_t code) {
  if (code == close_code::kBadPayload) return Error::bad_utf8;
  if (code == close_code::kTooBig) return Error::message_too_big;
  return Error::protocol_violation;
}

}  // namespace

struct Connection::State {
  std::unique_ptr<wslay_event_context, FreeContext> wslay;
  std::span<const std::byte> input;
  bytes::Queue output;
  std::deque<Message> messages;
  Role role;
  RandomSource random;
  std::size_t message_limit;
  std::optional<Error> error;  // final

  State(Role side, RandomSource source, ConnectionOptions options)
      : output(options.output_limit), role(side), random(source), message_limit(options.message_limit) {}

  static ssize_t receive(wslay_event_context* context, std::uint8_t* buffer, std::size_t size, int, void* user);
  static ssize_t send(wslay_event_context* context, const std::uint8_t* data, std::size_t size, int, void* user);
  static int mask(wslay_event_context*, std::uint8_t* buffer, std::size_t size, void* user);
  static void take(wslay_event_context*, const wslay_event_on_msg_recv_arg* message, void* user);

  std::expected<void, Error> fail(Error why);
  std::expected<void, Error> flush();
  void push_close(std::uint16_t code);
  std::expected<void, Error> queue(std::uint8_t opcode, std::span<const std::byte> payload, std::size_t limit);
};

ssize_t Connection::State::receive(wslay_event_context* context, std::uint8_t* buffer, std::size_t size, int,
                                   void* user) {
  auto& state = *static_cast<State*>(user);
  if (state.input.empty()) {
    wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
    return -1;
  }
  const auto part = state.input.first(std::min(size, state.input.size()));
  std::ranges::copy(part, reinterpret_cast<std::byte*>(buffer));
  state.input = state.input.subspan(part.size());
  return static_cast<ssize_t>(part.size());
}

ssize_t Connection::State::send(wslay_event_context* context, const std::uint8_t* data, std::size_t size, int,
                                void* user) {
  auto& state = *static_cast<State*>(user);
  if (!state.output.push({reinterpret_cast<const std::byte*>(data), size})) {
    wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
    return -1;
  }
  return static_cast<ssize_t>(size);
}

int Connection::State::mask(wslay_event_context*, std::uint8_t* buffer, std::size_t size, void* user) {
  const auto& random = static_cast<State*>(user)->random;
  random.fill(random.context, {reinterpret_cast<std::byte*>(buffer), size});
  return 0;
}

void Connection::State::take(wslay_event_context*, const wslay_event_on_msg_recv_arg* message, void* user) {
  auto& state = *static_cast<State*>(user);
  if (state.error) return;
  if (state.messages.size() == kMessagesLimit) {
    state.error = Error::unread_messages;
    return;
  }
  Message taken;
  std::string_view payload{reinterpret_cast<const char*>(message->msg), message->msg_length};
  switch (message->opcode) {
    case WSLAY_TEXT_FRAME: taken.kind = Message::Kind::text; break;
    case WSLAY_BINARY_FRAME: taken.kind = Message::Kind::binary; break;
    case WSLAY_PING: taken.kind = Message::Kind::ping; break;
    case WSLAY_PONG: taken.kind = Message::Kind::pong; break;
    default:
      // wslay lets pass half a code, and a bad reason that arrives in pieces.
      if (payload.size() == 1) state.error = Error::protocol_violation;
      taken.kind = Message::Kind::close;
      taken.close_code = message->status_code == 0 ? close_code::kNoStatus : message->status_code;
      payload.remove_prefix(std::min(kCodeSize, payload.size()));
      if (!is_utf8(payload)) state.error = Error::bad_utf8;
  }
  if (state.error) return;
  taken.payload = payload;
  state.messages.push_back(std::move(taken));
}

std::expected<void, Error> Connection::State::fail(Error why) {
  if (!error) error = why;
  return std::unexpected(*error);
}

std::expected<void, Error> Connection::State::flush() {
  const int result = wslay_event_send(wslay.get());
  BULWATT_ASSERT(result != WSLAY_ERR_NOMEM);
  if (result != 0 || wslay_event_want_write(wslay.get()) != 0) return fail(Error::output_full);
  return {};
}

void Connection::State::push_close(std::uint16_t code) {
  std::array<std::byte, 8> frame{std::byte{0x88}, std::byte{kCodeSize}};
  std::size_t size = 2;
  if (role == Role::client) {
    frame[1] |= std::byte{0x80};
    random.fill(random.context, std::span{frame}.subspan(2, 4));
    size = 6;
  }
  const std::array plain{static_cast<std::byte>(code >> 8), static_cast<std::byte>(code & 0xff)};
  for (std::size_t i = 0; i < plain.size(); ++i) frame[size + i] = plain[i] ^ (size == 6 ? frame[2 + i] : std::byte{});
  // Without room the peer has not been reading; it will not miss the reason.
  [[maybe_unused]] const bool pushed = output.push(std::span{frame}.first(size + kCodeSize));
}

std::expected<void, Error> Connection::State::queue(std::uint8_t opcode, std::span<const std::byte> payload,
                                                    std::size_t limit) {
  if (error) return std::unexpected(*error);
  if (payload.size() > limit) return std::unexpected(Error::bad_argument);
  if (wslay_event_get_close_sent(wslay.get()) != 0 || wslay_event_get_close_received(wslay.get()) != 0)
    return std::unexpected(Error::closed);
  if (payload.size() + kFrameOverhead > output.room()) return std::unexpected(Error::output_full);
  const wslay_event_msg message{opcode, reinterpret_cast<const std::uint8_t*>(payload.data()), payload.size()};
  const int result = wslay_event_queue_msg(wslay.get(), &message);
  BULWATT_ASSERT(result != WSLAY_ERR_NOMEM);
  if (result != 0) return std::unexpected(Error::closed);
  return flush();
}

Connection::Connection(Role role, RandomSource random, ConnectionOptions options)
    : state_(std::make_unique<State>(role, random, options)) {
  BULWATT_ASSERT(role == Role::server || random.fill != nullptr);
  wslay_event_callbacks callbacks{};
  callbacks.recv_callback = State::receive;
  callbacks.send_callback = State::send;
  callbacks.genmask_callback = State::mask;
  callbacks.on_msg_recv_callback = State::take;
  wslay_event_context* context = nullptr;
  const auto init = role == Role::client ? wslay_event_context_client_init : wslay_event_context_server_init;
  BULWATT_ASSERT(init(&context, &callbacks, state_.get()) == 0);
  state_->wslay.reset(context);
  wslay_event_config_set_max_recv_msg_length(context, options.message_limit);
}

Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

std::expected<void, Error> Connection::feed(std::span<const std::byte> received) {
  auto& state = *state_;
  if (state.error) return std::unexpected(*state.error);
  state.input = received;
  const bool sent_before = close_sent();
  const int result = wslay_event_recv(state.wslay.get());
  state.input = {};
  BULWATT_ASSERT(result != WSLAY_ERR_NOMEM);
  if (result != 0 && !state.error) state.error = Error::protocol_violation;  // a frame header wslay cannot read
  if (state.error) {
    // What wslay has queued does not say why; it stays behind.
    if (!sent_before && state.error != Error::unread_messages)
      state.push_close(state.error == Error::bad_utf8 ? close_code::kBadPayload : close_code::kProtocolError);
    return std::unexpected(*state.error);
  }
  if (auto flushed = state.flush(); !flushed) return flushed;
  const bool stopped = wslay_event_get_read_enabled(state.wslay.get()) == 0;
  if (!stopped || close_received()) return {};
  // wslay has queued a close frame with the fitting code, unless one was on its way already.
  const auto code = sent_before ? close_code::kProtocolError : wslay_event_get_status_code_sent(state.wslay.get());
  return state.fail(error_of(code));
}

std::optional<Message> Connection::next() {
  if (state_->messages.empty()) return std::nullopt;
  auto message = std::move(state_->messages.front());
  state_->messages.pop_front();
  return message;
}

std::expected<void, Error> Connection::send_text(std::string_view utf8) {
  if (!is_utf8(utf8)) return std::unexpected(Error::bad_argument);
  return state_->queue(WSLAY_TEXT_FRAME, std::as_bytes(std::span{utf8}), state_->message_limit);
}

std::expected<void, Error> Connection::send_binary(std::span<const std::byte> bytes) {
  return state_->queue(WSLAY_BINARY_FRAME, bytes, state_->message_limit);
}

std::expected<void, Error> Connection::ping(std::string_view payload) {
  return state_->queue(WSLAY_PING, std::as_bytes(std::span{payload}), kControlLimit);
}

std::expected<void, Error> Connection::close(std::uint16_t code, std::string_view reason) {
  auto& state = *state_;
  if (state.error) return std::unexpected(*state.error);
  if (!may_send(code) || reason.size() > kControlLimit - kCodeSize || !is_utf8(reason))
    return std::unexpected(Error::bad_argument);
  if (close_sent()) return std::unexpected(Error::closed);
  const int result = wslay_event_queue_close(state.wslay.get(), code,
                                             reinterpret_cast<const std::uint8_t*>(reason.data()), reason.size());
  BULWATT_ASSERT(result != WSLAY_ERR_NOMEM);
  return state.flush();
}

std::span<const std::byte> Connection::output() const { return state_->output.view(); }
void Connection::consume_output(std::size_t count) { state_->output.consume(count); }
bool Connection::close_sent() const { return wslay_event_get_close_sent(state_->wslay.get()) != 0; }
bool Connection::close_received() const { return wslay_event_get_close_received(state_->wslay.get()) != 0; }
bool Connection::finished() const { return state_->error.has_value() || (close_sent() && close_received()); }

}  // namespace bulwatt::websocket
