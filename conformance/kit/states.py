"""The reusable states of the conformance cases: how to get there, and what the station must say on the way.

They follow TxStartPoint and TxStopPoint as the station has them; a transaction that began or ended already is only updated.
"""

from kit.failure import Failure, require, same
from kit.station import CARD, CARD_TYPE, SOON_S, token

CLOSING = {"Authorized", "PowerPathClosed"}  # stop points that a stop by the driver reaches at once
AFTER_POWER = {"PowerPathClosed", "EnergyTransfer", "DataSigned"}


class Session:
    """One charging session on its way through the states; `since` is the mark from which its messages count."""

    def __init__(self, station, evse=1, card=CARD):
        self.station, self.evse, self.card = station, evse, card
        self.since = station.csms.mark
        self.authorized_by = None  # "local" or "remote"
        self.plugged = False
        self.start_points = self.stop_points = None
        self.cached = False        # the station knows the card and need not ask

    async def learn(self):
        if self.start_points is None:
            self.start_points = await self.station.points("TxStartPoint")
            self.stop_points = await self.station.points("TxStopPoint")
        return self

    # What is already there.

    def mine(self):
        return self.station.events(self.since)

    @property
    def started(self):
        return any(event["eventType"] == "Started" for event in self.mine())

    @property
    def over(self):
        return any(event["eventType"] == "Ended" for event in self.mine())

    @property
    def id(self):
        events = self.mine()
        if not events:
            raise Failure("no transaction has begun")
        return events[0]["transactionInfo"]["transactionId"]

    def starts_by_now(self):
        """Whether what has happened until now is enough to begin a transaction."""
        if "Authorized" in self.start_points and self.authorized_by or "EVConnected" in self.start_points and self.plugged:
            return True
        return bool(self.start_points & {"PowerPathClosed", "DataSigned"}) and bool(self.authorized_by) and self.plugged

    # The states.

    async def authorized(self, how="local", group=None):
        """Authorized: by a card or by a remote start."""
        await self.learn()
        station, since, was_started = self.station, self.station.csms.mark, self.started
        if how == "remote":
            await self.remote_start(since, was_started, group)
        else:
            await station.swipe(self.card)
            if not self.cached:
                asked = await station.expect("Authorize", lambda p: p["idToken"] == token(self.card), since,
                                             what=f"for {self.card}")
                same("the type of the token", asked.payload["idToken"]["type"], CARD_TYPE)
        self.authorized_by = how
        if self.starts_by_now():
            event = await station.event(since, trigger="RemoteStart" if how == "remote" else "Authorized",
                                        where=lambda p: p.get("idToken", {}).get("idToken") == self.card)
            same("the event type after authorization", event.payload["eventType"], "Updated" if was_started else "Started")
            if how == "remote":
                require("remoteStartId" in event.payload["transactionInfo"], "the event of a remote start has no remoteStartId")
        return self

    async def remote_start(self, since, was_started, group):
        station = self.station
        more = {"groupIdToken": token(group)} if group else {}
        answer = await station.ask("RequestStartTransaction", "Accepted", idToken=token(self.card), remoteStartId=since + 1,
                                   evseId=self.evse, **more)
        if was_started:
            same("the transactionId of the answer to RequestStartTransaction", answer.get("transactionId"), self.id)
        if await station.value("AuthCtrlr", "AuthorizeRemoteStart") == "true" and not self.cached:
            await station.expect("Authorize", lambda p: p["idToken"] == token(self.card), since)

    async def connected(self):
        """EVConnectedPreSession."""
        await self.learn()
        station, since, was_started = self.station, self.station.csms.mark, self.started
        await station.plug()
        self.plugged = True
        await station.connector("Occupied", since, self.evse)
        if was_started or self.starts_by_now():
            triggers = ("CablePluggedIn",) if was_started or "EVConnected" in self.start_points else \
                ("CablePluggedIn", "ChargingStateChanged", "Authorized", "RemoteStart")
            event = await station.event(since, trigger=triggers)
            same("the event type when the cable comes", event.payload["eventType"], "Updated" if was_started else "Started")
        return self

    async def charging(self, how="local"):
        """EnergyTransferStarted."""
        await self.learn()
        station, since = self.station, self.since
        if not self.plugged:
            await self.connected()
        if not self.authorized_by:
            await self.authorized(how)
        event = await station.event(since, kind=("Started", "Updated"), state="Charging")
        if event.payload["eventType"] == "Updated":
            same("the trigger of the event that says Charging", event.payload["triggerReason"], ("ChargingStateChanged", "Authorized", "RemoteStart"))
        await station.contactor(True)
        return self

    async def suspended(self):
        """EnergyTransferSuspended: the car takes nothing."""
        since = self.station.csms.mark
        await self.station.car_wants(False)
        await self.station.event(since, trigger="ChargingStateChanged", state="SuspendedEV")
        return self

    async def stop_authorized(self, how="local", card=None, ask=False):
        """StopAuthorized. Returns the event."""
        await self.learn()
        station, since = self.station, self.station.csms.mark
        if how == "remote":
            await station.ask("RequestStopTransaction", "Accepted", transactionId=self.id)
        else:
            await station.swipe(card or self.card)
            if ask:
                await station.expect("Authorize", lambda p: p["idToken"]["idToken"] == card, since)
        event = await station.event(since, trigger="RemoteStop" if how == "remote" else "StopAuthorized")
        reason = event.payload["transactionInfo"].get("stoppedReason", "Local")
        if self.stop_points & CLOSING or event.payload["eventType"] == "Ended":
            same("the event type of the stop", event.payload["eventType"], "Ended")
            same("the reason of the stop", reason, "Remote" if how == "remote" else "Local")
        if how != "remote":
            require(event.payload.get("idToken", {}).get("idToken", card or self.card) == (card or self.card),
                    "the stop names another token than the one presented")
        return event

    async def power_off(self):
        """EVConnectedPostSession: the cable is still there, no energy flows."""
        await self.station.contactor(False)
        if not self.over:
            event = await self.station.event(self.since, trigger=("ChargingStateChanged", "StopAuthorized", "RemoteStop"), state="EVConnected")
            same("the event type without energy", event.payload["eventType"], "Ended" if self.stop_points & AFTER_POWER else "Updated")
        return self

    async def disconnected(self, status="Available"):
        """EVDisconnected."""
        was_over, since = self.over, self.station.csms.mark
        await self.station.unplug()
        self.plugged = False
        await self.station.connector(status, since, self.evse)
        if not was_over:
            event = await self.station.event(since, trigger="EVCommunicationLost", state="Idle")
            if "EVConnected" in self.stop_points:
                same("the event type when the cable goes", event.payload["eventType"], "Ended")
        return self

    async def gone(self):
        """From anywhere to ParkingBayUnoccupied; without a detector of bays that is the end of the session. Returns the last event."""
        if self.authorized_by and not self.over:
            await self.stop_authorized()
            await self.power_off()
        if self.plugged:
            await self.disconnected()
        return await self.station.ended(self.since)


def session(station, **more):
    return Session(station, **more)


async def cache(station, card=CARD, info=None):
    """Memory state IdTokenCached: the backend said this of the card, and nothing of that is left but the memory."""
    await station.config("AuthCacheCtrlr", "Enabled", "true", optional=True)
    before = station.csms.tokens.get(card)
    if info:
        station.csms.tokens[card] = info
    since = station.csms.mark
    await station.swipe(card)
    await station.expect("Authorize", lambda p: p["idToken"]["idToken"] == card, since, what=f"for {card}")
    if (info or before)["status"] == "Accepted":  # whoever was let in goes away again
        await leave_again(station, card, since)
    if info and before:
        station.csms.tokens[card] = before


async def leave_again(station, card, since):
    """Ends what an accepted card began, by the same card, and waits until that is told."""
    begun = "Authorized" in await station.points("TxStartPoint")
    if begun:
        await station.event(since, kind="Started")
    await page_says(station, "waiting_for_car")  # a card shown while another is judged is not looked at
    await station.swipe(card)
    if begun:
        await station.ended(since)
    await quiet(station)


async def page_says(station, word):
    async def reached():
        return await station.world.page() == word

    await station.until(reached, SOON_S, f"the station's page says '{word}'")


async def quiet(station):
    """Nothing is going on."""
    await page_says(station, "available")


async def local_list(station, *entries, version=1, kind="Full"):
    """Memory state IdTokenLocalAuthList. Entries are names or (name, idTokenInfo)."""
    await station.config("LocalAuthListCtrlr", "Enabled", "true", optional=True)
    table = []
    for entry in entries:
        name, info = entry if isinstance(entry, tuple) else (entry, {"status": "Accepted"})
        table.append({"idToken": token(name), **({"idTokenInfo": info} if info else {})})
    more = {"localAuthorizationList": table} if table else {}
    await station.ask("SendLocalList", "Accepted", versionNumber=version, updateType=kind, **more)


async def offline_transaction(station, card=CARD, prepared=None):
    """State StartOfflineTransaction: a whole start without a network. Returns the session."""
    one = await Session(station, card=card).learn()
    await station.offline()
    await station.plug()
    await station.swipe(card)
    one.plugged, one.authorized_by = True, "local"
    await station.contactor(True)
    await station.energy_flows(10)
    return one


async def unavailable(station, **evse):
    """State Unavailable, for the station, an EVSE or a connector."""
    since = station.csms.mark
    await station.ask("ChangeAvailability", "Accepted", operationalStatus="Inoperative", **({"evse": evse} if evse else {}))
    await station.connector("Unavailable", since)
    return since
