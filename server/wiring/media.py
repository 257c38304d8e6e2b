"""The media room on its engines."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.routing import BaseRoute

from media.adapters.av_strip import strip
from media.adapters.av_transcode import AvProbe, AvRedraw, AvTranscode
from media.adapters.local_spool import LocalSpool
from media.adapters.obstore_objects import ObstoreObjects
from media.adapters.saq_prepare_queue import SaqPrepareQueue
from media.adapters.sql_assets import SqlAssets, SqlUploads
from media.adapters.sql_cues import SqlCues
from media.admit_upload import AdmitBytes, AdmitFile, AdmitUpload, RequeueAssets
from media.decide_cues import DecideCues
from media.make_slate import MakeSlate
from media.ports import Manifests
from media.prepare_asset import PrepareAsset
from media.rates import Rates, measured_rates
from media.read_cues import ReadCues
from media.read_init import ReadInit
from media.read_manifest import ReadManifest
from media.read_segment import ReadSegment
from media.read_still import ReadStill
from media.receive_upload import ReceiveUpload
from media.reject_candidate import RejectCandidate
from media.sweep_leftovers import SweepLeftovers
from media.web import assets as asset_routes
from media.web import cues as cue_routes
from media.web import uploads as upload_routes
from server.snapshots import Snapshot
from server.wiring.engines import Engines


@dataclass(frozen=True)
class Media:
    """What other rooms and the server use of it."""

    assets: SqlAssets
    manifests: Manifests
    rates: Snapshot[Mapping[str, Rates]]
    admit_file: AdmitFile
    admit_upload: AdmitUpload
    admit_bytes: AdmitBytes
    prepare_asset: PrepareAsset
    requeue_assets: RequeueAssets
    make_slate: MakeSlate
    cues: SqlCues
    read_cues: ReadCues
    decide_cues: DecideCues
    reject_candidate: RejectCandidate
    read_still: ReadStill
    read_segment: ReadSegment
    read_init: ReadInit
    receive_upload: ReceiveUpload
    expire_uploads: Callable[[], int]
    sweep_leftovers: SweepLeftovers
    work_dir: Path
    objects: ObstoreObjects
    redraw: AvRedraw

    def routes(self) -> list[BaseRoute]:
        """Uploads, and how their preparation goes."""
        return [
            *upload_routes.routes(self.receive_upload),
            *asset_routes.routes(self.assets.find, self.manifests, self.objects),
            *cue_routes.routes(self.read_cues, self.decide_cues, self.reject_candidate, self.read_still),
        ]


def wire_media(engines: Engines) -> Media:
    """Build the room."""
    clock, new_id, data = engines.clock, engines.new_id, engines.settings.data_dir
    work_dir = data / "work"
    work_dir.mkdir(parents=True, exist_ok=True)
    assets = SqlAssets(engines.database, engines.reads)
    uploads, spool = SqlUploads(engines.database, engines.reads), LocalSpool(data / "spool")
    objects, queue = ObstoreObjects(engines.objects), SaqPrepareQueue(engines.lanes.films)
    transcode = AvTranscode()
    cues = SqlCues(engines.database, engines.reads)
    read_cues = ReadCues(assets, cues)
    manifests = ReadManifest(assets, clock)
    admit_file = AdmitFile(assets, objects, AvProbe(), queue, clock, new_id)
    receive_upload = ReceiveUpload(uploads, spool, clock, new_id)
    admit_upload = AdmitUpload(uploads, spool, admit_file)
    return Media(
        assets=assets,
        manifests=manifests,
        rates=Snapshot("content", lambda: measured_rates(assets.manifests())),
        admit_file=admit_file,
        admit_upload=admit_upload,
        admit_bytes=AdmitBytes(receive_upload, admit_upload),
        prepare_asset=PrepareAsset(assets, objects, transcode, engines.announce, work_dir),
        requeue_assets=RequeueAssets(assets, queue),
        make_slate=MakeSlate(assets, objects, transcode, clock, work_dir),
        cues=cues,
        read_cues=read_cues,
        reject_candidate=RejectCandidate(cues, read_cues, clock),
        decide_cues=DecideCues(assets, cues, queue, engines.announce, clock),
        read_still=ReadStill(manifests, objects, strip),
        read_segment=ReadSegment(manifests, objects),
        read_init=ReadInit(objects),
        receive_upload=receive_upload,
        expire_uploads=receive_upload.expire,
        sweep_leftovers=SweepLeftovers(assets, objects, uploads, spool, clock),
        work_dir=work_dir,
        objects=objects,
        redraw=AvRedraw(work_dir),
    )
