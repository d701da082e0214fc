/* The DC outlet: negative main, precharge resistor, positive main, each with a feedback of its own, and an outlet that is
   charged through them. The two keys are arbitrary here (contactor.pml has where they come from): what is checked is the order
   of closing, that all open together, and that no current rushes in. How to run: README.md. */

/* What the controller commands. */
bool neg = false, pre = false, pos = false;
/* Where the contacts are; their feedback says the same. A contact moves some time after its command, or never. */
bool neg_is = false, pre_is = false, pos_is = false;
/* The outlet: 0 discharged, 1 between, 2 at the voltage of the source. */
byte outlet = 0;

bool own = false, permit = false;   /* the two keys, as of this cycle */
bool isolated = true;
bool latched = false;
mtype = { open, negative, precharging, joining, closed };
mtype step = open;

/* Witnesses. */
bool in_cycle = false, inrush = false, closed_charged = false;

inline sequence() {
  if
  :: step == open && !neg_is && !pre_is && !pos_is && outlet == 0 -> step = negative
#ifdef BUG_CLOSES_CHARGED
  :: step == open && outlet != 0 -> step = negative; closed_charged = true
#endif
  :: step == negative && neg_is -> step = precharging
#ifdef BUG_NO_PRECHARGE
  :: step == precharging && neg_is && pre_is -> step = joining
#else
  :: step == precharging && neg_is && pre_is && outlet == 2 -> step = joining
#endif
  :: step == joining && pos_is -> step = closed
  :: else
  fi
}

active proctype Mcu() {
  do
  :: d_step {
       in_cycle = true;
       if :: !isolated -> latched = true :: else fi;
       if
       :: own && !latched && permit -> sequence()
       :: own && !latched && !permit && step == closed   /* told to stop, may still draw */
       :: else -> step = open
       fi;
#ifdef BUG_KEEPS_NEGATIVE
       neg = (step != open || (neg && own));
#else
       neg = (step != open);
#endif
       pre = (step == precharging || step == joining);
       pos = (step == joining || step == closed);
       if :: latched && isolated && step == open && !own -> latched = false :: else fi;
       in_cycle = false
     }
  od
}

active proctype Keys() {
  do
  :: own = !own
  :: permit = !permit
  :: isolated = !isolated
  od
}

/* Contacts and outlet. Current rushes in when the second main closes on an outlet that has not followed. */
active proctype Plant() {
  do
  :: neg != neg_is -> d_step { neg_is = neg; if :: neg_is && pos_is && outlet != 2 -> inrush = true :: else fi }
  :: pre != pre_is -> pre_is = pre
  :: pos != pos_is -> d_step { pos_is = pos; if :: neg_is && pos_is && outlet != 2 -> inrush = true :: else fi }
  :: d_step { neg_is && pos_is && outlet != 2 -> outlet = 2 }
  :: d_step { neg_is && pre_is && outlet < 2 -> outlet++ }
  :: d_step { !(neg_is && (pre_is || pos_is)) && outlet > 0 -> outlet-- }
  od
}

/* The second main closes on an outlet at the source's voltage. */
ltl no_inrush { [] (!inrush) }
/* Nothing is commanded without the controller's own key. */
ltl own_key { [] ((!in_cycle && (neg || pre || pos)) -> (!latched && step != open)) }
/* The positive main and the resistor never without the negative main; the first step only onto a discharged outlet. */
ltl in_order { [] (!in_cycle -> ((!(pos || pre) || neg) && !closed_charged)) }
