"""What coded reasons of files mean and what to do; ``web/locales/fr.toml`` has the French."""

SENTENCES = {
    "media-clock-jumps": "The clock of the file jumps back in its picture or its sound, and not "
    "in both. Join its parts again with a program that writes new times.",
    "media-disk-full": "The disk of the service was full. Try again later.",
    "media-encrypted": "The file is encrypted (DRM). Bring a file without protection.",
    "media-interrupted": "Preparing the file was interrupted again and again. Try again later.",
    "media-lying-duration": "The file claims to last longer than what is in it. Export it again.",
    "media-missing": "The file has gone. Send it again.",
    "media-no-media": "The file is not a film or sound in a form that is understood. Export "
    "it as MP4, WebM, MKV, MOV, MP3, FLAC or WAV.",
    "media-no-sound": "There is no sound to be heard in it. While the car moves it plays as silence.",
    "media-no-streams": "There is neither picture nor sound in the file. Choose another file.",
    "media-too-heavy": "The file takes more memory than there is. Export it smaller, or try again later.",
    "media-too-large-picture": "The picture has too many pixels. Export it at 1280 x 720 or 1920 x 1080.",
    "media-too-long": "The file plays for more than 4 hours. Cut it into parts.",
    "media-too-many-channels": "The sound has too many channels. Mix it down to stereo.",
    "media-too-many-streams": "The file holds too many streams. Keep one picture and one sound.",
    "media-too-short": "The file plays for less than 0.1 s. Choose a longer film or sound.",
    "media-too-slow": "Reading the file took too long. Export it again with another program.",
    "media-truncated": "The file ends before everything that its index promises. Copy or export it again.",
    "media-undecodable": "Nothing in the file could be decoded. Export it again as H.264 and AAC in MP4.",
    "media-unreadable": "The file made the reader give up. Export it again with another program.",
}
