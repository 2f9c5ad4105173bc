"""The hospitals of a group that can be asked: whose configuration holds, and which a run has published."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from detector.deployment.groups import HospitalGroup
from detector.deployment.settings import Settings, load_settings
from detector.errors import DetectorError
from detector.group.leaving import HospitalState, LeavingHospital
from detector.group.persons import read_persons
from detector.privacy.pseudonyms import Pseudonyms, read_key
from detector.store import open_published


@dataclass(frozen=True, slots=True)
class ReadableHospitals:
    """By name: settings, how far each is, the tokens of its accounts; ``unread``: hospital → why it cannot be asked."""

    settings: Mapping[str, Settings]
    states: Mapping[str, HospitalState]
    accounts: Mapping[str, Mapping[str, str]]
    unread: Mapping[str, str]
    tokens: Pseudonyms
    persons: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, group: HospitalGroup) -> Self:
        """Ask every hospital of the group how far it is and who is there. Raises ConfigError, InputError."""
        tokens, persons = Pseudonyms(read_key(group.site.key_file)), read_persons(group)
        settings: dict[str, Settings] = {}
        states: dict[str, HospitalState] = {}
        accounts: dict[str, Mapping[str, str]] = {}
        unread: dict[str, str] = {}
        for hospital in group.hospitals:
            name = hospital.name
            try:
                settings[name] = load_settings(hospital.config)
                with open_published(settings[name]) as published:
                    one = LeavingHospital(published.connection, tokens, persons.get(name, {}))
                    state = one.state(settings[name].alerting.learning_days)
                    if state is not None:
                        states[name], accounts[name] = state, one.accounts()
            except DetectorError as error:
                unread[name] = str(error)
        return cls(settings, states, accounts, unread, tokens, persons)

    @contextlib.contextmanager
    def asked(self, name: str) -> Iterator[LeavingHospital]:
        """Open one hospital to be asked. Raises StoreError."""
        with open_published(self.settings[name]) as published:
            yield LeavingHospital(published.connection, self.tokens, self.persons.get(name, {}))
