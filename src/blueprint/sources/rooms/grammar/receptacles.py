"""What stands on and in which piece of furniture, with chances; shelves follow the room's themes."""

from blueprint.sources.rooms.grammar.rules import Use, uses

__all__ = ["FLOOR_TOO", "INSIDE", "MOTIFS", "ON", "ONCE", "THEMED", "THEMES"]

# Arrangements that may stand in place of a category: name → (container or first piece, pieces).
MOTIFS = frozenset((
    "book_row", "book_stack", "plate_stack", "bowl_stack", "saucer_stack", "towel_stack", "blanket_stack",
    "place_settings", "desk_set", "fruit_bowl", "pen_cup",
))  # fmt: skip

_TABLE = uses("place_settings fruit_bowl:.6 vase:.5 candle*1-2:.4 pitcher:.3 glass*1-2:.3")
_DESK = uses(
    "desk_set desk_lamp:.7 pen_cup:.8 mug:.6 notebook:.5 book_stack:.5 phone:.4 stapler:.3 letter_tray:.4 "
    "picture_frame:.3 tissue_box:.2 headphones:.3 calculator:.2 potted_plant:.3 tape_roll:.2 bottle:.2"
)
_WORKTOP = uses(
    "kettle:.5 microwave:.4 toaster:.5 coffee_machine:.4 cutting_board:.5 fruit_bowl:.4 knife:.3 jar*1-3:.6 "
    "spray_bottle:.2 bottle*1-2:.4 mug*1-2:.5 bowl_stack:.3 plate_stack:.3 bread:.3 kitchen_scale:.2 blender:.3 "
    "dish_rack:.2 sponge:.2 tray:.2 pot:.2 bread_box:.2"
)
_VANITY = uses("perfume_bottle*2-3 jewelry_box:.7 hair_dryer:.4 tissue_box:.4 candle:.4 picture_frame:.4 vase:.3")
_SIDE = uses("desk_lamp:.7 book_stack:.5 mug:.3 glass:.3 clock:.3 phone:.25 tissue_box:.3 candle:.2 potted_plant:.25")

ON: dict[str, tuple[Use, ...]] = {
    "bed": uses("pillow*2 folded_blanket:.8 teddy_bear:.2 book:.2"),
    "bunk_bed": uses("pillow*1-2 folded_blanket:.8 teddy_bear:.6"),
    "hospital_bed": uses("pillow folded_blanket:.8"),
    "crib": uses("pillow:.7 teddy_bear:.8"),
    "sofa": uses("pillow*2-3 folded_blanket:.4 remote:.2"),
    "armchair": uses("pillow:.6"),
    "nightstand": _SIDE,
    "side_table": _SIDE,
    "coffee_table": uses(
        "book_stack:.7 remote*1-2:.7 vase:.5 tray:.3 candle:.4 mug*1-2:.4 bowl:.3 game_controller:.3 tissue_box:.3"
    ),
    "dining_table": _TABLE,
    "table": _TABLE,
    "cafe_table": uses("place_settings:.3 mug*1-2:.7 saucer*1-2:.4 vase:.5 plate:.4 tissue_box:.2 glass*1-2:.4"),
    "desk": _DESK,
    "desk_with_drawers": _DESK,
    "school_desk": uses("notebook:.7 book:.5 pen:.6 pen_cup:.2 eraser:.3"),
    "vanity_table": _VANITY,
    "counter": _WORKTOP,
    "base_cabinet": _WORKTOP,
    "dishwasher": uses("jar*1-2:.4 cutting_board:.3 bottle:.3 mug*1-2:.3"),
    "sink_cabinet": uses("soap_dispenser:.7 sponge:.6 detergent_bottle:.4"),
    "kitchen_island": uses(
        "fruit_bowl:.8 cutting_board:.6 knife:.4 vase:.3 plate_stack:.4 wine_bottle:.3 glass*1-2:.4"
    ),
    "stove": uses("pot:.8 pan:.6 kettle:.3"),
    "tv_stand": uses("television speaker*2:.5 game_controller:.4 remote:.5 router:.4 potted_plant:.4 vase:.3"),
    "tv_cabinet": uses("television speaker*2:.5 remote:.5 router:.4 vase:.3 potted_plant:.3"),
    "sideboard": uses("vase:.7 picture_frame*1-2:.7 candle*1-2:.5 fruit_bowl:.4 desk_lamp:.4 tray:.3 book_stack:.4"),
    "china_cabinet": uses("vase:.3"),
    "console_table": uses("vase:.6 bowl:.5 picture_frame*1-2:.6 desk_lamp:.5 candle:.4 letter_tray:.3"),
    "chest_of_drawers": uses(
        "picture_frame*1-2:.7 jewelry_box:.5 perfume_bottle*1-3:.5 desk_lamp:.5 vase:.4 clock:.3 book_stack:.4 "
        "tissue_box:.3 potted_plant:.3"
    ),
    "drawer_unit": uses("potted_plant:.5 book_stack:.5 tissue_box:.4 desk_lamp:.3 box_with_lid:.3"),
    "filing_cabinet": uses("potted_plant:.5 binder*1-2:.5 book_stack:.4 printer:.4 box_with_lid:.3"),
    "toilet": uses("tissue_box:.2"),
    "washing_machine": uses("detergent_bottle*1-2:.9 laundry_basket:.3 towel_stack:.5 spray_bottle:.4"),
    "dryer": uses("towel_stack:.6 detergent_bottle:.5 basket:.4"),
    "fridge": uses("cereal_box:.4 basket:.3 box_with_lid:.2"),
    "wardrobe": uses("suitcase:.4 box_with_lid*1-2:.5 folded_blanket:.3"),
    "locker": uses("box_with_lid:.4"),
    "low_shelf": uses("potted_plant:.4 vase:.3 globe:.3 picture_frame:.4 basket:.3"),
    "bookcase": uses("potted_plant:.3 vase:.3 globe:.2 box_with_lid:.3"),
    "bench": uses("pillow:.3 backpack:.3 hat:.3"),
    "waiting_bench": uses("book:.4 backpack:.3 notebook:.3 hat:.2"),
    "reception_desk": uses("monitor keyboard mouse pen_cup:.7 phone:.7 letter_tray:.6 potted_plant:.5 tissue_box:.3"),
    "checkout_counter": uses("cash_register box*1-2:.4 calculator:.4 bottle:.3 phone:.3"),
    "exam_table": uses("pillow folded_towel:.6"),
    "lab_bench": uses(
        "microscope:.9 beaker*2-4:.9 flask*2-3:.8 test_tube_rack*1-2:.8 centrifuge:.5 notebook:.5 bottle*1-2:.5 "
        "pen:.4 tray:.3 laptop:.3"
    ),
    "fume_hood": uses("flask*1-2 beaker*1-3"),
    "workbench": uses(
        "hammer:.7 screwdriver*1-3:.8 wrench*1-2:.7 pliers:.6 drill:.5 saw:.4 vise:.5 tape_measure:.5 toolbox:.5 "
        "parts_bin*1-3:.6 flashlight:.3 tape_roll:.4 paint_can:.3 spray_bottle:.2"
    ),
    "tool_chest": uses("drill:.5 flashlight:.4 toolbox:.4 spray_bottle:.3"),
    "lectern": uses("notebook:.7"),
    "pallet": uses("crate*1-2 carton*1-2:.5"),
    "piano": uses("book_stack:.4 vase:.3 picture_frame:.3"),
    "dumbbell_rack": uses("dumbbell*4-6"),
    "shoe_rack": uses("shoe*2-6"),
    "pastry_display": uses("bread*1-2 cake:.7"),
    "display_case": uses("vase:.4 picture_frame:.3"),
    "bathtub": uses("shampoo_bottle:.3"),
    "ottoman": uses("book:.2 tray:.3"),
    "fireplace": uses("candle*1-2:.5 picture_frame:.5 clock:.4 vase:.4"),
}

INSIDE: dict[str, tuple[Use, ...]] = {
    "nightstand": uses("book*1-2:.7 notebook:.5 pill_bottle:.4 phone:.3 tissue_box:.2 flashlight:.3"),
    "chest_of_drawers": uses("towel_stack*2-3 folded_blanket*1-2:.6 hat:.4 jewelry_box:.2 box:.3"),
    "wardrobe": uses("folded_blanket*1-2 towel_stack*1-2:.8 shoe*2-4:.8 box_with_lid*1-2:.6 hat*1-2:.5 backpack:.4"),
    "desk_with_drawers": uses("notebook*1-3 stapler:.6 pen*1-3:.7 calculator:.5 tape_roll:.5 book*1-2:.5 scissors:.4"),
    "desk": uses("notebook*1-2:.8 pen*1-2:.6 stapler:.4"),
    "drawer_unit": uses("notebook*1-3 stapler:.5 pen*1-3:.6 tape_roll*1-2:.5 book*1-2:.5 box:.5 scissors:.4"),
    "filing_cabinet": uses("binder*2-4 notebook*1-3 box:.4"),
    "base_cabinet": uses("pot*1-2:.7 pan:.6 plate_stack:.6 bowl_stack:.6 jar*1-3:.6 tray:.3 mug*1-3:.5"),
    "sink_cabinet": uses("detergent_bottle*1-2 spray_bottle*1-2 bucket:.4 sponge*1-2:.6 bin:.3"),
    "wall_cabinet": uses("mug*2-4 glass*2-4 bowl_stack:.7 plate_stack:.7 jar*1-3:.6 wine_glass*1-2:.4 can*1-3:.5"),
    "sideboard": uses("plate_stack:.8 bowl_stack:.7 tray:.5 glass*2-4:.7 wine_bottle*1-2:.5 candle*1-2:.4"),
    "china_cabinet": uses(
        "plate_stack*1-2 wine_glass*2-4 bowl_stack teapot:.6 mug*2-4:.7 pitcher:.4 vase:.3 glass*2-3"
    ),
    "tv_cabinet": uses("game_controller*1-2:.6 book_stack:.5 box:.4 router:.4"),
    "fridge": uses(
        "milk_bottle|carton*1-2 bottle*1-3 egg*2-4:.6 cheese:.7 tomato*2-3:.7 carton*1-2:.8 jar*1-3:.8 "
        "apple*2-3:.5 lemon*1-2:.5 bell_pepper*1-2:.5 food_can*1-3:.5 cucumber:.4 cake:.2 wine_bottle:.3 broccoli:.3"
    ),
    "chest_freezer": uses("box*2-3:.6 pizza:.5 carton*1-3:.5"),
    "microwave": uses("bowl:.4 mug:.3"),
    "stove": uses("pan:.5 pizza:.2 pot:.3"),
    "dishwasher": uses("plate*2-3:.5 mug*1-3:.5 glass*1-2:.5"),
    "medicine_cabinet": uses("pill_bottle*2-4 perfume_bottle:.5 soap:.4 cup:.3"),
    "locker": uses("shoe*1-2:.7 backpack:.6 folded_towel:.6 bottle:.5 book*1-2:.4"),
    "display_case": uses(
        "vase:.6 box*1-3:.7 teddy_bear:.3 camera:.5 clock*1-2:.5 toy_car*1-2:.4 perfume_bottle*2-3:.6"
    ),
    "pastry_display": uses("cake*1-2 bread*2-3 sandwich*2-4:.8 pizza:.5 plate*1-3:.5"),
    "tool_chest": uses(
        "wrench*2-3 screwdriver*2-3 pliers*1-2 tape_measure:.7 tape_roll*1-2:.6 hammer:.5 flashlight:.4"
    ),
    "toolbox": uses("screwdriver:.6 wrench:.6"),
    "safe": uses("box:.5 jewelry_box:.5 notebook:.5"),
    "vanity_table": uses("perfume_bottle*1-2:.7 jewelry_box:.5 box:.4"),
    "checkout_counter": uses("box*1-2:.6 tape_roll:.5 notebook:.4"),
    "reception_desk": uses("binder*1-2:.6 notebook*1-2:.6 box:.4"),
    "lab_bench": uses("box*1-2:.5 bottle*1-2:.5"),
    "fume_hood": uses("beaker*1-3 flask*1-2 bottle*1-2"),
    "basket": uses("ball*1-2:.5 toy_car:.4 folded_towel:.4 teddy_bear:.3"),
    "crate": uses("bottle*2-3:.5 can*2-3:.4 apple*2-4:.4 potato*2-4:.3"),
    "laundry_basket": uses("folded_towel*1-2:.8"),
}

# Shelves of every kind carry what the room is about.
THEMED = (
    "shelf",
    "bookcase",
    "low_shelf",
    "wall_shelf",
    "shop_shelf",
    "pallet_rack",
)
THEMES: dict[str, tuple[Use, ...]] = {
    "books": uses(
        "book_row*1-2 book_row book_row*1-2 book_stack*1-2 basket|crate:.4 picture_frame*1-2:.5 vase:.4 "
        "potted_plant*1-2:.5 globe:.3 clock:.3 camera:.2"
    ),
    "decor": uses(
        "vase*1-2 picture_frame*1-2 candle*1-3:.7 potted_plant*1-2 book_stack:.7 basket|crate:.5 book_row:.6 clock:.4 "
        "bowl:.4 globe:.3"
    ),
    "clothes": uses("towel_stack*1-2 folded_blanket*1-2 shoe*2-4 hat*1-2:.7 basket|crate*1-2 backpack:.5 basket:.6"),
    "toys": uses(
        "teddy_bear*1-2 toy_car*2-4 toy_brick*3-6 ball*1-2 block*2-4 rubiks_cube:.6 book_row basket|crate:.6 basket:.7 "
        "book_stack:.6 dice*1-2:.4 playing_cards:.4"
    ),
    "kitchen": uses(
        "jar*2-4 plate_stack bowl_stack mug*2-4 can*2-3 bottle*1-3 cereal_box*1-2 pot:.6 teapot:.5 pitcher:.4 glass*2-3"
    ),
    "tableware": uses(
        "plate_stack*1-2 bowl_stack wine_glass*2-4 glass*2-4 teapot:.6 pitcher:.5 candle*1-2 vase wine_bottle*1-2"
    ),
    "bath": uses(
        "towel_stack*1-2 shampoo_bottle*1-3 soap*1-2 toilet_paper*2-3 toothbrush_cup:.8 perfume_bottle:.6 candle:.5 "
        "basket:.5 soap_dispenser:.5 potted_plant:.4"
    ),
    "office": uses(
        "binder*2-4 book_row*1-2 book_stack letter_tray:.6 basket|crate*1-2 potted_plant:.6 printer:.4 globe:.3"
    ),
    "laundry": uses("detergent_bottle*2-3 towel_stack*1-3 basket:.7 spray_bottle*1-2 box*1-2 bucket:.5 sponge*1-2"),
    "tools": uses(
        "toolbox drill paint_can*2-4 parts_bin*2-4 hammer screwdriver*1-3 wrench*1-3 pliers tape_roll*1-2 saw:.6 "
        "spray_bottle*1-2 flashlight bucket:.5 basket|crate*1-2"
    ),
    "storage": uses(
        "basket|crate*2-4 crate*2-4 box*2-4 paint_can*1-3 basket*1-2 suitcase:.6 bucket:.5 carton*1-3 toolbox:.4 bin:.4"
    ),
    "groceries": uses(
        "can*4-8 food_can*4-8 cereal_box*3-5 jar*3-6 carton*3-6 bottle*3-6 soda_bottle*2-5 milk_bottle*2-4 bread*1-3 "
        "detergent_bottle*1-3 tissue_box*1-3 apple*3-5 orange*3-5"
    ),
    "shop": uses(
        "box*3-6 bottle*2-5 can*2-5 jar*2-4 teddy_bear*1-2 vase*1-2 mug*2-4 candle*2-4 book_stack toy_car*2-3 "
        "basket*1-2 perfume_bottle*2-3 tissue_box*1-2 backpack:.5 hat*1-2"
    ),
    "bakery": uses("bread*3-6 cake*1-2 basket*1-2 jar*2-4 plate_stack sandwich*2-3:.7 cup*2-3 tray*1-2"),
    "cafe": uses("mug*3-6 jar*2-4 cup*2-4 plate_stack saucer_stack teapot bottle*2-4 glass*2-4 potted_plant:.6"),
    "bar": uses("wine_bottle*4-8 bottle*4-8 wine_glass*3-6 glass*3-6 pitcher:.6 soda_bottle*2-4 bowl:.5"),
    "medical": uses(
        "pill_bottle*3-6 tissue_box*1-2 bottle*1-3 box*2-4 soap_dispenser spray_bottle*1-2 towel_stack binder*1-2:.6 "
        "tray:.6 toilet_paper*1-2:.5"
    ),
    "lab": uses(
        "beaker*2-4 flask*2-4 test_tube_rack*1-2 bottle*2-4 box*1-3 jar*1-3 binder*1-3 notebook*1-2 tray:.6 "
        "spray_bottle:.6"
    ),
    "school": uses(
        "book_row*1-3 book_stack*1-2 globe basket|crate*1-2 pen_cup*1-2 binder*1-3 toy_brick*2-3:.4 ball:.4"
    ),
    "gym": uses("dumbbell*2-4 kettlebell*1-3 towel_stack*1-2 bottle*2-4 ball*1-2 speaker:.5"),
    "electronics": uses("router*2-3 box*1-3 laptop:.7 keyboard*1-2 tape_roll*1-2 toolbox:.6 camera:.4 parts_bin*1-3"),
}

# One of these is enough in a room.
ONCE = frozenset((
    "kettle", "microwave", "toaster", "coffee_machine", "bread_box", "blender", "dish_rack", "kitchen_scale", "globe",
    "television", "printer", "cash_register", "teapot", "rolling_pin", "router", "hair_dryer", "jewelry_box", "vise",
    "toothbrush_cup", "letter_tray", "calculator",
))  # fmt: skip
# Small things that also stand on the floor when they stand beside furniture.
FLOOR_TOO = frozenset((
    "basket", "bin", "crate", "box", "basket|crate", "backpack", "suitcase", "laundry_basket", "toolbox", "bucket",
    "ball", "shoe", "umbrella", "guitar", "speaker", "kettlebell", "dumbbell", "yoga_mat", "exercise_ball", "pedal_bin",
    "traffic_cone", "barrel", "paint_can", "globe", "teddy_bear", "vase", "broom", "pillow", "printer", "potted_plant",
    "carton", "tray", "safe", "fire_extinguisher", "toy_car", "toy_brick", "block", "proxy", "drawer_unit",
))  # fmt: skip
