/* The supervisor's ladder: one service that may bring the station to the safe state, dying as it likes, and the permit that must
   not live on in there. How to run: README.md. The code: services/supervisor/restart.hpp, core_ladder.cpp.

   Numbers are small: PATIENCE deaths on the first step, fewer above, TRIES safe states before the other slot, a safe state of SAFE
   ticks, a permit of PERMIT ticks. A tick is longer than a message to power takes, and longer than finding and replacing a power that
   hangs; a time of HEALTHY ticks without a death is healthy. */

#define PATIENCE 3
#define LESS 1
#define TRIES 2
#define SAFE 3
#define PERMIT 2
#define HEALTHY 2

mtype = { service, service_empty, zone, safe_state };
mtype step = service;
byte deaths = 0;              /* on this step */
bool ready = false;
byte healthy = 0;             /* ticks READY without a death */

bool safe = false;            /* phase `safe` */
bool stay = false;            /* the ladder's end without another slot */
bool slot = false;            /* the machine is restarted into the other one */
bool slot_exists = false;
byte safe_states = 0;         /* since the last healthy time */
byte safe_left = 0;
bool given_up = false;        /* the service is not launched until the next try */

byte permit_left = 0;         /* at power: energy flows while it lasts */
bool power_safe = false;      /* power has heard of the phase; its conduits are read after its control conduit */
bool telling = false;         /* the phase is on its way to power */
bool granted_in_safe = false; /* witness: power took a permit although it knew */
bool left_with_permit = false; /* witness: the safe state ended while an old permit still held */
bool crash_loop = false;      /* the service dies before it was healthy, for ever */

inline enter_safe() {
  safe = true;
  telling = true;
  given_up = true;
  safe_left = SAFE;
  if
  :: safe_states < TRIES + 1 -> safe_states++
  :: else
  fi;
  if
#ifdef BUG_SLOT_FIRST
  :: slot_exists -> slot = true
#endif
  :: safe_states > TRIES && slot_exists -> slot = true
  :: safe_states > TRIES && !slot_exists -> stay = true
  :: else
  fi
}

inline climb() {
  deaths = 0;
  if
  :: step == service -> step = service_empty
  :: step == service_empty -> step = zone
#ifdef BUG_LADDER_ENDS_AT_ZONE
  :: step == zone -> skip
#else
  :: step == zone -> step = safe_state
#endif
  :: step == safe_state -> skip
  fi;
  if
  :: step == safe_state -> enter_safe()
  :: else
  fi
}

inline forget() {
  step = service;
  deaths = 0;
  safe_states = 0
}

active proctype Service() {
  if :: slot_exists = true :: slot_exists = false fi;
  if :: crash_loop = true :: crash_loop = false fi;
  do
  :: d_step { !ready && !given_up && !slot -> ready = true; healthy = 0 }
  /* death: of a READY service, at any moment it has not been healthy for long if it is in a crash loop */
  :: d_step { ready && !slot && (!crash_loop || healthy < HEALTHY) ->
       ready = false;
#ifdef BUG_READY_FORGIVES
       deaths = 1;
#else
       deaths++;
#endif
       if
       :: step == service && deaths > PATIENCE -> climb()
       :: step != service && deaths > LESS -> climb()
       :: else
       fi }
  od
}

active proctype Clock() {
  do
  :: d_step { !slot && !telling && !(safe && !stay && safe_left == 0) ->
       if
       :: permit_left > 0 -> permit_left--
       :: else
       fi;
       if
       :: ready && healthy < HEALTHY && !crash_loop -> healthy++
       :: else
       fi;
       if
#ifndef BUG_NEVER_FORGETS
       :: ready && healthy == HEALTHY && !safe -> forget()
#endif
       :: else
       fi;
       if
       :: safe && !stay && safe_left > 0 -> safe_left--
       :: else
       fi }
  :: d_step { safe && !stay && !slot && safe_left == 0 ->
       left_with_permit = (left_with_permit || permit_left > 0);
       safe = false; telling = true; given_up = false }
#ifdef BUG_STAY_IS_LEFT
  :: d_step { safe && stay && !slot -> safe = false; telling = true; given_up = false }
#endif
#ifdef BUG_LEAVES_AT_ONCE
  :: d_step { safe && !stay && !slot ->
       left_with_permit = (left_with_permit || permit_left > 0);
       safe = false; telling = true; given_up = false }
#endif
  od
}

/* session renews as long as it may; it does not know of the phase before power refuses. */
active proctype Permits() {
  do
#ifdef BUG_POWER_IGNORES_PHASE
  :: d_step { !slot -> permit_left = PERMIT; granted_in_safe = (granted_in_safe || power_safe) }
#else
  :: d_step { !slot && !power_safe -> permit_left = PERMIT }
#endif
  od
}

/* The control conduit to power: what was said last counts. Read before any other conduit, so within one turn. */
active proctype Power() {
  do
  :: d_step { telling -> telling = false; power_safe = safe }
  od
}

/* Time goes on: a run in which nothing can happen any more is a run too. */
active proctype Time() {
  bit tick = 0;
  do
  :: tick = 1 - tick
  od
}

/* A crash loop ends in the safe state, and from there in the other slot or in staying safe. */
ltl reaches_safe { [] (crash_loop -> <> (safe || slot)) }
ltl comes_to_an_end { [] (crash_loop -> <> (stay || slot)) }
/* Once there for good, it stays there. */
ltl stays { [] (stay -> [] (safe && !slot)) }
/* In the safe state power grants nothing, and energy ends for as long as it lasts. */
ltl no_permit { [] !granted_in_safe }
ltl energy_ends { [] (stay -> <> [] (permit_left == 0)) }
ltl leaves_clean { [] !left_with_permit }
/* The other slot is asked for only after the safe state was tried, and only where there is one. */
ltl slot_is_last { [] (slot -> (slot_exists && safe_states > TRIES)) }
/* A healthy time is the bottom of the ladder again. */
ltl health_resets { [] ((ready && healthy == HEALTHY) -> (step == service && safe_states == 0)) }
/* Not empty: without a crash loop the station may live for ever without the safe state. Must fail as `always dead`. */
ltl always_ends { <> (stay || slot) }
