#include "libs/tls/session.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "libs/base/check.hpp"
#include "libs/base/try.hpp"
#include "libs/bytes/queue.hpp"
#include "libs/tls/certificate.hpp"
#include "libs/tls/peer_check.hpp"
#include "libs/tls/standstill.hpp"

namespace bulwatt::tls {

using Done = std::expected<void, Refusal>;

struct Session::State {
  PeerCheck peer;
  SslPtr ssl;
  BIO* from_peer = nullptr;  // both owned by ssl
  BIO* to_peer = nullptr;
  bytes::Queue plain{kPlainLimit};
  bytes::Queue output{kOutputLimit};
  Expectation expectation;
  Report report;
  bool established = false;
  bool peer_closed = false;
  bool closed = false;
  bool stands_still = false;       // until a slow key has signed
  std::optional<Refusal> refusal;  // final

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (stands_still) abandon(ssl.get());
  }

  Done set_up(const Context& context, const SessionOptions& options);
  Done advance();
  Done finish_handshake();
  Done read_plain();
  Done collect_output();
  Done refuse(Refusal why);
  Done refuse_by_library(int result);
  void make_report();
};

namespace {

constexpr std::size_t kChunk = 16 * 1024;  // one TLS record

std::string_view or_empty(const char* text) { return text == nullptr ? std::string_view{} : std::string_view{text}; }

}  // namespace

Done Session::State::set_up(const Context& context, const SessionOptions& options) {
  const bool by_host = options.domain.empty();
  const auto name = by_host ? options.host : options.domain;
  if (context.role() == Role::client &&
      (name.empty() || name.size() > kHostLimit || name.find('\0') != std::string_view::npos))
    return std::unexpected(Refusal{Reason::bad_host, 0, "the host name is empty, too long or has a NUL"});
  peer.role = context.role();
  peer.host = options.host;
  peer.domain = options.domain;
  peer.allow_wildcards = options.allow_wildcards;
  expectation = context.expectation();
  expectation.quantum_safe_pinned = options.quantum_safe_pinned;
  ERR_clear_error();
  ssl.reset(SSL_new(context.native()));
  from_peer = BIO_new(BIO_s_mem());
  to_peer = BIO_new(BIO_s_mem());
  if (!ssl || from_peer == nullptr || to_peer == nullptr) {
    BIO_free(from_peer);
    BIO_free(to_peer);
    return std::unexpected(refusal_with_library_words(Reason::internal));
  }
  BIO_set_mem_eof_return(from_peer, -1);  // empty means "later", not "end"
  SSL_set_bio(ssl.get(), from_peer, to_peer);
  peer.attach(ssl.get());
  X509_VERIFY_PARAM_set_time(SSL_get0_param(ssl.get()), options.now_unix_s);
  if (peer.role == Role::server) {
    SSL_set_accept_state(ssl.get());
    return {};
  }
  SSL_set_connect_state(ssl.get());
  const bool named =
      !by_host || is_ip_address(peer.host) || SSL_set_tlsext_host_name(ssl.get(), peer.host.c_str()) == 1;
  const char* small_groups = rules_of(expectation).small_client_groups;
  const bool sized = !options.small_hello || SSL_set1_groups_list(ssl.get(), small_groups) == 1;
  if (!named || !sized) return std::unexpected(refusal_with_library_words(Reason::internal));
  return {};
}

Done Session::State::refuse(Refusal why) {
  refusal = why;
  plain.clear();
  return std::unexpected(*refusal);
}

Done Session::State::refuse_by_library(int result) {
  const bool from_certificate = peer.certificate.has_value();
  const int kind = SSL_get_error(ssl.get(), result);
  Refusal why = refusal_from_library(peer.alert);
  if (from_certificate) why = *peer.certificate;
  if (!from_certificate && kind == SSL_ERROR_ZERO_RETURN)
    why = {Reason::protocol, 0, "the peer closed during the handshake"};
  if (auto collected = collect_output(); !collected) return collected;  // the alert that tells the peer
  return refuse(why);
}

Done Session::State::collect_output() {
  std::array<std::byte, 4096> chunk;
  std::size_t size = 0;
  while (BIO_pending(to_peer) > 0 && BIO_read_ex(to_peer, chunk.data(), chunk.size(), &size) == 1)
    if (!output.push(std::span{chunk}.first(size)))
      return refuse({Reason::too_much_data, 0, "the peer does not read what is sent"});
  return {};
}

void Session::State::make_report() {
  report.version = or_empty(SSL_get_version(ssl.get()));
  report.group = or_empty(SSL_get0_group_name(ssl.get()));
  report.cipher = or_empty(SSL_get_cipher_name(ssl.get()));
  report.quantum_safe = is_quantum_safe(report.group.view());
  report.resumed = SSL_session_reused(ssl.get()) == 1;
  const unsigned char* stapled = nullptr;
  report.stapled = peer.role == Role::client && SSL_get_tlsext_status_ocsp_resp(ssl.get(), &stapled) > 0;
  X509* certificate = SSL_get0_peer_certificate(ssl.get());
  if (certificate == nullptr) return;
  const char* signature = nullptr;
  if (SSL_get0_peer_signature_name(ssl.get(), &signature) == 1) report.signature = or_empty(signature);
  report.peer_fingerprint = fingerprint(*certificate);
  report.peer_name = common_name(*certificate);
  const auto* chain = SSL_get0_verified_chain(ssl.get());
  if (sk_X509_num(chain) > 0) report.anchor_fingerprint = fingerprint(*sk_X509_value(chain, sk_X509_num(chain) - 1));
}

Done Session::State::finish_handshake() {
  make_report();
  if (const auto wrong = check(report, expectation)) {
    SSL_shutdown(ssl.get());  // the handshake stands, so only a close can tell the peer
    TRY_VOID(collect_output());
    return refuse(*wrong);
  }
  established = true;
  return {};
}

Done Session::State::read_plain() {
  std::array<std::byte, kChunk> chunk;
  for (;;) {
    std::size_t size = 0;
    const int result = SSL_read_ex(ssl.get(), chunk.data(), chunk.size(), &size);
    if (result == 1) {
      if (!plain.push(std::span{chunk}.first(size)))
        return refuse({Reason::too_much_data, 0, "received data is not taken"});
      continue;
    }
    const int kind = SSL_get_error(ssl.get(), result);
    if (kind == SSL_ERROR_WANT_READ) return {};
    if (kind != SSL_ERROR_ZERO_RETURN) return refuse_by_library(result);
    peer_closed = true;
    return {};
  }
}

Done Session::State::advance() {
  ERR_clear_error();
  if (!established) {
    const int result = SSL_do_handshake(ssl.get());
    const int kind = SSL_get_error(ssl.get(), result);
    stands_still = kind == SSL_ERROR_WANT_ASYNC;
    if (result != 1) {
      if (kind != SSL_ERROR_WANT_READ && !stands_still) return refuse_by_library(result);
      return collect_output();
    }
    SSL_clear_mode(ssl.get(), SSL_MODE_ASYNC);  // from here on nothing waits for the key
    TRY_VOID(collect_output());
    TRY_VOID(finish_handshake());
  }
  TRY_VOID(read_plain());
  return collect_output();
}

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

std::expected<Session, Refusal> Session::start(const Context& context, const SessionOptions& options) {
  auto state = std::make_unique<State>();
  TRY_VOID(state->set_up(context, options));
  TRY_VOID(state->advance());
  return Session{std::move(state)};
}

std::expected<Session, Refusal> Session::client(const Context& context, const SessionOptions& options) {
  BULWATT_ASSERT(context.role() == Role::client);
  return start(context, options);
}

std::expected<Session, Refusal> Session::server(const Context& context, const SessionOptions& options) {
  BULWATT_ASSERT(context.role() == Role::server);
  return start(context, options);
}

Done Session::feed(std::span<const std::byte> cipher) {
  if (state_->refusal) return std::unexpected(*state_->refusal);
  if (cipher.size() > kFeedLimit) return state_->refuse({Reason::too_much_data, 0, "one feed is too large"});
  if (state_->peer_closed || cipher.empty()) return {};
  std::size_t written = 0;
  if (BIO_write_ex(state_->from_peer, cipher.data(), cipher.size(), &written) != 1 || written != cipher.size())
    return state_->refuse(refusal_with_library_words(Reason::internal));
  return state_->advance();
}

bool Session::waits_for_key() const { return state_->stands_still; }

Done Session::resume() {
  if (state_->refusal) return std::unexpected(*state_->refusal);
  if (!state_->stands_still) return {};
  return state_->advance();
}

Done Session::write(std::span<const std::byte> plain) {
  if (state_->refusal) return std::unexpected(*state_->refusal);
  if (!open()) return std::unexpected(Refusal{Reason::not_established, 0, "the connection is not open"});
  if (plain.empty()) return {};
  ERR_clear_error();
  std::size_t written = 0;
  const int result = SSL_write_ex(state_->ssl.get(), plain.data(), plain.size(), &written);
  if (result != 1 || written != plain.size()) return state_->refuse_by_library(result);
  return state_->collect_output();
}

void Session::close() {
  if (!open()) return;
  state_->closed = true;
  ERR_clear_error();
  SSL_shutdown(state_->ssl.get());
  // An output that is full already has a peer that reads nothing; it will not miss the close either.
  [[maybe_unused]] const auto collected = state_->collect_output();
}

std::span<const std::byte> Session::plain() const { return state_->plain.view(); }
void Session::consume_plain(std::size_t count) { state_->plain.consume(count); }
std::span<const std::byte> Session::output() const { return state_->output.view(); }
void Session::consume_output(std::size_t count) { state_->output.consume(count); }
bool Session::open() const {
  return state_->established && !state_->closed && !state_->peer_closed && !state_->refusal;
}
bool Session::established() const { return state_->established; }
bool Session::peer_closed() const { return state_->peer_closed; }
const Report& Session::report() const { return state_->report; }

}  // namespace bulwatt::tls
