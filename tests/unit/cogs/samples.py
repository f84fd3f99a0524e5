"""Jobs as the views are given them, with marks in all that must never be shown."""

from __future__ import annotations

from bot.models import FailureCode, Job, JobStatus, Picture, ReplyTarget, Resolution, VideoRequest

NOW = 1_790_000_000.0
JOB_ID = "0123456789abcdef0123"
UNSPEAKABLE = "of-the-provider"
PICTURE = Picture(f"{JOB_ID}-first.png", "image/png", 400, 300)
LAST_PICTURE = Picture(f"{JOB_ID}-last.jpg", "image/jpeg", 400, 300)


def a_job(
    status: JobStatus = JobStatus.QUEUED,
    *,
    prompt: str = "a fox",
    price: int = 1,
    failure: FailureCode | None = None,
    pictures: int = 0,
    locale: str = "en",
) -> Job:
    """A job of user 7 with up to two pictures, whose provider's words and addresses all hold UNSPEAKABLE."""
    request = VideoRequest(
        prompt,
        Resolution.P768,
        10,
        optimize_prompt=False,
        first_frame=PICTURE if pictures else None,
        last_frame=LAST_PICTURE if pictures > 1 else None,
    )
    return Job(
        job_id=JOB_ID,
        version=3,
        status=status,
        request=request,
        target=ReplyTarget(interaction_id=1000, user_id=7, guild_id=1, channel_id=5, locale=locale),
        provider=f"name-{UNSPEAKABLE}",
        auto_provider=True,
        price=price,
        created_at=NOW,
        due_at=NOW,
        status_message_id=501,
        image_urls=tuple(f"https://images.example/{UNSPEAKABLE}/{number}" for number in range(pictures)),
        task_id=f"task-{UNSPEAKABLE}",
        video_url=f"https://clips.example/{UNSPEAKABLE}.mp4",
        failure=failure,
    )
