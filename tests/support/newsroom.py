"""Fill a small newsroom: several languages, a translation, pictures, sounds, every notice."""

from __future__ import annotations

from pathlib import Path

from tests.support.site import Site

PICTURE = Path(__file__).parents[2] / "entries" / "2026" / "launch-of-halva" / "halva.png"
ENTRIES = {
    "launch/index.md": """---
title: The “Halva” is afloat <at last> & well
date: 2026-03-21T11:00:00+01:00
updated: 2026-03-22
author: Ada Lund
category: Fleet
tags: [Launch, Electric ferries]
source: "[Harbour Gazette](https://gazette.example/halva)"
clicks: 1398
image: halva.png
image_alt: A ferry on calm water
summary: Two thousand people saw the electric ferry leave the slip.
correction: An earlier version gave the length as 68 metres. It is 86.
translation: launch
---

At high water the ferry left the slip. [The tower](/2026/02/tower/) was lit.

## What comes next

- trials at the quay
- trials in the fjord

> The sea decides.

| Month | Crossings |
| --- | ---: |
| May | 40 |

```
power = wind ** 3
```
""",
    "launch.ar.md": """---
title: العبّارة الكهربائية تعوم لأول مرة
date: 2026-03-21
author: ليلى حداد
language: ar
tags: [Launch]
translation: launch
---

غادرت العبّارة الحوض صباح السبت عند المدّ العالي، وحضر ألفا شخص من أهل المدينة.
""",
    "report.md": """---
title: 渡轮公司发布年度报告
date: 2026-03-20
author: 林美
language: zh-Hans
category: 公司新闻
---

公司全年运送旅客一百一十二万人次，车辆三十八万辆。
""",
    "fa.md": """---
title: گزارش سالانهٔ بندر منتشر شد
date: 2026-03-20T08:30:00+03:30
language: fa
tags: [Harbour]
---

بندر امسال بیش از همیشه کشتی دید.
""",
    "interview.md": """---
title: An hour with the harbour pilot
date: 2026-02
author: Jonas Vik
tags: [Harbour, People]
enclosure: https://media.example/pilot.mp3
---

She has never been late, and never early.
""",
    "withdrawn.md": """---
title: Fares fall by half
date: 2026-02-03
status: retracted
retracted: 2026-02-04
reason: The figures were those of another company.
---

Nothing of this was so.
""",
}


def fill_newsroom(site: Site, further: int = 8) -> None:
    """Writes the entries above and *further* plain ones before them, one a day."""
    for path, text in ENTRIES.items():
        site.write(path, text)
    site.write("launch/halva.png", PICTURE.read_bytes())
    for number in range(1, further + 1):
        site.add(
            f"story-{number}",
            date=f"2025-12-{number:02}",
            body=f"Crossing {number} took half an hour. " * 12,
            tags="[Harbour]",
            author="Jonas Vik",
        )
