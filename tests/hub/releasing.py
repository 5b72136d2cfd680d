"""Take a model through the steps of a publisher."""

from pathlib import Path

from bot.hub.jobs import Staged
from bot.hub.publishing import Publisher
from tests.fixtures.hub import published

HUB_ID = "acme/digits-moved"


async def stage(publisher: Publisher, folder: Path, tag: str = "v1.0.0") -> Staged:
    return await publisher.stage(HUB_ID, folder, published(folder), release="r1", tag=tag, public=True)


async def uploaded(publisher: Publisher, model: Path) -> str:
    staged = await stage(publisher, model)
    done = await publisher.upload(model, published(model), staged=staged, message="Release 1.0.0")
    return done.commit


async def publish(publisher: Publisher, model: Path, *, public: bool = True) -> str:
    """Publish a model as far as the tag, and give its commit."""
    staged = await publisher.stage(HUB_ID, model, published(model), release="r1", tag="v1.0.0", public=public)
    await publisher.upload(model, published(model), staged=staged, message="Release 1.0.0")
    done = await publisher.publish(
        HUB_ID,
        model,
        published(model),
        staged=staged,
        release="r1",
        tag="v1.0.0",
        message="Release 1.0.0",
        public=public,
    )
    await publisher.clear(staged, abandoned=False)
    return done.commit
