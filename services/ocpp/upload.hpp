// Where a log is to be uploaded, and how it ended. Pure.
#pragma once
#include "services/ocpp/address.hpp"

namespace bulwatt::ocpp {

enum class UploadResult : std::uint8_t {
  uploaded,
  failed,         ///< nobody there, no trust, a redirection, a fault of the server
  refused,        ///< the server wants other credentials
  bad_message,    ///< the address is none, or the server did not understand
  not_supported,  ///< another protocol than HTTP, or a port that the owner has not opened
};
constexpr auto enum_names(UploadResult) {
  return names("uploaded", "failed", "refused", "bad_message", "not_supported");
}

struct FileAddress {
  Address server{};
  Text<700> target{};  ///< path and query
  Text<64> user{};     ///< empty: no credentials
  Text<128> password{};
};

inline constexpr std::size_t kMaxFileUrl = 512;

/// `name` is appended to an address that ends with a slash. The error says with what the attempt has ended.
std::expected<FileAddress, UploadResult> parse_file_url(std::string_view url, std::string_view name,
                                                        const Config& config);

/// Where the ledger is witnessed and mirrored; nothing when witness_url is no such address, or one without TLS where there must be.
std::optional<FileAddress> parse_witness_url(const Config& config);

/// What an answer to the upload means. Redirections are not followed.
UploadResult result_of(int http_status);

}  // namespace bulwatt::ocpp
