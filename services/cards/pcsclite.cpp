#include "services/cards/pcsclite.hpp"

#include <winscard.h>

namespace bulwatt::cards {
namespace {

constexpr DWORD kNamesBytes = 16 * (MAX_READERNAME + 1) + 1;  // as many as the daemon has at most, each with its NUL
constexpr DWORD kEventShift = 16;                             // the upper half of a state counts its changes

Trouble trouble_of(LONG code) {
  switch (code) {
    case SCARD_E_NO_SERVICE:
    case SCARD_E_SERVICE_STOPPED:
    case SCARD_E_INVALID_HANDLE:
    case SCARD_F_COMM_ERROR:
    case SCARD_F_INTERNAL_ERROR: return Trouble::no_daemon;
    case SCARD_W_SECURITY_VIOLATION: return Trouble::not_allowed;
    case SCARD_E_UNKNOWN_READER:
    case SCARD_E_READER_UNAVAILABLE:
    case SCARD_E_NO_READERS_AVAILABLE: return Trouble::reader_gone;
    case SCARD_W_REMOVED_CARD:
    case SCARD_W_RESET_CARD:
    case SCARD_E_NO_SMARTCARD: return Trouble::card_gone;
    case SCARD_E_NOT_TRANSACTED:
    case SCARD_W_UNPOWERED_CARD:
    case SCARD_W_UNRESPONSIVE_CARD:
    case SCARD_E_PROTO_MISMATCH:
    case SCARD_E_TIMEOUT: return Trouble::card_silent;
    default: return Trouble::failed;
  }
}

}  // namespace

void Pcsclite::warm_up() {
  SCARDCONTEXT context{};
  if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context) == SCARD_S_SUCCESS)
    SCardReleaseContext(context);
}

std::expected<void, Trouble> Pcsclite::open() {
  const auto code = SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context_);
  if (code != SCARD_S_SUCCESS) return std::unexpected(trouble_of(code));
  return {};
}

void Pcsclite::close() { SCardReleaseContext(context_); }

/// A state that is said to be unknown is always a change, so nothing is waited for.
std::expected<Readers, Trouble> Pcsclite::look() {
  std::array<char, kNamesBytes> names{};
  DWORD size = kNamesBytes;
  auto code = SCardListReaders(context_, nullptr, names.data(), &size);
  if (code == SCARD_E_NO_READERS_AVAILABLE) return Readers{};
  if (code != SCARD_S_SUCCESS) return std::unexpected(trouble_of(code));
  Readers readers{};
  std::array<SCARD_READERSTATE, kMostReaders> states{};
  for (const char* name = names.data(); *name != '\0' && !readers.full(); name += std::string_view{name}.size() + 1) {
    states[readers.size].szReader = name;
    states[readers.size].dwCurrentState = SCARD_STATE_UNAWARE;
    static_cast<void>(readers.push_back({.name = std::string_view{name}}));
  }
  code = SCardGetStatusChange(context_, 0, states.data(), readers.size);
  if (code == SCARD_E_UNKNOWN_READER) return Readers{};  // gone since the line above; the next look knows
  if (code != SCARD_S_SUCCESS && code != SCARD_E_TIMEOUT) return std::unexpected(trouble_of(code));
  for (std::size_t i = 0; i < readers.size; ++i) {
    readers[i].card = (states[i].dwEventState & SCARD_STATE_PRESENT) != 0;
    readers[i].changes = static_cast<std::uint32_t>(states[i].dwEventState >> kEventShift);
  }
  return readers;
}

std::expected<CardAnswer, Trouble> Pcsclite::ask(const ReaderName& reader, std::span<const std::uint8_t> command) {
  std::array<char, ReaderName::kCapacity + 1> name{};
  std::ranges::copy(reader.view(), name.begin());
  SCARDHANDLE card{};
  DWORD protocol{};
  auto code =
      SCardConnect(context_, name.data(), SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card, &protocol);
  if (code != SCARD_S_SUCCESS) return std::unexpected(trouble_of(code));
  std::array<std::uint8_t, MAX_BUFFER_SIZE> bytes{};
  DWORD size = bytes.size();
  const auto* request = protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
  code = SCardTransmit(card, request, command.data(), command.size(), nullptr, bytes.data(), &size);
  SCardDisconnect(card, SCARD_LEAVE_CARD);
  if (code != SCARD_S_SUCCESS) return std::unexpected(trouble_of(code));
  if (size < 2) return std::unexpected(Trouble::card_gone);  // not even a status word: it broke off
  CardAnswer answer{};
  for (std::size_t i = 0; i < size && answer.push_back(bytes[i]); ++i) {
  }
  return size > answer.size ? CardAnswer{} : answer;  // longer than any UID: no answer to this question
}

}  // namespace bulwatt::cards
