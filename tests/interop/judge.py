"""What the events of one transaction must be, taken together."""

import datetime
from dataclasses import dataclass

from process import Failure

ROUNDING_WH = 8.0  # register rounding, and some 40 ms of the time-lapse between contactor and last reading
REGISTER = "Energy.Active.Import.Register"


def require(condition, sentence):
    if not condition:
        raise Failure(sentence)


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


@dataclass(frozen=True)
class Transaction:
    id: str
    events: list  # payloads in order of their sequence numbers, each once
    begin_wh: float
    end_wh: float

    @property
    def energy_wh(self):
        return self.end_wh - self.begin_wh


def registers(event):
    """(context, Wh) of every energy reading of an event."""
    found = []
    for value in event.get("meterValue", []):
        for sample in value["sampledValue"]:
            if sample.get("measurand", REGISTER) != REGISTER or "phase" in sample:
                continue
            unit = sample.get("unitOfMeasure", {})
            factor = {"Wh": 1, "kWh": 1000}[unit.get("unit", "Wh")] * 10 ** unit.get("multiplier", 0)
            found.append((sample.get("context", "Sample.Periodic"), sample["value"] * factor))
    return found


def each_once(calls, interruptions):
    """Payloads without retransmissions. Only a lost connection excuses one, and only of the very same event."""
    events, last = [], None
    for call in calls:
        event = call.payload
        if last and event["seqNo"] == last.payload["seqNo"]:
            require(any(last.index < i < call.index for i in interruptions), f"seqNo {event['seqNo']} comes twice over one connection")
            require(but_offline(event) == but_offline(last.payload), f"seqNo {event['seqNo']} stands for two different events")
        else:
            events.append(event)
        last = call
    return events


def but_offline(event):
    return {key: value for key, value in event.items() if key != "offline"}


def the_transaction(calls, interruptions):
    """Checks a whole transaction; `calls` are all TransactionEvent calls of it, in the order they came; `interruptions` are
    the indexes of lost connections."""
    require(calls, "there is no TransactionEvent")
    ids = {call.payload["transactionInfo"]["transactionId"] for call in calls}
    require(len(ids) == 1, f"there are {len(ids)} transaction ids in one transaction: {sorted(ids)}")
    events = each_once(calls, interruptions)
    numbers = [event["seqNo"] for event in events]
    require(numbers == list(range(len(events))), f"the sequence numbers are not gap-free from 0: {numbers}")
    kinds = [event["eventType"] for event in events]
    require(kinds == ["Started"] + ["Updated"] * (len(kinds) - 2) + ["Ended"], f"the events are not Started, Updated…, Ended: {kinds}")
    times = [moment(event["timestamp"]) for event in events]
    require(times == sorted(times), f"the timestamps go back: {[e['timestamp'] for e in events]}")
    age = datetime.datetime.now(datetime.timezone.utc) - times[-1]
    require(abs(age.total_seconds()) < 120, f"the last timestamp is {age} old")
    return Transaction(ids.pop(), events, *begin_and_end(events))


def begin_and_end(events):
    require(events[0].get("evse") == {"id": 1, "connectorId": 1}, f"Started does not name EVSE 1 and connector 1: {events[0].get('evse')}")
    begin = [wh for context, wh in registers(events[0]) if context == "Transaction.Begin"]
    end = [wh for context, wh in registers(events[-1]) if context == "Transaction.End"]
    require(len(begin) == 1, f"Started has {len(begin)} registers with context Transaction.Begin, not 1")
    require(len(end) == 1, f"Ended has {len(end)} registers with context Transaction.End, not 1")
    again = [wh for context, wh in registers(events[-1]) if context == "Transaction.Begin"]
    require(set(again) <= set(begin), f"Ended repeats another begin ({again}) than Started told ({begin})")
    between = [wh for event in events[:-1] for _, wh in registers(event)]
    between += [wh for context, wh in registers(events[-1]) if context != "Transaction.Begin"]
    require(between == sorted(between), f"the energy register falls: {between}")
    return begin[0], end[0]


def same_energy(transaction, before_wh, after_wh):
    """The transaction accounts for exactly what passed the meter."""
    passed = after_wh - before_wh
    require(passed > 0, "no energy passed the meter")
    require(abs(transaction.energy_wh - passed) <= ROUNDING_WH,
            f"Transaction.End - Transaction.Begin is {transaction.energy_wh:.1f} Wh, but {passed:.1f} Wh passed the meter")
