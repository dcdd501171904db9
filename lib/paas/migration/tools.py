"""What every verb of this room works with on one pair of clusters."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from paas.errors import InvalidInput
from paas.kube import Client
from paas.migration import permissions
from paas.migration.judge import Judge
from paas.migration.lookups import Lookups
from paas.migration.options import Options
from paas.migration.prepare import Workshop
from paas.migration.readiness import Waiting
from paas.migration.reading import Reader
from paas.migration.report import Report
from paas.migration.retrying import Retry
from paas.migration.survey import Survey, Surveyor
from paas.migration.walk import Walk


@dataclass
class Tools:
    """Built once a run.

    Attributes:
        source: The source.
        destination: The destination.
        options: What was asked for.
        report: Told of everything.
        stop: Set to end early.
    """

    source: Client
    destination: Client
    options: Options
    report: Report
    stop: threading.Event

    def __post_init__(self) -> None:
        if self.source.cluster == self.destination.cluster:
            raise InvalidInput("destination", self.destination.cluster, "another cluster than `source`")
        self.retry = Retry(self.stop.wait)
        self.read_source = Reader(self.source, self.retry)
        self.read_destination = Reader(self.destination, self.retry)
        self.source_facts = Lookups(self.source, self.retry)
        self.destination_facts = Lookups(self.destination, self.retry)
        self.waiting = Waiting(self.destination, retry=self.retry, stop=self.stop, seconds=self.options.wait_seconds)
        self.judge = Judge(self.destination, options=self.options, facts=self.destination_facts, retry=self.retry)

    def survey(self) -> Survey:
        """Look at both clusters.

        Raises:
            InvalidInput: They are one and the same, or something that was named is not there.
            Refused: Something may not be read.
        """
        self._check_two_clusters()
        return Surveyor(
            self.source,
            self.destination,
            read_source=self.read_source,
            read_destination=self.read_destination,
            options=self.options,
            report=self.report,
        ).survey()

    def check_permissions(self, survey: Survey) -> None:
        """Ask the destination whether what was found may be created there.

        Raises:
            Refused: Something may not; the sentence names it.
        """
        permissions.check(
            self.destination,
            permissions.needs([route for route in survey.routes if route.here], self.options),
            retry=self.retry,
            workers=self.options.concurrency,
            manifest=permissions.DESTINATION,
        )

    def workshop(self, survey: Survey, run: str) -> Workshop:
        """What prepares the selection's objects."""
        return Workshop(
            run=run,
            source=self.source.cluster,
            options=self.options,
            selection=survey.selection,
            facts=self.source_facts,
            find_owner=self.source_facts.owner,
        )

    def walk(self, survey: Survey, workshop: Workshop) -> Walk:
        """The way through the selection."""
        return Walk(
            survey.routes,
            source=self.read_source,
            destination=self.read_destination,
            facts=self.destination_facts,
            workshop=workshop,
            options=self.options,
            report=self.report,
            first_pages=survey.first_pages,
        )

    def _check_two_clusters(self) -> None:
        """Two names may lead to one cluster; its own identity is the uid of kube-system."""
        path = "/api/v1/namespaces/kube-system"
        here, there = self.waiting.read(path), None
        if here is not None:
            from_source = Waiting(self.source, retry=self.retry, stop=self.stop, seconds=1)
            there = from_source.read(path)
        if here and there and here["metadata"].get("uid") == there["metadata"].get("uid"):
            raise InvalidInput(
                "destination",
                self.destination.cluster,
                f"another cluster than {self.source.cluster}; both names lead to the same one",
            )
