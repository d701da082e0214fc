/* Re-plumbing: what happens to the conduit between two services when either dies, at any moment, also while the other is still
   being told about the last death. How to run: README.md. The code: services/supervisor/plumbing, supervisor_launch, libs/runtime.

   One conduit, client and server. Every death of an end makes a new pair of sockets, an epoch. The new process has its end from
   birth; a survivor has to be told (Rebind over its control conduit, after Start). A socket whose other end is closed
   gives EOF. Sockets are numbered by their epoch modulo EPOCHS; DEATHS bounds how often processes die, so numbers stay unique. */

#ifndef DEATHS
#define DEATHS 3
#endif
#define EPOCHS (DEATHS + 2)
#define CLIENT 0
#define SERVER 1
#define NONE 255

/* Of each end: */
bool running[2];            /* has a process */
bool started[2];            /* is READY; before that it reads nothing but its Start */
byte holds[2] = NONE;       /* epoch of the socket that the process holds */
bool told[2];               /* a Rebind is on its way */
byte told_epoch[2];

/* The supervisor's books (Plumbing::Wire). */
byte kept[2] = NONE;        /* an end that nobody holds yet */
bool owed[2];               /* a running peer is to be told */
byte epoch = 0;

/* A call under way: at most one, as the client waits for its answer. */
bool call_open = false;     /* the client waits */
byte call_epoch;
bool request[EPOCHS];       /* a request lies in the socket of this epoch */
bool answer[EPOCHS];
bool peer_gone = false;     /* the client was told that its call is lost */
byte deaths = 0;

/* Witnesses. */
bool crossed = false;       /* something of an old epoch was taken for something of the present one */
byte calls = 0;

#define other(s) (1 - (s))
#define closed(s, e) (holds[other(s)] != (e) && kept[other(s)] != (e) && !(told[other(s)] && told_epoch[other(s)] == (e)))

/* Plumbing::prepare and delivered, settle_peers: one step of the single-threaded supervisor. */
inline launch(s) {
  if
  :: kept[s] == NONE ->
     epoch++;
     kept[s] = epoch;
     kept[other(s)] = epoch;
     owed[other(s)] = running[other(s)]
  :: else
  fi;
  owed[s] = false;
  running[s] = true;
  started[s] = false;
  told[s] = false;
  holds[s] = kept[s];
  kept[s] = NONE;
  settle(other(s))
}

/* The fresh end goes to the survivor, if it is READY. */
inline settle(p) {
  if
#ifdef BUG_REBIND_BEFORE_START
  :: owed[p] && running[p] ->
#else
  :: owed[p] && running[p] && started[p] ->
#endif
     told[p] = true;
     told_epoch[p] = kept[p];
     kept[p] = NONE;
     owed[p] = false
  :: else
  fi
}

/* Loop::await_start takes one message and wants it to be Start: whatever came before it is lost. */
inline start(s) {
  started[s] = true;
  told[s] = false;
  settle(s)
}

active proctype Supervisor() {
  byte s;
  d_step { launch(SERVER); launch(CLIENT); s = 0 }
  do
  :: d_step { !running[CLIENT] -> launch(CLIENT) }
  :: d_step { !running[SERVER] -> launch(SERVER) }
  :: d_step { running[CLIENT] && !started[CLIENT] -> start(CLIENT) }
  :: d_step { running[SERVER] && !started[SERVER] -> start(SERVER) }
#ifdef BUG_FORGETS_OWED
  :: d_step { owed[SERVER] -> owed[SERVER] = false }
#endif
  od
}

/* Death closes every socket that the process held, and what lay in it for the process is lost with it. */
inline die(s) {
  running[s] = false;
  started[s] = false;
  holds[s] = NONE;
  told[s] = false;
  deaths++;
  if
  :: s == CLIENT -> call_open = false; peer_gone = false
  :: else
  fi
}

active proctype Chaos() {
  do
  :: d_step { deaths < DEATHS && running[CLIENT] -> die(CLIENT) }
  :: d_step { deaths < DEATHS && running[SERVER] -> die(SERVER) }
  :: deaths == DEATHS -> break
  od
}

/* Loop::rebind: the fresh socket takes the place of the old one. A call that is open on the old one has failed before,
   because a call is waited for inside the handler and the control conduit is read only between handlers. */
inline rebind(s) {
#ifdef BUG_KEEPS_OLD_QUEUE
  /* what still lies unread in the old socket is moved to the new one */
  request[told_epoch[s]] = request[told_epoch[s]] || (holds[s] != NONE && request[holds[s]]);
  if :: request[told_epoch[s]] -> crossed = true :: else fi;
#endif
  holds[s] = told_epoch[s];
  told[s] = false
}

active proctype Client() {
  do
  :: d_step { running[CLIENT] && started[CLIENT] && told[CLIENT] && !call_open -> rebind(CLIENT) }
  /* a call, if the socket takes it: one whose other end is closed does not */
  :: d_step { running[CLIENT] && started[CLIENT] && !call_open && holds[CLIENT] != NONE && !closed(CLIENT, holds[CLIENT]) ->
       call_open = true; call_epoch = holds[CLIENT]; request[call_epoch] = true; peer_gone = false }
  /* the answer: only from the very socket that the request went to */
  :: d_step { call_open && answer[call_epoch] ->
       answer[call_epoch] = false; call_open = false; calls = (calls < 2 -> calls + 1 : 2);
       crossed = (crossed || call_epoch != holds[CLIENT]) }
#ifndef BUG_WAITS_FOR_EVER
  /* EOF: the other end was closed by a death, or given up for a newer pair */
  :: d_step { call_open && !answer[call_epoch] && closed(CLIENT, call_epoch) ->
       call_open = false; peer_gone = true; request[call_epoch] = false }
#endif
  od
}

active proctype Server() {
  byte ticket = NONE;        /* epoch of the request that is being worked on */
  do
  :: d_step { !running[SERVER] && ticket != NONE -> ticket = NONE }
  :: d_step { running[SERVER] && started[SERVER] && told[SERVER] -> rebind(SERVER) }
  :: d_step { running[SERVER] && started[SERVER] && holds[SERVER] != NONE && request[holds[SERVER]] && ticket == NONE ->
       ticket = holds[SERVER]; request[ticket] = false }
  /* the answer may come turns later, after a rebind */
#ifdef BUG_ANSWERS_LATE
  :: d_step { running[SERVER] && ticket != NONE && holds[SERVER] != NONE ->
       crossed = (crossed || ticket != holds[SERVER]); answer[holds[SERVER]] = true; ticket = NONE }
#else
  :: d_step { running[SERVER] && ticket != NONE ->
       if
       :: ticket == holds[SERVER] -> answer[ticket] = true
       :: else                        /* Server::reply: a ticket of a dead connection is ignored */
       fi;
       ticket = NONE }
#endif
  od
}

/* Time goes on: a run in which nothing can happen any more is a run too. */
active proctype Time() {
  bit tick = 0;
  do
  :: tick = 1 - tick
  od
}

#define both_up (running[CLIENT] && running[SERVER] && started[CLIENT] && started[SERVER])
#define joined (both_up && holds[CLIENT] == holds[SERVER] && !told[CLIENT] && !told[SERVER])

/* Nothing said in one epoch is heard in another. */
ltl no_crossing { [] !crossed }
/* When nobody dies any more, both ends come to hold the same pair and keep it: no wake-up is lost. */
ltl meets { [] (deaths == DEATHS -> <> [] joined) }
/* A caller is never left waiting: its call is answered, or it learns that the other is gone. */
ltl no_lost_call { [] (call_open -> <> !call_open) }
/* And the world is not empty: calls are answered after the last death. */
ltl speaks { [] (deaths == DEATHS -> <> (call_open && answer[call_epoch])) }
