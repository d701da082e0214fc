// bulwatt-vault --provision: makes keys before the station runs. The private half is born and sealed in this program.
#pragma once

namespace bulwatt::vault {

/// Arguments: --folder DIR --key NAME --purpose P --algorithm A --common-name CN [--organization O] [--backend B] [--tpm PATH]
/// [--module PATH --token LABEL --pin-file PATH] [--accept-restored yes]. Prints the PKCS #10 request to standard output. Returns the exit code; errors are one sentence on standard error.
int provision_command(int count, char** arguments);

/// Without arguments: the library's own answers. With --folder --key --purpose --algorithm and the devices as above: whether that
/// key still signs. One line a test on standard output; 0 when all is good.
int self_test_command(int count, char** arguments);

}  // namespace bulwatt::vault
