#include "peers/csms/link.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "libs/fields/dump.hpp"
#include "libs/http/writer.hpp"
#include "peers/csms/clock.hpp"

namespace bulwatt::csms {
namespace {

constexpr std::size_t kReceive = 16 * 1024;

template <class E>
std::string word(E value) {
  return std::string{enum_names(value)[static_cast<std::size_t>(value)]};
}

std::string sentence(const tls::Refusal& refusal) {
  std::string text = "TLS refused, " + word(refusal.reason) + ": " + std::string{refusal.detail.view()};
  if (refusal.alert != 0) text += " (alert " + std::to_string(refusal.alert) + ")";
  return text;
}

}  // namespace

Link::Link(simbus::Loop& loop, simbus::Fd socket, const tls::Context* context, Handlers handlers)
    : loop_(loop),
      socket_(std::move(socket)),
      handlers_(std::move(handlers)),
      timer_(loop, [this] { finishing_ ? cut(*finishing_) : cut("no upgrade in time"); }) {
  if (context != nullptr) {
    auto session = tls::Session::server(*context, {.now_unix_s = unix_ms_now() / 1000});
    if (!session) throw std::runtime_error(sentence(session.error()));
    tls_ = std::move(*session);
  }
  loop_.watch(socket_.get(), EPOLLIN, [this](std::uint32_t events) { ready(events); });
  timer_.arm(kUpgradeTimeoutMs);
}

Link::~Link() {
  if (socket_) loop_.forget(socket_.get());
}

const tls::Report* Link::report() const { return tls_ && tls_->established() ? &tls_->report() : nullptr; }

void Link::ready(std::uint32_t events) {
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
    std::array<std::byte, kReceive> buffer;
    const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) return cut(finishing_.value_or("the station's side closed the connection"));
    if (!finishing_) take_received(std::span{buffer}.first(static_cast<std::size_t>(size)));
  }
  flush();
}

void Link::take_received(std::span<const std::byte> bytes) {
  if (!tls_) return take_plain(bytes);
  if (const auto fed = tls_->feed(bytes); !fed) {
    refusal_ = fed.error();
    return finish(sentence(fed.error()));
  }
  const std::vector<std::byte> plain(tls_->plain().begin(), tls_->plain().end());
  tls_->consume_plain(plain.size());
  if (!plain.empty()) take_plain(plain);
  if (tls_->peer_closed() && !finishing_) finish("the station closed TLS");
}

void Link::take_plain(std::span<const std::byte> bytes) {
  while (!websocket_ && !finishing_ && !bytes.empty()) bytes = bytes.subspan(take_http(bytes));
  if (websocket_ && !finishing_) take_frames(bytes);
}

/// How many bytes belonged to it.
std::size_t Link::take_http(std::span<const std::byte> bytes) {
  const std::string_view text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  if (post_) {
    const auto part = text.substr(0, post_->length - post_->body.size());
    post_->body += part;
    if (post_->body.size() == post_->length) take_body();
    return part.size();
  }
  const auto fed = head_.feed(text);
  if (!fed) {
    finish("bad HTTP, " + word(fed.error()));
    return bytes.size();
  }
  if (fed->complete) take_head();
  return fed->consumed;
}

void Link::refuse(int status, const std::string& why) {
  std::array<char, 1024> buffer{};
  http::HeadWriter writer{buffer};
  writer.status(status).header("Connection", "close").header("Content-Length", 0);
  if (status == 401) writer.header("WWW-Authenticate", "Basic realm=\"ocpp\", charset=\"UTF-8\"");
  if (status == 426) writer.header("Sec-WebSocket-Version", "13");
  if (const auto head = writer.finish()) send_plain(std::as_bytes(std::span{*head}));
  finish(why);
}

bool Link::begins_post(const http::Request& request) {
  if (request.method != "POST" || !handlers_.on_post) return false;
  if (request.body.kind != http::Body::Kind::length || request.body.length > kPostMost) {
    refuse(request.body.length > kPostMost ? 413 : 411, "a POST of no or too great a length");
    return true;
  }
  post_ = Post{std::string{request.path()}, static_cast<std::size_t>(request.body.length)};
  head_.reset();
  if (post_->length == 0) take_body();
  return true;
}

void Link::take_body() {
  const auto post = *std::exchange(post_, std::nullopt);
  const auto answer = handlers_.on_post(post.path, post.body);
  std::array<char, 1024> buffer{};
  http::HeadWriter writer{buffer};
  writer.status(answer.status).header("Content-Type", answer.type).header("Content-Length", answer.body.size());
  const auto head = writer.finish();
  if (!head) return finish("an answer could not be written");
  send_plain(std::as_bytes(std::span{*head}));
  send_plain(std::as_bytes(std::span{answer.body}));
  timer_.arm(kPostIdleMs);
}

void Link::take_head() {
  const auto request = http::parse_request(head_.head());
  if (!request) return refuse(400, "bad HTTP request, " + word(request.error()));
  if (begins_post(*request)) return;
  const auto offer = websocket::read_upgrade_request(*request);
  if (!offer) {
    const bool version = offer.error() == websocket::HandshakeError::bad_version;
    return refuse(version ? 426 : 400, "bad upgrade request, " + word(offer.error()));
  }
  const Decision decision = handlers_.on_request(*request, *offer);
  if (decision.status != 101) return refuse(decision.status, "refused with " + std::to_string(decision.status));
  std::array<char, 1024> buffer{};
  const auto head = websocket::write_upgrade_response(*offer, decision.subprotocol, buffer);
  send_plain(std::as_bytes(std::span{*head}));
  websocket_.emplace(websocket::Role::server, websocket::RandomSource{});
  if (decision.subprotocol.empty()) return close(websocket::close_code::kProtocolError, "no common subprotocol");
  timer_.disarm();
  handlers_.on_open();
}

void Link::take_frames(std::span<const std::byte> bytes) {
  const auto fed = websocket_->feed(bytes);
  std::vector<std::string> texts;
  std::string ending;
  while (auto message = websocket_->next()) {
    using Kind = websocket::Message::Kind;
    if (message->kind == Kind::text) texts.push_back(std::move(message->payload));
    if (message->kind == Kind::pong) handlers_.on_pong();
    if (message->kind == Kind::close)
      ending = "closed by the station with " + std::to_string(message->close_code) + " " + message->payload;
    if (message->kind == Kind::binary) {
      close(websocket::close_code::kUnsupportedData, "OCPP is text");
      break;
    }
  }
  if (!texts.empty() && !finishing_) handlers_.on_texts(texts);
  send_plain(websocket_->output());
  websocket_->consume_output(websocket_->output().size());
  if (!fed) return finish("bad WebSocket, " + word(fed.error()));
  if (websocket_->finished()) finish(ending);
}

void Link::send_plain(std::span<const std::byte> bytes) {
  if (bytes.empty() || ended_) return;
  const bool taken = tls_ ? tls_->write(bytes).has_value() : plain_output_.push(bytes);
  if (!taken) finish("the station does not read");
}

void Link::send_text(const std::string& text) {
  if (!websocket_ || finishing_ || ended_) return;
  if (!websocket_->send_text(text)) return finish("a message could not be sent");
  send_plain(websocket_->output());
  websocket_->consume_output(websocket_->output().size());
  flush();
}

void Link::ping() {
  if (!websocket_ || finishing_ || ended_ || !websocket_->ping("alive?")) return;
  send_plain(websocket_->output());
  websocket_->consume_output(websocket_->output().size());
  flush();
}

void Link::close(std::uint16_t code, const std::string& reason) {
  if (!websocket_ || finishing_ || ended_) return;
  if (websocket_->close(code, reason)) {
    send_plain(websocket_->output());
    websocket_->consume_output(websocket_->output().size());
  }
  finish("closed here: " + reason);
  flush();
}

void Link::finish(const std::string& why) {
  if (finishing_ || ended_) return;
  finishing_ = why;
  if (tls_) tls_->close();
  timer_.arm(kFarewellTimeoutMs);
}

void Link::flush() {
  if (ended_) return;
  for (;;) {
    const auto waiting = tls_ ? tls_->output() : plain_output_.view();
    if (waiting.empty()) break;
    const ssize_t sent = ::send(socket_.get(), waiting.data(), waiting.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) return loop_.change(socket_.get(), EPOLLIN | EPOLLOUT);
    if (sent <= 0) return break_later();
    tls_ ? tls_->consume_output(static_cast<std::size_t>(sent)) : plain_output_.consume(static_cast<std::size_t>(sent));
  }
  loop_.change(socket_.get(), EPOLLIN);
  // The peer closes when it has read our last words; the timer ends it if it does not.
  if (finishing_) ::shutdown(socket_.get(), SHUT_WR);
}

/// The owner may be in the middle of sending; it must not lose the link under its hands.
void Link::break_later() {
  if (!finishing_) finishing_ = "the connection broke";
  timer_.arm(0);
}

void Link::cut(const std::string& why) {
  if (ended_) return;
  ended_ = true;
  timer_.disarm();
  loop_.forget(socket_.get());
  socket_.reset();
  handlers_.on_end(why);
}

}  // namespace bulwatt::csms
