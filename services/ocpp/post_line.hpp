// Requests that are POSTed one after the other over one connection. Used once; a new one is made when it ended.
#pragma once
#include "libs/http/head.hpp"
#include "services/ocpp/stream.hpp"

namespace bulwatt::ocpp {

struct PostTarget {
  StreamTarget stream{};
  Text<256> host_header{};
  Text<700> prefix{};  ///< path without its last part and slash
};

/// Must not destroy the line inside of a call. May post() in post_answered().
struct PostUser {
  virtual void post_answered(int status, std::string_view type, std::string_view body) = 0;
  /// The connection is gone. What was asked and not answered has no answer.
  virtual void post_ended(std::string_view why) = 0;

 protected:
  ~PostUser() = default;
};

class PostLine final : StreamUser {
 public:
  static constexpr std::size_t kMostAnswer = 12'000;
  PostLine(runtime::Loop& loop, PostUser& user) : stream_(loop, *this), user_(user) {}

  /// False when nothing was begun; the user then hears nothing.
  bool start(const PostTarget& target);
  /// One at a time. False when it cannot be asked.
  bool post(std::string_view last_part, std::span<const std::byte> body);
  bool over() const { return stream_.over(); }
  void close() { stream_.close(); }
  void key_ready() { stream_.key_ready(); }
  const tls::Report* report() const { return stream_.report(); }

 private:
  void stream_bytes(std::string_view bytes) override;
  void stream_ended(std::string_view why) override { user_.post_ended(why); }
  std::size_t take(std::string_view bytes);
  void take_head();
  void answered();
  void end(std::string_view why);

  Stream stream_;
  PostUser& user_;
  PostTarget to_{};
  bool asked_ = false;
  http::HeadReader head_{};
  int status_ = 0;
  bool closes_ = false;
  std::string type_{};
  std::string body_{};
  std::size_t missing_ = 0;  ///< of the body
  bool in_body_ = false;
};

}  // namespace bulwatt::ocpp
