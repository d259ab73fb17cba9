"""German, with the formal address."""

from __future__ import annotations

from trials.languages.de_home import WORDS as HOME
from trials.languages.shape import Language

WORDS = {
    # Around every page
    "Language": "Sprache",
    "Skip to the page": "Zum Inhalt springen",
    "Messages": "Meldungen",
    "Error": "Fehler",
    "Working…": "Einen Moment …",
    "Theme": "Farben",
    "Light": "Hell",
    "Dark": "Dunkel",
    "System": "Wie das Gerät",
    "Not saved yet. Keep this page open.": "Noch nicht gespeichert. Bitte lassen Sie diese Seite geöffnet.",
    "You are offline; we try again when you are back.": "Sie sind offline. Sobald die Verbindung wieder da ist, versuchen wir es erneut.",
    "optional": "freiwillig",
    "One thing to put right": "Eine Angabe fehlt oder passt nicht",
    "{count} things to put right": "{count} Angaben fehlen oder passen nicht",
    # Help
    "Help now": "Sofort Hilfe",
    "Need help now?": "Brauchen Sie jetzt Hilfe?",
    "In danger? Call": "In Gefahr? Rufen Sie an",
    "Talk to someone": "Mit jemandem sprechen",
    "We don't read answers at once.": "Wir lesen Antworten nicht sofort.",
    "Spoken there: {language}.": "Sprache: {language}.",
    "Number checked {day}.": "Nummer geprüft: {day}.",
    "Emergency services": "Notruf",
    "Any hour": "Rund um die Uhr",
    "Any hour, free": "Rund um die Uhr, kostenlos",
    "Ireland, the UK and the whole European Union": "Irland, Großbritannien und die ganze Europäische Union",
    "Ireland and the UK": "Irland und Großbritannien",
    # The door
    "Your questions": "Ihre Fragen",
    "This takes about three minutes. Your answers are saved as you go, and you can skip any question.":
        "Das dauert etwa drei Minuten. Ihre Antworten werden laufend gespeichert, und Sie können jede Frage überspringen.",
    "See when they are, and tell us if you can't come to one.":
        "Hier sehen Sie, wann Ihre Termine sind, und können uns sagen, wenn Sie zu einem nicht kommen können.",
    "If you opened the link in your message, press Start. Otherwise type the code from the message first.":
        "Wenn Sie den Link in Ihrer Nachricht geöffnet haben, drücken Sie auf „Fragen beginnen“. "
        "Sonst geben Sie zuerst den Code aus der Nachricht ein.",
    "If you opened the link in your message, press Show. Otherwise type the code from the message first.":
        "Wenn Sie den Link in Ihrer Nachricht geöffnet haben, drücken Sie auf „Meine Termine zeigen“. "
        "Sonst geben Sie zuerst den Code aus der Nachricht ein.",
    "Code from your message": "Code aus Ihrer Nachricht",
    "Start the questions": "Fragen beginnen",
    "Show my appointments": "Meine Termine zeigen",
    "Go on where you stopped": "Dort weitermachen, wo Sie aufgehört haben",
    # Questions
    "Question {number} of {count}": "Frage {number} von {count}",
    "{number} of {count}": "{number} von {count}",
    "question {number}": "Frage {number}",
    "Back": "Zurück",
    "Continue": "Weiter",
    "Skip this question": "Diese Frage überspringen",
    "You skipped this question. You can still answer it.": "Sie haben diese Frage übersprungen. Sie können sie noch beantworten.",
    "Saved {time}": "Gespeichert um {time} Uhr",
    "Choose an answer, or skip this question.": "Wählen Sie eine Antwort oder überspringen Sie diese Frage.",
    "Choose one of the answers listed, or skip this question.":
        "Wählen Sie eine der gezeigten Antworten oder überspringen Sie diese Frage.",
    "This question was answered on another page. That answer is shown; change it if it is not right, and continue.":
        "Diese Frage wurde auf einer anderen Seite beantwortet. Hier sehen Sie jene Antwort. "
        "Ändern Sie sie, wenn sie nicht stimmt, und gehen Sie weiter.",
    "These questions are closed.": "Diese Fragen sind geschlossen.",
    "These questions are not there in your language": "Diese Fragen gibt es nicht in Ihrer Sprache",
    "They have no official wording in it, and we do not translate questions ourselves. You can answer them in another language:":
        "Es gibt dafür keinen offiziellen Wortlaut auf Deutsch, und wir übersetzen Fragen nicht selbst. "
        "Sie können sie in einer anderen Sprache beantworten:",
    "Everything else stays in your language. If none of these suits you, skip this question or ask the study team.":
        "Alles andere bleibt auf Deutsch. Wenn Ihnen keine dieser Sprachen passt, überspringen Sie die Frage "
        "oder sprechen Sie mit dem Studienteam.",
    "Check your answers": "Ihre Antworten prüfen",
    "Your answers": "Ihre Antworten",
    "1 question without an answer. You can send it like that, or answer it first.":
        "Eine Frage ist ohne Antwort. Sie können alles so absenden oder sie vorher beantworten.",
    "{count} questions without an answer. You can send them like that, or answer them first.":
        "{count} Fragen sind ohne Antwort. Sie können alles so absenden oder sie vorher beantworten.",
    "No answer": "Keine Antwort",
    "Change": "Ändern",
    "Answer": "Beantworten",
    "Send answers": "Antworten absenden",
    "Answers sent": "Antworten abgesendet",
    "Thank you. Your answers are sent": "Vielen Dank. Ihre Antworten sind abgesendet",
    "Sent {when}. You can close this page.": "Abgesendet: {when}. Sie können diese Seite schließen.",
    "You can change your answers until {day}. Each change is kept at once.":
        "Sie können Ihre Antworten noch ändern, letzter Tag: {day}. Jede Änderung wird sofort gespeichert.",
    "You can change your answers. Each change is kept at once.":
        "Sie können Ihre Antworten noch ändern. Jede Änderung wird sofort gespeichert.",
    "Change your answers": "Ihre Antworten ändern",
    "Finish changing answers": "Änderungen abschließen",
    "What comes next": "Wie es weitergeht",
    "We send you a message when there are new questions. Answers are not read at once. "
    "If you need help, use the numbers under Help now at any hour.":
        "Wir schicken Ihnen eine Nachricht, wenn es neue Fragen gibt. Antworten werden nicht sofort gelesen. "
        "Wenn Sie Hilfe brauchen, nutzen Sie jederzeit die Nummern unter „Sofort Hilfe“.",
    "Stopped for now": "Vorerst aufgehört",
    "You stopped here": "Sie haben hier aufgehört",
    "Your answers so far are saved.": "Ihre bisherigen Antworten sind gespeichert.",
    "You can go on with the same link until {day}.": "Mit demselben Link können Sie weitermachen, letzter Tag: {day}.",
    "You can go on with the same link later.": "Mit demselben Link können Sie später weitermachen.",
    "Go on with the questions": "Mit den Fragen weitermachen",
    # Distress
    "Thank you for telling us": "Danke, dass Sie uns das sagen",
    "Thank you for telling us.": "Danke, dass Sie uns das sagen.",
    "Many people have thoughts like this; you don't have to carry them alone.":
        "Viele Menschen haben solche Gedanken. Sie müssen damit nicht allein bleiben.",
    "{name} will call you by {when}.": "{name} ruft Sie an, spätestens {when}.",
    "Nobody reads answers at once. Please don't wait for a call: talk to somebody here, at any hour.":
        "Antworten werden nicht sofort gelesen. Bitte warten Sie nicht auf einen Anruf: "
        "Hier erreichen Sie zu jeder Stunde jemanden, mit dem Sie sprechen können.",
    "Stop here": "Hier aufhören",
    "Your answer is saved either way.": "Ihre Antwort ist in jedem Fall gespeichert.",
    # Links that are not open, and faults
    "Not open": "Nicht geöffnet",
    "These questions aren't open": "Diese Fragen sind nicht geöffnet",
    "The link may be used, closed or mistyped. Open the newest message from the study team, or ask them for a new link.":
        "Vielleicht ist der Link schon benutzt, abgelaufen oder falsch eingegeben. Öffnen Sie die neueste Nachricht des Studienteams, "
        "oder bitten Sie es um einen neuen Link.",
    "Type the code from your message": "Code aus der Nachricht eingeben",
    "Not understood": "Nicht verstanden",
    "The server couldn't read that request": "Der Server konnte diese Anfrage nicht lesen",
    "Nothing was changed. Go back, load the page again and send it once more.":
        "Es wurde nichts geändert. Gehen Sie zurück, laden Sie die Seite neu und senden Sie sie noch einmal.",
    "Not yours to open": "Diese Seite ist nicht für Sie",
    "Nothing was changed.": "Es wurde nichts geändert.",
    "No such page": "Keine solche Seite",
    "There is no page at this address": "Unter dieser Adresse gibt es keine Seite",
    "The link may be used, closed or mistyped. Open the newest message from the trial team, or ask them for a new link.":
        "Vielleicht ist der Link schon benutzt, abgelaufen oder falsch eingegeben. Öffnen Sie die neueste Nachricht des Studienteams, "
        "oder bitten Sie es um einen neuen Link.",
    "Wait a minute": "Bitte warten Sie eine Minute",
    "Too many tries just now": "Zu viele Versuche in kurzer Zeit",
    "Wait a minute, then try again. Nothing you wrote was lost.":
        "Warten Sie eine Minute und versuchen Sie es dann noch einmal. Nichts, was Sie geschrieben haben, ist verloren.",
    "Something stopped": "Etwas hat nicht geklappt",
    "Something stopped on our side": "Bei uns hat etwas nicht geklappt",
    "Your last step may not be saved. Go back, load the page again and look. If it stops again, tell the trial team what you were doing.":
        "Ihr letzter Schritt ist vielleicht nicht gespeichert. Gehen Sie zurück, laden Sie die Seite neu und sehen Sie nach. "
        "Wenn es wieder geschieht, sagen Sie dem Studienteam bitte, was Sie gerade getan haben.",
    "Back soon": "Bald wieder da",
    "Uplift is being looked after and is back soon": "Uplift wird gerade gewartet und ist bald wieder da",
    "Nothing can be saved just now. Answers that were saved are safe. Try again in some minutes.":
        "Im Moment kann nichts gespeichert werden. Bereits gespeicherte Antworten sind sicher. Versuchen Sie es in einigen Minuten wieder.",
    "Not possible now": "Im Moment nicht möglich",
    "Go back": "Zurückgehen",
    "This page was open too long or in another tab, so nothing was saved. Reload the page and send it again.":
        "Diese Seite war zu lange oder in einem anderen Fenster geöffnet, deshalb wurde nichts gespeichert. "
        "Laden Sie die Seite neu und senden Sie sie noch einmal.",
    "Open the page again": "Seite neu öffnen",
    "This is not possible just now. Please ask the study team.": "Das ist im Moment nicht möglich. Bitte fragen Sie das Studienteam.",
    "The study takes no more entries just now, so this was not saved. If you have a question, please ask the study team.":
        "Die Studie nimmt im Moment keine Einträge mehr an, deshalb wurde dies nicht gespeichert. Wenn Sie eine Frage haben, "
        "wenden Sie sich bitte an das Studienteam.",
    # Appointments
    "Your appointments": "Ihre Termine",
    "Times are those of the place you come to.": "Die Uhrzeiten gelten für den Ort, an den Sie kommen.",
    "To come": "Kommende Termine",
    "Appointments to come": "Kommende Termine",
    "Before": "Frühere Termine",
    "Earlier appointments": "Frühere Termine",
    "Nothing to come.": "Keine kommenden Termine.",
    "The study team tells you when there is a new appointment.": "Das Studienteam sagt Ihnen, wenn es einen neuen Termin gibt.",
    "I can't come": "Ich kann nicht kommen",
    "You can't come": "Sie können nicht kommen",
    "Tell us that you can't come": "Sagen Sie uns, dass Sie nicht kommen können",
    "You told us that you can't come": "Sie haben uns gesagt, dass Sie nicht kommen können",
    "Your appointment:": "Ihr Termin:",
    "You told us on {when}.": "Gesagt haben Sie es uns: {when}.",
    "You would like {when} instead.": "Lieber wäre Ihnen: {when}.",
    "The study team finds another time, or tells you that there is none. Until then you can take this back.":
        "Das Studienteam sucht eine andere Zeit oder sagt Ihnen, dass es keine gibt. Bis dahin können Sie das zurücknehmen.",
    "Leave it like that": "So lassen",
    "Say that I can come": "Sagen, dass ich doch komme",
    "I can't come on {when}": "Ich kann nicht kommen: {when}",
    "What happens": "Was dann geschieht",
    "The people who see you there are told. You need not say why.":
        "Die Menschen, die Sie dort treffen, erfahren es. Sie müssen nicht sagen, warum.",
    "They look for another time and tell you.": "Man sucht dort eine andere Zeit und teilt sie Ihnen mit.",
    "Until they have changed the appointment you can take this back here.":
        "Solange der Termin nicht geändert ist, können Sie das hier zurücknehmen.",
    "There is no other time that week.": "In dieser Woche gibt es keine andere Zeit.",
    "Keep the appointment": "Termin behalten",
    "Tell them that I can't come": "Sagen, dass ich nicht kommen kann",
    "No wish": "Kein Wunsch",
    "Another time that would suit you": "Eine andere Zeit, die Ihnen passen würde",
    "Choose one of the answers listed: another time that would suit you":
        "Wählen Sie eine der gezeigten Antworten: eine andere Zeit, die Ihnen passen würde",
    "The study team decides, and tells you.": "Das Studienteam entscheidet und sagt es Ihnen.",
    "Press one of the two buttons.": "Drücken Sie auf eine der beiden Schaltflächen.",
    "That time is not free any more. Choose another, or none.":
        "Diese Zeit ist nicht mehr frei. Wählen Sie eine andere oder keine.",
    "This appointment has begun or was changed. Look at your list again.":
        "Dieser Termin hat schon begonnen oder wurde geändert. Bitte sehen Sie noch einmal in Ihre Liste.",
    "There is nothing to take back. Look at your list again.":
        "Es gibt nichts zurückzunehmen. Bitte sehen Sie noch einmal in Ihre Liste.",
    "Took place": "Hat stattgefunden",
    "Did not take place": "Hat nicht stattgefunden",
    "Called off": "Abgesagt",
    "Appointment": "Termin",
    "Appointments": "Termine",
    # Stopping messages
    "Stop messages": "Nachrichten beenden",
    "You can end the messages that we send to this address. Nothing else changes, and you can ask the study team to send them again.":
        "Sie können die Nachrichten an diese Adresse beenden. Sonst ändert sich nichts, "
        "und Sie können das Studienteam bitten, sie wieder zu schicken.",
    "Stop the messages": "Nachrichten beenden",
    "Messages stopped": "Nachrichten beendet",
    "The messages stop": "Sie erhalten keine Nachrichten mehr",
    "We send nothing more to this address. One that is on its way already may still arrive. If more come, please tell the study team.":
        "Wir schicken nichts mehr an diese Adresse. Eine Nachricht, die schon unterwegs ist, kann noch ankommen. "
        "Wenn weitere kommen, sagen Sie es bitte dem Studienteam.",
    # Messages
    "Hello,": "Guten Tag,",
    "You get this message because you agreed to it. Tell the study team if you no longer want it.":
        "Sie erhalten diese Nachricht, weil Sie zugestimmt haben. Sagen Sie dem Studienteam, wenn Sie sie nicht mehr möchten.",
    "Welcome to the study": "Willkommen in der Studie",
    "Thank you for taking part ({place}).": "Vielen Dank, dass Sie mitmachen ({place}).",
    "We write to you here when there is something for you to do. If you want to change something, please tell the study team.":
        "Wir schreiben Ihnen hier, wenn es etwas für Sie zu tun gibt. Wenn Sie etwas ändern möchten, sagen Sie es bitte dem "
        "Studienteam.",
    "Thank you for taking part ({place}). We write to you here when there is something for you to do.":
        "Vielen Dank, dass Sie mitmachen ({place}). Wir schreiben Ihnen hier, wenn es etwas für Sie zu tun gibt.",
    "Your questions are open": "Ihre Fragen sind offen",
    "Your questions are open until {until}.": "Ihre Fragen sind offen. Letzter Tag: {until}.",
    "Your questions are waiting": "Ihre Fragen warten auf Sie",
    "Your questions are still open, until {until}.": "Ihre Fragen sind noch offen. Letzter Tag: {until}.",
    "Your questions close soon": "Ihre Fragen schließen bald",
    "Your questions close after {until}.": "Ihre Fragen schließen bald. Letzter Tag: {until}.",
    "Your questions are open until you have answered them.": "Ihre Fragen sind offen, bis Sie sie beantwortet haben.",
    "Your questions are still open, until you have answered them.": "Ihre Fragen sind noch offen, bis Sie sie beantwortet haben.",
    "Or open {address} and type this code: {code}": "Oder öffnen Sie {address} und geben Sie diesen Code ein: {code}",
    "Your next appointment": "Ihr nächster Termin",
    "Your next appointment is on {when} ({place}).": "Ihr nächster Termin: {when} ({place}).",
    "If you can't come, please tell us here:": "Wenn Sie nicht kommen können, sagen Sie es uns bitte hier:",
    "Your appointment": "Ihr Termin",
    "Your appointment on {when} ({place}) did not take place.": "Dieser Termin hat nicht stattgefunden: {when} ({place}).",
    "If you would like another time, or something stands in the way, please tell the study team. "
    "If you have told them already, there is nothing more to do.":
        "Wenn Sie einen anderen Termin möchten oder wenn etwas im Weg steht, sagen Sie es bitte dem Studienteam. "
        "Wenn Sie es schon gesagt haben, brauchen Sie nichts weiter zu tun.",
    "Your appointments begin": "Ihre Termine beginnen",
    "Your appointments begin on {when} ({place}).": "Ihr erster Termin: {when} ({place}).",
    "If that does not suit you, please tell the study team.": "Wenn Ihnen das nicht passt, sagen Sie es bitte dem Studienteam.",
    "Open {address} and type {code}": "Öffnen Sie {address} und geben Sie {code} ein",
    "Your next appointment: {when} ({place}). Can't come?": "Ihr Termin: {when} ({place}). Verhindert?",
    "Your appointment on {when} ({place}) did not take place. If you would like another time, please tell the study team.":
        "Dieser Termin hat nicht stattgefunden: {when} ({place}). Wenn Sie einen anderen möchten, sagen Sie es bitte dem "
        "Studienteam.",
    "Your appointments begin on {when} ({place}). If that does not suit you, please tell the study team.":
        "Ihr erster Termin: {when} ({place}). Wenn Ihnen das nicht passt, sagen Sie es bitte dem Studienteam.",
}  # fmt: skip

LANGUAGE = Language(
    code="de",
    name="Deutsch",
    weekdays=("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    months=(
        "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember",
    ),
    short_weekdays=("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"),
    short_months=("Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."),
    short_day="{weekday}, {day}. {month}",
    short_day_with_year="{weekday}, {day}. {month} {year}",
    short_moment="{on}, {time} Uhr",
    long_day="{weekday}, {day}. {month}",
    long_moment="{on}, {time} Uhr",
    decimal=",",
    thousands=".",
    unsaid={
        "condition": ("depress*", "angst*", "ängst*", "stimmung*", "panik*", "psych*", "suizid*", "phq*", "gad"),
        "score": ("punktzahl*", "punktwert*", "score*", "schweregrad*"),
        "arm": (
            "training*", "trainier*", "übung*", "kraft*", "gruppe*", "kontroll*", "warteliste*", "randomis*", "zufällig*", "placebo*",
        ),
    },
    words=WORDS | HOME,
)  # fmt: skip
