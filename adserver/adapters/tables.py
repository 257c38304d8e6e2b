"""The ad server's tables. Times are milliseconds since 1970, money is in micros."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from adserver.adapters.append_only import append_only

metadata = MetaData()

advertisers = Table(
    "advertisers",
    metadata,
    Column("advertiser_id", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("category", String(32), nullable=False, server_default="other"),
    Column("house", Boolean, nullable=False, server_default=false()),
    # Frequency caps, here and below: a JSON array of a few.
    Column("caps", Text, nullable=False, server_default="[]"),
)

campaigns = Table(
    "campaigns",
    metadata,
    Column("campaign_id", String(64), primary_key=True),
    Column("advertiser_id", ForeignKey("advertisers.advertiser_id"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("caps", Text, nullable=False, server_default="[]"),
    Index("campaigns_by_advertiser", "advertiser_id", "created_ms"),
)

line_items = Table(
    "line_items",
    metadata,
    Column("line_item_id", String(64), primary_key=True),
    Column("campaign_id", ForeignKey("campaigns.campaign_id"), nullable=False, unique=True),
    Column("advertiser_id", String(64), nullable=False),
    Column("name", String(200), nullable=False),
    Column("starts_ms", BigInteger, nullable=False),
    Column("ends_ms", BigInteger, nullable=False, index=True),
    Column("budget_micros", BigInteger, nullable=False),
    Column("cpm_micros", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("radius_m", Integer, nullable=False),
    # A JSON array: up to 20,000 ids that are only ever read together.
    Column("place_ids", Text, nullable=False),
    Column("category", String(32), nullable=False),
    Column("priority", String(16), nullable=False),
    # The only cap of what was booked when there was one, and of all others the first of their windows: for
    # processes of the version before.
    Column("cap_count", Integer, nullable=False),
    Column("cap_window_s", Integer, nullable=False),
    Column("timezone", String(64), nullable=False, server_default=""),
    # JSON arrays of a few words.
    Column("exclusions", Text, nullable=False, server_default="[]"),
    Column("markets", Text, nullable=False, server_default="[]"),
    Column("area_ids", Text, nullable=False, server_default="[]"),
    Column("approach", Text, nullable=False, server_default="{}"),
    Column("targeting", Text, nullable=False, server_default="{}"),
    Column("rotation", String(16), nullable=False, server_default="fit"),
    Column("cpv_micros", BigInteger, nullable=False, server_default="0"),
    Column("cpa_micros", BigInteger, nullable=False, server_default="0"),
    Column("action", String(16), nullable=False, server_default="tap"),
    Column("goal_unit", String(16), nullable=False, server_default="spend"),
    Column("goal_amount", BigInteger, nullable=False, server_default="0"),
    Column("pacing", String(16), nullable=False, server_default="even"),
    Column("caps", Text, nullable=False, server_default="[]"),
)

# Who changed what of a campaign: ``{field: [before, after]}``.
campaign_audit = Table(
    "campaign_audit",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("campaign_id", String(64), nullable=False, index=True),
    Column("actor", String(64), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("action", String(40), nullable=False),
    Column("detail", Text, nullable=False),
)

creatives = Table(
    "creatives",
    metadata,
    Column("creative_id", String(64), primary_key=True),
    Column("line_item_id", ForeignKey("line_items.line_item_id"), nullable=False),
    Column("campaign_id", ForeignKey("campaigns.campaign_id"), nullable=False, index=True),
    Column("advertiser_id", String(64), nullable=False),
    Column("name", String(200), nullable=False),
    Column("formats", String(64), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("headline", String(200), nullable=False),
    Column("body", String(400), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("asset_id", String(64), nullable=False),
    Column("segments", Integer, nullable=False),
    Column("duration_ms", BigInteger, nullable=False),
    Column("reasons", Text, nullable=False),
    # Whose tag it is made from; empty for what was uploaded.
    Column("tag_url", Text, nullable=False, server_default=""),
    # When it is to be asked (again): until then it is whoever asks it now.
    Column("tag_try_ms", BigInteger, nullable=False, server_default="0"),
    Column("weight", Integer, nullable=False, server_default="1"),
    Column("position", Integer, nullable=False, server_default="0"),
    # What its coupon is called, and until when; empty and 0 for none.
    Column("coupon", String(60), nullable=False, server_default=""),
    Column("coupon_until_ms", BigInteger, nullable=False, server_default="0"),
)

coupons = Table(
    "coupons",
    metadata,
    Column("coupon_id", String(64), primary_key=True),
    Column("line_item_id", String(64), nullable=False),
    Column("campaign_id", String(64), nullable=False, index=True),
    Column("advertiser_id", String(64), nullable=False),
    Column("title", String(60), nullable=False),
    Column("terms", String(500), nullable=False),
    Column("valid_until_ms", BigInteger, nullable=False),
    Column("codes", Integer, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    # Counted by the transaction that gives a code: so none is given twice, and none too many.
    Column("saved", Integer, nullable=False),
    Column("shared_code", String(48), nullable=False),
    Column("pooled", Boolean, nullable=False),
    CheckConstraint("saved <= codes", name="coupons_give_no_more_than_they_have"),
)

# An advertiser's own codes, in the order in which they are given.
coupon_codes = Table(
    "coupon_codes",
    metadata,
    Column("coupon_id", String(64), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("campaign_id", String(64), nullable=False, index=True),
    Column("code", String(48), nullable=False),
)

# Codes that vehicles have. ``holder`` is a pseudonym of no other use, and none once that is forgotten;
# ``owed_to`` the showing that it came from, sealed, until its redemption is told; ``tell_ms`` when counters
# are next to be told what became of it, 0 where they know.
saved_coupons = Table(
    "saved_coupons",
    metadata,
    Column("coupon_id", String(64), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("campaign_id", String(64), nullable=False, index=True),
    Column("advertiser_id", String(64), nullable=False),
    Column("code", String(48), nullable=False),
    Column("folded", String(24), nullable=False),
    Column("holder", String(32)),
    Column("shown", Boolean, nullable=False),
    Column("owed_to", Text, nullable=False),
    Column("saved_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("redeemed_ms", BigInteger, nullable=False, server_default="0"),
    Column("redeemed_by", String(64), nullable=False, server_default=""),
    # None where none was told, so that several may have none.
    Column("receipt", String(64)),
    Column("tell_ms", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("coupon_id", "holder"),
    UniqueConstraint("coupon_id", "folded", "receipt"),
    Index("saved_coupons_by_code", "folded", "advertiser_id"),
    Index("saved_coupons_by_holder", "holder", "saved_ms"),
)
Index(
    "saved_coupons_untold",
    saved_coupons.c.tell_ms,
    sqlite_where=saved_coupons.c.tell_ms > 0,
    postgresql_where=saved_coupons.c.tell_ms > 0,
)

# Whom to tell of which event of a creative that is somebody else's: a JSON array, read as events are posted.
creative_trackers = Table(
    "creative_trackers",
    metadata,
    Column("creative_id", String(64), primary_key=True),
    Column("campaign_id", String(64), nullable=False, index=True),
    Column("trackers", Text, nullable=False),
)

# Calls to others that counted events are told by; left by the transaction that counts the event.
tracker_calls = Table(
    "tracker_calls",
    metadata,
    Column("fill_id", String(64), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("url", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("state", String(24), nullable=False),
    Index("tracker_calls_by_state", "state", "at_ms"),
)

# What happened to fills. (fill_id, kind) keeps a replayed beacon from counting twice.
fill_events = Table(
    "fill_events",
    metadata,
    Column("fill_id", String(64), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("line_item_id", String(64), nullable=False),
    Column("advertiser_id", String(64), nullable=False),
    Column("creative_id", String(64), nullable=False),
    Column("place_id", String(64), nullable=False),
    Column("cell", String(32), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("billed_micros", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("released_micros", BigInteger, nullable=False, server_default="0"),
    Index("fill_events_by_line_item", "line_item_id", "at_ms"),
    Index("fill_events_by_time", "at_ms"),
)

# What there was to show something in, by hour (counted since 1970) and coarse cell: of no vehicle.
avail_counts = Table(
    "avail_counts",
    metadata,
    Column("hour", Integer, primary_key=True, autoincrement=False),
    Column("cell", String(32), primary_key=True),
    Column("market", String(8), primary_key=True),
    Column("kind", String(8), primary_key=True),
    Column("number", BigInteger, nullable=False),
)

# The same by day and trait: of what languages, programmes and cars they were.
avail_traits = Table(
    "avail_traits",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("market", String(8), primary_key=True),
    Column("kind", String(8), primary_key=True),
    Column("trait", String(16), primary_key=True),
    Column("value", String(100), primary_key=True),
    Column("number", BigInteger, nullable=False),
)

# How many there were in a week, and in how many different (car, square, time): of no car, and no place.
avail_returns = Table(
    "avail_returns",
    metadata,
    Column("week", Integer, primary_key=True, autoincrement=False),
    Column("card", Boolean, primary_key=True),
    Column("side_km", Integer, primary_key=True, autoincrement=False),
    Column("time_s", Integer, primary_key=True, autoincrement=False),
    Column("seen", BigInteger, nullable=False),
    Column("different", BigInteger, nullable=False),
)

# What each line item was charged in all, and what it has had, kept by the transaction that posts: the
# ledger is too long to sum.
line_item_totals = Table(
    "line_item_totals",
    metadata,
    Column("line_item_id", String(64), primary_key=True),
    Column("spent_micros", BigInteger, nullable=False),
    Column("impressions", BigInteger, nullable=False, server_default="0"),
    Column("cards", BigInteger, nullable=False, server_default="0"),
    Column("completes", BigInteger, nullable=False, server_default="0"),
    Column("taps", BigInteger, nullable=False, server_default="0"),
    Column("redemptions", BigInteger, nullable=False, server_default="0"),
)

# Double entry: each row is both sides of one amount, so none can fail to balance.
ledger_transfers = Table(
    "ledger_transfers",
    metadata,
    Column("transfer_id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("event_id", String(80), nullable=False),
    Column("debit", String(96), nullable=False),
    Column("credit", String(96), nullable=False),
    Column("line_item_id", String(64), nullable=False),
    Column("amount_micros", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    UniqueConstraint("event_id", "credit"),
    CheckConstraint("amount_micros > 0", name="ledger_transfers_move_something"),
    CheckConstraint("debit <> credit", name="ledger_transfers_have_two_sides"),
    Index("ledger_transfers_by_debit", "debit", "at_ms"),
    Index("ledger_transfers_by_credit", "credit", "at_ms"),
)

# What operators gave back; its posting is ``credit:<line item>:<key>``.
given_credits = Table(
    "credits",
    metadata,
    Column("campaign_id", String(64), primary_key=True),
    Column("key", String(40), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("line_item_id", String(64), nullable=False, index=True),
    Column("advertiser_id", String(64), nullable=False),
    Column("amount_micros", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    CheckConstraint("amount_micros > 0", name="credits_give_something"),
)

# Issued, and never changed: ``content`` is all of it as JSON, and the columns are for looking it up.
invoices = Table(
    "invoices",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("advertiser_id", String(64), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("month", String(7), nullable=False),
    Column("to_ms", BigInteger, nullable=False),
    Column("last_transfer_id", BigInteger, nullable=False),
    Column("total_micros", BigInteger, nullable=False),
    Column("issued_ms", BigInteger, nullable=False),
    Column("content", Text, nullable=False),
    UniqueConstraint("advertiser_id", "currency", "month"),
)

# Whom the next invoices of an advertiser name; what was issued keeps its own.
bill_to = Table(
    "bill_to",
    metadata,
    Column("advertiser_id", ForeignKey("advertisers.advertiser_id"), primary_key=True),
    Column("content", Text, nullable=False),
)

# The database itself refuses to change or delete what was told, posted, given back or issued.
for _kept in (fill_events, ledger_transfers, given_credits, invoices):
    append_only(_kept)
