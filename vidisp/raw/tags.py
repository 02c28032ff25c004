"""What vidisp knows about TIFF, DNG and EXIF tags: names, which are carried, which are private.

Codes after TIFF 6.0, EXIF 3.0 and the DNG specification 1.7.1 (Adobe, 2023). A frame's own description (`Sensor`,
frame rate, time code) is written from the frame; everything else that describes the picture is carried as it came.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Any

from vidisp.errors import InputError
from vidisp.raw.frame import Tag
from vidisp.raw.tiff import Ifd
from vidisp.raw.values import ASCII, TYPE_SIZE, tag_bytes, tag_value

EXIF_IFD, GPS_IFD, EXIF_VERSION, NOISE_PROFILE = 34665, 34853, 36864, 51041

NAMES: dict[int, str] = {
    # TIFF 6.0 and TIFF/EP
    269: "DocumentName", 270: "ImageDescription", 271: "Make", 272: "Model", 274: "Orientation", 285: "PageName",
    305: "Software", 306: "DateTime", 315: "Artist", 316: "HostComputer", 318: "WhitePoint",
    319: "PrimaryChromaticities", 700: "XMP", 33432: "Copyright", 33434: "ExposureTime", 33437: "FNumber",
    33723: "IPTC", 34377: "Photoshop", 34675: "ICCProfile", 34850: "ExposureProgram", 34852: "SpectralSensitivity",
    34855: "ISOSpeedRatings", 34858: "TimeZoneOffset", 34859: "SelfTimerMode", 36867: "DateTimeOriginal",
    37377: "ShutterSpeedValue", 37378: "ApertureValue", 37379: "BrightnessValue", 37380: "ExposureBiasValue",
    37381: "MaxApertureValue", 37382: "SubjectDistance", 37383: "MeteringMode", 37384: "LightSource", 37385: "Flash",
    37386: "FocalLength", 37393: "ImageNumber", 37398: "TIFFEPStandardID", 37399: "SensingMethod",
    # EXIF
    34864: "SensitivityType", 34865: "StandardOutputSensitivity", 34866: "RecommendedExposureIndex",
    34867: "ISOSpeed", 34868: "ISOSpeedLatitudeyyy", 34869: "ISOSpeedLatitudezzz", 36864: "ExifVersion",
    36868: "DateTimeDigitized", 36880: "OffsetTime", 36881: "OffsetTimeOriginal", 36882: "OffsetTimeDigitized",
    37396: "SubjectArea", 37500: "MakerNote", 37510: "UserComment", 37520: "SubSecTime", 37521: "SubSecTimeOriginal",
    37522: "SubSecTimeDigitized", 37888: "AmbientTemperature", 37889: "Humidity", 37890: "Pressure",
    37891: "WaterDepth", 37892: "Acceleration", 37893: "CameraElevationAngle", 40960: "FlashpixVersion",
    40961: "ColorSpace", 41483: "FlashEnergy", 41486: "FocalPlaneXResolution", 41487: "FocalPlaneYResolution",
    41488: "FocalPlaneResolutionUnit", 41492: "SubjectLocation", 41493: "ExposureIndex", 41495: "SensingMethod",
    41728: "FileSource", 41729: "SceneType", 41985: "CustomRendered", 41986: "ExposureMode", 41987: "WhiteBalance",
    41988: "DigitalZoomRatio", 41989: "FocalLengthIn35mmFilm", 41990: "SceneCaptureType", 41991: "GainControl",
    41992: "Contrast", 41993: "Saturation", 41994: "Sharpness", 41996: "SubjectDistanceRange",
    42016: "ImageUniqueID", 42032: "CameraOwnerName", 42033: "BodySerialNumber", 42034: "LensSpecification",
    42035: "LensMake", 42036: "LensModel", 42037: "LensSerialNumber", 42080: "CompositeImage", 42240: "Gamma",
    # DNG
    50708: "UniqueCameraModel", 50709: "LocalizedCameraModel", 50718: "DefaultScale", 50719: "DefaultCropOrigin",
    50720: "DefaultCropSize", 50721: "ColorMatrix1", 50722: "ColorMatrix2", 50723: "CameraCalibration1",
    50724: "CameraCalibration2", 50725: "ReductionMatrix1", 50726: "ReductionMatrix2", 50727: "AnalogBalance",
    50728: "AsShotNeutral", 50730: "BaselineExposure", 50731: "BaselineNoise", 50732: "BaselineSharpness",
    50733: "BayerGreenSplit", 50734: "LinearResponseLimit", 50735: "CameraSerialNumber", 50736: "LensInfo",
    50737: "ChromaBlurRadius", 50738: "AntiAliasStrength", 50739: "ShadowScale", 50740: "DNGPrivateData",
    50741: "MakerNoteSafety", 50778: "CalibrationIlluminant1", 50779: "CalibrationIlluminant2",
    50780: "BestQualityScale", 50827: "OriginalRawFileName", 50831: "AsShotICCProfile",
    50832: "AsShotPreProfileMatrix", 50833: "CurrentICCProfile", 50834: "CurrentPreProfileMatrix",
    50879: "ColorimetricReference", 50931: "CameraCalibrationSignature", 50932: "ProfileCalibrationSignature",
    50934: "AsShotProfileName", 50935: "NoiseReductionApplied", 50936: "ProfileName", 50937: "ProfileHueSatMapDims",
    50938: "ProfileHueSatMapData1", 50939: "ProfileHueSatMapData2", 50940: "ProfileToneCurve",
    50941: "ProfileEmbedPolicy", 50942: "ProfileCopyright", 50964: "ForwardMatrix1", 50965: "ForwardMatrix2",
    50981: "ProfileLookTableDims", 50982: "ProfileLookTableData", 51008: "OpcodeList1", 51009: "OpcodeList2",
    51022: "OpcodeList3", 51041: "NoiseProfile", 51043: "TimeCodes", 51044: "FrameRate", 51058: "TStop",
    51081: "ReelName", 51105: "CameraLabel", 51107: "ProfileHueSatMapEncoding", 51108: "ProfileLookTableEncoding",
    51109: "BaselineExposureOffset", 51110: "DefaultBlackRender", 52525: "ProfileGainTableMap",
    52529: "CalibrationIlluminant3", 52530: "CameraCalibration3", 52531: "ColorMatrix3", 52532: "ForwardMatrix3",
    52533: "IlluminantData1", 52534: "IlluminantData2", 52535: "IlluminantData3", 52537: "ProfileHueSatMapData3",
    52538: "ReductionMatrix3", 52543: "RGBTables", 52544: "ProfileGainTableMap2", 52551: "ProfileDynamicRange",
}  # fmt: skip

LAYOUT = frozenset(
    [
        *(254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 277, 278, 279, 280, 281, 282, 283, 284, 286),
        *(287, 288, 289, 290, 291, 292, 293, 296, 297, 301, 317, 320, 321, 322, 323, 324, 325, 330, 332, 338, 339),
        *(340, 341, 347, 437, 512, 513, 514, 515, 517, 518, 519, 520, 521, 529, 530, 531, 532, 33421, 33422),
        *(EXIF_IFD, GPS_IFD, 37121, 37122, 40962, 40963, 40965, 41730, 50706, 50707, 50710, 50711),
        *(50752, 50974, 50975, 52547, 52552, 52553, 52554, 59932, 59933),  # tiles, interleaving, JPEG XL, padding
    ]
)
"""Where and how samples lie in the file they came from."""

LEVELS = frozenset([50712, 50713, 50714, 50715, 50716, 50717, 50829, 50830, 51089, 51090, 51091, 51125, 52536])
"""Linearisation, levels and areas; the mosaic is linear and cropped, and the writer says so."""

DERIVED = frozenset([50781, 50828, 50933, 50966, 50967, 50968, 50969, 50970, 50971, 50972, 50973, 51111, 51112, 51114])
"""Digests, previews, caches and the embedded original: no longer true of a recovered frame."""

FROM_FRAME = frozenset([271, 272, 274, 34855, EXIF_VERSION, 50728, 50729, 51043, 51044])
"""Written from the frame itself."""

NEVER_CARRIED = LAYOUT | LEVELS | DERIVED | FROM_FRAME

COLOR = frozenset([50721, 50722, 50723, 50724, 50727, 50778, 50779, 50931, 50932, 52529, 52530, 52531])
"""The colour calibration: carried only where it says more than the one matrix in `Sensor`."""

PRIVATE = frozenset(
    [
        *(315, 316, 700, 33723, 34377),  # owner, computer, and three containers that may hold anything
        *(37500, 37510, 40091, 40092, 40093, 40094, 40095),  # MakerNote and free text
        *(42016, 42032, 42033, 42037, 50735, 50740, 50741, 50827),  # identifiers of picture, owner, camera, lens
    ]
)

MAX_TAG_BYTES = 1 << 20
MAX_TAGS_BYTES = 4 << 20
MAX_TAGS = 512


def tag_name(tag: Tag) -> str:
    """The tag's name, or its number where vidisp does not know it."""
    return f"GPS {tag.code}" if tag.ifd == "gps" else NAMES.get(tag.code, f"tag {tag.code}")


def is_private(tag: Tag) -> bool:
    """True for what should not go into a published file: location, serial numbers, owner, maker's data.

    A tag that vidisp does not know counts as private: nobody can say what a maker put there.
    """
    return tag.ifd == "gps" or tag.code in PRIVATE or tag.code not in NAMES


def carry_tags(ifds: Iterable[tuple[str, Ifd]], *, drop: Iterable[int] = ()) -> tuple[Tag, ...]:
    """The tags that a recovered frame should carry again, in the order of their codes.

    Args:
        ifds: directories with the place their tags belong to ("main", "exif", "gps"), the most telling one first:
            of a tag that occurs twice in one place the first is taken.
        drop: further codes to leave out.

    Tags beyond the size bounds are left out, largest first in need.
    """
    skip = NEVER_CARRIED | set(drop)
    found: dict[tuple[str, int], Tag] = {}
    for place, ifd in ifds:
        for code, entry in ifd.items():
            small = entry.count * TYPE_SIZE[entry.dtype] <= MAX_TAG_BYTES
            if small and (place == "gps" or code not in skip) and (place, code) not in found:
                found[place, code] = entry.tag(place)
    return _bounded(in_order(found.values()))


def in_order(tags: Iterable[Tag]) -> tuple[Tag, ...]:
    """Tags as `RawFrame.tags` holds them: those of the main directory first, each directory by code."""
    return tuple(sorted(tags, key=lambda tag: (tag.ifd != "main", tag.ifd, tag.code)))


def _bounded(tags: tuple[Tag, ...]) -> tuple[Tag, ...]:
    kept, total = set(), 0
    for index in sorted(range(len(tags)), key=lambda i: _size(tags[i]))[:MAX_TAGS]:
        total += _size(tags[index])
        if total <= MAX_TAGS_BYTES:
            kept.add(index)
    return tuple(tag for index, tag in enumerate(tags) if index in kept)


def _size(tag: Tag) -> int:
    return tag.count * TYPE_SIZE[tag.dtype]


def tag_to_json(tag: Tag) -> dict[str, Any]:
    """The tag as plain JSON: text as "text", everything else as "data", base64 of its little-endian bytes."""
    head: dict[str, Any] = {"code": tag.code, "dtype": tag.dtype, "count": tag.count, "ifd": tag.ifd}
    if isinstance(tag.value, str):
        return {**head, "text": tag.value}
    return {**head, "data": base64.b64encode(tag_bytes(tag)).decode()}


def tag_from_json(item: object) -> Tag:
    """A tag from what `tag_to_json` made, checked as the untrusted input it is.

    Raises: InputError when anything about it is not as `tag_to_json` writes it, or beyond the size bounds.
    """
    if not isinstance(item, Mapping):
        raise InputError("a tag in the record is not an object")
    code, dtype, count = (_whole(item, key, top) for key, top in (("code", 65535), ("dtype", 13), ("count", 1 << 20)))
    place = item.get("ifd")
    if place not in ("main", "exif", "gps") or dtype not in TYPE_SIZE or count < 1:
        raise InputError(f"tag {code} in the record has an unknown place or type")
    if count * TYPE_SIZE[dtype] > MAX_TAG_BYTES:
        raise InputError(f"tag {code} in the record is larger than {MAX_TAG_BYTES} bytes")
    data = _payload(item, code, dtype)
    if len(data) != count * TYPE_SIZE[dtype]:
        raise InputError(f"tag {code} in the record does not hold the {count} values it announces")
    return Tag(code, dtype, count, tag_value(data, dtype, "<"), place)


def _whole(item: Mapping[str, Any], key: str, top: int) -> int:
    value = item.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= top:
        raise InputError(f"a tag in the record has no usable {key}")
    return value


def _payload(item: Mapping[str, Any], code: int, dtype: int) -> bytes:
    text, data = item.get("text"), item.get("data")
    if dtype == ASCII and isinstance(text, str) and data is None and len(text) < MAX_TAG_BYTES:
        return text.encode("utf-8", "replace") + b"\0"
    if not isinstance(data, str) or text is not None or len(data) > 2 * MAX_TAG_BYTES:
        raise InputError(f"tag {code} in the record holds neither text nor data")
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(f"tag {code} in the record is not base64") from error
