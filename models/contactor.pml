/* The two-key rule of the contactor, with processes that crash and restart at any moment. How to run: README.md.
   One round of Mcu is one control cycle; the car, the sensors, the host's processes and their crashes interleave freely
   between cycles. ocpp asks session; session renews a permit at power; power renews a lease at the controller.

   CALM restricts the world to what happens while a car charges undisturbed, except that processes crash: the car stays
   in C, no frame is lost, and whoever is restarted is back before the lease or permit that it renews has run out. */

#define LEASE 2   /* cycles a lease holds */
#define PERMIT 2  /* frames a permit holds */
#define GRACE 2   /* cycles a vehicle may go on drawing after it was told to stop */
#define LONG_AGO (LEASE + GRACE + 2)

mtype = { A, B, C };
mtype cp = A;                 /* what the vehicle shows */
bool fault = false;           /* a sensor says stop */

/* The host's processes. */
bool power_up = true, session_up = true, ocpp_up = true;
bool wants = false;           /* session: a running transaction; in its journal, a crash keeps it */
bool permit_known = false;    /* power: session has spoken since power started */
byte permit_left = 0;
bool spoken = false;          /* session has renewed since the latest frame; only CALM asks */

/* The serial line: at most one frame is under way. */
bool frame = false, frame_permit = false;

/* The safety controller. */
mtype seen = A;
bool latched = false;
byte lease_left = 0;
bool lease_permit = false;
bool contactor = false, signal = false, tested = false, stopping = false;
byte stop_left = 0;

/* Witnesses. */
bool in_cycle = false;        /* the controller's facts belong together only between cycles */
byte since_permit = LONG_AGO; /* cycles since a lease with permit was fresh; saturates */

#define permitted (lease_left > 0 && lease_permit)

inline receive_lease() {
  if
  :: frame -> lease_left = LEASE; lease_permit = frame_permit; frame = false
  :: !frame && lease_left > 0 -> lease_left--
  :: else
  fi
}

inline decide() {
#ifdef BUG_TRUST_HOST
  if :: contactor && latched -> contactor = false; stopping = false :: else fi;
#else
  if :: contactor && (seen != C || latched) -> contactor = false; stopping = false :: else fi;
#endif
  if
  :: contactor && stopping && stop_left == 0 -> contactor = false; stopping = false
  :: contactor && stopping && stop_left > 0 -> stop_left--
#ifndef BUG_LEASE_FOR_EVER
  :: contactor && !stopping && !permitted -> stopping = true; stop_left = GRACE - 1
#endif
  :: !contactor && seen == C && !latched && signal && tested && permitted -> contactor = true; tested = false
  :: else
  fi;
  signal = (permitted && !stopping && !latched && seen != A);
  if :: !contactor && seen != A -> tested = true :: else fi
}

active proctype Mcu() {
  do
#ifdef CALM
  :: frame || lease_left > 1 || !contactor ->
#else
  :: true ->
#endif
     d_step {
       in_cycle = true;
       seen = cp;
       latched = (latched || fault);
       if :: latched && !fault && seen == A && !contactor -> latched = false :: else fi;
       receive_lease();
       decide();
       if
       :: permitted -> since_permit = 0
       :: !permitted && since_permit < LONG_AGO -> since_permit++
       :: else
       fi;
       in_cycle = false
     }
  od
}

active proctype Car() {
#ifdef CALM
  cp = B;
  cp = C
#else
  do
  :: atomic { if :: cp = A :: cp = B :: cp = C fi }
  od
#endif
}

active proctype Sensors() {
#ifndef CALM
  do
  :: fault = true
  :: fault = false
  od
#endif
  skip
}

active proctype Power() {
  do
#ifdef CALM
  :: atomic { power_up && !frame && permit_known && spoken ->
#else
  :: atomic { power_up && !frame && permit_known ->
#endif
       frame = true;
       frame_permit = (permit_left > 0);
       spoken = false;
       if :: permit_left > 0 -> permit_left-- :: else fi }
#ifdef BUG_SPEAKS_TOO_EARLY
  :: atomic { power_up && !frame && !permit_known -> frame = true; frame_permit = false }
#endif
#ifndef CALM
  :: atomic { frame -> frame = false }   /* damaged on the line */
#endif
  od
}

#ifdef CALM
#define SPEAKS spoken = true
#else
#define SPEAKS skip
#endif
active proctype Session() {
  do
#ifdef BUG_ASKS_OCPP
  :: atomic { session_up && power_up -> permit_known = true; SPEAKS; permit_left = (wants && ocpp_up -> PERMIT : 0) }
#else
  :: atomic { session_up && power_up -> permit_known = true; SPEAKS; permit_left = (wants -> PERMIT : 0) }
#endif
  od
}

active proctype Ocpp() {
  do
  :: atomic { ocpp_up && session_up -> wants = true }
#ifndef CALM
  :: atomic { ocpp_up && session_up -> wants = false }
#endif
  od
}

active proctype Chaos() {
  do
  :: atomic { power_up -> power_up = false; permit_known = false; permit_left = 0; spoken = false }
  :: session_up = false
  :: ocpp_up = false
  od
}

active proctype Supervisor() {
  do
  :: atomic { !power_up -> power_up = true }
  :: atomic { !session_up -> session_up = true }
  :: atomic { !ocpp_up -> ocpp_up = true }
  od
}

/* Closed: the controller itself saw C and no fault, and a permit was fresh no longer ago than the grace. */
ltl two_keys { [] ((contactor && !in_cycle) -> (seen == C && !latched && since_permit <= GRACE)) }
/* The signal, and so permission to draw more, never without a fresh permit. */
ltl offered { [] ((signal && !in_cycle) -> (since_permit == 0 && !latched)) }
/* CALM: once closed, no crash of any of the three processes opens the contactor. */
ltl uninterrupted { [] (contactor -> [] contactor) }
