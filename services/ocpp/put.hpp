// One upload by HTTP PUT: TCP, TLS where it is asked for, one request, one answer. Used once.
#pragma once
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>

#include "libs/http/head.hpp"
#include "libs/runtime/loop.hpp"
#include "libs/tls/session.hpp"
#include "services/ocpp/upload.hpp"

namespace bulwatt::ocpp {

struct PutTarget {
  sockaddr_storage address{};
  socklen_t address_size = 0;
  Text<256> host_header{};
  Text<700> target{};
  Text<300> authorization{};          ///< empty: none
  const tls::Context* tls = nullptr;  ///< nullptr: not encrypted
  tls::SessionOptions tls_options{};
};

/// Who is told, once. Must not destroy the Put inside of the call.
struct PutUser {
  virtual void put_ended(UploadResult result, std::string_view why) = 0;

 protected:
  ~PutUser() = default;
};

class Put {
 public:
  Put(runtime::Loop& loop, PutUser& user) : loop_(loop), user_(user) {}
  ~Put();
  Put(const Put&) = delete;
  Put& operator=(const Put&) = delete;

  /// False when nothing was begun; the user then hears nothing.
  bool start(const PutTarget& target, std::string_view name, std::string_view text);
  bool over() const { return stage_ == Stage::over; }
  void abort(std::string_view why) { end(UploadResult::failed, why); }

 private:
  enum class Stage : std::uint8_t { connecting, securing, talking, over };
  void ready(runtime::Readiness readiness);
  void connected();
  void receive();
  void take(std::span<const std::byte> bytes);
  void take_answer(std::string_view bytes);
  void flush();
  bool encrypt();
  bool write_out();
  std::string_view left() const { return std::string_view{request_}.substr(sent_); }
  void end(UploadResult result, std::string_view why);

  runtime::Loop& loop_;
  PutUser& user_;
  Stage stage_ = Stage::over;
  int fd_ = -1;
  PutTarget to_{};
  std::optional<tls::Session> tls_{};
  std::string request_{};  ///< head and body
  std::size_t sent_ = 0;
  http::HeadReader answer_{};
};

}  // namespace bulwatt::ocpp
