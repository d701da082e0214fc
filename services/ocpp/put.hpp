// One upload by HTTP PUT: one connection, one request, one answer. Used once.
#pragma once
#include "libs/http/head.hpp"
#include "services/ocpp/stream.hpp"
#include "services/ocpp/upload.hpp"

namespace bulwatt::ocpp {

struct PutTarget {
  StreamTarget stream{};
  Text<256> host_header{};
  Text<700> target{};
  Text<300> authorization{};  ///< empty: none
};

/// Who is told, once. Must not destroy the Put inside of the call.
struct PutUser {
  virtual void put_ended(UploadResult result, std::string_view why) = 0;

 protected:
  ~PutUser() = default;
};

class Put final : StreamUser {
 public:
  Put(runtime::Loop& loop, PutUser& user) : stream_(loop, *this), user_(user) {}

  /// False when nothing was begun; the user then hears nothing.
  bool start(const PutTarget& target, std::string_view name, std::string_view text);
  bool over() const { return stream_.over(); }
  void abort(std::string_view why) { end(UploadResult::failed, why); }

 private:
  void stream_bytes(std::string_view bytes) override;
  void stream_ended(std::string_view why) override { user_.put_ended(UploadResult::failed, why); }
  void end(UploadResult result, std::string_view why);

  Stream stream_;
  PutUser& user_;
  http::HeadReader answer_{};
};

}  // namespace bulwatt::ocpp
