// Uploads one text at a time to where the backend wants it.
#pragma once
#include "services/ocpp/core.hpp"
#include "services/ocpp/put.hpp"
#include "services/ocpp/resolver.hpp"
#include "services/ocpp/tls_side.hpp"

namespace bulwatt::ocpp {

class Uploader final : public PutUser {
 public:
  static constexpr Duration kPatience = std::chrono::seconds{60};
  Uploader(runtime::Loop& loop, Store& store, TlsSide& tls, Resolver& resolver)
      : loop_(loop), store_(store), tls_(tls), resolver_(resolver) {}
  void attach(Core& core) { core_ = &core; }

  /// Core::upload_ended() follows, not before this returns.
  void start(const FileAddress& to, std::string_view name, std::string_view text);
  void cancel();
  void put_ended(UploadResult result, std::string_view why) override;

 private:
  void resolve();
  void resolved();
  void connect(const Endpoint& endpoint);
  void too_late();
  void report();

  runtime::Loop& loop_;
  Store& store_;
  TlsSide& tls_;
  Resolver& resolver_;
  Core* core_ = nullptr;
  FileAddress to_{};
  std::string name_{};
  std::string text_{};
  bool wanted_ = false;
  UploadResult result_{};
  std::optional<tls::Context> context_{};
  std::optional<Put> put_{};
  runtime::TimerId step_timer_ = runtime::kNoTimer;
  runtime::TimerId deadline_ = runtime::kNoTimer;
};

}  // namespace bulwatt::ocpp
