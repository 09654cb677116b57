"""What can be wrong with a step of a registration. Each refuses the whole call: nothing was changed.

    RegistrationRefused      the step cannot be taken; the message may be shown to whoever asked for it
    ├── UnknownRegistration  there is none of this id, or it is somebody else's: nobody is told which
    ├── WrongState           it is not in a state from which this step leads
    ├── StaleRevision        it was changed since it was looked at
    └── OtherAddress         the address that was confirmed is not that of the registration (any more)

The database itself fails as a directory does: `connectors.errors.Unavailable` and `BadData`.
"""

from connectors.registrations.registration import State


class RegistrationRefused(Exception):
    """A step that cannot be taken; raised only as one of its subclasses."""


class UnknownRegistration(RegistrationRefused):
    """There is none, for this caller."""

    def __init__(self, id_: str) -> None:
        super().__init__(f"there is no registration {id_!r}")


class WrongState(RegistrationRefused):
    """The step does not lead on from where the registration stands."""

    def __init__(self, state: State) -> None:
        super().__init__(f"the registration is {state.value}")


class StaleRevision(RegistrationRefused):
    """What was decided on is not what waits."""

    def __init__(self, revision: int, current: int) -> None:
        super().__init__(f"revision {revision} is not the one that waits: it is revision {current} now")


class OtherAddress(RegistrationRefused):
    """A confirmation of an address that was replaced."""

    def __init__(self) -> None:
        super().__init__("this is not the e-mail address of the registration any more")
