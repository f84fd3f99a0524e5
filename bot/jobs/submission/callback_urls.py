"""CallbackUrls: the address of each job's webhook. Whoever knows it may wake that one job, and do nothing else."""

from __future__ import annotations

import hashlib
import hmac

from bot.models import Job

PATH = "/webhooks"


class CallbackUrls:
    """Makes addresses `<base>/webhooks/<provider>/<token>` with 256 bits that nobody can guess.

    The token is derived from the installation's secret and the job id, and the base is kept with the job, so that a
    POST repeated after a crash is equal to the first; of the token the database keeps the hash alone.
    """

    def __init__(self, secret: bytes, public_url: str) -> None:
        self._secret = secret
        self.base = public_url.rstrip("/")

    def address(self, job: Job) -> str | None:
        """Where the provider is to call back about a job; None for one that was first sent without a webhook."""
        if job.webhook_base is None:
            return None
        return f"{job.webhook_base}{PATH}/{job.provider}/{self._token(job.provider, job.job_id)}"

    def kept(self, job: Job) -> str:
        """What the database keeps of the token."""
        return token_hash(self._token(job.provider, job.job_id))

    def _token(self, provider: str, job_id: str) -> str:
        return hmac.new(self._secret, f"{PATH}\n{provider}\n{job_id}".encode(), hashlib.sha256).hexdigest()


def token_hash(token: str) -> str:
    """SHA-256 of a token, in hexadecimal."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
