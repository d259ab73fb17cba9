"""Spanish, with the formal address."""

from __future__ import annotations

from trials.languages.es_home import WORDS as HOME
from trials.languages.shape import Language

WORDS = {
    # Around every page
    "Language": "Idioma",
    "Skip to the page": "Ir al contenido",
    "Messages": "Avisos",
    "Error": "Error",
    "Working…": "Un momento…",
    "Theme": "Colores",
    "Light": "Claro",
    "Dark": "Oscuro",
    "System": "Como el dispositivo",
    "Not saved yet. Keep this page open.": "Aún no está guardado. Por favor, deje esta página abierta.",
    "You are offline; we try again when you are back.": "No tiene conexión. Lo intentaremos de nuevo cuando vuelva.",
    "optional": "si lo desea",
    "One thing to put right": "Hay un dato que falta o no es válido",
    "{count} things to put right": "Hay {count} datos que faltan o no son válidos",
    # Help
    "Help now": "Ayuda ahora",
    "Need help now?": "¿Necesita ayuda ahora?",
    "In danger? Call": "¿Está en peligro? Llame",
    "Talk to someone": "Hablar con alguien",
    "We don't read answers at once.": "No leemos las respuestas de inmediato.",
    "Spoken there: {language}.": "Idioma: {language}.",
    "Number checked {day}.": "Número comprobado: {day}.",
    "Emergency services": "Emergencias",
    "Any hour": "A cualquier hora",
    "Any hour, free": "A cualquier hora, gratis",
    "Ireland, the UK and the whole European Union": "Irlanda, Reino Unido y toda la Unión Europea",
    "Ireland and the UK": "Irlanda y Reino Unido",
    # The door
    "Your questions": "Sus preguntas",
    "This takes about three minutes. Your answers are saved as you go, and you can skip any question.":
        "Le llevará unos tres minutos. Sus respuestas se guardan a medida que avanza, y puede omitir cualquier pregunta.",
    "See when they are, and tell us if you can't come to one.":
        "Aquí puede ver cuándo son sus citas y avisarnos si no puede venir a alguna.",
    "If you opened the link in your message, press Start. Otherwise type the code from the message first.":
        "Si ha abierto el enlace de su mensaje, pulse «Empezar las preguntas». Si no, escriba primero el código del mensaje.",
    "If you opened the link in your message, press Show. Otherwise type the code from the message first.":
        "Si ha abierto el enlace de su mensaje, pulse «Ver mis citas». Si no, escriba primero el código del mensaje.",
    "Code from your message": "Código de su mensaje",
    "Start the questions": "Empezar las preguntas",
    "Show my appointments": "Ver mis citas",
    "Go on where you stopped": "Seguir donde lo dejó",
    # Questions
    "Question {number} of {count}": "Pregunta {number} de {count}",
    "{number} of {count}": "{number} de {count}",
    "question {number}": "pregunta {number}",
    "Back": "Atrás",
    "Continue": "Continuar",
    "Skip this question": "Omitir esta pregunta",
    "You skipped this question. You can still answer it.": "Ha omitido esta pregunta. Todavía puede responderla.",
    "Saved {time}": "Guardado: {time} h",
    "Choose an answer, or skip this question.": "Elija una respuesta u omita esta pregunta.",
    "Choose one of the answers listed, or skip this question.": "Elija una de las respuestas que se muestran u omita esta pregunta.",
    "This question was answered on another page. That answer is shown; change it if it is not right, and continue.":
        "Esta pregunta se respondió en otra página. Aquí ve aquella respuesta. Cámbiela si no es correcta y continúe.",
    "These questions are closed.": "Estas preguntas están cerradas.",
    "These questions are not there in your language": "Estas preguntas no están disponibles en su idioma",
    "They have no official wording in it, and we do not translate questions ourselves. You can answer them in another language:":
        "No existe un texto oficial en español, y nosotros no traducimos las preguntas por nuestra cuenta. Puede responderlas en otro "
        "idioma:",
    "Everything else stays in your language. If none of these suits you, skip this question or ask the study team.":
        "Todo lo demás seguirá en español. Si ninguno de estos idiomas le conviene, omita la pregunta o hable con el equipo del "
        "estudio.",
    "Check your answers": "Revise sus respuestas",
    "Your answers": "Sus respuestas",
    "1 question without an answer. You can send it like that, or answer it first.":
        "Hay una pregunta sin respuesta. Puede enviarlo todo así o responderla antes.",
    "{count} questions without an answer. You can send them like that, or answer them first.":
        "Hay {count} preguntas sin respuesta. Puede enviarlo todo así o responderlas antes.",
    "No answer": "Sin respuesta",
    "Change": "Cambiar",
    "Answer": "Responder",
    "Send answers": "Enviar respuestas",
    "Answers sent": "Respuestas enviadas",
    "Thank you. Your answers are sent": "Gracias. Sus respuestas se han enviado",
    "Sent {when}. You can close this page.": "Enviado: {when}. Puede cerrar esta página.",
    "You can change your answers until {day}. Each change is kept at once.":
        "Puede cambiar sus respuestas; último día: {day}. Cada cambio se guarda al momento.",
    "You can change your answers. Each change is kept at once.":
        "Puede cambiar sus respuestas. Cada cambio se guarda al momento.",
    "Change your answers": "Cambiar sus respuestas",
    "Finish changing answers": "Terminar los cambios",
    "What comes next": "Qué pasa después",
    "We send you a message when there are new questions. Answers are not read at once. If you need help, use the numbers under Help "
    "now at any hour.":
        "Le enviaremos un mensaje cuando haya preguntas nuevas. Las respuestas no se leen de inmediato. Si necesita ayuda, use a "
        "cualquier hora los números que están en «Ayuda ahora».",
    "Stopped for now": "En pausa por ahora",
    "You stopped here": "Ha parado aquí",
    "Your answers so far are saved.": "Las respuestas que ha dado hasta ahora están guardadas.",
    "You can go on with the same link until {day}.": "Puede seguir con el mismo enlace. Último día: {day}.",
    "You can go on with the same link later.": "Puede seguir más tarde con el mismo enlace.",
    "Go on with the questions": "Seguir con las preguntas",
    # Distress
    "Thank you for telling us": "Gracias por decírnoslo",
    "Thank you for telling us.": "Gracias por decírnoslo.",
    "Many people have thoughts like this; you don't have to carry them alone.":
        "Muchas personas tienen pensamientos así. No tiene por qué llevarlos a solas.",
    "{name} will call you by {when}.": "{name} le llamará, a más tardar: {when}.",
    "Nobody reads answers at once. Please don't wait for a call: talk to somebody here, at any hour.":
        "Nadie lee las respuestas de inmediato. Por favor, no espere una llamada: hable con alguien aquí, a cualquier hora.",
    "Stop here": "Dejarlo aquí",
    "Your answer is saved either way.": "En ambos casos, su respuesta queda guardada.",
    # Links that are not open, and faults
    "Not open": "No disponible",
    "These questions aren't open": "Estas preguntas no están abiertas",
    "The link may be used, closed or mistyped. Open the newest message from the study team, or ask them for a new link.":
        "Puede que el enlace ya se haya usado, esté cerrado o esté mal escrito. Abra el mensaje más reciente del equipo del estudio o "
        "pídale un enlace nuevo.",
    "Type the code from your message": "Escribir el código de su mensaje",
    "Not understood": "No se ha entendido",
    "The server couldn't read that request": "El servidor no ha podido leer esa petición",
    "Nothing was changed. Go back, load the page again and send it once more.":
        "No se ha cambiado nada. Vuelva atrás, cargue la página de nuevo y envíela otra vez.",
    "Not yours to open": "Esta página no es para usted",
    "Nothing was changed.": "No se ha cambiado nada.",
    "No such page": "No existe esa página",
    "There is no page at this address": "No hay ninguna página en esta dirección",
    "The link may be used, closed or mistyped. Open the newest message from the trial team, or ask them for a new link.":
        "Puede que el enlace ya se haya usado, esté cerrado o esté mal escrito. Abra el mensaje más reciente del equipo del estudio o "
        "pídale un enlace nuevo.",
    "Wait a minute": "Espere un minuto",
    "Too many tries just now": "Demasiados intentos en poco tiempo",
    "Wait a minute, then try again. Nothing you wrote was lost.":
        "Espere un minuto y vuelva a intentarlo. No se ha perdido nada de lo que ha escrito.",
    "Something stopped": "Algo ha fallado",
    "Something stopped on our side": "Algo ha fallado por nuestra parte",
    "Your last step may not be saved. Go back, load the page again and look. If it stops again, tell the trial team what you were "
    "doing.":
        "Puede que su último paso no se haya guardado. Vuelva atrás, cargue la página de nuevo y compruébelo. Si vuelve a ocurrir, "
        "diga al equipo del estudio qué estaba haciendo.",
    "Back soon": "Volvemos pronto",
    "Uplift is being looked after and is back soon": "Uplift está en mantenimiento y volverá pronto",
    "Nothing can be saved just now. Answers that were saved are safe. Try again in some minutes.":
        "Ahora mismo no se puede guardar nada. Las respuestas ya guardadas están a salvo. Vuelva a intentarlo dentro de unos minutos.",
    "Not possible now": "No es posible ahora",
    "Go back": "Volver atrás",
    "This page was open too long or in another tab, so nothing was saved. Reload the page and send it again.":
        "Esta página ha estado abierta demasiado tiempo o en otra ventana, por eso no se ha guardado nada. Cargue la página de nuevo y"
        " envíela otra vez.",
    "Open the page again": "Abrir la página de nuevo",
    "This is not possible just now. Please ask the study team.": "Ahora mismo no es posible. Por favor, pregunte al equipo del estudio.",
    "The study takes no more entries just now, so this was not saved. If you have a question, please ask the study team.":
        "El estudio no admite más anotaciones en este momento, por eso esto no se ha guardado. Si tiene alguna pregunta, consulte "
        "al equipo del estudio.",
    # Appointments
    "Your appointments": "Sus citas",
    "Times are those of the place you come to.": "Las horas son las del lugar al que usted acude.",
    "To come": "Próximas citas",
    "Appointments to come": "Próximas citas",
    "Before": "Citas anteriores",
    "Earlier appointments": "Citas anteriores",
    "Nothing to come.": "No hay próximas citas.",
    "The study team tells you when there is a new appointment.": "El equipo del estudio le avisará cuando haya una cita nueva.",
    "I can't come": "No puedo ir",
    "You can't come": "No puede venir",
    "Tell us that you can't come": "Avísenos de que no puede venir",
    "You told us that you can't come": "Nos ha dicho que no puede venir",
    "Your appointment:": "Su cita:",
    "You told us on {when}.": "Nos lo dijo: {when}.",
    "You would like {when} instead.": "Preferiría: {when}.",
    "The study team finds another time, or tells you that there is none. Until then you can take this back.":
        "El equipo del estudio buscará otra hora o le dirá que no la hay. Hasta entonces puede retirar este aviso.",
    "Leave it like that": "Dejarlo así",
    "Say that I can come": "Decir que sí puedo ir",
    "I can't come on {when}": "No puedo ir: {when}",
    "What happens": "Qué ocurre entonces",
    "The people who see you there are told. You need not say why.":
        "Se avisa a las personas que le atienden allí. No tiene que decir por qué.",
    "They look for another time and tell you.": "Buscan otra hora y se la comunican.",
    "Until they have changed the appointment you can take this back here.":
        "Mientras no hayan cambiado la cita, puede retirar el aviso aquí.",
    "There is no other time that week.": "No hay otra hora esa semana.",
    "Keep the appointment": "Mantener la cita",
    "Tell them that I can't come": "Avisar de que no puedo ir",
    "No wish": "Ninguna preferencia",
    "Another time that would suit you": "Otra hora que le vendría bien",
    "Choose one of the answers listed: another time that would suit you":
        "Elija una de las respuestas que se muestran: otra hora que le vendría bien",
    "The study team decides, and tells you.": "El equipo del estudio decide y se lo comunica.",
    "Press one of the two buttons.": "Pulse uno de los dos botones.",
    "That time is not free any more. Choose another, or none.": "Esa hora ya no está libre. Elija otra o ninguna.",
    "This appointment has begun or was changed. Look at your list again.":
        "Esta cita ya ha empezado o se ha cambiado. Por favor, mire de nuevo su lista.",
    "There is nothing to take back. Look at your list again.": "No hay ningún aviso que retirar. Por favor, mire de nuevo su lista.",
    "Took place": "Tuvo lugar",
    "Did not take place": "No tuvo lugar",
    "Called off": "Anulada",
    "Appointment": "Cita",
    "Appointments": "Citas",
    # Stopping messages
    "Stop messages": "Dejar de recibir mensajes",
    "You can end the messages that we send to this address. Nothing else changes, and you can ask the study team to send them again.":
        "Puede poner fin a los mensajes que enviamos a esta dirección. No cambia nada más, y puede pedir al equipo del estudio que se "
        "los envíe de nuevo.",
    "Stop the messages": "Dejar de recibir mensajes",
    "Messages stopped": "Mensajes detenidos",
    "The messages stop": "Ya no recibirá mensajes",
    "We send nothing more to this address. One that is on its way already may still arrive. If more come, please tell the study team.":
        "Ya no enviaremos nada a esta dirección. Todavía puede llegar algún mensaje que ya esté en camino. Si llegan más, dígaselo al "
        "equipo del estudio, por favor.",
    # Messages
    "Hello,": "Buenos días:",
    "You get this message because you agreed to it. Tell the study team if you no longer want it.":
        "Recibe este mensaje porque usted lo aceptó. Si ya no lo desea, dígaselo al equipo del estudio.",
    "Welcome to the study": "Le damos la bienvenida al estudio",
    "Thank you for taking part ({place}).": "Gracias por participar ({place}).",
    "We write to you here when there is something for you to do. If you want to change something, please tell the study team.":
        "Le escribiremos aquí cuando haya algo que deba hacer. Si desea cambiar algo, dígaselo al equipo del estudio, por favor.",
    "Thank you for taking part ({place}). We write to you here when there is something for you to do.":
        "Gracias por participar ({place}). Le escribiremos aquí cuando haya algo que deba hacer.",
    "Your questions are open": "Sus preguntas están abiertas",
    "Your questions are open until {until}.": "Puede responder a sus preguntas hasta el {until}.",
    "Your questions are waiting": "Sus preguntas le esperan",
    "Your questions are still open, until {until}.": "Sus preguntas siguen abiertas hasta el {until}.",
    "Your questions close soon": "Sus preguntas se cierran pronto",
    "Your questions close after {until}.": "Puede responder a sus preguntas solo hasta el {until}.",
    "Your questions are open until you have answered them.": "Sus preguntas le esperan hasta que las responda.",
    "Your questions are still open, until you have answered them.": "Sus preguntas siguen abiertas hasta que las responda.",
    "Or open {address} and type this code: {code}": "O abra {address} y escriba este código: {code}",
    "Your next appointment": "Su próxima cita",
    "Your next appointment is on {when} ({place}).": "Su próxima cita: {when} ({place}).",
    "If you can't come, please tell us here:": "Si no puede venir, díganoslo aquí, por favor:",
    "Your appointment": "Su cita",
    "Your appointment on {when} ({place}) did not take place.": "Esta cita no tuvo lugar: {when} ({place}).",
    "If you would like another time, or something stands in the way, please tell the study team. If you have told them already, there "
    "is nothing more to do.":
        "Si desea otra hora o hay algo que se lo impide, dígaselo al equipo del estudio, por favor. Si ya se lo ha dicho, no tiene que"
        " hacer nada más.",
    "Your appointments begin": "Sus citas empiezan",
    "Your appointments begin on {when} ({place}).": "Su primera cita: {when} ({place}).",
    "If that does not suit you, please tell the study team.": "Si no le viene bien, dígaselo al equipo del estudio, por favor.",
    "Open {address} and type {code}": "Abra {address} y escriba {code}",
    "Your next appointment: {when} ({place}). Can't come?": "Su cita: {when} ({place}). ¿No puede ir?",
    "Your appointment on {when} ({place}) did not take place. If you would like another time, please tell the study team.":
        "Su cita no tuvo lugar: {when} ({place}). Si desea otra hora, avise al equipo del estudio, por favor.",
    "Your appointments begin on {when} ({place}). If that does not suit you, please tell the study team.":
        "Su primera cita: {when} ({place}). Si no le viene bien, avise al equipo del estudio, por favor.",
}  # fmt: skip

LANGUAGE = Language(
    code="es",
    name="Español",
    weekdays=("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    months=(
        "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
    ),
    short_weekdays=("lun.", "mar.", "mié.", "jue.", "vie.", "sáb.", "dom."),
    short_months=(
        "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "sept.", "oct.", "nov.", "dic.",
    ),
    short_day="{weekday} {day} de {month}",
    short_day_with_year="{weekday} {day} de {month} de {year}",
    short_moment="{on}, {time} h",
    long_day="{weekday} {day} de {month}",
    long_moment="{on}, {time} h",
    decimal=",",
    thousands="\u202f",
    unsaid={
        "condition": ("depresi*", "deprimi*", "ansiedad*", "ansios*", "ánimo*", "pánico*", "psic*", "psiq*", "suicid*", "phq*", "gad"),
        "score": ("puntuaci*", "puntaje*", "gravedad*"),
        "arm": (
            "entrenamiento*", "entrenar*", "ejercicio*", "fuerza*", "grupo*", "control", "lista de espera", "aleatori*", "placebo*",
        ),
    },
    words=WORDS | HOME,
)  # fmt: skip
