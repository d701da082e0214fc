"""What holds for every message of a run, whatever the scenario: OCPP-J itself. The foreign packages check the schemas."""

from peer import CALL, ERROR, RESULT

ALLOWED_WHILE_PENDING = {"BootNotification"}


class Conversation:
    """The rules of one connection."""

    def __init__(self, accepted):
        self.accepted = accepted
        self.waiting = {True: None, False: None}  # by who asked: the call without answer
        self.broken = []

    def take(self, message):
        if message.kind == CALL:
            self.take_call(message)
        else:
            self.take_answer(message)

    def take_call(self, call):
        who = "the station" if call.from_station else "the backend"
        if self.waiting[call.from_station]:
            self.broken.append(f"{who} sends {call.action} before {self.waiting[call.from_station].action} is answered")
        self.waiting[call.from_station] = call
        if call.from_station and not self.accepted and call.action not in ALLOWED_WHILE_PENDING:
            self.broken.append(f"the station sends {call.action} before its BootNotification is accepted")

    def take_answer(self, answer):
        call = self.waiting[not answer.from_station]
        who = "the station" if answer.from_station else "the backend"
        if call is None or call.id != answer.id:
            self.broken.append(f"{who} answers a message nobody sent: {answer.id}")
            return
        self.waiting[not answer.from_station] = None
        if answer.kind == ERROR:
            self.broken.append(f"{who} answers {call.action} with the error {answer.code}: {answer.payload}")
        elif answer.kind == RESULT and call.action == "BootNotification":
            self.accepted = answer.payload["status"] == "Accepted"


def broken_rules(history, messages):
    """One sentence for each message that breaks a rule. A station once accepted stays so over a lost connection, but not
    over a restart, which it begins with another BootNotification."""
    at = {message.index: message for message in messages}
    conversation = Conversation(accepted=False)
    broken, used = [], set()
    for index, event in enumerate(history):
        if event["event"] == "connected":
            broken += conversation.broken
            conversation = Conversation(conversation.accepted)
        elif event["event"] == "frame" and index not in at:
            broken.append(f"this is no message of OCPP-J: {event['text']}")
        elif event["event"] == "frame":
            message = at[index]
            if message.kind == CALL and (message.from_station, message.id) in used:
                broken.append(f"the message id {message.id} is used twice")
            if message.kind == CALL:
                used.add((message.from_station, message.id))
            conversation.take(message)
    broken += conversation.broken
    return broken + [event["text"] for event in history if event["event"] == "fault"]
