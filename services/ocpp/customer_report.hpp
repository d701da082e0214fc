// NotifyCustomerInformation: what the station keeps about a customer, as text for people, in parts of bounded size.
#pragma once
#include <string>

#include "services/ocpp/source.hpp"

namespace bulwatt::ocpp {

/// A report in words, a line for each thing. `events`: transaction events that name the token and wait on this side.
std::string customer_text(const session::IdToken& token, const session::GetCustomer::Customer& customer,
                          std::uint32_t events);
/// Whether anything is kept at all.
bool is_known(const session::GetCustomer::Customer& customer, std::uint32_t events);
/// What stays although the customer was to be forgotten, and why; empty when nothing does.
std::string kept_text(const session::GetCustomer::Customer& customer, std::uint32_t events);

class CustomerReporter final : public Source {
 public:
  static constexpr std::size_t kMostReports = 4;
  static constexpr std::size_t kPart = 512;  ///< bytes of one message
  explicit CustomerReporter(Base& base) : base_(base) {}

  bool full() const { return reports_.size() >= kMostReports; }
  /// Not when full.
  void start(std::int32_t request_id, std::string text) { reports_.push_back({request_id, std::move(text)}); }

  bool wants(Instant, bool) const override { return !reports_.empty(); }
  std::optional<std::string_view> write(std::span<char> out, std::string_view id) override;
  void result(std::string_view payload) override;
  /// Who does not take a part does not get the rest.
  void failed(const CallFailure&) override { reports_.pop_front(); }

 private:
  struct Report {
    std::int32_t request_id{};
    std::string text{};
    std::size_t sent = 0;  ///< bytes that were answered
    std::int32_t seq_no = 0;
  };
  static std::string_view next_part(const Report& report);
  Base& base_;
  std::deque<Report> reports_{};
};

}  // namespace bulwatt::ocpp
