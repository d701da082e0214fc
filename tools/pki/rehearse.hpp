// A rotation rehearsed: which certificate ends on which day, and what does not verify from then on.
#pragma once
#include "tools/pki/inspect.hpp"

namespace bulwatt::pki {

struct Event {
  std::int64_t when = 0;  ///< Unix seconds
  std::string file;       ///< of the certificate that ends
  std::string subject;
  std::vector<std::string> broken;  ///< files whose chain does not verify any more, itself first
};

/// Something that is wrong already, whatever the day.
struct Warning {
  std::string file;
  std::string sentence;
};

struct Rehearsal {
  std::vector<Event> events;  ///< in order of time, from `now` on
  std::vector<Warning> warnings;
  std::size_t certificates = 0;
};

/// Every first certificate of every .pem file below the folder, but for faults/. Throws when there is none.
Rehearsal rehearse(const std::filesystem::path& folder, std::int64_t now);

}  // namespace bulwatt::pki
