"""The folder of a run: its checkpoints and its log, which tell of the same steps."""

from pathlib import Path

from lmkit.learning.training import checkpoint
from lmkit.learning.training.checkpoint import CheckpointError
from lmkit.learning.training.history import Evaluation, History, Log, Step
from lmkit.learning.training.identity import check_identity
from lmkit.learning.training.state import State


class RunFolder:
    """Where a run is kept. Without a path nothing is kept.

    Args:
        identity: what makes the run this run; a checkpoint of another one is refused.
    """

    def __init__(self, path: Path | None, identity: dict[str, str]):
        self.path = path
        self.identity = identity
        self.log = Log(path) if path else None

    def begin(self) -> None:
        """Make the folder, unless there is a run in it already (CheckpointError)."""
        if self.path is None:
            return
        if kept := checkpoint.all_of(self.path):
            raise CheckpointError(
                f"{self.path} holds a run already ({kept[-1].name}): go on with resume=True, or start anew in another "
                "folder"
            )
        self.path.mkdir(parents=True, exist_ok=True)

    def restore(self, state: State) -> History:
        """Bring a state to where the newest checkpoint was, and tell what happened until then (CheckpointError)."""
        if self.path is None:
            raise CheckpointError("there is nothing to resume without a folder: pass folder= as in the first run")
        kept = checkpoint.all_of(self.path)
        if not kept:
            raise CheckpointError(f"there is no checkpoint in {self.path}: start with resume=False")
        tensors, facts = checkpoint.load(kept[-1])
        check_identity(kept[-1], facts["identity"], self.identity)
        state.restore(tensors, facts["state"])
        return self.log.read(facts["log_length"], facts["log_sha256"])

    def note(self, record: Step | Evaluation) -> None:
        """Have the next checkpoint log this record."""
        if self.log:
            self.log.waiting.append(record)

    def keep(self, state: State, is_writer: bool) -> None:
        """Write log and checkpoint, in one process; the others only give their shares of the weights.

        Raises:
            CheckpointError: the disk does not take it.
        """
        if self.path is None:
            return
        tensors = state.tensors()
        if not is_writer:
            return
        try:
            self.log.flush()
            facts = {"identity": self.identity, "state": state.facts()}
            facts |= {"log_length": self.log.length, "log_sha256": self.log.digest.hexdigest()}
            checkpoint.save(self.path, state.step, tensors, facts)
        except OSError as error:
            raise CheckpointError(
                f"the checkpoint of step {state.step} could not be written to {self.path}: {error.strerror}. "
                f"{self.describe()} Make room on the disk, then go on with resume=True."
            ) from error

    def describe(self) -> str:
        """Name the newest checkpoint, in a sentence."""
        kept = checkpoint.all_of(self.path) if self.path else []
        return f"The checkpoint {kept[-1]} is kept." if kept else "There is no checkpoint."
