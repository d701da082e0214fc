#include "protocols/meters/models.hpp"

#include "protocols/meters/em340.hpp"
#include "protocols/meters/sdm630.hpp"

namespace bulwatt::meters {

const RegisterMap* map_of(Model model) {
  switch (model) {
    case Model::sdm630: return &kSdm630;
    case Model::em340: return &kEm340;
    case Model::sunspec: break;
  }
  return nullptr;
}

}  // namespace bulwatt::meters
