from participants.models.calls import TrainingCall
from participants.models.cannot_come import CannotCome
from participants.models.clinical import AdverseEvent, Concomitant, Deviation, EventFollowUp, HarmsAsked, Medication
from participants.models.feeds import CalendarFeed
from participants.models.home_log import HomeLog
from participants.models.identity import Identity
from participants.models.messages import CapturedMail, DeliveryReport, Message, MessageAttempt, PersonalLink, ProviderBucket
from participants.models.observation import Observation, ObservationDraw
from participants.models.participant import Availability, BaselineValue, Concern, Consent, Ending, Enrolment, Participant, Screening
from participants.models.proposals import LoadProposal
from participants.models.reach import StopLink
from participants.models.rollup import SessionRollup
from participants.models.self_report import SelfReport
from participants.models.sessions import ExerciseSet, KeptEntry, StrengthTest, TrainingSession
from participants.models.slots import Absence, Room, RosterHours, Slot

__all__ = [
    "Absence",
    "AdverseEvent",
    "Availability",
    "BaselineValue",
    "CalendarFeed",
    "CannotCome",
    "CapturedMail",
    "Concern",
    "Concomitant",
    "Consent",
    "DeliveryReport",
    "Deviation",
    "Ending",
    "Enrolment",
    "EventFollowUp",
    "ExerciseSet",
    "HarmsAsked",
    "HomeLog",
    "Identity",
    "KeptEntry",
    "LoadProposal",
    "Medication",
    "Message",
    "MessageAttempt",
    "Observation",
    "ObservationDraw",
    "Participant",
    "PersonalLink",
    "ProviderBucket",
    "Room",
    "RosterHours",
    "Screening",
    "SelfReport",
    "SessionRollup",
    "Slot",
    "StopLink",
    "StrengthTest",
    "TrainingCall",
    "TrainingSession",
]
