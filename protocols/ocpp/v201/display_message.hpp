// OCPP 2.0.1 block O. Display messages.
#pragma once
#include "protocols/ocpp/v201/types.hpp"

namespace bulwatt::ocpp::v201 {

enum class MessagePriorityEnum : std::uint8_t { always_front, in_front, normal_cycle };
constexpr auto enum_names(MessagePriorityEnum) { return names("AlwaysFront", "InFront", "NormalCycle"); }

enum class MessageStateEnum : std::uint8_t { charging, faulted, idle, unavailable };
constexpr auto enum_names(MessageStateEnum) { return names("Charging", "Faulted", "Idle", "Unavailable"); }

struct MessageInfo {
  std::int32_t id{};
  MessagePriorityEnum priority{};
  MessageContent message{};
  std::optional<Component> display{};
  std::optional<MessageStateEnum> state{};
  std::optional<Timestamp> start_date_time{};
  std::optional<Timestamp> end_date_time{};
  std::optional<Text<36>> transaction_id{};
  static constexpr auto fields() {
    using M = MessageInfo;
    return list(field<&M::id>("id"), field<&M::priority>("priority"), field<&M::message>("message"),
                field<&M::display>("display"), field<&M::state>("state"), field<&M::start_date_time>("startDateTime"),
                field<&M::end_date_time>("endDateTime"), field<&M::transaction_id>("transactionId"));
  }
};

enum class DisplayMessageStatusEnum : std::uint8_t {
  accepted,
  not_supported_message_format,
  rejected,
  not_supported_priority,
  not_supported_state,
  unknown_transaction,
};
constexpr auto enum_names(DisplayMessageStatusEnum) {
  return names("Accepted", "NotSupportedMessageFormat", "Rejected", "NotSupportedPriority", "NotSupportedState",
               "UnknownTransaction");
}

struct SetDisplayMessageResponse {
  DisplayMessageStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = SetDisplayMessageResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// CSMS to station: installs a message for the display.
struct SetDisplayMessageRequest {
  static constexpr std::string_view kAction = "SetDisplayMessage";
  using Response = SetDisplayMessageResponse;

  MessageInfo message{};
  static constexpr auto fields() {
    using M = SetDisplayMessageRequest;
    return list(field<&M::message>("message"));
  }
};

enum class GetDisplayMessagesStatusEnum : std::uint8_t { accepted, unknown };
constexpr auto enum_names(GetDisplayMessagesStatusEnum) { return names("Accepted", "Unknown"); }

struct GetDisplayMessagesResponse {
  GetDisplayMessagesStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = GetDisplayMessagesResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// CSMS to station: asks for installed display messages; NotifyDisplayMessages follows.
struct GetDisplayMessagesRequest {
  static constexpr std::string_view kAction = "GetDisplayMessages";
  using Response = GetDisplayMessagesResponse;

  std::int32_t request_id{};
  std::optional<List<std::int32_t, kMaxDisplayMessages>> id{};
  std::optional<MessagePriorityEnum> priority{};
  std::optional<MessageStateEnum> state{};
  static constexpr auto fields() {
    using M = GetDisplayMessagesRequest;
    return list(field<&M::request_id>("requestId"), field<&M::id>("id", {.at_least = 1}),
                field<&M::priority>("priority"), field<&M::state>("state"));
  }
};

struct NotifyDisplayMessagesResponse {
  static constexpr auto fields() { return list(); }
};

/// Station to CSMS: one part of the installed display messages.
struct NotifyDisplayMessagesRequest {
  static constexpr std::string_view kAction = "NotifyDisplayMessages";
  using Response = NotifyDisplayMessagesResponse;

  std::int32_t request_id{};
  std::optional<List<MessageInfo, kMaxDisplayMessages>> message_info{};
  std::optional<bool> tbc{};
  static constexpr auto fields() {
    using M = NotifyDisplayMessagesRequest;
    return list(field<&M::request_id>("requestId"), field<&M::message_info>("messageInfo", {.at_least = 1}),
                field<&M::tbc>("tbc"));
  }
};

enum class ClearMessageStatusEnum : std::uint8_t { accepted, unknown };
constexpr auto enum_names(ClearMessageStatusEnum) { return names("Accepted", "Unknown"); }

struct ClearDisplayMessageResponse {
  ClearMessageStatusEnum status{};
  std::optional<StatusInfo> status_info{};
  static constexpr auto fields() {
    using M = ClearDisplayMessageResponse;
    return list(field<&M::status>("status"), field<&M::status_info>("statusInfo"));
  }
};

/// CSMS to station: removes a display message.
struct ClearDisplayMessageRequest {
  static constexpr std::string_view kAction = "ClearDisplayMessage";
  using Response = ClearDisplayMessageResponse;

  std::int32_t id{};
  static constexpr auto fields() {
    using M = ClearDisplayMessageRequest;
    return list(field<&M::id>("id"));
  }
};

}  // namespace bulwatt::ocpp::v201
