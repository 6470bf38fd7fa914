"""The rooms of a home."""

from blueprint.sources.rooms.grammar.rules import Grammar, uses

__all__ = ["HOMES"]

_LIGHT = uses("ceiling_light|pendant_lamp")
_WINDOW = "curtain*2 radiator:.6"

HOMES: dict[str, Grammar] = {
    "bedroom": Grammar(
        uses("bed wardrobe chest_of_drawers|sideboard:.8 desk:.35 armchairs:.3 floor_lamp:.4 floor_plant:.4"),
        uses("bookcase|shelf bench_seat:.4 vanity:.5 floor_mirror:.6 laundry_basket:.6 ottoman:.4 work_desk:.4"),
        uses(f"picture*1-3 wall_mirror:.4 wall_shelf*1-2:.5 {_WINDOW}"),
        _LIGHT,
        ("books", "clothes", "decor"),
    ),
    "kids_room": Grammar(
        uses("bunk_bed wardrobe:.8 chest_of_drawers:.7 desk:.7 bookcase|low_shelf basket*1-2"),
        uses("low_shelf ottoman:.5 floor_lamp:.4 floor_plant:.3 bookcase:.5 laundry_basket:.5"),
        uses(f"picture*1-3 wall_shelf:.6 wall_clock:.5 {_WINDOW}"),
        _LIGHT,
        ("toys", "books"),
    ),
    "nursery": Grammar(
        uses("crib chest_of_drawers armchairs low_shelf|bookcase wardrobe:.6 laundry_basket:.7 floor_lamp:.6"),
        uses("bookcase:.6 ottoman:.5 floor_plant:.4 low_shelf"),
        uses(f"picture*1-3 wall_shelf:.7 {_WINDOW}"),
        _LIGHT,
        ("toys", "clothes"),
    ),
    "living_room": Grammar(
        uses("seating tv_stand|tv_cabinet bookcase|shelf:.9 sideboard:.4 floor_lamp floor_plant*1-2:.8 armchairs:.3"),
        uses("china_cabinet:.5 console_table:.6 piano:.3 fireplace:.3 bookcase|shelf work_desk:.3 dining:.5"),
        uses(f"picture*2-4 wall_clock:.5 wall_shelf*1-2:.4 wall_mirror:.3 {_WINDOW}"),
        _LIGHT,
        ("books", "decor"),
    ),
    "kitchen": Grammar(
        uses("kitchen pedal_bin:.8 breakfast:.6 floor_plant:.2"),
        uses("island short_kitchen china_cabinet:.5 breakfast shelf:.5"),
        uses("wall_cabinet*3-4 wall_clock:.6 wall_shelf:.4 picture:.3 curtain:.5"),
        uses("ceiling_light|pendant_lamp pendant_lamp:.5"),
        ("kitchen",),
    ),
    "dining_room": Grammar(
        uses("dining sideboard|china_cabinet china_cabinet:.5 floor_plant*1-2:.6 console_table:.3"),
        uses("sideboard bookcase:.4 floor_lamp:.5 china_cabinet:.6"),
        uses(f"picture*1-3 wall_mirror:.4 wall_clock:.4 {_WINDOW}"),
        uses("chandelier|pendant_lamp"),
        ("tableware", "decor"),
    ),
    "bathroom": Grammar(
        uses("toilet pedestal_sink|sink_cabinet shower_cabin|bathtub bathtub:.4 laundry_basket:.7 pedal_bin:.6"),
        uses("shelf|low_shelf washing_machine:.5 chest_of_drawers:.5 stool:.5 floor_plant:.5"),
        uses("wall_mirror towel_rail*1-2 medicine_cabinet:.7 wall_shelf*1-2:.7 radiator:.5 coat_hooks:.4"),
        _LIGHT,
        ("bath",),
        0.85,
    ),
    "toilet": Grammar(
        uses("toilet pedestal_sink pedal_bin:.6"),
        uses("low_shelf stool:.4"),
        uses("wall_mirror towel_rail wall_shelf:.6 picture:.5"),
        _LIGHT,
        ("bath",),
        0.7,
    ),
    "office": Grammar(
        uses("work_desk bookcase|shelf filing_cabinet|drawer_unit floor_plant:.7 armchairs:.4"),
        uses("work_desk bookcase|shelf sideboard:.5 floor_lamp:.6 coat_rack:.6 shelf filing_cabinet:.6"),
        uses("picture*1-2 wall_clock:.7 whiteboard:.5 notice_board:.4 wall_shelf:.5 curtain*2:.5 radiator:.5"),
        uses("ceiling_light*1-2"),
        ("office", "books"),
    ),
    "hallway": Grammar(
        uses("console_table shoe_rack coat_rack:.5 bench_seat:.4 floor_plant:.6"),
        uses("sideboard:.6 floor_mirror:.5 wardrobe:.5 bookcase:.4"),
        uses("wall_mirror coat_hooks picture*1-2 wall_lamp:.5"),
        _LIGHT,
        ("decor", "clothes"),
        0.75,
    ),
    "laundry_room": Grammar(
        uses("laundry shelf|low_shelf laundry_basket*1-2 bucket:.7"),
        uses("shelf chest_freezer:.6 wardrobe:.4 low_shelf table:.6"),
        uses("wall_cabinet*1-2 wall_shelf:.7 wall_clock:.3"),
        _LIGHT,
        ("laundry",),
        0.8,
    ),
    "garage": Grammar(
        uses("workbench shelf*1-2 tool_chest:.7 chest_freezer:.4 crate*1-3 bucket:.6 barrel:.3"),
        uses("shelf*1-2 locker:.6 workbench box*1-3 hand_truck:.5 traffic_cone*1-2:.5"),
        uses("wall_shelf*1-2 fire_extinguisher:.7 wall_clock:.3 notice_board:.3"),
        uses("ceiling_light*1-2"),
        ("tools", "storage"),
    ),
    "music_room": Grammar(
        uses("piano seating:.5 bookcase speaker*2 guitar*1-2 floor_lamp:.5 floor_plant:.5"),
        uses("shelf work_desk chair*2-4 ottoman:.5 armchairs:.5"),
        uses(f"picture*1-3 wall_clock:.4 wall_shelf:.5 {_WINDOW}"),
        _LIGHT,
        ("books", "decor"),
    ),
    "library": Grammar(
        uses("stacks bookcase|shelf*2-4 reading armchairs*1-2 floor_lamp:.6 floor_plant:.6"),
        uses("bookcase*2-3 work_desk reading"),
        uses("picture*1-2 wall_clock curtain*2:.4"),
        uses("ceiling_light*1-2"),
        ("books",),
    ),
    "closet": Grammar(
        uses("wardrobe shoe_rack shelf:.8 laundry_basket:.7"),
        uses("wardrobe chest_of_drawers ottoman:.5 floor_mirror"),
        uses("wall_mirror:.6 coat_hooks wall_shelf:.6"),
        _LIGHT,
        ("clothes",),
        0.8,
    ),
    "pantry": Grammar(
        uses("shelf*2-3 fridge:.4 base_cabinet:.6 chest_freezer:.5 crate*1-3 basket*1-2"),
        uses("shelf*1-2 low_shelf base_cabinet"),
        uses("wall_shelf*1-2"),
        _LIGHT,
        ("groceries", "kitchen"),
        0.9,
    ),
    "studio": Grammar(
        uses("bed seating tv_stand kitchen breakfast:.7 wardrobe desk:.5 floor_plant:.5"),
        uses("bookcase sideboard:.5 floor_lamp floor_plant"),
        uses(f"wall_cabinet*2-3 picture*1-3 wall_mirror:.4 {_WINDOW}"),
        uses("ceiling_light|pendant_lamp pendant_lamp:.5"),
        ("books", "kitchen", "decor"),
    ),
}  # fmt: skip
