"""Writes the QR codes listed on standard input, one JSON object per line, with the styles of Debian's python3-qrcode."""

import json
import sys

import qrcode
from qrcode.image.styledpil import StyledPilImage
from qrcode.image.styles import colormasks
from qrcode.image.styles.moduledrawers import pil as drawers

STYLES = {
    "squares": (drawers.SquareModuleDrawer, None),
    "rounded": (drawers.RoundedModuleDrawer, None),
    "circles": (drawers.CircleModuleDrawer, None),
    "gapped squares": (drawers.GappedSquareModuleDrawer, None),
    "vertical bars": (drawers.VerticalBarsDrawer, None),
    "horizontal bars": (drawers.HorizontalBarsDrawer, None),
    "gradient": (
        drawers.RoundedModuleDrawer,
        lambda: colormasks.RadialGradiantColorMask(center_color=(120, 0, 0), edge_color=(0, 0, 160)),
    ),
}

for line in sys.stdin:
    sample = json.loads(line)
    drawer, mask = STYLES[sample["style"]]
    code = qrcode.QRCode(
        version=sample["version"],
        error_correction=qrcode.constants.ERROR_CORRECT_L,
        box_size=sample["scale"],
        border=sample["margin"],
    )
    code.add_data(qrcode.util.QRData(sample["payload"].encode(), mode=qrcode.util.MODE_8BIT_BYTE), optimize=0)
    code.make(fit=False)
    extra = {"color_mask": mask()} if mask else {}
    code.make_image(image_factory=StyledPilImage, module_drawer=drawer(), **extra).save(sample["file"])
