"""What served playlists must satisfy, as pure rules, and the sample of really served ones that they judge."""
