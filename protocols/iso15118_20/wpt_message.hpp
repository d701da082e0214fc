// ISO 15118-20, schema set of wireless charging: any of its messages.
#pragma once
#include "protocols/iso15118_20/wpt.hpp"

namespace bulwatt::iso20 {

using WptMessage = std::variant<WptAlignmentCheckReq, WptAlignmentCheckRes, WptChargeLoopReq, WptChargeLoopRes,
                                WptChargeParameterDiscoveryReq, WptChargeParameterDiscoveryRes, WptFinePositioningReq,
                                WptFinePositioningRes, WptFinePositioningSetupReq, WptFinePositioningSetupRes,
                                WptPairingReq, WptPairingRes>;

}  // namespace bulwatt::iso20
