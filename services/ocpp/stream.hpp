// One TCP connection, TLS where it is asked for: bytes out, bytes in. Used once; what the bytes mean is its user's business.
#pragma once
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>

#include "libs/runtime/loop.hpp"
#include "libs/tls/session.hpp"

namespace bulwatt::ocpp {

struct StreamTarget {
  sockaddr_storage address{};
  socklen_t address_size = 0;
  const tls::Context* tls = nullptr;  ///< nullptr: not encrypted
  tls::SessionOptions tls_options{};
};

/// Who is told. Must not destroy the stream inside of a call.
struct StreamUser {
  virtual void stream_bytes(std::string_view bytes) = 0;
  /// Once, unless the user closed it himself.
  virtual void stream_ended(std::string_view why) = 0;

 protected:
  ~StreamUser() = default;
};

class Stream {
 public:
  Stream(runtime::Loop& loop, StreamUser& user) : loop_(loop), user_(user) {}
  ~Stream() { close(); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// False when nothing was begun; the user then hears nothing.
  bool start(const StreamTarget& target);
  /// Behind what waits; also before the connection stands.
  void send(std::string_view bytes);
  /// At once and without a further word.
  void close();
  /// A slow key that the handshake may be waiting for has signed.
  void key_ready();
  bool over() const { return stage_ == Stage::over; }
  /// What TLS agreed on; nullptr without it, or before that.
  const tls::Report* report() const { return tls_ && tls_->established() ? &tls_->report() : nullptr; }

 private:
  enum class Stage : std::uint8_t { connecting, securing, talking, over };
  void ready(runtime::Readiness readiness);
  void connected();
  void receive();
  void after_tls(std::expected<void, tls::Refusal> done);
  void flush();
  bool encrypt();
  bool write_out();
  std::string_view left() const { return std::string_view{output_}.substr(sent_); }
  void end(std::string_view why);

  runtime::Loop& loop_;
  StreamUser& user_;
  Stage stage_ = Stage::over;
  int fd_ = -1;
  StreamTarget to_{};
  std::optional<tls::Session> tls_{};
  std::string output_{};
  std::size_t sent_ = 0;
  bool busy_ = false;  ///< inside ready(): flushing comes at its end
};

}  // namespace bulwatt::ocpp
