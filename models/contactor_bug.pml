/* The same model with a seeded defect: the controller stays closed on the host's word alone, whatever the pilot shows.
   The property two_keys must fail. models/run checks the other seeded defects by -D. */
#define BUG_TRUST_HOST
#include "contactor.pml"
