"""What a driver and an installer must find on the pages, in a real browser, of a real station with a charging car."""

import hashlib
import os
import subprocess

from webdriver import KEY_ENTER, KEY_TAB

LANGUAGES = ("en", "de", "fr", "es", "nl")
INSTALLER_LANGUAGES = ("en", "de", "fr")
LEAST_STATE_PX = 38
NARROW_PX = 320
CARD = "DEMO-CARD-1"
# WCAG 2.2 AA and what the checker's makers consider good practice.
AXE_OPTIONS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


class Failure(Exception):
    """An expectation was not met."""


def expect(condition, sentence):
    if not condition:
        raise Failure(sentence)


class Bench:
    """A station, a browser, and where pictures go."""

    def __init__(self, stand, browser, pictures, axe):
        self.stand = stand
        self.browser = browser
        self.axe = axe
        self._pictures = pictures
        self.address = next(word for word in stand.log().split() if word.startswith("http://localhost:"))

    def page(self, path="", ready="#advice"):
        self.browser.open(self.address + path)
        self.browser.wait(lambda: len(self.browser.text(ready) or "") > 1, f"/{path} shows nothing")

    def picture(self, name):
        return self.browser.screenshot(os.path.join(self._pictures, f"{name}.png"))

    def speak(self, language):
        self.browser.run("const s = document.getElementById('language'); s.value = arguments[0]; s.dispatchEvent(new Event('change'))", language)

    def check_accessibility(self, where):
        self.browser.run(self.axe + "; return true")
        found = self.browser.run_async("const done = arguments[arguments.length - 1]; axe.run(document, arguments[0]).then(r => done(r.violations"
                                       ".map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', '))))", AXE_OPTIONS)
        expect(found == [], f"{where}: {found}")


def shows_a_charge_in_words_and_moving_figures(bench):
    bench.page()
    bench.browser.wait_text("#state", "Charging")
    energy = lambda: float(bench.browser.text("#energy").replace(",", ""))
    start = energy()
    bench.browser.wait(lambda: energy() > start, "the energy does not move")
    expect("backend connected" in bench.browser.text("#online"), "the backend is not shown as connected")
    expect(bench.browser.run("return document.querySelectorAll('#limits tr.rules').length") == 1, "not exactly one limit rules")
    expect("32.0 A" in bench.browser.text("#limits"), f"the limits have no figures: {bench.browser.text('#limits')}")
    points = bench.browser.run("return document.getElementById('powerLine').getAttribute('points').split(' ').length")
    expect(points > 1, "the plot has no curve")


def is_big_and_fits_a_narrow_screen(bench):
    bench.page()
    size = bench.browser.run("return parseFloat(getComputedStyle(document.getElementById('state')).fontSize)")
    expect(size >= LEAST_STATE_PX, f"the state is only {size} px high")
    bench.browser.resize(NARROW_PX, 900)
    for path in ("", "installer"):
        bench.page(path, "main")
        width = bench.browser.run("return document.documentElement.scrollWidth")
        expect(width <= NARROW_PX, f"/{path} needs {width} px at {NARROW_PX}")
        bench.picture(f"narrow-{path or 'driver'}")
    bench.browser.resize(1000, 1400)


def speaks_every_language(bench):
    bench.page()
    titles = set()
    for language in LANGUAGES:
        bench.speak(language)
        text = bench.browser.text("body")
        expect(bench.browser.run("return document.documentElement.lang") == language, f"the page is not marked as {language}")
        expect("undefined" not in text and "{}" not in text, f"a word is missing in {language}: {text}")
        titles.add(bench.browser.text("#state"))
    expect(len(titles) == len(LANGUAGES), f"languages share a word for charging: {titles}")
    bench.speak("de")
    bench.page()
    expect(bench.browser.text("#state") == "Lädt", "the choice of a language was forgotten")
    bench.picture("driver-de")
    bench.speak("en")


def is_light_and_dark(bench):
    bench.page()
    pictures = set()
    for scheme in ("light", "dark"):
        bench.browser.media(prefers_color_scheme=scheme)
        bench.check_accessibility(f"driver's page, {scheme}")
        pictures.add(bench.browser.run("return getComputedStyle(document.body).backgroundColor"))
        bench.picture(f"driver-{scheme}")
        bench.page("installer", "#summary")
        bench.check_accessibility(f"installer's page, {scheme}")
        bench.picture(f"installer-{scheme}")
        bench.page()
    expect(len(pictures) == 2, "dark looks like light")
    bench.browser.media(prefers_color_scheme="light")


def works_by_keyboard_alone(bench):
    bench.page()
    reached = []
    for _ in range(2):
        bench.browser.key(KEY_TAB)
        reached.append(bench.browser.run("const e = document.activeElement; return e.id || e.getAttribute('href')"))
        outline = bench.browser.run("return getComputedStyle(document.activeElement).outlineStyle")
        expect(outline != "none", f"the focus on {reached[-1]} is not visible")
    expect(reached == ["language", "/installer"], f"the tabulator reaches {reached}")
    bench.browser.run("document.querySelector('a[href=\"/installer\"]').focus()")
    bench.browser.key(KEY_ENTER)
    bench.browser.wait(lambda: bench.browser.text("#summary"), "the installer's page did not open")


def tells_a_screen_reader_only_what_is_new(bench):
    bench.page()
    bench.browser.run("window.changes = 0; new MutationObserver(m => { window.changes += m.length })"
                      ".observe(document.getElementById('stateCard'), {childList: true, subtree: true, characterData: true})")
    start = bench.browser.text("#energy")
    bench.browser.wait(lambda: bench.browser.text("#energy") != start, "the energy does not move")
    expect(bench.browser.run("return window.changes") == 0, "the live region is rewritten although the state did not change")
    expect(bench.browser.run("return document.querySelector('#stateCard').getAttribute('aria-live')") == "polite", "no live region")


def survives_the_death_of_session(bench):
    bench.page()
    before = bench.stand.services()["session"]["pid"]
    os.kill(before, 9)
    bench.stand.bus.wait(lambda: bench.stand.services()["session"]["pid"] not in (0, before), "session was not restarted")
    bench.browser.wait_text("#state", "Charging")


def says_that_the_backend_is_away(bench):
    bench.page()
    bench.stand.bus.command("network", "down")
    bench.browser.wait_text("#online", "backend offline")
    bench.page("installer", "#summary")
    bench.browser.wait_text("#findings", "cannot be reached")
    bench.stand.bus.command("network", "up")
    bench.browser.wait(lambda: "cannot be reached" not in bench.browser.text("#findings"), "the backend did not come back", 90)


def names_a_fault_and_what_to_do(bench):
    bench.page()
    bench.stand.bus.command("fault", "pe_loss")
    bench.browser.wait_text("#state", "Fault")
    expect(bench.browser.text("#notice"), "the driver is not told why")
    bench.check_accessibility("driver's page with a fault")
    bench.picture("driver-fault")
    bench.page("installer", "#summary")
    bench.browser.wait_text("#findings", "protective earth is missing")
    bench.check_accessibility("installer's page with a fault")
    for language in INSTALLER_LANGUAGES:
        bench.speak(language)
        expect(bench.browser.run("return document.querySelector('.finding').lang") == language, f"no finding in {language}")
    expect("terre" in bench.browser.text("#findings"), "the French sentence is missing")
    bench.speak("nl")
    expect(bench.browser.run("return document.querySelector('.finding').lang") == "en", "a foreign sentence is not marked as such")
    bench.speak("en")
    bench.picture("installer-fault")
    bench.stand.bus.command("clear", "pe_loss")
    bench.stand.bus.command("unplug")
    bench.page()
    bench.browser.wait_text("#state", "Available")


def hands_out_a_receipt_that_the_browser_has_checked(bench):
    """Amounts, both signatures checked by WebCrypto, a file to take away; with one digit changed on its way the page says so."""
    bench.page()
    bench.browser.wait(lambda: bench.browser.text("#state") in ("Available", "Charging"), "the station is neither free nor charging")
    if bench.browser.text("#state") == "Available":
        bench.stand.bus.command("plug")
        bench.browser.wait_text("#state", "Plugged in")
        bench.stand.bus.command("swipe", CARD)
        bench.browser.wait_text("#state", "Charging", 60)  # until then it is the energy of the charge before
    bench.browser.wait(lambda: float(bench.browser.text("#energy").replace(",", "")) > 0.05, "no energy flows", 60)
    expect(bench.browser.run("return document.getElementById('receiptCard').hidden"), "a receipt is shown while it charges")
    bench.browser.run("""
        window.handedOut = [];
        const make = URL.createObjectURL;
        URL.createObjectURL = (blob) => { window.handedOut.push(blob); return make(blob); };""")
    bench.stand.bus.command("swipe", CARD)
    bench.browser.wait_text("#receiptVerdict", "they hold", 60)
    receipt = bench.browser.text("#receipt")
    for words in ("kWh", "EUR", "19 % tax", "fingerprint of the meter key"):
        expect(words in receipt, f"the receipt does not say '{words}': {receipt}")
    name = bench.browser.run("return document.getElementById('receiptFile').download")
    text = bench.browser.run_async("const done = arguments[0]; fetch('/receipt').then(r => r.json()).then(done)")
    expect(name == text["transaction"] + ".xml" and len(text["readings"]) == 2, f"the file is {name}")
    expect(all(reading["twin"] for reading in text["readings"]), "the records have no post-quantum half")
    handed_out = bench.browser.run_async("const done = arguments[0]; Promise.all(window.handedOut.map((blob) => blob.text())).then(done)")
    for link, words in (("receiptFile", ("OCMF|", "<publicKey", "Transaction.Begin", "Transaction.End")),
                        ("receiptAll", ('"total": "' + text["total"] + '"', '"readings"', '"periods"', text["transaction"]))):
        expect(any(all(word in held for word in words) for held in handed_out), f"nothing that {link} could hand out has all of {words}")
        expect(bench.browser.run("return document.getElementById(arguments[0]).href", link).startswith("blob:"), f"{link} has no file")
    expect(bench.browser.run("return document.getElementById('receiptAll').download") == text["transaction"] + ".json", "the receipt has no name")
    bench.browser.wait_text("#receiptLog", "signed log", 60)
    bench.check_accessibility("driver's page with a receipt")
    bench.picture("driver-receipt")
    bench.browser.run("""
        const honest = window.fetch;
        window.fetch = async (...asked) => {
          const answer = await honest(...asked);
          if (!String(asked[0]).startsWith('/receipt')) return answer;
          const forged = await answer.json();
          forged.readings[1].payload = forged.readings[1].payload.replace(/("RV":[0-9]*)([0-9])/, (_, before, digit) => before + (Number(digit) + 1) % 10);
          return new Response(JSON.stringify(forged));
        };
        const again = document.createElement('button');
        again.dataset.evse = '1';
        document.getElementById('evseList').append(again);
        again.click();""")
    bench.browser.wait_text("#receiptVerdict", "do not fit")
    bench.browser.wait_text("#receiptLog", "does not have these records")
    bench.picture("driver-receipt-forged")
    bench.stand.bus.command("unplug")
    bench.page()
    bench.browser.wait_text("#state", "Available")


def publishes_the_key_of_its_meter(bench):
    """As text, by its fingerprint, and as a QR code that a reader finds on a picture of the page."""
    bench.page()
    bench.browser.wait(lambda: "oca:base16:asn1:3059" in (bench.browser.text("#meterKey") or ""), "the page shows no key", 40)
    told = bench.browser.run_async("const done = arguments[0]; fetch('/meter-key').then(r => r.json()).then(done)")
    shown = bench.browser.text("#meterKey")
    for key in (told["key"].rpartition(":")[2], told["twin"]):
        expect(hashlib.sha256(bytes.fromhex(key)).hexdigest() in shown, "the fingerprint of a key is not shown")
    bench.browser.run("document.getElementById('meterKeyCard').scrollIntoView()")
    bench.check_accessibility("driver's page with the meter's key")
    for scheme in ("light", "dark"):
        bench.browser.media(prefers_color_scheme=scheme)
        picture = bench.picture(f"driver-meter-key-{scheme}")
        read = subprocess.run(["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", "png:-"], input=picture, capture_output=True, check=False)
        expect(read.stdout.decode().strip() == told["key"], f"the QR code in {scheme} colours says {read.stdout}")
    bench.browser.media(prefers_color_scheme="light")


def says_when_the_station_is_gone(bench):
    bench.page()
    os.kill(bench.stand.services()["hmi"]["pid"], 19)  # a stopped service answers nobody; the supervisor finds it and restarts it
    bench.browser.wait_text("#state", "No connection", 60)
    bench.browser.wait_text("#state", "Available", 60)


def lets_people_choose_between_charging_points(bench):
    bench.page()
    bench.browser.wait(lambda: bench.browser.run("return document.querySelectorAll('#evseList button').length") == 2, "there is no choice of two")
    bench.check_accessibility("driver's page with two charging points")
    bench.browser.run("document.querySelector('[data-evse=\"2\"]').focus()")
    bench.browser.key(KEY_ENTER)
    bench.browser.wait(lambda: bench.browser.run("return document.querySelector('[data-evse=\"2\"]').getAttribute('aria-pressed')") == "true",
                       "the second was not chosen by keyboard")
    focused = bench.browser.run("return document.activeElement.dataset.evse")
    expect(focused == "2", "choosing lost the focus")
    bench.browser.wait(lambda: bench.browser.text("#state") in bench.browser.text('[data-evse="2"]'), "the state is not that of the chosen one")
    bench.picture("driver-two")
    bench.page("installer", "#summary")
    bench.browser.wait(lambda: bench.browser.run("return document.querySelectorAll('#outlets tr').length") == 2, "not both outlets are measured")


CASES_OF_TWO = (lets_people_choose_between_charging_points,)
CASES = (shows_a_charge_in_words_and_moving_figures, is_big_and_fits_a_narrow_screen, speaks_every_language, is_light_and_dark,
         works_by_keyboard_alone, tells_a_screen_reader_only_what_is_new, survives_the_death_of_session, says_that_the_backend_is_away,
         names_a_fault_and_what_to_do, hands_out_a_receipt_that_the_browser_has_checked,
         publishes_the_key_of_its_meter, says_when_the_station_is_gone)
