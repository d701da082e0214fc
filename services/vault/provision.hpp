// bulwatt-vault --provision: makes keys before the station runs. The private half is born and sealed in this program.
#pragma once

namespace bulwatt::vault {

/// Arguments: --folder DIR --key NAME --purpose P --algorithm A --common-name CN [--organization O] [--backend B] [--tpm PATH]
/// [--accept-restored yes]. Prints the PKCS #10 request to standard output. Returns the exit code; errors are one sentence on standard error.
int provision_command(int count, char** arguments);

}  // namespace bulwatt::vault
