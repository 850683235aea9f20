"""An installation that signs checkpoints of its record, for tests of what is shown of them."""

from record.log.notes import make_signer
from record.log.publishing import publish_checkpoint

ORIGIN = "testserver/record"


def begin_signing(settings, folder):
    """With a new key, which is given back; the newest checkpoint lies in ``folder`` too."""
    key = make_signer(ORIGIN)
    settings.CHECKPOINT_KEYS, settings.CHECKPOINT_DIR, settings.WITNESSES = [str(key)], folder / "checkpoint", []
    return key


def signed(settings, folder, now):
    begin_signing(settings, folder)
    return publish_checkpoint(now=now)
