// What a driver gets in the end: amounts, and the signed meter records that show what was measured. What `/receipt` answers.
#pragma once
#include "interfaces/ledger.hpp"
#include "services/hmi/view.hpp"

namespace bulwatt::hmi {

/// One signed meter record: a browser puts it together as OCMF text and checks it.
struct SignedReading {
  Text<meter::kMaxPayload> payload{};
  Octets<meter::kMaxClassical> signature{};
  Octets<meter::kMaxTwin> twin{};
  Text<ledger::kMaxProof>
      proof{};  ///< that the ledger has it (C2SP tlog-proof); empty: not under a signed checkpoint yet
  static constexpr auto fields() {
    using S = SignedReading;
    return list(field<&S::payload>("payload"), field<&S::signature>("signature"), field<&S::twin>("twin"),
                field<&S::proof>("proof"));
  }
};

/// A stretch of the charge on which the same prices ruled; prices as text, before tax.
struct PeriodView {
  Timestamp begin{};
  std::int64_t energy_mwh{};
  std::int64_t minutes_ms{};
  bool charging{};
  Text<24> per_kwh{};     ///< empty: energy is free
  Text<24> per_minute{};  ///< empty: time is free
  bool mixed{};
  static constexpr auto fields() {
    using P = PeriodView;
    return list(field<&P::begin>("begin"), field<&P::energy_mwh>("energy_mwh"), field<&P::minutes_ms>("time_ms"),
                field<&P::charging>("charging"), field<&P::per_kwh>("per_kwh"), field<&P::per_minute>("per_minute"),
                field<&P::mixed>("mixed"));
  }
};
struct TaxView {
  Text<24> percent{};
  Text<24> amount{};
  static constexpr auto fields() {
    return list(field<&TaxView::percent>("percent"), field<&TaxView::amount>("amount"));
  }
};

/// Amounts as text with the decimal places of the currency.
struct ReceiptView {
  Text<36> transaction{};
  Timestamp begin{};
  Timestamp end{};
  std::int64_t energy_mwh{};
  std::optional<tariff::Failure> not_calculated{};  ///< then there are no amounts
  Text<24> energy_cost{};
  Text<24> time_cost{};
  Text<24> standing_cost{};
  Text<24> start_cost{};
  Text<24> adjusted{};  ///< by the least or the most of the tariff; may be negative
  List<TaxView, tariff::kMaxTaxes> taxes{};
  Text<24> total{};
  Text<3> currency{};
  Text<250> tariff{};
  List<PeriodView, tariff::kMaxPeriods> periods{};
  bool is_signed{};                   ///< there are records; where `readings` has none, they could not be had just now
  List<SignedReading, 2> readings{};  ///< of the begin and of the end; none where nothing is signed
  Octets<meter::kMaxClassicalKey> key{};
  static constexpr auto fields() {
    using R = ReceiptView;
    return list(field<&R::transaction>("transaction"), field<&R::begin>("begin"), field<&R::end>("end"),
                field<&R::energy_mwh>("energy_mwh"), field<&R::not_calculated>("not_calculated"),
                field<&R::energy_cost>("energy_cost"), field<&R::time_cost>("time_cost"),
                field<&R::standing_cost>("standing_cost"), field<&R::start_cost>("start_cost"),
                field<&R::adjusted>("adjusted"), field<&R::taxes>("taxes"), field<&R::total>("total"),
                field<&R::currency>("currency"), field<&R::tariff>("tariff"), field<&R::periods>("periods"),
                field<&R::is_signed>("signed"), field<&R::readings>("readings"), field<&R::key>("key"));
  }
};

/// Where receipts come from. Nothing: no transaction has ended there yet, or session does not answer.
struct ReceiptSource {
  virtual std::optional<session::GetReceipt::Last> receipt(std::uint8_t evse) = 0;
  virtual std::optional<ledger::Prove::Proof> proof(std::uint64_t sequence) = 0;
  virtual std::optional<session::GetMeterRecord::Part> part(const session::GetMeterRecord& request) = 0;
  /// What records are checked with.
  virtual std::optional<meter::GetKeys::Keys> keys() = 0;

 protected:
  ~ReceiptSource() = default;
};

/// The signed records say whose card it was; so a receipt is shown for as long as its owner may still be there.
inline constexpr std::int64_t kReceiptShownMs = 30 * 60 * 1000;
/// False: there is none, or none any more. Into `view`, because it is large.
bool take_receipt(ReceiptView& view, ReceiptSource& source, std::uint8_t evse, Timestamp now);

}  // namespace bulwatt::hmi
