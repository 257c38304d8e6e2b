"""The media room on real engines, with a transcoder that is told what to do where a test needs that."""

from pathlib import Path

from obstore.store import LocalStore
from sqlalchemy import Engine

from media.adapters.av_strip import strip
from media.adapters.av_transcode import AvProbe, AvTranscode
from media.adapters.local_spool import LocalSpool
from media.adapters.obstore_objects import ObstoreObjects
from media.adapters.sql_assets import SqlAssets, SqlUploads
from media.adapters.sql_cues import SqlCues
from media.adapters.tables import metadata
from media.admit_upload import AdmitFile, AdmitUpload, RequeueAssets
from media.decide_cues import DecideCues
from media.make_slate import MakeSlate
from media.prepare_asset import PrepareAsset
from media.read_cues import ReadCues
from media.read_init import ReadInit
from media.read_manifest import ReadManifest
from media.read_segment import ReadSegment
from media.read_still import ReadStill
from media.receive_upload import ReceiveUpload
from media.reject_candidate import RejectCandidate


class MediaHouse:
    """Everything of the room, on SQLite and a local folder."""

    def __init__(self, database: Engine, folder: Path, clock, new_id) -> None:
        metadata.create_all(database)
        self.work_dir = folder / "work"
        for part in ("work", "objects"):
            (folder / part).mkdir()
        self.assets, self.uploads = SqlAssets(database), SqlUploads(database)
        self.objects = ObstoreObjects(LocalStore(folder / "objects"))
        self.spool = LocalSpool(folder / "spool")
        self.queued: list[str] = []
        self.announced: list[str] = []
        self.clock, self.transcode = clock, AvTranscode()
        self.manifests = ReadManifest(self.assets, clock)
        self.receive = ReceiveUpload(self.uploads, self.spool, clock, new_id)
        self.admit_file = AdmitFile(self.assets, self.objects, AvProbe(), self, clock, new_id)
        self.admit_upload = AdmitUpload(self.uploads, self.spool, self.admit_file)
        self.requeue = RequeueAssets(self.assets, self)
        self.read_segment = ReadSegment(self.manifests, self.objects)
        self.read_init = ReadInit(self.objects)
        self.cues = SqlCues(database)
        self.read_cues = ReadCues(self.assets, self.cues)
        self.reject_candidate = RejectCandidate(self.cues, self.read_cues, clock)
        self.decide_cues = DecideCues(self.assets, self.cues, self, self.announce, clock)
        self.read_still = ReadStill(self.manifests, self.objects, strip)

    async def enqueue(self, asset_id: str) -> None:
        self.queued.append(asset_id)

    async def announce(self, topic: str) -> None:
        self.announced.append(topic)

    def prepare(self, transcode=None) -> PrepareAsset:
        return PrepareAsset(
            self.assets, self.objects, transcode or self.transcode, self.announce, self.work_dir
        )

    async def slate(self):
        return await MakeSlate(self.assets, self.objects, self.transcode, self.clock, self.work_dir)()

    def left_over(self) -> list[str]:
        return sorted(str(path.relative_to(self.work_dir)) for path in self.work_dir.rglob("*"))


async def nobody(_permille: int) -> None:
    """Takes a report."""
