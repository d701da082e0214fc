/* The connector lock beside the two keys. The keys are arbitrary here (contactor.pml has where they come from): what is
   checked is that nothing is energized unless the plug is held, and that nothing live is let go. How to run: README.md.
   A round of Mcu is one cycle; the motor, a force on the plug, the contactor's own movement and all wishes interleave. */

#define HOLD 2  /* cycles the lock is held after the outlet was last live */

bool own = false, permit = false;   /* the two keys */
bool unlock_wished = false;         /* the host's word */
bool bolt = false, told = false;    /* where the lock is, where it is told to be */
bool contactor = false;             /* commanded */
bool contact = false;               /* where the contactor is: follows some time, or never (a weld) */
bool latched = false;
byte hold = 0;

/* Witnesses. */
bool in_cycle = false, bolt_seen = false, closed_unheld = false, let_go = false, was_told = false;

active proctype Mcu() {
  do
  :: d_step {
       in_cycle = true;
       was_told = told;
       bolt_seen = bolt;
       if :: contactor && !bolt_seen -> latched = true :: else fi;
       if
       :: contactor && (!own || latched || !permit) -> contactor = false
#ifdef BUG_CLOSES_UNLOCKED
       :: !contactor && own && permit && !latched && !contact -> contactor = true
#else
       :: !contactor && own && permit && !latched && !contact && told && bolt_seen -> contactor = true
#endif
       :: else
       fi;
       if :: contactor && !bolt_seen -> closed_unheld = true :: else fi;
#ifdef BUG_FORGETS_WELD
       if :: contactor -> hold = HOLD :: !contactor && hold > 0 -> hold-- :: else fi;
#else
       if :: contactor || contact -> hold = HOLD :: !contactor && !contact && hold > 0 -> hold-- :: else fi;
#endif
#ifdef BUG_UNLOCKS_LIVE
       told = (permit && !latched && !unlock_wished);
#else
       told = ((permit && !latched && !unlock_wished) || (told && hold > 0));
#endif
       if :: was_told && !told && contact -> let_go = true :: else fi;
       if :: latched && !contactor && !own -> latched = false :: else fi;
       in_cycle = false
     }
  od
}

active proctype World() {
  do
  :: own = !own
  :: permit = !permit
  :: unlock_wished = !unlock_wished
  :: bolt != told -> bolt = told
  :: bolt = false                        /* forced */
  :: contact != contactor -> contact = contactor
  od
}

/* Closed only behind a plug that is held, by command and as seen. */
ltl held { [] (!closed_unheld && ((contactor && !in_cycle) -> told)) }
/* A plug that is held is never let go while the contactor is through, whatever it was commanded. */
ltl not_let_go { [] (!let_go) }
