// Parts of `bulwatt log`: log.cpp reads and shows, log_proofs.cpp verifies and proves.
#pragma once
#include "services/ledger/folder.hpp"
#include "services/ledger/reader.hpp"
#include "tools/bulwatt/command.hpp"

namespace bulwatt::cli {

std::string read_file(const std::string& path);
void write_file(const std::string& path, std::string_view text);
/// One sentence for people.
std::string explain(ledger::Finding finding);

int log_verify(const std::string& folder, Arguments arguments);
int log_prove(const std::string& folder, Arguments arguments);
int log_check(const std::string& proof_file, Arguments arguments);
int log_consistency(const std::string& folder, Arguments arguments);
int log_export_tiles(const std::string& folder, const std::string& out);

}  // namespace bulwatt::cli
