#include "services/ocpp/put.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "libs/base/line.hpp"
#include "libs/http/writer.hpp"

namespace bulwatt::ocpp {
namespace {

constexpr std::size_t kChunk = 16 * 1024;
constexpr std::size_t kEnoughEncrypted = 64 * 1024;

}  // namespace

Put::~Put() {
  if (fd_ < 0) return;
  loop_.unwatch(fd_);
  ::close(fd_);
}

//= OCPP-2.0.1 N01.FR.19
bool Put::start(const PutTarget& target, std::string_view name, std::string_view text) {
  to_ = target;
  std::array<char, http::kHeadLimit> buffer{};
  http::HeadWriter head{buffer};
  head.request("PUT", to_.target.view())
      .header("Host", to_.host_header.view())
      .header("Content-Type", "text/plain; charset=utf-8")
      .header("Content-Disposition", Line<120>{"attachment; filename=\"", name, '"'}.view())
      .header("Content-Length", std::uint64_t{text.size()})
      .header("Connection", "close");
  if (!to_.authorization.empty()) head.header("Authorization", to_.authorization.view());
  const auto written = head.finish();
  if (!written) return false;
  request_.assign(*written).append(text);
  fd_ = ::socket(to_.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return false;
  stage_ = Stage::connecting;
  const int done = ::connect(fd_, reinterpret_cast<const sockaddr*>(&to_.address), to_.address_size);
  if ((done == 0 || errno == EINPROGRESS) && loop_.watch(fd_, false, true, runtime::Watcher::to<&Put::ready>(*this)))
    return true;
  stage_ = Stage::over;
  return false;
}

void Put::ready(runtime::Readiness readiness) {
  if (stage_ == Stage::connecting) connected();
  else if (readiness.readable || readiness.broken) receive();
  if (!over()) flush();
}

//= OCPP-2.0.1 N01.FR.15
void Put::connected() {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return end(UploadResult::failed, std::strerror(error));
  stage_ = Stage::talking;
  if (to_.tls == nullptr) return;
  auto session = tls::Session::client(*to_.tls, to_.tls_options);
  if (!session) return end(UploadResult::failed, enum_text(session.error().reason));
  tls_.emplace(std::move(*session));
  stage_ = Stage::securing;
}

void Put::receive() {
  BULWATT_UNINITIALIZED std::array<std::byte, kChunk> chunk;
  const auto n = ::recv(fd_, chunk.data(), chunk.size(), MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n < 0) return end(UploadResult::failed, std::strerror(errno));
  if (n == 0) return end(UploadResult::failed, "the server ended the connection without an answer");
  take(std::span{chunk}.first(static_cast<std::size_t>(n)));
}

void Put::take(std::span<const std::byte> bytes) {
  if (!tls_) return take_answer({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (const auto fed = tls_->feed(bytes); !fed) return end(UploadResult::failed, enum_text(fed.error().reason));
  if (stage_ == Stage::securing && tls_->established()) stage_ = Stage::talking;
  const auto plain = tls_->plain();
  if (!plain.empty()) take_answer({reinterpret_cast<const char*>(plain.data()), plain.size()});
}

void Put::take_answer(std::string_view bytes) {
  const auto fed = answer_.feed(bytes);
  if (!fed) return end(UploadResult::bad_message, "the answer is not HTTP");
  if (!fed->complete) return;
  const auto response = http::parse_response(answer_.head());
  if (!response) return end(UploadResult::bad_message, "the answer is not HTTP");
  end(result_of(response->status), Line<40>{"HTTP status ", response->status}.view());
}

void Put::flush() {
  if (tls_ && !encrypt()) return;
  if (!write_out()) return;
  const bool more = stage_ != Stage::securing && (!left().empty() || (tls_ && !tls_->output().empty()));
  loop_.watch(fd_, true, more, runtime::Watcher::to<&Put::ready>(*this));
}

bool Put::encrypt() {
  while (stage_ == Stage::talking && !left().empty() && tls_->output().size() < kEnoughEncrypted) {
    const auto part = left().substr(0, kChunk);
    if (const auto done = tls_->write(std::as_bytes(std::span{part})); !done) {
      end(UploadResult::failed, enum_text(done.error().reason));
      return false;
    }
    sent_ += part.size();
  }
  return true;
}

bool Put::write_out() {
  for (;;) {
    const auto bytes = tls_ ? tls_->output() : std::as_bytes(std::span{left()});
    if (bytes.empty()) return true;
    const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (n < 0) {
      end(UploadResult::failed, std::strerror(errno));
      return false;
    }
    if (tls_) tls_->consume_output(static_cast<std::size_t>(n));
    else sent_ += static_cast<std::size_t>(n);
  }
}

void Put::end(UploadResult result, std::string_view why) {
  if (over()) return;
  const Line<160> words{why};  // may point into what is about to end
  stage_ = Stage::over;
  loop_.unwatch(fd_);
  ::close(std::exchange(fd_, -1));
  user_.put_ended(result, words.view());
}

}  // namespace bulwatt::ocpp
