#include "services/ocpp/link.hpp"

#include <netinet/tcp.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "protocols/ocpp/rpc.hpp"

namespace bulwatt::ocpp {
namespace {

constexpr std::size_t kChunk = 16 * 1024;
constexpr int kChunksPerTurn = 8;
/// A frame has at least two bytes, and at most kMessagesLimit messages may wait.
constexpr std::size_t kFrameSlice = 2 * (websocket::kMessagesLimit - 2);
constexpr std::size_t kEnoughEncrypted = 64 * 1024;
constexpr std::array<std::string_view, 1> kSubprotocols{kSubprotocol};

void fill(void*, std::span<std::byte> out) { os::random_bytes(out); }

websocket::UpgradeRequest upgrade_of(const Destination& to, const websocket::Key& key) {
  return {to.host_header.view(), to.target.view(), key, kSubprotocols, to.authorization.view()};
}

}  // namespace

Link::~Link() {
  if (fd_ < 0) return;
  loop_.unwatch(fd_);
  ::close(fd_);
}

bool Link::start(const Destination& destination) {
  destination_ = destination;
  fd_ = ::socket(destination.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return false;
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  stage_ = Stage::connecting;
  const int done = ::connect(fd_, reinterpret_cast<const sockaddr*>(&destination_.address), destination_.address_size);
  if (done != 0 && errno != EINPROGRESS) {
    stage_ = Stage::over;
    return false;
  }
  return loop_.watch(fd_, false, true, runtime::Watcher::to<&Link::ready>(*this));
}

void Link::ready(runtime::Readiness readiness) {
  busy_ = true;
  if (stage_ == Stage::connecting) connected();
  else if (readiness.readable || readiness.broken) receive();
  busy_ = false;
  if (!over()) flush();
}

void Link::connected() {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return end(Ended::Why::unreachable, std::strerror(error));
  last_received_ = os::now();
  if (destination_.tls == nullptr) return request_upgrade();
  auto session = tls::Session::client(*destination_.tls, destination_.tls_options);
  if (!session) return refuse(session.error());
  tls_.emplace(std::move(*session));
  stage_ = Stage::securing;
}

void Link::receive() {
  BULWATT_UNINITIALIZED std::array<std::byte, kChunk> chunk;
  for (int i = 0; i < kChunksPerTurn && !over(); ++i) {
    const auto n = ::recv(fd_, chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n < 0) return end(Ended::Why::lost, std::strerror(errno));
    if (n == 0) return end(Ended::Why::lost, "the backend ended the connection without closing it");
    heard_ = true;
    last_received_ = os::now();
    take(std::span{chunk}.first(static_cast<std::size_t>(n)));
  }
}

void Link::take(std::span<const std::byte> bytes) {
  if (!tls_) return take_plain(bytes);
  after_tls(tls_->feed(bytes));
}

void Link::key_ready() {
  if (stage_ != Stage::securing || !tls_) return;
  busy_ = true;
  after_tls(tls_->resume());
  busy_ = false;
  if (!over()) flush();
}

void Link::after_tls(std::expected<void, tls::Refusal> done) {
  if (!done) return refuse(done.error());
  if (stage_ == Stage::securing && tls_->established()) request_upgrade();
  if (const auto plain = tls_->plain(); !plain.empty()) {
    const auto size = plain.size();
    take_plain(plain);
    if (!over()) tls_->consume_plain(size);
  }
  if (!over() && tls_->peer_closed()) end(Ended::Why::closed_by_backend, "the backend closed the TLS connection");
}

//= OCPP-2.0.1 A00.FR.203
void Link::request_upgrade() {
  stage_ = Stage::upgrading;
  std::array<std::byte, websocket::kNonceSize> nonce{};
  os::random_bytes(nonce);
  key_ = websocket::make_key(nonce);
  const auto text = websocket::write_upgrade_request(upgrade_of(destination_, key_), request_);
  if (!text) return end(Ended::Why::broken_protocol, "the upgrade request cannot be written");
  request_size_ = text->size();
}

void Link::take_plain(std::span<const std::byte> bytes) {
  if (stage_ == Stage::upgrading) take_head(bytes);
  else if (stage_ == Stage::open || stage_ == Stage::closing) take_frames(bytes);
}

void Link::take_head(std::span<const std::byte> bytes) {
  const auto fed = head_.feed({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (!fed) return end(Ended::Why::broken_protocol, "the answer to the upgrade request is not HTTP");
  if (fed->complete) upgraded(bytes.subspan(fed->consumed));
}

void Link::upgraded(std::span<const std::byte> rest) {
  const auto response = http::parse_response(head_.head());
  if (!response) return end(Ended::Why::broken_protocol, "the answer to the upgrade request is not HTTP");
  const auto chosen = websocket::check_upgrade_response(*response, upgrade_of(destination_, key_));
  if (!chosen) {
    using enum websocket::HandshakeError;
    if (chosen.error() == not_upgraded) {
      Ended ended{.why = Ended::Why::http, .http_status = response->status};
      ended.text.add("the backend answers the upgrade request with HTTP status ", response->status);
      return end(ended);
    }
    if (chosen.error() == no_common_subprotocol)
      return end(Ended::Why::no_subprotocol, "the backend does not speak ocpp2.0.1");
    return end(Ended::Why::broken_protocol, enum_text(chosen.error()));
  }
  websocket_.emplace(websocket::Role::client, websocket::RandomSource{&fill, nullptr},
                     websocket::ConnectionOptions{.message_limit = kMaxFrameBytes});
  stage_ = Stage::open;
  was_open_ = true;
  user_.link_opened(tls_ ? &tls_->report() : nullptr);
  if (!over()) take_frames(rest);
}

void Link::take_frames(std::span<const std::byte> bytes) {
  while (!bytes.empty() && !over()) {
    const auto slice = bytes.first(std::min(bytes.size(), kFrameSlice));
    bytes = bytes.subspan(slice.size());
    const auto fed = websocket_->feed(slice);
    while (const auto message = websocket_->next()) {
      if (message->kind == websocket::Message::Kind::text && stage_ == Stage::open) user_.link_text(message->payload);
      if (over()) return;
    }
    if (!fed) {
      flush();
      return end(Ended::Why::broken_protocol, enum_text(fed.error()));
    }
    if (websocket_->finished()) {
      flush();
      return end(stage_ == Stage::closing ? Ended::Why::closed_by_us : Ended::Why::closed_by_backend, "closed");
    }
  }
}

bool Link::send(std::string_view text) {
  if (stage_ != Stage::open || !websocket_->send_text(text)) return false;
  if (!busy_) flush();
  return !over();
}

bool Link::ping() {
  if (stage_ != Stage::open || !websocket_->ping()) return false;
  if (!busy_) flush();
  return !over();
}

void Link::close(std::uint16_t code, std::string_view reason) {
  if (stage_ != Stage::open) return end(Ended::Why::closed_by_us, reason);
  static_cast<void>(websocket_->close(code, reason));
  stage_ = Stage::closing;
  if (!busy_) flush();
}

void Link::abort(Ended::Why why, std::string_view text) { end(why, text); }

void Link::refuse(const tls::Refusal& refusal) {
  Ended ended{.why = Ended::Why::tls, .refusal = refusal};
  ended.text.add(enum_text(refusal.reason), ": ", refusal.detail.view());
  if (tls_ && !tls_->output().empty()) {
    const auto alert = tls_->output();  // tells the peer why; whether it arrives does not matter
    [[maybe_unused]] const auto sent = ::send(fd_, alert.data(), alert.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  end(ended);
}

std::span<const std::byte> Link::pending() const {
  if (request_sent_ < request_size_)
    return std::as_bytes(std::span{request_}.subspan(request_sent_, request_size_ - request_sent_));
  return websocket_ ? websocket_->output() : std::span<const std::byte>{};
}

void Link::consume(std::size_t count) {
  if (request_sent_ < request_size_) request_sent_ += count;
  else websocket_->consume_output(count);
}

void Link::flush() {
  if (stage_ == Stage::connecting) return;
  if (tls_ && !flush_plain()) return;
  if (!write_out()) return;
  const bool empty = pending().empty() && (!tls_ || tls_->output().empty());
  if (stage_ == Stage::closing && empty) return end(Ended::Why::closed_by_us, "closed");
  watch();
}

/// Moves what is to be sent into the TLS session.
bool Link::flush_plain() {
  while (stage_ != Stage::securing && tls_->output().size() < kEnoughEncrypted) {
    auto bytes = pending();
    if (bytes.empty()) return true;
    bytes = bytes.first(std::min(bytes.size(), kChunk));
    if (const auto done = tls_->write(bytes); !done) {
      refuse(done.error());
      return false;
    }
    consume(bytes.size());
  }
  return true;
}

bool Link::write_out() {
  for (;;) {
    const auto bytes = tls_ ? tls_->output() : pending();
    if (bytes.empty()) return true;
    const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (n < 0) {
      end(Ended::Why::lost, std::strerror(errno));
      return false;
    }
    if (tls_) tls_->consume_output(static_cast<std::size_t>(n));
    else consume(static_cast<std::size_t>(n));
  }
}

void Link::watch() {
  const bool more = !pending().empty() || (tls_ && !tls_->output().empty());
  loop_.watch(fd_, true, more, runtime::Watcher::to<&Link::ready>(*this));
}

void Link::end(Ended::Why why, std::string_view text) {
  Ended ended{.why = why};
  ended.text.add(text);
  end(ended);
}

void Link::end(const Ended& ended) {
  if (over()) return;
  auto told = ended;
  told.was_open = was_open_;
  told.silent = stage_ == Stage::securing && !heard_;
  stage_ = Stage::over;
  if (fd_ >= 0) {
    loop_.unwatch(fd_);
    ::close(std::exchange(fd_, -1));
  }
  user_.link_ended(told);
}

}  // namespace bulwatt::ocpp
