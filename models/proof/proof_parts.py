"""What a proof is made of: parts of facts and papers, each of which says what it lacks."""

import hashlib
import re
from dataclasses import dataclass, field

_UNSAFE = re.compile(r"[^\w. -]+")


def clean_name(name):
    """Return a name that every system takes for a file."""
    return _UNSAFE.sub("-", name).strip(" .-") or "-"


@dataclass
class File:
    """Hold one file of a proof, and what it is in words."""

    name: str
    content: bytes
    words: str

    @property
    def sha256(self):
        return hashlib.sha256(self.content).hexdigest()


@dataclass
class Part:
    """Hold what a proof says of one matter: facts, texts, files, and what is missing."""

    title: str
    facts: list = field(default_factory=list)
    files: list = field(default_factory=list)
    missing: list = field(default_factory=list)

    def tell(self, label, value):
        """Add a fact where there is one."""
        if value:
            self.facts.append((label, value))

    def say(self, label, value, missing):
        """Add a fact, or what to say where there is none."""
        self.tell(label, value)
        if not value:
            self.missing.append(missing)


@dataclass
class Proof:
    """Hold all that proves one debit."""

    payment: object
    parts: list

    @property
    def files(self):
        return [file for part in self.parts for file in part.files]

    @property
    def missing(self):
        return [words for part in self.parts for words in part.missing]
