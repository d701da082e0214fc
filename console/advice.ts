// The installer's sentences: for each finding what is wrong and what to do. Codes as in services/hmi/findings.hpp.
import type { Code } from "./words";

export interface Advice { wrong: string; todo: string }
type Book = Record<string, Advice>;

const en: Book = {
  session_silent: { wrong: "The charging logic does not answer.", todo: "It is restarted by itself within a second. If this stays, look at `bulwatt ps` and at the station's log." },
  backend_offline: { wrong: "The operator's system cannot be reached; {} records wait.", todo: "Check network, address and certificate in [ocpp]; `bulwatt ps` and the log name the reason of the last refusal. Charging goes on by the offline rules." },
  records_waiting: { wrong: "{} records wait although the operator's system answers.", todo: "Usually it is slow. If the number grows, ask the operator." },
  controller_silent: { wrong: "The safety controller does not answer.", todo: "Check its supply and the serial line named in [devices]. The contactor is open." },
  pe_loss: { wrong: "The protective earth is missing.", todo: "Disconnect the station from supply and check the earth conductor up to the distribution board." },
  rcd_trip: { wrong: "The residual current device has tripped.", todo: "Unplug the car. If it trips without a car, the fault is in the installation; if only with one car, in that car or its cable." },
  rcd_self_test: { wrong: "The residual current device failed its self-test.", todo: "Do not use the outlet. Replace the residual current module." },
  over_temperature: { wrong: "The station is too hot ({}).", todo: "Check ventilation, sun and terminal screws; a loose terminal heats up under load." },
  emergency_stop: { wrong: "The emergency stop is pressed.", todo: "Find out why, then release it. The fault clears when no car is plugged in." },
  welded_contact: { wrong: "The contactor does not open: a contact is welded.", todo: "Switch off the supply at once and replace the contactor. Do not touch the outlet." },
  diode_missing: { wrong: "The car or tester lacks the diode in the control pilot ({}).", todo: "Try another car. If all fail, check the control pilot wire for a connection to another conductor." },
  pilot_invalid: { wrong: "The control pilot has a voltage that no state has ({}).", todo: "Check the control pilot wire and plug for moisture, corrosion and a bad crimp." },
  contactor_stuck_open: { wrong: "The contactor did not close.", todo: "Check its coil supply and its auxiliary contact." },
  cable_invalid: { wrong: "The cable's coding is not one that the standard knows.", todo: "Use another cable; check the proximity contact of the socket." },
  internal: { wrong: "The safety controller says what cannot be.", todo: "Restart the station. If it comes back, replace the controller and keep the log for the maker." },
  lease_protocol: { wrong: "The safety controller stayed closed without permission.", todo: "Take the station out of use and replace the controller." },
  lock_failed: { wrong: "The plug lock did not hold.", todo: "Check the plug for dirt and the lock motor for movement; without a lock this outlet does not charge." },
  isolation: { wrong: "The isolation monitor reports a fault.", todo: "Unplug the car. If it stays, check the direct-current wiring for moisture and damage." },
  precharge: { wrong: "The outlet did not follow its source while precharging.", todo: "Check the precharge resistor and relay, and for a short circuit at the outlet." },
  discharge: { wrong: "The outlet still carries voltage after opening.", todo: "Keep away from the contacts. Check the discharge path and both main contactors." },
  supply: { wrong: "The direct current supply was silent, or gave more than it may.", todo: "Check the supply’s line and its own fault display, then end and begin a charge." },
  pilot_shorted: { wrong: "The control pilot is shorted to earth ({}).", todo: "Unplug the cable. If it stays, check the pilot wire inside the station." },
  pilot_low: { wrong: "The control pilot stands low while nothing is plugged in ({}).", todo: "Check the controller's 12 V supply and the pilot wire for leakage." },
  cable_not_coded: { wrong: "A cable is plugged in whose current rating cannot be read.", todo: "Check the proximity contact; try another cable. Nothing is offered meanwhile." },
  derated: { wrong: "The current is reduced: {}.", todo: "Check ventilation, sun and terminal screws." },
  meter_silent: { wrong: "The energy meter does not answer.", todo: "Check its supply, its address and bus settings in [meter], and the bus termination." },
  no_current: { wrong: "Less than 6 A are allowed: {}.", todo: "A car cannot charge below 6 A. If this is not wanted, raise the limit." },
  weak_current: { wrong: "A low limit is set: {}.", todo: "Raise it if supply and contract allow." },
  out_of_service: { wrong: "Switched off by the operator or locally.", todo: "The operator can make it available again." },
  cannot_record: { wrong: "No record can be stored, so no charge may begin.", todo: "Check the free space of the state folder and the log of the ledger." },
  lock_stuck: { wrong: "The plug lock does not follow its command.", todo: "Check the plug for dirt and the lock motor for movement." },
  tamper: { wrong: "The lid or tilt contact reports tampering.", todo: "Look at the station, close the lid, and keep the ledger as evidence." },
};

const de: Book = {
  session_silent: { wrong: "Die Ladelogik antwortet nicht.", todo: "Sie wird innerhalb einer Sekunde von selbst neu gestartet. Bleibt es so, sehen Sie in `bulwatt ps` und im Protokoll der Station nach." },
  backend_offline: { wrong: "Das System des Betreibers ist nicht erreichbar; {} Belege warten.", todo: "Prüfen Sie Netz, Adresse und Zertifikat in [ocpp]; `bulwatt ps` und das Protokoll nennen den Grund der letzten Ablehnung. Es lädt nach den Regeln ohne Verbindung weiter." },
  records_waiting: { wrong: "{} Belege warten, obwohl das System des Betreibers antwortet.", todo: "Meist ist es nur langsam. Wächst die Zahl, fragen Sie den Betreiber." },
  controller_silent: { wrong: "Die Sicherheitssteuerung antwortet nicht.", todo: "Prüfen Sie ihre Versorgung und die serielle Leitung in [devices]. Das Schütz ist offen." },
  pe_loss: { wrong: "Der Schutzleiter fehlt.", todo: "Schalten Sie die Station frei und prüfen Sie den Schutzleiter bis zum Verteiler." },
  rcd_trip: { wrong: "Der Fehlerstromschutz hat ausgelöst.", todo: "Stecken Sie das Auto aus. Löst er ohne Auto aus, liegt der Fehler in der Anlage; nur mit einem Auto, in diesem oder seinem Kabel." },
  rcd_self_test: { wrong: "Der Fehlerstromschutz hat seinen Selbsttest nicht bestanden.", todo: "Benutzen Sie den Anschluss nicht. Ersetzen Sie das Fehlerstrommodul." },
  over_temperature: { wrong: "Die Station ist zu heiß ({}).", todo: "Prüfen Sie Lüftung, Sonne und Klemmschrauben; eine lose Klemme erhitzt sich unter Last." },
  emergency_stop: { wrong: "Der Not-Aus ist gedrückt.", todo: "Klären Sie warum, dann entriegeln Sie ihn. Die Störung geht weg, wenn kein Auto eingesteckt ist." },
  welded_contact: { wrong: "Das Schütz öffnet nicht: ein Kontakt ist verschweißt.", todo: "Schalten Sie die Versorgung sofort ab und ersetzen Sie das Schütz. Berühren Sie den Anschluss nicht." },
  diode_missing: { wrong: "Im Auto oder Prüfgerät fehlt die Diode des Pilotkontakts ({}).", todo: "Versuchen Sie ein anderes Auto. Scheitern alle, prüfen Sie die Pilotleitung auf Schluss mit einem anderen Leiter." },
  pilot_invalid: { wrong: "Der Pilotkontakt hat eine Spannung, die es in keinem Zustand gibt ({}).", todo: "Prüfen Sie Pilotleitung und Stecker auf Feuchte, Korrosion und schlechte Verpressung." },
  contactor_stuck_open: { wrong: "Das Schütz hat nicht geschlossen.", todo: "Prüfen Sie seine Spulenversorgung und seinen Hilfskontakt." },
  cable_invalid: { wrong: "Die Codierung des Kabels kennt die Norm nicht.", todo: "Nehmen Sie ein anderes Kabel; prüfen Sie den Proximity-Kontakt der Dose." },
  internal: { wrong: "Die Sicherheitssteuerung meldet, was nicht sein kann.", todo: "Starten Sie die Station neu. Kommt es wieder, ersetzen Sie die Steuerung und heben Sie das Protokoll für den Hersteller auf." },
  lease_protocol: { wrong: "Die Sicherheitssteuerung blieb ohne Erlaubnis geschlossen.", todo: "Nehmen Sie die Station außer Betrieb und ersetzen Sie die Steuerung." },
  lock_failed: { wrong: "Die Steckerverriegelung hat nicht gehalten.", todo: "Prüfen Sie den Stecker auf Schmutz und den Verriegelungsmotor auf Bewegung; ohne Verriegelung lädt dieser Anschluss nicht." },
  isolation: { wrong: "Die Isolationsüberwachung meldet einen Fehler.", todo: "Stecken Sie das Auto aus. Bleibt es so, prüfen Sie die Gleichstromverdrahtung auf Feuchte und Schäden." },
  precharge: { wrong: "Der Anschluss folgte beim Vorladen seiner Quelle nicht.", todo: "Prüfen Sie Vorladewiderstand und -relais und auf Kurzschluss am Anschluss." },
  discharge: { wrong: "Der Anschluss steht nach dem Öffnen noch unter Spannung.", todo: "Halten Sie Abstand von den Kontakten. Prüfen Sie den Entladepfad und beide Hauptschütze." },
  supply: { wrong: "Das Gleichstromnetzteil schwieg oder gab mehr, als es darf.", todo: "Prüfen Sie die Leitung zum Netzteil und seine eigene Fehleranzeige; beginnen Sie dann eine neue Ladung." },
  pilot_shorted: { wrong: "Der Pilotkontakt ist gegen Erde kurzgeschlossen ({}).", todo: "Stecken Sie das Kabel aus. Bleibt es so, prüfen Sie die Pilotleitung in der Station." },
  pilot_low: { wrong: "Der Pilotkontakt ist zu niedrig, obwohl nichts steckt ({}).", todo: "Prüfen Sie die 12-V-Versorgung der Steuerung und die Pilotleitung auf Kriechströme." },
  cable_not_coded: { wrong: "Es steckt ein Kabel, dessen Strombelastbarkeit nicht lesbar ist.", todo: "Prüfen Sie den Proximity-Kontakt; versuchen Sie ein anderes Kabel. Bis dahin wird nichts angeboten." },
  derated: { wrong: "Der Strom ist verringert: {}.", todo: "Prüfen Sie Lüftung, Sonne und Klemmschrauben." },
  meter_silent: { wrong: "Der Zähler antwortet nicht.", todo: "Prüfen Sie seine Versorgung, Adresse und Buseinstellungen in [meter] und den Busabschluss." },
  no_current: { wrong: "Weniger als 6 A sind erlaubt: {}.", todo: "Unter 6 A lädt kein Auto. Ist das nicht gewollt, heben Sie die Grenze an." },
  weak_current: { wrong: "Eine niedrige Grenze ist gesetzt: {}.", todo: "Heben Sie sie an, wenn Anschluss und Vertrag es erlauben." },
  out_of_service: { wrong: "Vom Betreiber oder vor Ort abgeschaltet.", todo: "Der Betreiber kann ihn wieder freigeben." },
  cannot_record: { wrong: "Es kann kein Beleg gespeichert werden, also darf kein Laden beginnen.", todo: "Prüfen Sie den freien Platz des Zustandsordners und das Protokoll des Ledgers." },
  lock_stuck: { wrong: "Die Steckerverriegelung folgt ihrem Befehl nicht.", todo: "Prüfen Sie den Stecker auf Schmutz und den Verriegelungsmotor auf Bewegung." },
  tamper: { wrong: "Der Deckel- oder Neigungskontakt meldet einen Eingriff.", todo: "Sehen Sie sich die Station an, schließen Sie den Deckel und bewahren Sie das Ledger als Beweis." },
};

const fr: Book = {
  session_silent: { wrong: "La logique de charge ne répond pas.", todo: "Elle redémarre d’elle-même en une seconde. Si cela dure, voyez `bulwatt ps` et le journal de la borne." },
  backend_offline: { wrong: "Le système de l’opérateur est injoignable ; {} relevés attendent.", todo: "Vérifiez le réseau, l’adresse et le certificat dans [ocpp] ; `bulwatt ps` et le journal nomment la cause du dernier refus. La charge continue selon les règles hors ligne." },
  records_waiting: { wrong: "{} relevés attendent alors que le système de l’opérateur répond.", todo: "Le plus souvent il est lent. Si le nombre croît, demandez à l’opérateur." },
  controller_silent: { wrong: "Le contrôleur de sécurité ne répond pas.", todo: "Vérifiez son alimentation et la ligne série nommée dans [devices]. Le contacteur est ouvert." },
  pe_loss: { wrong: "La terre de protection manque.", todo: "Mettez la borne hors tension et vérifiez le conducteur de terre jusqu’au tableau." },
  rcd_trip: { wrong: "La protection différentielle a déclenché.", todo: "Débranchez la voiture. Si elle déclenche sans voiture, le défaut est dans l’installation ; seulement avec une voiture, dans celle-ci ou son câble." },
  rcd_self_test: { wrong: "La protection différentielle a échoué à son autotest.", todo: "N’utilisez pas la prise. Remplacez le module différentiel." },
  over_temperature: { wrong: "La borne est trop chaude ({}).", todo: "Vérifiez l’aération, le soleil et le serrage des bornes ; une borne desserrée chauffe en charge." },
  emergency_stop: { wrong: "L’arrêt d’urgence est enfoncé.", todo: "Trouvez pourquoi, puis relâchez-le. Le défaut s’efface quand aucune voiture n’est branchée." },
  welded_contact: { wrong: "Le contacteur ne s’ouvre pas : un contact est soudé.", todo: "Coupez l’alimentation tout de suite et remplacez le contacteur. Ne touchez pas la prise." },
  diode_missing: { wrong: "La diode du fil pilote manque dans la voiture ou le testeur ({}).", todo: "Essayez une autre voiture. Si toutes échouent, cherchez un contact du fil pilote avec un autre conducteur." },
  pilot_invalid: { wrong: "Le fil pilote a une tension qu’aucun état ne connaît ({}).", todo: "Vérifiez le fil pilote et la fiche : humidité, corrosion, sertissage." },
  contactor_stuck_open: { wrong: "Le contacteur ne s’est pas fermé.", todo: "Vérifiez l’alimentation de sa bobine et son contact auxiliaire." },
  cable_invalid: { wrong: "Le codage du câble n’est pas connu de la norme.", todo: "Prenez un autre câble ; vérifiez le contact de proximité de la prise." },
  internal: { wrong: "Le contrôleur de sécurité dit l’impossible.", todo: "Redémarrez la borne. Si cela revient, remplacez le contrôleur et gardez le journal pour le fabricant." },
  lease_protocol: { wrong: "Le contrôleur de sécurité est resté fermé sans permission.", todo: "Mettez la borne hors service et remplacez le contrôleur." },
  lock_failed: { wrong: "Le verrou de la fiche n’a pas tenu.", todo: "Vérifiez la propreté de la fiche et le mouvement du moteur ; sans verrou cette prise ne charge pas." },
  isolation: { wrong: "Le contrôleur d’isolement signale un défaut.", todo: "Débranchez la voiture. Si cela dure, cherchez humidité et dommages dans le câblage continu." },
  precharge: { wrong: "La prise n’a pas suivi sa source pendant la précharge.", todo: "Vérifiez la résistance et le relais de précharge, et un court-circuit à la prise." },
  discharge: { wrong: "La prise porte encore une tension après l’ouverture.", todo: "Restez loin des contacts. Vérifiez la décharge et les deux contacteurs principaux." },
  supply: { wrong: "L’alimentation en courant continu s’est tue ou a donné plus qu’elle ne doit.", todo: "Vérifiez la ligne de l’alimentation et ses propres défauts, puis commencez une nouvelle charge." },
  pilot_shorted: { wrong: "Le fil pilote est à la terre ({}).", todo: "Débranchez le câble. Si cela dure, vérifiez le fil pilote dans la borne." },
  pilot_low: { wrong: "Le fil pilote est trop bas alors que rien n’est branché ({}).", todo: "Vérifiez l’alimentation 12 V du contrôleur et les fuites du fil pilote." },
  cable_not_coded: { wrong: "Un câble est branché dont le courant admissible est illisible.", todo: "Vérifiez le contact de proximité ; essayez un autre câble. Rien n’est offert d’ici là." },
  derated: { wrong: "Le courant est réduit : {}.", todo: "Vérifiez l’aération, le soleil et le serrage des bornes." },
  meter_silent: { wrong: "Le compteur ne répond pas.", todo: "Vérifiez son alimentation, son adresse et les réglages du bus dans [meter], et la terminaison du bus." },
  no_current: { wrong: "Moins de 6 A sont permis : {}.", todo: "Sous 6 A aucune voiture ne charge. Si ce n’est pas voulu, relevez la limite." },
  weak_current: { wrong: "Une limite basse est réglée : {}.", todo: "Relevez-la si l’alimentation et le contrat le permettent." },
  out_of_service: { wrong: "Arrêté par l’opérateur ou sur place.", todo: "L’opérateur peut le remettre en service." },
  cannot_record: { wrong: "Aucun relevé ne peut être enregistré, donc aucune charge ne peut commencer.", todo: "Vérifiez la place libre du dossier d’état et le journal du registre." },
  lock_stuck: { wrong: "Le verrou de la fiche ne suit pas sa commande.", todo: "Vérifiez la propreté de la fiche et le mouvement du moteur." },
  tamper: { wrong: "Le contact du couvercle ou d’inclinaison signale une intrusion.", todo: "Regardez la borne, fermez le couvercle et gardez le registre comme preuve." },
};

const books: Partial<Record<Code, Book>> = { en, de, fr };

/// In the language asked for, else in English; `code` says which one it is. An unknown finding is shown by its code.
export function advice(finding: string, asked: Code): Advice & { code: Code } {
  const own = books[asked]?.[finding];
  if (own) return { ...own, code: asked };
  return { ...(en[finding] ?? { wrong: finding, todo: "Look at the station's log." }), code: "en" };
}
