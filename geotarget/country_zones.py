"""The zones of time of each country, and where the chief place of each lies: ``zone.tab`` of the tz database.

The tz database is in the public domain.
"""

_ONE = """
AD Europe/Andorra  AE Asia/Dubai  AF Asia/Kabul  AG America/Antigua  AI America/Anguilla  AL Europe/Tirane
AM Asia/Yerevan  AO Africa/Luanda  AS Pacific/Pago_Pago  AT Europe/Vienna  AW America/Aruba
AX Europe/Mariehamn  AZ Asia/Baku  BA Europe/Sarajevo  BB America/Barbados  BD Asia/Dhaka
BE Europe/Brussels  BF Africa/Ouagadougou  BG Europe/Sofia  BH Asia/Bahrain  BI Africa/Bujumbura
BJ Africa/Porto-Novo  BL America/St_Barthelemy  BM Atlantic/Bermuda  BN Asia/Brunei  BO America/La_Paz
BQ America/Kralendijk  BS America/Nassau  BT Asia/Thimphu  BW Africa/Gaborone  BY Europe/Minsk
BZ America/Belize  CC Indian/Cocos  CF Africa/Bangui  CG Africa/Brazzaville  CH Europe/Zurich
CI Africa/Abidjan  CK Pacific/Rarotonga  CM Africa/Douala  CO America/Bogota  CR America/Costa_Rica
CU America/Havana  CV Atlantic/Cape_Verde  CW America/Curacao  CX Indian/Christmas  CZ Europe/Prague
DJ Africa/Djibouti  DK Europe/Copenhagen  DM America/Dominica  DO America/Santo_Domingo  DZ Africa/Algiers
EE Europe/Tallinn  EG Africa/Cairo  EH Africa/El_Aaiun  ER Africa/Asmara  ET Africa/Addis_Ababa
FI Europe/Helsinki  FJ Pacific/Fiji  FK Atlantic/Stanley  FO Atlantic/Faroe  FR Europe/Paris
GA Africa/Libreville  GB Europe/London  GD America/Grenada  GE Asia/Tbilisi  GF America/Cayenne
GG Europe/Guernsey  GH Africa/Accra  GI Europe/Gibraltar  GM Africa/Banjul  GN Africa/Conakry
GP America/Guadeloupe  GQ Africa/Malabo  GR Europe/Athens  GS Atlantic/South_Georgia  GT America/Guatemala
GU Pacific/Guam  GW Africa/Bissau  GY America/Guyana  HK Asia/Hong_Kong  HN America/Tegucigalpa
HR Europe/Zagreb  HT America/Port-au-Prince  HU Europe/Budapest  IE Europe/Dublin  IL Asia/Jerusalem
IM Europe/Isle_of_Man  IN Asia/Kolkata  IO Indian/Chagos  IQ Asia/Baghdad  IR Asia/Tehran
IS Atlantic/Reykjavik  IT Europe/Rome  JE Europe/Jersey  JM America/Jamaica  JO Asia/Amman  JP Asia/Tokyo
KE Africa/Nairobi  KG Asia/Bishkek  KH Asia/Phnom_Penh  KM Indian/Comoro  KN America/St_Kitts
KP Asia/Pyongyang  KR Asia/Seoul  KW Asia/Kuwait  KY America/Cayman  LA Asia/Vientiane  LB Asia/Beirut
LC America/St_Lucia  LI Europe/Vaduz  LK Asia/Colombo  LR Africa/Monrovia  LS Africa/Maseru
LT Europe/Vilnius  LU Europe/Luxembourg  LV Europe/Riga  LY Africa/Tripoli  MA Africa/Casablanca
MC Europe/Monaco  MD Europe/Chisinau  ME Europe/Podgorica  MF America/Marigot  MG Indian/Antananarivo
MK Europe/Skopje  ML Africa/Bamako  MM Asia/Yangon  MO Asia/Macau  MP Pacific/Saipan
MQ America/Martinique  MR Africa/Nouakchott  MS America/Montserrat  MT Europe/Malta  MU Indian/Mauritius
MV Indian/Maldives  MW Africa/Blantyre  MZ Africa/Maputo  NA Africa/Windhoek  NC Pacific/Noumea
NE Africa/Niamey  NF Pacific/Norfolk  NG Africa/Lagos  NI America/Managua  NL Europe/Amsterdam
NO Europe/Oslo  NP Asia/Kathmandu  NR Pacific/Nauru  NU Pacific/Niue  OM Asia/Muscat  PA America/Panama
PE America/Lima  PH Asia/Manila  PK Asia/Karachi  PL Europe/Warsaw  PM America/Miquelon
PN Pacific/Pitcairn  PR America/Puerto_Rico  PW Pacific/Palau  PY America/Asuncion  QA Asia/Qatar
RE Indian/Reunion  RO Europe/Bucharest  RS Europe/Belgrade  RW Africa/Kigali  SA Asia/Riyadh
SB Pacific/Guadalcanal  SC Indian/Mahe  SD Africa/Khartoum  SE Europe/Stockholm  SG Asia/Singapore
SH Atlantic/St_Helena  SI Europe/Ljubljana  SJ Arctic/Longyearbyen  SK Europe/Bratislava
SL Africa/Freetown  SM Europe/San_Marino  SN Africa/Dakar  SO Africa/Mogadishu  SR America/Paramaribo
SS Africa/Juba  ST Africa/Sao_Tome  SV America/El_Salvador  SX America/Lower_Princes  SY Asia/Damascus
SZ Africa/Mbabane  TC America/Grand_Turk  TD Africa/Ndjamena  TF Indian/Kerguelen  TG Africa/Lome
TH Asia/Bangkok  TJ Asia/Dushanbe  TK Pacific/Fakaofo  TL Asia/Dili  TM Asia/Ashgabat  TN Africa/Tunis
TO Pacific/Tongatapu  TR Europe/Istanbul  TT America/Port_of_Spain  TV Pacific/Funafuti  TW Asia/Taipei
TZ Africa/Dar_es_Salaam  UG Africa/Kampala  UY America/Montevideo  VA Europe/Vatican
VC America/St_Vincent  VE America/Caracas  VG America/Tortola  VI America/St_Thomas  VN Asia/Ho_Chi_Minh
VU Pacific/Efate  WF Pacific/Wallis  WS Pacific/Apia  YE Asia/Aden  YT Indian/Mayotte
ZA Africa/Johannesburg  ZM Africa/Lusaka  ZW Africa/Harare
"""
_SEVERAL = """
AQ Antarctica/McMurdo,-77.8,166.6 Antarctica/Casey,-66.3,110.5 Antarctica/Davis,-68.6,78
AQ Antarctica/DumontDUrville,-66.7,140 Antarctica/Mawson,-67.6,62.9 Antarctica/Palmer,-64.8,-64.1
AQ Antarctica/Rothera,-67.6,-68.1 Antarctica/Syowa,-69,39.6 Antarctica/Troll,-72,2.5
AQ Antarctica/Vostok,-78.4,106.9
AR America/Argentina/Buenos_Aires,-34.6,-58.5 America/Argentina/Cordoba,-31.4,-64.2
AR America/Argentina/Salta,-24.8,-65.4 America/Argentina/Jujuy,-24.2,-65.3
AR America/Argentina/Tucuman,-26.8,-65.2 America/Argentina/Catamarca,-28.5,-65.8
AR America/Argentina/La_Rioja,-29.4,-66.8 America/Argentina/San_Juan,-31.5,-68.5
AR America/Argentina/Mendoza,-32.9,-68.8 America/Argentina/San_Luis,-33.3,-66.3
AR America/Argentina/Rio_Gallegos,-51.6,-69.2 America/Argentina/Ushuaia,-54.8,-68.3
AU Australia/Lord_Howe,-31.6,159.1 Antarctica/Macquarie,-54.5,158.9 Australia/Hobart,-42.9,147.3
AU Australia/Melbourne,-37.8,145 Australia/Sydney,-33.9,151.2 Australia/Broken_Hill,-31.9,141.4
AU Australia/Brisbane,-27.5,153 Australia/Lindeman,-20.3,149 Australia/Adelaide,-34.9,138.6
AU Australia/Darwin,-12.5,130.8 Australia/Perth,-31.9,115.8 Australia/Eucla,-31.7,128.9
BR America/Noronha,-3.9,-32.4 America/Belem,-1.4,-48.5 America/Fortaleza,-3.7,-38.5
BR America/Recife,-8.1,-34.9 America/Araguaina,-7.2,-48.2 America/Maceio,-9.7,-35.7 America/Bahia,-13,-38.5
BR America/Sao_Paulo,-23.5,-46.6 America/Campo_Grande,-20.4,-54.6 America/Cuiaba,-15.6,-56.1
BR America/Santarem,-2.4,-54.9 America/Porto_Velho,-8.8,-63.9 America/Boa_Vista,2.8,-60.7
BR America/Manaus,-3.1,-60 America/Eirunepe,-6.7,-69.9 America/Rio_Branco,-10,-67.8
CA America/St_Johns,47.6,-52.7 America/Halifax,44.6,-63.6 America/Glace_Bay,46.2,-60
CA America/Moncton,46.1,-64.8 America/Goose_Bay,53.3,-60.4 America/Blanc-Sablon,51.4,-57.1
CA America/Toronto,43.6,-79.4 America/Iqaluit,63.7,-68.5 America/Atikokan,48.8,-91.6
CA America/Winnipeg,49.9,-97.2 America/Resolute,74.7,-94.8 America/Rankin_Inlet,62.8,-92.1
CA America/Regina,50.4,-104.7 America/Swift_Current,50.3,-107.8 America/Edmonton,53.5,-113.5
CA America/Cambridge_Bay,69.1,-105.1 America/Inuvik,68.3,-133.7 America/Creston,49.1,-116.5
CA America/Dawson_Creek,55.8,-120.2 America/Fort_Nelson,58.8,-122.7 America/Whitehorse,60.7,-135.1
CA America/Dawson,64.1,-139.4 America/Vancouver,49.3,-123.1
CD Africa/Kinshasa,-4.3,15.3 Africa/Lubumbashi,-11.7,27.5
CL America/Santiago,-33.5,-70.7 America/Coyhaique,-45.6,-72.1 America/Punta_Arenas,-53.1,-70.9
CL Pacific/Easter,-27.1,-109.4
CN Asia/Shanghai,31.2,121.5 Asia/Urumqi,43.8,87.6
CY Asia/Nicosia,35.2,33.4 Asia/Famagusta,35.1,34
DE Europe/Berlin,52.5,13.4 Europe/Busingen,47.7,8.7
EC America/Guayaquil,-2.2,-79.8 Pacific/Galapagos,-0.9,-89.6
ES Europe/Madrid,40.4,-3.7 Africa/Ceuta,35.9,-5.3 Atlantic/Canary,28.1,-15.4
FM Pacific/Chuuk,7.4,151.8 Pacific/Pohnpei,7,158.2 Pacific/Kosrae,5.3,163
GL America/Nuuk,64.2,-51.7 America/Danmarkshavn,76.8,-18.7 America/Scoresbysund,70.5,-22
GL America/Thule,76.6,-68.8
ID Asia/Jakarta,-6.2,106.8 Asia/Pontianak,-0,109.3 Asia/Makassar,-5.1,119.4 Asia/Jayapura,-2.5,140.7
KI Pacific/Tarawa,1.4,173 Pacific/Kanton,-2.8,-171.7 Pacific/Kiritimati,1.9,-157.3
KZ Asia/Almaty,43.2,77 Asia/Qyzylorda,44.8,65.5 Asia/Qostanay,53.2,63.6 Asia/Aqtobe,50.3,57.2
KZ Asia/Aqtau,44.5,50.3 Asia/Atyrau,47.1,51.9 Asia/Oral,51.2,51.4
MH Pacific/Majuro,7.2,171.2 Pacific/Kwajalein,9.1,167.3
MN Asia/Ulaanbaatar,47.9,106.9 Asia/Hovd,48,91.7
MX America/Mexico_City,19.4,-99.2 America/Cancun,21.1,-86.8 America/Merida,21,-89.6
MX America/Monterrey,25.7,-100.3 America/Matamoros,25.8,-97.5 America/Chihuahua,28.6,-106.1
MX America/Ciudad_Juarez,31.7,-106.5 America/Ojinaga,29.6,-104.4 America/Mazatlan,23.2,-106.4
MX America/Bahia_Banderas,20.8,-105.2 America/Hermosillo,29.1,-111 America/Tijuana,32.5,-117
MY Asia/Kuala_Lumpur,3.2,101.7 Asia/Kuching,1.6,110.3
NZ Pacific/Auckland,-36.9,174.8 Pacific/Chatham,-44,-176.6
PF Pacific/Tahiti,-17.5,-149.6 Pacific/Marquesas,-9,-139.5 Pacific/Gambier,-23.1,-134.9
PG Pacific/Port_Moresby,-9.5,147.2 Pacific/Bougainville,-6.2,155.6
PS Asia/Gaza,31.5,34.5 Asia/Hebron,31.5,35.1
PT Europe/Lisbon,38.7,-9.1 Atlantic/Madeira,32.6,-16.9 Atlantic/Azores,37.7,-25.7
RU Europe/Kaliningrad,54.7,20.5 Europe/Moscow,55.8,37.6 Europe/Kirov,58.6,49.6 Europe/Volgograd,48.7,44.4
RU Europe/Astrakhan,46.4,48 Europe/Saratov,51.6,46 Europe/Ulyanovsk,54.3,48.4 Europe/Samara,53.2,50.1
RU Asia/Yekaterinburg,56.9,60.6 Asia/Omsk,55,73.4 Asia/Novosibirsk,55,82.9 Asia/Barnaul,53.4,83.8
RU Asia/Tomsk,56.5,85 Asia/Novokuznetsk,53.8,87.1 Asia/Krasnoyarsk,56,92.8 Asia/Irkutsk,52.3,104.3
RU Asia/Chita,52,113.5 Asia/Yakutsk,62,129.7 Asia/Khandyga,62.7,135.6 Asia/Vladivostok,43.2,131.9
RU Asia/Ust-Nera,64.6,143.2 Asia/Magadan,59.6,150.8 Asia/Sakhalin,47,142.7 Asia/Srednekolymsk,67.5,153.7
RU Asia/Kamchatka,53,158.7 Asia/Anadyr,64.8,177.5
UA Europe/Simferopol,45,34.1 Europe/Kyiv,50.4,30.5
UM Pacific/Midway,28.2,-177.4 Pacific/Wake,19.3,166.6
US America/New_York,40.7,-74 America/Detroit,42.3,-83 America/Kentucky/Louisville,38.3,-85.8
US America/Kentucky/Monticello,36.8,-84.8 America/Indiana/Indianapolis,39.8,-86.2
US America/Indiana/Vincennes,38.7,-87.5 America/Indiana/Winamac,41.1,-86.6
US America/Indiana/Marengo,38.4,-86.3 America/Indiana/Petersburg,38.5,-87.3 America/Indiana/Vevay,38.7,-85.1
US America/Chicago,41.9,-87.7 America/Indiana/Tell_City,38,-86.8 America/Indiana/Knox,41.3,-86.6
US America/Menominee,45.1,-87.6 America/North_Dakota/Center,47.1,-101.3
US America/North_Dakota/New_Salem,46.8,-101.4 America/North_Dakota/Beulah,47.3,-101.8
US America/Denver,39.7,-105 America/Boise,43.6,-116.2 America/Phoenix,33.4,-112.1
US America/Los_Angeles,34.1,-118.2 America/Anchorage,61.2,-149.9 America/Juneau,58.3,-134.4
US America/Sitka,57.2,-135.3 America/Metlakatla,55.1,-131.6 America/Yakutat,59.5,-139.7
US America/Nome,64.5,-165.4 America/Adak,51.9,-176.7 Pacific/Honolulu,21.3,-157.9
UZ Asia/Samarkand,39.7,66.8 Asia/Tashkent,41.3,69.3
"""


def _sole() -> dict[str, str]:
    words = _ONE.split()
    return dict(zip(words[::2], words[1::2], strict=True))


def _several() -> dict[str, tuple[tuple[str, float, float], ...]]:
    found: dict[str, tuple[tuple[str, float, float], ...]] = {}
    for line in _SEVERAL.strip().splitlines():
        country, *places = line.split()
        split = (place.split(",") for place in places)
        found[country] = found.get(country, ()) + tuple((zone, float(y), float(x)) for zone, y, x in split)
    return found


SOLE = _sole()
"""The zone of a country that has one, by ISO 3166-1 code."""
SEVERAL = _several()
"""Zone, latitude and longitude of each chief place of the others."""
