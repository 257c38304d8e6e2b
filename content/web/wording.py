"""English words for coded values; ``locales/fr.toml`` has the French."""

from content.channels.channel import Offer
from media.reasons import SENTENCES

CATEGORIES = {
    "news": "News",
    "magazine": "Magazine",
    "documentary": "Documentary",
    "travel": "Travel",
    "culture": "Culture",
    "music": "Music",
    "sport": "Sport",
    "children": "Children",
    "other": "Other",
}
PROGRAMME_KINDS = {
    "programme": "Programme",
    "filler": "Filler",
    "bumper": "Bumper",
    "ident": "Channel ident",
}
ADVISORIES = {
    "all": "All ages",
    "10": "10 and over",
    "12": "12 and over",
    "16": "16 and over",
    "18": "18 and over",
}
CREDIT_ROLES = {
    "director": "Directed by",
    "writer": "Written by",
    "presenter": "Presented by",
    "actor": "With",
}
ACTIONS = {
    "programme-changed": "Changed",
    "programme-withdrawn": "Removed",
    "programme-not-joined": "Not taken into the schedule",
}
FACTS = {
    "title": "Title",
    "synopsis": "Description",
    "category": "Category",
    "language": "Spoken language",
    "kind": "Used as",
    "advisory": "Suitable for",
    "for_children": "Made for children",
    "series_title": "Series name",
    "season": "Season",
    "episode": "Episode",
    "year": "Year made",
    "credits": "Credits",
    "rights": "Rights",
    "channel": "Channel",
    "reason": "Reason",
}
KINDS = {"video": "Video", "music": "Music", "podcast": "Podcast"}
LANGUAGES = {
    "fr": "French",
    "en": "English",
    "de": "German",
    "es": "Spanish",
    "it": "Italian",
    "nl": "Dutch",
    "pt": "Portuguese",
}
STATES = {
    "queued": ("", "Waiting"),
    "preparing": ("badge-warn", "Preparing"),
    "ready": ("badge-ok", "Ready"),
    "failed": ("badge-error", "Failed"),
}
PROBLEMS = {
    **SENTENCES,
    "asset-not-ready": "A programme in the schedule is not ready to play. Wait until it is, or take it out.",
    "block-empty": "This block has no programme. Add one, or remove the block.",
    "block-reversed": "The end of a block must come after its beginning, on the same date.",
    "blocks-collide": "Two blocks of a day begin at the same time. Move one of them.",
    "break-too-long": "A break may last 5 minutes at most.",
    "break-too-short": "A break needs a length. Give it one, or remove it.",
    "breaks-adjacent": "Two breaks follow each other (the schedule starts again after its end). "
    "Make one longer break of them, or put a programme between.",
    "asset-unknown": "Its file is missing. Upload it again.",
    "asset-without-source": "What was uploaded is no longer kept, so no cue point can be put into it. "
    "Upload the programme again.",
    "candidate-unknown": "No cue point is suggested there any more. Load the page again.",
    "channel-offered": "Cars are offered this channel. Stop offering it first, "
    "and remove it once nobody watches it.",
    "channel-unknown": "This channel does not exist.",
    "cue-outside": "A cue point keeps at least 1.92 s (48 frames) "
    "from the start and the end of the programme.",
    "cues-changed": "Somebody else decided these cue points while you were at it.",
    "cues-malformed": "The cue points were not understood. Load the page again.",
    "cues-of-a-version": "This was made around cue points itself. "
    "Change those of the programme as it was uploaded.",
    "cues-superseded": "The cue points were decided anew before it was ready.",
    "cues-too-close": "Two cue points would be less than 1.92 s (48 frames) apart. Leave one of them out.",
    "cues-too-many": "At most 100 cue points are kept. Leave the weakest out.",
    "day-unknown": "There is no such day.",
    "engine-unavailable": "A part of the service does not answer. Try again in a moment.",
    "frame-unknown": "The programme has no such frame.",
    "logo-too-large": "The picture is larger than 2 MB. Choose a smaller one.",
    "logo-too-wide": "The picture is wider or higher than 4096 pixels. Choose a smaller one.",
    "logo-unreadable": "It is no PNG, JPEG or WebP that can be read. Choose another picture.",
    "not-allowed": "You are not signed in as an editor any more. Sign in again.",
    "items-too-many": "No more items can be offered. Withdraw some that nobody needs any more.",
    "item-not-found": "This item was withdrawn meanwhile. Go back to the partner items.",
    "picture-needed": "There is only sound in the file: choose music or podcast, or bring a film.",
    "programme-not-found": "This programme was removed meanwhile. Go back to the library.",
    "programme-scheduled": "It is on the schedule of %(channels)s, now or soon. "
    "Take it out of that schedule and save, and remove it once the change is on air. "
    "Or let it leave the air at once, by the second box.",
    "programme-unknown": "A programme in the schedule is no longer in the library. Take it out.",
    "rights-ended": "Its rights have ended by then. Choose another programme, or correct its rights.",
    "rights-not-begun": "Its rights have not begun by then. Choose another time, or correct its rights.",
    "rights-territory-excluded": "It may not be shown in any country of the channel. "
    "Choose another programme, or correct its rights.",
    "rules-out-of-range": "A rule for breaks is out of its range. Correct it.",
    "save-too-slow": "The schedule could not be saved in time. Save it again in a moment.",
    "schedule-changed": "Somebody else saved this schedule while you were changing it.",
    "schedule-empty": "The schedule has no programme. Add at least one.",
    "schedule-too-long": "The schedule has too many entries; it repeats by itself. Remove some.",
    "sign-in-required": "You are not signed in any more. Sign in again.",
    "slug-taken": "Another channel has this short name. Choose another one.",
    "territory-unknown": "Countries by their two letters, such as FR BE.",
    "time-malformed": "A time of day is not understood. Write it as 20:30.",
    "timezone-unknown": "Choose a timezone of the list, such as Europe/Paris.",
    "too-many-uploads": "Too many uploads are unfinished. Finish or abandon some first.",
    "upload-empty": "The file is empty. Choose a file with something in it.",
    "upload-too-many": "Too many uploads are open. Finish some of them first.",
    "storage-full": "The disk for uploads is nearly full. Tell whoever runs the service.",
    "upload-too-large": "The file is larger than 4 GiB. Compress the film or cut it into parts.",
    "upload-unknown": "The upload is gone: it was used already, or waited too long. Choose the file again.",
}
OFFERS = {
    Offer.ONCE_FILLED: "As soon as it has something to play",
    Offer.ALWAYS: "Yes, even while it is empty",
    Offer.NEVER: "No: hidden",
}
FINDINGS = {
    "starts-late": (
        "“%(title)s” starts %(length)s late.",
        "Shorten what is before it, start it later, or let it cut.",
    ),
    "cut-short": (
        "“%(title)s” is cut short by %(length)s.",
        "Shorten its block, start the next one later, or let that wait.",
    ),
    "left-out": (
        "“%(title)s” does not fit any more and is left out.",
        "Give its block more time, or take something out of it.",
    ),
    "gap": (
        "%(length)s are empty; the loop and the fillers fill them.",
        "Add a block there if something else should play.",
    ),
    "slate": (
        "%(length)s of black slate: there is nothing to fill them with.",
        "Add fillers to the rules, programmes to the loop, or a block.",
    ),
    "rights": (
        "“%(title)s” may not be shown then.",
        "Choose another programme or another day, or change its rights in the library.",
    ),
    "territory": (
        "“%(title)s” may not be shown in any country of the channel: a filler plays instead.",
        "Choose another programme, or change its rights in the library.",
    ),
    "missing-asset": (
        "“%(title)s” is not ready to play, or no longer in the library; the slot is filled.",
        "Wait until it is ready, or take it out.",
    ),
    "break-rule": (
        "A break is left out: the rules for breaks do not allow it there.",
        "Move or remove it, or change the rules.",
    ),
    "break-children": (
        "There is no break in or next to a programme made for children.",
        "Move the break, or remove it.",
    ),
    "clock-change": (
        "The clocks change: the day is not 24 hours long.",
        "Look at what will air around the change.",
    ),
}
"""What the finding of a code says, and what to do about it; ``length`` is its seconds as ``m:ss``."""
FINDING_REASONS = {
    "rights-ended": "Its rights have ended by then.",
    "rights-not-begun": "Its rights have not begun by then.",
}
