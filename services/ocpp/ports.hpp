// What the core needs of the world. main.cpp connects it to the conduits and the connection, tests to a world of their own.
#pragma once
#include "interfaces/ledger.hpp"
#include "interfaces/meter.hpp"
#include "interfaces/session.hpp"
#include "interfaces/vault.hpp"
#include "libs/os/clock.hpp"
#include "services/ocpp/network.hpp"
#include "services/ocpp/upload.hpp"

namespace bulwatt::ocpp {

/// The same moment on both clocks. Intervals use the monotonic one, stamps the civil one.
struct Moment {
  Instant now{};
  Timestamp civil{};
};

template <class Req, class E>
using Called = std::expected<typename Req::Reply, ipc::CallError<E>>;
template <class Req>
using SessionCalled = Called<Req, session::Error>;

class Ports {
 public:
  virtual Moment moment() = 0;
  virtual void random(std::span<std::byte> out) = 0;
  virtual void log(std::string_view line) = 0;
  /// Core::timer() is to be called then; replaces the moment said before.
  virtual void wake_at(Instant when) = 0;

  /// Queues one text message; false when no connection is open or it takes no more.
  virtual bool send(std::string_view text) = 0;
  /// Closes the connection once everything is sent, and makes a new one.
  virtual void reconnect() = 0;
  /// What the vault has for connections to the backend.
  virtual Keys keys() = 0;
  /// Begins to upload; Core::upload_ended() follows, but not before this returns.
  virtual void upload(const FileAddress& to, std::string_view name, std::string_view text) = 0;
  /// Without a further word.
  virtual void cancel_upload() = 0;

  virtual SessionCalled<session::GetSnapshot> call(const session::GetSnapshot& request) = 0;
  virtual SessionCalled<session::NextAuthorization> call(const session::NextAuthorization& request) = 0;
  virtual SessionCalled<session::AnswerAuthorization> call(const session::AnswerAuthorization& request) = 0;
  virtual SessionCalled<session::AnswerTransaction> call(const session::AnswerTransaction& request) = 0;
  virtual SessionCalled<session::FetchEvent> call(const session::FetchEvent& request) = 0;
  virtual SessionCalled<session::AcknowledgeEvents> call(const session::AcknowledgeEvents& request) = 0;
  virtual SessionCalled<session::RemoteStart> call(const session::RemoteStart& request) = 0;
  virtual SessionCalled<session::RemoteStop> call(const session::RemoteStop& request) = 0;
  virtual SessionCalled<session::ChangeAvailability> call(const session::ChangeAvailability& request) = 0;
  virtual SessionCalled<session::Reset> call(const session::Reset& request) = 0;
  virtual SessionCalled<session::TriggerEvent> call(const session::TriggerEvent& request) = 0;
  virtual SessionCalled<session::SetLink> call(const session::SetLink& request) = 0;
  virtual SessionCalled<session::Configure> call(const session::Configure& request) = 0;
  virtual SessionCalled<session::ClearCache> call(const session::ClearCache& request) = 0;
  virtual SessionCalled<session::UpdateLocalList> call(const session::UpdateLocalList& request) = 0;
  virtual SessionCalled<session::GetLocalList> call(const session::GetLocalList& request) = 0;
  virtual SessionCalled<session::TransactionStatus> call(const session::TransactionStatus& request) = 0;
  virtual SessionCalled<session::Unlock> call(const session::Unlock& request) = 0;
  virtual SessionCalled<session::Reserve> call(const session::Reserve& request) = 0;
  virtual SessionCalled<session::CancelReservation> call(const session::CancelReservation& request) = 0;
  virtual SessionCalled<session::NextReservationUpdate> call(const session::NextReservationUpdate& request) = 0;
  virtual SessionCalled<session::GetCustomer> call(const session::GetCustomer& request) = 0;
  virtual SessionCalled<session::ForgetCustomer> call(const session::ForgetCustomer& request) = 0;
  virtual SessionCalled<session::GetMeterRecord> call(const session::GetMeterRecord& request) = 0;
  virtual Called<meter::GetKeys, meter::Error> call(const meter::GetKeys& request) = 0;
  virtual Called<meter::Read, meter::Error> call(const meter::Read& request) = 0;
  virtual Called<vault::InstallAnchor, vault::Error> call(const vault::InstallAnchor& request) = 0;
  virtual Called<vault::DeleteAnchor, vault::Error> call(const vault::DeleteAnchor& request) = 0;
  virtual Called<vault::ListCertificates, vault::Error> call(const vault::ListCertificates& request) = 0;
  virtual Called<vault::RenewKey, vault::Error> call(const vault::RenewKey& request) = 0;
  virtual Called<vault::SubmitRequest, vault::Error> call(const vault::SubmitRequest& request) = 0;
  virtual Called<vault::FetchRequest, vault::Error> call(const vault::FetchRequest& request) = 0;
  virtual Called<vault::InstallChain, vault::Error> call(const vault::InstallChain& request) = 0;
  virtual Called<vault::ListOwn, vault::Error> call(const vault::ListOwn& request) = 0;
  virtual Called<vault::NextStatus, vault::Error> call(const vault::NextStatus& request) = 0;
  virtual Called<vault::StoreStatus, vault::Error> call(const vault::StoreStatus& request) = 0;
  virtual Called<ledger::Append, ledger::Error> call(const ledger::Append& request) = 0;

 protected:
  ~Ports() = default;
};

}  // namespace bulwatt::ocpp
